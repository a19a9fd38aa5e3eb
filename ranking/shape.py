"""An item's text at the four levels of detail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from ..graph.ids import content_hash
from ..graph.model import GraphItem
from ..graph.sources import Sources
from ..parser import grammar as g
from .model import Level

FOLD: Final = "{ … }"

CODE_KINDS: Final = frozenset(("function", "method"))
DATA_KINDS: Final = frozenset(("struct", "enum", "union"))
CONTAINERS: Final = frozenset(("impl", "trait"))
_BRACED: Final = frozenset(("impl", "trait", "enum", "union", "macro"))
OPEN_KINDS: Final = frozenset(("module", "crate"))

_LONG_VALUE: Final = 80
"""Bytes. A constant's value longer than this is folded."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`\[(\"'*_]|$)")
_LONGEST_SENTENCE: Final = 240
_NOISE: Final = re.compile(
    r"#\s*\[\s*(?:doc|allow|expect|warn|deny|inline|cold|track_caller|must_use|cfg_attr|diagnostic|"
    r"rustfmt|clippy)\b"
)
_COMMENTS: Final = frozenset(("line_comment", "block_comment"))


def source_bytes(sources: Sources, item: GraphItem) -> bytes | None:
    """The item's text with the indent of its first line, or None where the file has moved on.

    The graph may lag behind the editor: spans are trusted only while the text has the hash that
    was indexed.
    """
    source = sources.read(item.file)
    if source is None or content_hash(source[item.start : item.end]) != item.content_hash:
        return None
    return _indent(source, item.start) + source[item.start : item.end]


def _indent(source: bytes, start: int) -> bytes:
    """The blanks before ``start`` on its line; nothing where other text stands there."""
    line = source.rfind(b"\n", 0, start) + 1
    before = source[line:start]
    return before if not before.strip() else b""


def signature_end(sources: Sources, item: GraphItem) -> int:
    """The offset in its file behind the item's declaration, where a body would begin.

    ``GraphItem.signature`` is the declaration with its blanks collapsed, so matching what is not
    blank leads to its end. Falls back to the name's end where the text has changed.
    """
    source = sources.read(item.file)
    if source is None:
        return item.name_end
    text = source[item.def_start : item.end].decode("utf-8", "replace")
    at = 0
    for wanted in item.signature.split():
        found = text.find(wanted, at)
        if found < 0:
            return item.name_end
        at = found + len(wanted)
    return item.def_start + len(text[:at].encode())


def first_sentence(doc: str) -> str:
    """The first sentence of a doc text, on one line; long ones end in an ellipsis."""
    paragraph: list[str] = []
    for line in doc.strip().splitlines():
        bare = line.strip()
        if not bare or bare.startswith(("```", "#", "|")):
            if paragraph:
                break
            continue
        paragraph.append(bare)
    text = " ".join(paragraph)
    sentence = _SENTENCE.split(text, 1)[0] if text else ""
    if len(sentence) > _LONGEST_SENTENCE:
        return sentence[:_LONGEST_SENTENCE].rsplit(" ", 1)[0] + " …"
    return sentence


def shape(sources: Sources, item: GraphItem, level: Level) -> str | None:
    """The item's text at a level, without a final line end; None where there is no such level.

    Lines keep the indent they have in the file. Where the file can't be read or has changed since
    it was indexed, only "signature" and "name" exist.
    """
    if level == "name":
        return short_path(item)
    if level == "signature":
        return _signature(sources, item)
    if item.kind in OPEN_KINDS:
        # A module's parts are items of their own.
        return None
    text = source_bytes(sources, item)
    if text is None:
        return None
    if item.kind == "section":
        return "\n".join(f"// {line}".rstrip() for line in _decode(text).splitlines())
    if level == "full":
        return _decode(text)
    return _folded(item, text)


def short_path(item: GraphItem) -> str:
    """The qualified path without the crate's name, which the file header tells."""
    if item.kind == "section":
        return item.name
    _, _, rest = item.qualified_path.partition("::")
    return rest or item.name


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "replace").replace("\r\n", "\n").rstrip()


def _doc_line(item: GraphItem, indent: str) -> str:
    sentence = first_sentence(item.doc)
    return f"{indent}/// {sentence}\n" if sentence else ""


def _signature(sources: Sources, item: GraphItem) -> str:
    if item.kind == "section":
        return f"// {'#' if not item.signature else ''} {item.signature or item.name}"
    source = sources.read(item.file)
    indent = "" if source is None else _indent(source, item.start).decode()
    declared = item.signature or item.name
    if item.kind == "crate":
        declared = f"// crate {item.name}"
        sentence = first_sentence(item.doc)
        return f"{declared}: {sentence}" if sentence else declared
    if item.kind in ("const", "static"):
        declared = _constant(item, source)
    elif item.kind in _BRACED or (item.kind == "struct" and _has_fields(item, source)):
        declared += f" {FOLD}"
    else:
        declared += ";"
    return f"{_doc_line(item, indent)}{indent}{declared}"


def _constant(item: GraphItem, source: bytes | None) -> str:
    """A constant with its value where that is short: the value is what one looks it up for."""
    if source is not None and item.end - item.def_start <= _LONG_VALUE:
        text = source[item.start : item.end]
        if content_hash(text) == item.content_hash:
            return _decode(source[item.def_start : item.end])
    return f"{item.signature};"


def _has_fields(item: GraphItem, source: bytes | None) -> bool:
    """Whether a struct's declaration ends in braces rather than a semicolon."""
    if source is None:
        return not item.signature.endswith(")")
    return source[item.end - 1 : item.end] == b"}"


# -- folding ----------------------------------------------------------------------------------


def _folded(item: GraphItem, text: bytes) -> str | None:
    """Bodies as ``{ … }``; comments gone, but for the documentation of what is folded."""
    root = g.parse(text).root_node
    cuts: list[tuple[int, int, bytes]] = []
    if item.kind in CODE_KINDS:
        body = _first_body(root)
        if body is None:
            return None
        cuts.append((body.start_byte, len(text), FOLD.encode()))
    elif item.kind in DATA_KINDS:
        cuts.extend(_noise(root, text))
    elif item.kind in CONTAINERS:
        cuts.extend((b.start_byte, b.end_byte, FOLD.encode()) for b in _function_bodies(root))
        cuts.extend(_noise(root, text))
    elif item.kind == "macro":
        cuts.extend(_macro_arms(root))
    elif item.kind in ("const", "static"):
        cuts.extend(_long_values(root))
    if not cuts:
        return None
    lines = _apply(text, cuts)
    if item.kind in DATA_KINDS or item.kind in CONTAINERS:
        indent = text[: len(text) - len(text.lstrip(b" \t"))].decode()
        return _doc_line(item, indent) + lines
    return lines


def _apply(text: bytes, cuts: list[tuple[int, int, bytes]]) -> str:
    """Cut spans out, put their replacements in, and drop the lines that became blank."""
    kept: list[bytes] = []
    at = 0
    for start, end, instead in sorted(cuts):
        if start < at:
            continue
        kept.append(text[at:start])
        kept.append(instead)
        at = end
    kept.append(text[at:])
    lines = _decode(b"".join(kept)).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _walk(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo.extend(reversed(current.children))


def _first_body(root: Node) -> Node | None:
    for node in _walk(root):
        if node.type == "function_item":
            return node.child_by_field_id(g.BODY)
    return None


def _function_bodies(root: Node) -> Iterator[Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "function_item":
            body = node.child_by_field_id(g.BODY)
            if body is not None:
                yield body
            continue
        todo.extend(node.children)


def _noise(root: Node, text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Comments, and attributes that say nothing of what an item is; their line ends stay."""
    for node in _walk(root):
        if node.type in _COMMENTS:
            end = node.end_byte
            # A doc comment's node takes its line end along; the line after must keep its start.
            while end > node.start_byte and text[end - 1 : end] in (b"\n", b"\r"):
                end -= 1
            yield node.start_byte, end, b""
        elif node.type == "attribute_item" and _NOISE.match(g.text(text, node)):
            yield node.start_byte, node.end_byte, b""


def _macro_arms(root: Node) -> Iterator[tuple[int, int, bytes]]:
    for node in _walk(root):
        if node.type == "macro_rule":
            right = node.child_by_field_id(g.RIGHT)
            if right is not None:
                yield right.start_byte, right.end_byte, FOLD.encode()


def _long_values(root: Node) -> Iterator[tuple[int, int, bytes]]:
    for node in _walk(root):
        if node.type in ("const_item", "static_item"):
            value = node.child_by_field_id(g.VALUE)
            if value is not None and value.end_byte - value.start_byte > _LONG_VALUE:
                yield value.start_byte, value.end_byte, "…".encode()
            return
