"""Taking functions' bodies away, and the imports that only those bodies named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from ferrograph.parser.grammar import BODY, NAME, parse
from tree_sitter import Node

HOLE: Final = b"{\n    todo!()\n}"
_WORD: Final = re.compile(rb"\w+")
Span = tuple[int, int]


def bodies(source: bytes) -> dict[int, Span]:
    """The body of every function a file writes out, braces included, by the start of its name."""
    found: dict[int, Span] = {}
    todo = [parse(source).root_node]
    while todo:
        node = todo.pop()
        if node.type == "function_item":
            name, body = node.child_by_field_id(NAME), node.child_by_field_id(BODY)
            if name is not None and body is not None:
                found[name.start_byte] = (body.start_byte, body.end_byte)
        todo.extend(node.named_children)
    return found


def blanked(source: bytes, spans: Collection[Span]) -> bytes:
    """The file with a hole in place of each body. None of the spans may hold another.

    An import goes too where a body names it and nothing else does: the compiler would call it
    unused, and it would tell what the body was made of. What is exported stays.
    """
    cuts = [(start, end, HOLE) for start, end in spans]
    cuts.extend((start, end, b"") for start, end in _orphaned(source, spans))
    text = source
    for start, end, put in sorted(cuts, reverse=True):
        text = text[:start] + put + text[end:]
    return text


def _orphaned(source: bytes, spans: Collection[Span]) -> list[Span]:
    declarations = list(_imports(parse(source).root_node))
    inside: set[bytes] = set()
    for start, end in spans:
        inside.update(_WORD.findall(source, start, end))
    outside: set[bytes] = set()
    at = 0
    hidden = [*spans, *((node.start_byte, node.end_byte) for node in declarations)]
    for start, end in sorted(hidden):
        if start >= at:
            outside.update(_WORD.findall(source, at, start))
        at = max(at, end)
    outside.update(_WORD.findall(source, at))
    gone = inside - outside
    found: list[Span] = []
    for node in declarations:
        exported = any(child.type == "visibility_modifier" for child in node.children)
        within = any(start <= node.start_byte and node.end_byte <= end for start, end in spans)
        if exported or within:
            continue
        found.extend(_leaves_to_cut(node, source, gone))
    return found


def _imports(root: Node) -> Iterable[Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "use_declaration":
            yield node
        else:
            todo.extend(node.named_children)


def _leaves_to_cut(declaration: Node, source: bytes, gone: Collection[bytes]) -> Iterable[Span]:
    """The parts of a ``use`` tree that bind one of these names."""
    todo = [child for child in declaration.named_children if child.type != "visibility_modifier"]
    while todo:
        node = todo.pop()
        if node.type == "scoped_use_list":
            todo.extend(child for child in node.named_children if child.type == "use_list")
        elif node.type == "use_list":
            todo.extend(node.named_children)
        elif node.type in ("identifier", "scoped_identifier", "use_as_clause"):
            name = _WORD.findall(source, node.start_byte, node.end_byte)[-1]
            if name not in gone:
                continue
            parent = node.parent
            if parent is None or parent.type == "use_declaration":
                yield declaration.start_byte, declaration.end_byte
                continue
            comma = node.next_sibling
            has_comma = comma is not None and comma.type == ","
            yield node.start_byte, comma.end_byte if has_comma and comma else node.end_byte
