"""What rust-analyzer's index says of a workspace: definitions, mentions and impl headers.

Places are byte offsets of names. Mentions inside ``use`` declarations are imports, no uses, and are
left out. An impl header is known by its words: a mention of a trait with ``for Type`` behind it
and no ``!`` before it. That holds inside macro arguments, too, where there is no tree to look at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ferrograph.parser.grammar import parse
from tree_sitter import Node

from .scip import ALIAS, TRAIT, Document

Place: TypeAlias = tuple[str, int]
"""A file and a byte offset."""


@dataclass(frozen=True, slots=True)
class Header:
    """``impl Trait for Type``: symbols.

    ``type`` is empty for what no workspace file defines, for tuples, arrays and slices, which have
    no definition, and for aliases, which stand for another type.
    """

    trait: str
    type: str


@dataclass(slots=True)
class Truth:
    """What rust-analyzer says."""

    sources: dict[str, bytes] = field(default_factory=dict[str, bytes])
    places: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    """Where each symbol is defined."""
    mentions: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    headers: dict[Place, Header] = field(default_factory=dict[Place, Header])
    """By the place of the trait's name."""
    trees: dict[str, list[tuple[int, int, str]]] = field(
        default_factory=dict[str, list[tuple[int, int, str]]]
    )
    """Spans of macro arguments and macro definitions in each file, outermost, by their start."""

    def symbols_of(self, symbols: Iterable[str]) -> set[Place]:
        """Where any of some symbols is defined."""
        return {place for symbol in symbols for place in self.places.get(symbol, ())}

    def inside(self, place: Place) -> str:
        """The macro in whose arguments a place stands, or "macro_rules", or ""."""
        spans = self.trees.get(place[0], [])
        at = bisect_right(spans, (place[1], 1 << 62, "")) - 1
        if at >= 0 and spans[at][0] <= place[1] < spans[at][1]:
            return spans[at][2]
        return ""


def read_truth(root: Path, documents: Iterable[Document]) -> Truth:
    """Everything the comparison needs of an index of the workspace at ``root``."""
    truth = Truth()
    traits: set[str] = set()
    aliases: set[str] = set()
    for document in documents:
        traits.update(symbol for symbol, kind in document.kinds.items() if kind == TRAIT)
        aliases.update(symbol for symbol, kind in document.kinds.items() if kind == ALIAS)
        _read_document(truth, document, (root / document.path).read_bytes())
    for place, symbols in truth.mentions.items():
        named = symbols & traits
        if named:
            header = _header(truth, place, min(named), aliases)
            if header is not None:
                truth.headers[place] = header
    return truth


def _read_document(truth: Truth, document: Document, source: bytes) -> None:
    truth.sources[document.path] = source
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    imports, truth.trees[document.path] = _spans(parse(source).root_node, source)
    bounds = [start for start, _ in imports]
    for o in document.occurrences:
        if o.symbol.startswith("local ") or o.line >= len(starts):
            continue
        offset = starts[o.line] + o.start
        if o.is_definition:
            truth.places[o.symbol].add((document.path, offset))
            continue
        at = bisect_right(bounds, offset) - 1
        if at >= 0 and offset < imports[at][1]:
            continue
        if not _is_name(source, offset):
            continue
        if _is_inside_use(source, offset, truth.inside((document.path, offset))):
            continue
        truth.mentions[(document.path, offset)].add(o.symbol)


def _is_name(source: bytes, offset: int) -> bool:
    """Whether a mention stands at a name or an operator.

    rust-analyzer records every token of an operator's expression: the spaces around ``+``, the dot
    of ``.await``, both brackets of an index. One of them is enough.
    """
    token = source[offset : offset + 2]
    if token in (b"//", b"/*"):
        return False
    return token == b".." or not (token[:1].isspace() or token[:1] in (b"]", b"."))


_USE = re.compile(rb"(?:^|[;{}\]\s])use\s+[\w:{},\s*]*$")


def _is_inside_use(source: bytes, offset: int, macro: str) -> bool:
    """Whether a place in a macro's arguments belongs to an import there."""
    return bool(macro) and _USE.search(source, max(0, offset - 400), offset) is not None


def _spans(root: Node, source: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int, str]]]:
    """Imports, and macro arguments with the macro's name."""
    imports: list[tuple[int, int]] = []
    trees: list[tuple[int, int, str]] = []
    todo = [root]
    while todo:
        node = todo.pop()
        kind = node.type
        if kind == "use_declaration":
            imports.append((node.start_byte, node.end_byte))
        elif kind == "macro_definition":
            trees.append((node.start_byte, node.end_byte, "macro_rules"))
        elif kind == "macro_invocation":
            name = node.child_by_field_name("macro")
            text = source[name.start_byte : name.end_byte].decode() if name is not None else "?"
            macro = text.split("::")[-1]
            trees.extend(
                (child.start_byte, child.end_byte, macro)
                for child in node.named_children
                if child.type == "token_tree"
            )
        else:
            todo.extend(node.named_children)
    return sorted(imports), sorted(trees)


_SPACE = rb"(?:\s|//[^\n]*\n)*"
_FOR = re.compile(_SPACE + rb"for\b(?!" + _SPACE + rb"<)")
_NOT_TYPE = re.compile(rb"(?:\s|//[^\n]*\n|&|\*\s*const\b|\*\s*mut\b|'\w+|mut\b|dyn\b)*")
_PATH = re.compile(rb"(?:::)?(?:\w+\s*::\s*)*(?P<last>\w+)")


def _header(truth: Truth, place: Place, trait: str, aliases: set[str]) -> Header | None:
    source = truth.sources[place[0]]
    at = place[1]
    before = source[max(0, at - 200) : at]
    if before.rstrip().endswith(b"!"):
        return None
    while at < len(source) and (source[at : at + 1].isalnum() or source[at : at + 1] == b"_"):
        at += 1
    at = _past_arguments(source, at)
    found = _FOR.match(source, at)
    if found is None:
        return None
    start = _NOT_TYPE.match(source, found.end())
    path = _PATH.match(source, start.end() if start else found.end())
    symbols = truth.mentions.get((place[0], path.start("last")), set()) if path else set[str]()
    types = sorted(s for s in symbols if s.endswith("#") and s in truth.places and s not in aliases)
    return Header(trait, types[0] if types else "")


def _past_arguments(source: bytes, at: int) -> int:
    """The end of ``<…>`` after an offset, or the offset."""
    start = at
    while source[at : at + 1].isspace():
        at += 1
    if source[at : at + 1] != b"<":
        return start
    depth = 0
    for end in range(at, min(len(source), at + 2000)):
        c = source[end : end + 1]
        if c == b"<":
            depth += 1
        elif c == b">" and source[end - 1 : end] not in (b"-", b"="):
            depth -= 1
            if depth == 0:
                return end + 1
    return start
