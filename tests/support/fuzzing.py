"""What must hold of any input to the parsers, and inputs made from real files by chance."""

from __future__ import annotations

import marshal
import pickle
import random
import re
from collections.abc import Sequence

from ferrograph.graph.blob import pack_facts, unpack_facts, with_hashes
from ferrograph.parser.facts import FileFacts
from ferrograph.parser.macro_rules import Expansion, MacroError, expand, read_rules, tokenize
from ferrograph.parser.macros import read_expansion, read_type
from ferrograph.parser.markdown import parse_markdown
from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.render_facts import check_positions, check_spans

_PIECES = (
    b"fn f() {}", b"{", b"}", b"(", b")", b"[", b"]", b"<", b">", b"::", b"->", b"=>", b";", b",",
    b"&", b"&mut ", b"*", b"|", b"||", b"!", b"?", b".", b"..", b"..=", b"#[", b"#![", b"@", b"$",
    b"'", b'"', b"r#\"", b"b'", b"/*", b"*/", b"//", b"///", b"//!", b"/**", b"\xff", b"\x00",
    b"\r\n", b"\n", b"\xef\xbb\xbf", "é".encode(), "\U0001f980".encode(), b"r#type", b"impl ",
    b"for ", b"trait ", b"dyn ", b"where ", b"use a::{b as c, *};", b"mod m;", b"macro_rules! m ",
    b"$(", b"),*", b"$crate::", b"$e:expr", b"m!{", b"vec![", b"matches!(", b"let ", b"else {",
    b"async ", b".await", b"match x {", b"if let ", b"union U {", b"extern \"C\" {", b"unsafe ",
    b"#[cfg(", b"#[derive(", b"#[path = \"x.rs\"]", b"Self", b"self", b"super::", b"crate::",
)  # fmt: skip
_MARKDOWN = (
    b"# ", b"## ", b"\n\n", b"---\n", b"===\n", b"```\n", b"> ", b"- ", b"1. ", b"    ", b"[a](b)",
    b"![", b"](", b"<a>", b"`", b"**", b"_", b"\\", b"&amp;", b"[x]: y\n", b"tags: [a, b]\n",
    b"\xff", b"\x00", b"\r", b"\t", b"| a | b |\n|---|---|\n",
)  # fmt: skip
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_LARGEST = 30_000
"""Bytes of one input: enough for every construct, little enough for many a second."""


def check_rust(source: bytes) -> FileFacts:
    """Parse Rust; whatever the bytes are, the facts must be sound and keep their form in a cache."""
    facts = parse_rust(source)
    check_spans(source, facts)
    for lowered in facts.bodies.values():
        check_positions(source, lowered)
    for item in facts.items:
        if item.kind != "impl" and item.name:
            written = source[item.name_start : item.name_end].decode("utf-8", "replace")
            assert written.removeprefix("r#") == item.name or item.kind == "field", item
    for use in facts.uses:
        assert -1 <= use.parent < len(facts.items)
        assert 0 <= use.start <= use.end <= len(source)
    for call in facts.macros:
        assert -1 <= call.parent < len(facts.items)
        assert 0 <= call.start <= call.end <= len(source)
        assert call.args_start <= call.end
    _check_kept(source, facts)
    return facts


def check_markdown(source: bytes) -> FileFacts:
    """The same for Markdown."""
    facts = parse_markdown(source)
    lines = [0, *(found.end() for found in _NEWLINE.finditer(source))]
    for index, item in enumerate(facts.items):
        assert -1 <= item.parent < index
        assert item.start == lines[item.line] <= item.name_start <= item.name_end <= item.end
        assert item.line <= item.end_line < facts.lines
        assert item.end in (len(source), *lines[item.end_line + 1 : item.end_line + 2])
        if item.parent >= 0:
            around = facts.items[item.parent]
            assert around.start < item.start < item.end <= around.end
    _check_kept(source, facts)
    return facts


def _check_kept(source: bytes, facts: FileFacts) -> None:
    for problem in facts.problems:
        assert 0 <= problem.start <= problem.end <= len(source)
    hashed, hashes = with_hashes(source, facts)
    assert len(hashes) == len(facts.items)
    assert unpack_facts(pack_facts(hashed, hashes)) == (hashed, hashes)
    assert pickle.loads(pickle.dumps(facts)) == facts


def check_macro(rules: str, call: str) -> Expansion | None:
    """Expand a macro: it gives an expansion or a `MacroError`; None for the latter."""
    try:
        expansion = expand(read_rules(rules), tokenize(call, offset=7), crate="crate")
    except MacroError:
        return None
    size = len(expansion.text)
    end = 0
    written = call.encode()
    for start, stop, at in expansion.spans:
        assert end <= start <= stop <= size
        assert expansion.text[start:stop] == written[at - 7 : at - 7 + stop - start]
        end = stop
    parse_rust(expansion.text)
    for read in (read_expansion, read_type):
        found = read(expansion.text)
        assert found is None or marshal.loads(marshal.dumps(found)) == found
    return expansion


def mutated(dice: random.Random, sources: Sequence[bytes], *, markdown: bool = False) -> bytes:
    """A window of a real file, damaged in one to eight places."""
    pieces = _MARKDOWN if markdown else _PIECES
    text = dice.choice(sources)
    size = dice.choice((200, 2_000, _LARGEST))
    at = dice.randrange(max(1, len(text) - size + 1))
    text = text[at : at + size]
    for _ in range(dice.randint(1, 8)):
        text = _MUTATIONS[dice.randrange(len(_MUTATIONS))](dice, text, pieces, sources)
    return text[: 2 * _LARGEST]


def _span(dice: random.Random, text: bytes) -> tuple[int, int]:
    start = dice.randrange(len(text) + 1)
    return start, min(len(text), start + dice.choice((1, 3, 10, 60, 400)))


def _cut(dice: random.Random, text: bytes, _p: object, _s: object) -> bytes:
    start, end = _span(dice, text)
    return text[:start] + text[end:]


def _double(dice: random.Random, text: bytes, _p: object, _s: object) -> bytes:
    start, end = _span(dice, text)
    return text[:end] + text[start:end] * dice.choice((1, 2, 30)) + text[end:]


def _move(dice: random.Random, text: bytes, _p: object, _s: object) -> bytes:
    start, end = _span(dice, text)
    rest = text[:start] + text[end:]
    at = dice.randrange(len(rest) + 1)
    return rest[:at] + text[start:end] + rest[at:]


def _insert(dice: random.Random, text: bytes, pieces: Sequence[bytes], _s: object) -> bytes:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(pieces) * dice.choice((1, 1, 1, 2, 200)) + text[at:]


def _splice(dice: random.Random, text: bytes, _p: object, sources: Sequence[bytes]) -> bytes:
    other = dice.choice(sources)
    start, end = _span(dice, other)
    at, until = _span(dice, text)
    return text[:at] + other[start:end] + text[until:]


def _flip(dice: random.Random, text: bytes, _p: object, _s: object) -> bytes:
    if not text:
        return text
    at = dice.randrange(len(text))
    return text[:at] + bytes((dice.randrange(256),)) + text[at + 1 :]


def _wrap(dice: random.Random, text: bytes, _p: object, _s: object) -> bytes:
    start, end = _span(dice, text)
    opened, closed = dice.choice(
        ((b"(", b")"), (b"{", b"}"), (b"[", b"]"), (b"<", b">"), (b"m!(", b")"))
    )
    times = dice.choice((1, 2, 50, 400))
    return text[:start] + opened * times + text[start:end] + closed * times + text[end:]


_MUTATIONS = (_cut, _double, _move, _insert, _insert, _splice, _flip, _wrap)
