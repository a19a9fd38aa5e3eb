"""Whatever the bytes are, parsing gives facts: it never raises, and what it gives can be stored."""

from __future__ import annotations

import marshal
import pickle
import threading
from pathlib import Path

import ferrograph
import pytest
from ferrograph.parser.facts import FileFacts
from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.render_facts import check_positions, check_spans
from hypothesis import example, given, settings
from hypothesis import strategies as st

EXAMPLE = Path(ferrograph.__file__).parent / "examples/bevy_game/src"
SOURCES = [path.read_bytes() for path in sorted(EXAMPLE.rglob("*.rs"))]


def check(source: bytes) -> FileFacts:
    facts = parse_rust(source)
    check_spans(source, facts)
    for lowered in facts.bodies.values():
        check_positions(source, lowered)
    assert marshal.loads(marshal.dumps(facts.bodies)) == facts.bodies
    for item in facts.items:
        marshal.dumps((item.detail, tuple(map(tuple, item.generics.params)), item.generics.where))
    for call in facts.macros:
        marshal.dumps((call.path, call.exprs))
    assert pickle.loads(pickle.dumps(facts)) == facts
    for problem in facts.problems:
        assert 0 <= problem.start <= problem.end <= len(source)
    return facts


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"A!(")
@example(b"unimplemented!(")
@example(b"type T = A!(")
@example(b"fn f() { A!(")
def test_any_bytes(source: bytes) -> None:
    check(source)


TOKENS = [
    "fn",
    "f",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ";",
    ":",
    "::",
    "->",
    "=>",
    "=",
    "&",
    "&&",
    "*",
    "|",
    "||",
    "!",
    "?",
    ".",
    "..",
    "..=",
    "#",
    "@",
    "$",
    "'",
    '"',
    "_",
    "'a",
    "'x'",
    "1",
    "1.0",
    "a",
    "b",
    "Self",
    "self",
    "super",
    "crate",
    "r#type",
    "é",
    "impl",
    "for",
    "trait",
    "struct",
    "enum",
    "union",
    "mod",
    "use",
    "as",
    "let",
    "mut",
    "ref",
    "match",
    "if",
    "else",
    "while",
    "loop",
    "return",
    "break",
    "move",
    "async",
    "await",
    "unsafe",
    "const",
    "static",
    "type",
    "where",
    "dyn",
    "extern",
    "pub",
    "pub(crate)",
    "macro_rules!",
    "m!",
    "vec!",
    "matches!",
    "println!",
    "///",
    "//!",
    "/*",
    "*/",
    "/**",
    "*/",
    "#[cfg(x)]",
    "#![y]",
    "\n",
    "\r\n",
    "\x00",
    "box",
    "yield",
    "default",
    "gen",
    "raw",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60).map(" ".join))
def test_any_tokens(source: str) -> None:
    check(source.encode())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A window of a real file with a few pieces cut, doubled, moved or put in."""
    source = draw(st.sampled_from(SOURCES))
    at = draw(st.integers(0, max(0, len(source) - 1500)))
    source = source[at : at + 1500]
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(source))] * 2)))
        middle = draw(
            st.one_of(
                st.just(b""),
                st.just(source[start:end] * 2),
                st.sampled_from(TOKENS).map(str.encode),
                st.binary(max_size=4),
            )
        )
        source = source[:start] + middle + source[end:]
    return source


@settings(deadline=None)
@given(mutated())
def test_mutated_real_code(source: bytes) -> None:
    check(source)


def test_real_code_whole_and_cut_off() -> None:
    assert SOURCES
    for source in SOURCES:
        facts = check(source)
        assert facts.problems == ()
        assert facts.items
        check(source[: len(source) // 2])
        check(source[len(source) // 2 :])


def nested(before: str, opened: str, middle: str, closed: str, after: str, times: int) -> str:
    return before + opened * times + middle + closed * times + after


def deep_cases(n: int) -> dict[str, str]:
    """Every construct that nests, ``n`` levels deep."""
    return {
        "parentheses": nested("fn f() { ", "(", "a", ")", " }", n),
        "open parentheses": "fn f() { " + "(" * n,
        "sum": "fn f() { let x = " + " + ".join(["a"] * n) + "; }",
        "mixed operators": "fn f() { let x = a" + " + b * c - d" * n + "; }",
        "method chain": "fn f() { x" + ".m()" * n + "; }",
        "fields": "fn f() { x" + ".m" * n + "; }",
        "try": "fn f() { x" + ".m()?" * n + "; }",
        "casts": "fn f() { a" + " as u8" * n + " }",
        "negations": "fn f() { " + "!" * n + "a }",
        "borrows": "fn f() { " + "& " * n + "a }",
        "assignments": "fn f() { " + "a = " * n + "a; }",
        "returns": "fn f() { " + "return " * n + "; }",
        "ranges": "fn f() { a" + "..a" * n + " }",
        "closures": "fn f() { x(" + "|a| " * n + " a) }",
        "blocks": nested("fn f() ", "{", "", "}", "", n),
        "async blocks": nested("fn f() { ", "async { ", "", "}", " }", n),
        "ifs": nested("fn f() { ", "if a { ", "", "}", " }", n),
        "else ifs": "fn f() { if a {}" + " else if a {}" * n + " }",
        "let elses": nested("fn f() { ", "let Some(x) = y else { ", "", "};", " }", n),
        "matches": nested("fn f() { ", "match a { b => ", "1", "}", " }", n),
        "struct literals": nested("fn f() { ", "A { a: ", "1", "}", " }", n),
        "indexes": nested("fn f() { ", "a[", "1", "]", " }", n),
        "functions": nested("", "fn f() {", "", "}", "", n),
        "modules": nested("", "mod a {", "", "}", "", n),
        "impls in functions": nested("", "impl A { fn f() {", "", "}}", "", n),
        "macro calls": nested("fn f() { ", "m!(", "a", ")", " }", n),
        "macro blocks": nested("fn f() { ", "m!{", "a", "}", " }", n),
        "matches! calls": nested("fn f() { ", "matches!(", "a, b", ", c)", " }", n),
        "macro items": nested("", "m!{", "", "}", "", n),
        "generic types": nested("fn f(x: ", "Vec<", "u8", ">", ") {}", n),
        "references": "fn f(x: " + "&" * n + "u8) {}",
        "tuples": nested("type A = ", "(", "", ",)", ";", n),
        "fn pointers": nested("type A = ", "fn(", "", ")", ";", n),
        "dyn bounds": "type A = Box<dyn A" + " + B" * n + ">;",
        "bounds": nested("fn f<T: ", "A<", "B", ">", ">() {}", n),
        "turbofish": nested("fn f() { g::<", "Vec<", "u8", ">", ">() }", n),
        "path": "fn f() { a" + "::b" * n + "(); }",
        "type path": "type A = a" + "::b" * n + ";",
        "qualified paths": nested("type A = ", "<", "T", " as X>::Y", ";", n),
        "tuple patterns": nested("fn f() { let ", "(", "x", ",)", " = y; }", n),
        "struct patterns": nested("fn f() { let ", "A { a: ", "x", "}", " = y; }", n),
        "reference patterns": "fn f() { let " + "&" * n + "x = y; }",
        "alternatives": "fn f() { match x { " + " | ".join(["A"] * n) + " => 1 } }",
        "imports": nested("use ", "a::{", "b", "}", ";", n),
        "attribute": nested("#[a", "(", "", ")", "] fn f() {}", n),
        "comments": nested("", "/*", "", "*/", " fn f() {}", n),
        "errors": "fn " * n,
        "closing braces": "}" * n,
        "angles": "<" * n,
        "attributes begun": "#[" * n,
        "quotes": "'" * n,
    }


DEEP = deep_cases(5000)


@pytest.mark.parametrize("case", DEEP)
def test_deep_nesting(case: str) -> None:
    check(DEEP[case].encode())


def test_deep_nesting_on_a_small_stack() -> None:
    """Threads of some systems have half a megabyte: lowering must not need more."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            for source in deep_cases(100_000).values():
                parse_rust(source.encode())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            raised.append(error)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert raised == []
