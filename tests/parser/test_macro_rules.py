"""Expanding ``macro_rules!``: fragments, repetitions, nesting, and where tokens came from."""

from __future__ import annotations

import pytest
from ferrograph.parser.macro_rules import MacroError, expand, read_rules, tokenize
from ferrograph.parser.rust import parse_rust


def expanded(rules: str, call: str) -> str:
    """The expansion's text with single spaces, punctuation closed up as far as that reads."""
    text = expand(read_rules(rules), tokenize(call), crate="crate").text.decode()
    return " ".join(text.split())


CASES = {
    "literal tokens and an identifier": (
        "(make $n:ident) => { struct $n; };",
        "make Foo",
        "struct Foo ;",
    ),
    "the first rule that fits is taken": (
        "() => { a }; ($x:expr) => { b };",
        "1 + 2",
        "b",
    ),
    "an expression of several tokens keeps its value": (
        "($x:expr) => { $x * 2 };",
        "1 + 2",
        "( 1 + 2 ) * 2",
    ),
    "repetitions with a separator and a trailing comma": (
        "($($k:ident => $v:expr),* $(,)?) => { $(f($k, $v);)* };",
        "a => 1, b => 2,",
        "f( a , 1 ) ; f( b , 2 ) ;",
    ),
    "nested repetitions": (
        "($($n:ident: [$($t:ty),*]);*) => { $(fn $n() -> ($($t,)*);)* };",
        "x: [u8, Vec<(u8, u16)>]; y: []",
        "fn x ( ) -> ( u8 , Vec<( u8, u16 )> , ) ; fn y ( ) -> ( ) ;",
    ),
    "types with generics end where they must": (
        "($t:ty = $e:expr) => { const C: $t = $e; };",
        "HashMap<K, Vec<V>> = new()",
        "const C: HashMap<K, Vec<V>> = ( new( ) ) ;",
    ),
    "an optional visibility": (
        "($v:vis struct $n:ident) => { $v enum $n {} };",
        "pub(crate) struct S",
        "pub( crate ) enum S { }",
    ),
    "token trees and groups": (
        "($($t:tt)*) => { [$($t)*] };",
        "a (b, c) {d}",
        "[ a ( b, c ) { d } ]",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_expansion(name: str) -> None:
    """The transcriber's text, with the call's fragments in place."""
    rules, call, wanted = CASES[name]
    assert expanded(rules, call).replace(" ", "") == wanted.replace(" ", "")


def test_tokens_of_the_call_keep_their_place() -> None:
    """Every token that came from the call leads back to the byte where it stood."""
    call = "größe: Vec<u8>, // words\n b: u8"
    offset = 100
    expansion = expand(
        read_rules("($($n:ident: $t:ty),*) => { struct S { $(pub $n: $t),* } };"),
        tokenize(call, offset=offset),
        crate="crate",
    )
    encoded = b" " * offset + call.encode()
    assert expansion.spans
    for start, end, at in expansion.spans:
        assert expansion.text[start:end] == encoded[at : at + end - start]
    assert not parse_rust(expansion.text).problems


def test_doc_comments_become_attributes() -> None:
    """As rustc hands them to macros."""
    text = expanded("($(#[$m:meta])* $n:ident) => { $(#[$m])* struct $n; };", '/// Says "hi".\nA')
    facts = parse_rust(text.encode())
    assert facts.items[0].doc == 'Says "hi".'


@pytest.mark.parametrize("rules", ["(", "a => b", "() = {}", "($($x:ident)) => {}"])
def test_rules_that_cannot_be_read(rules: str) -> None:
    """An error, never a wrong expansion."""
    with pytest.raises(MacroError):
        read_rules(rules)


def test_a_call_that_no_rule_fits() -> None:
    """An error, never a wrong expansion."""
    with pytest.raises(MacroError):
        expand(read_rules("(a) => {}; (b) => {};"), tokenize("c"), crate="crate")
