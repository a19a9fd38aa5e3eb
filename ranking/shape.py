"""An item's text at the four levels of detail."""

from __future__ import annotations

import re
from typing import Final

from ..graph.model import GraphItem
from .fold import (
    FOLD,
    LONG_VALUE,
    flat_members,
    fold_data,
    fold_function,
    fold_macro,
    fold_members,
    fold_value,
)
from .model import Level
from .snapshot import Snapshot

CODE_KINDS: Final = frozenset(("function", "method"))
DATA_KINDS: Final = frozenset(("struct", "enum", "union"))
CONTAINERS: Final = frozenset(("impl", "trait"))
OPEN_KINDS: Final = frozenset(("module", "crate"))
PARTS: Final = frozenset(("field", "variant"))
"""Kinds that are shown and ranked as part of the item that holds them."""
_BRACED: Final = frozenset(("impl", "trait", "macro"))

_SHORT_MEMBERS: Final = 160
"""Characters. Fewer fields or variants than this are part of the declaration's own line."""
_LONGEST_SENTENCE: Final = 240
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`\[(\"'*_]|$)")


def shape(sources: Snapshot, item: GraphItem, level: Level) -> str | None:
    """The item's text at a level, without a final line end; None where there is no such level.

    Lines keep the indent they have in the file. Where the file can't be read or has changed since
    it was indexed, only "signature" and "name" exist. Modules have those two only: their parts are
    items of their own.
    """
    if level == "name":
        return short_path(item)
    if level == "signature":
        return _signature(sources, item)
    text = None if item.kind in OPEN_KINDS else sources.text(item)
    if text is None:
        return None
    text = indent_of(sources, item).encode() + text
    if item.kind == "section":
        return "\n".join(f"// {line}".rstrip() for line in _decode(text).splitlines())
    if level == "full":
        return _decode(text)
    return _folded(sources, item, text)


def declaration(item: GraphItem, signature: str | None) -> str:
    """The text at level "signature" without documentation."""
    text = signature or item.name
    first, _, rest = text.partition("\n")
    return rest if rest and first.lstrip().startswith("///") else text


def short_path(item: GraphItem) -> str:
    """The qualified path without the crate's name, which the file header tells."""
    if item.kind == "section":
        return item.name
    _, _, rest = item.qualified_path.partition("::")
    return rest or item.name


def signature_end(source: bytes | None, item: GraphItem) -> int:
    """The offset in its file behind the item's declaration, where a body would begin.

    ``GraphItem.signature`` is the declaration with its blanks collapsed, so matching what is not
    blank leads to its end. Falls back to the name's end where the text has changed.
    """
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


def indent_of(sources: Snapshot, item: GraphItem) -> str:
    """The blanks before the item on its first line; nothing where other text stands there."""
    source = sources.read(item.file) or b""
    line = source.rfind(b"\n", 0, item.start) + 1
    before = source[line : item.start]
    return "" if before.strip() else before.decode("ascii", "ignore")


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "replace").replace("\r\n", "\n").rstrip()


def _doc_line(item: GraphItem, indent: str) -> str:
    sentence = first_sentence(item.doc)
    return f"{indent}/// {sentence}\n" if sentence else ""


def _signature(sources: Snapshot, item: GraphItem) -> str:
    declared = item.signature or item.name
    if item.kind == "section":
        return f"// {declared}"
    if item.kind == "crate":
        sentence = first_sentence(item.doc)
        return f"// crate {item.name}" + (f": {sentence}" if sentence else "")
    text = sources.text(item)
    if item.kind in ("const", "static"):
        declared = _constant(item, text)
    elif item.kind in DATA_KINDS:
        declared = _data(item, text)
    elif item.kind in _BRACED:
        declared += f" {FOLD}"
    else:
        declared += ";"
    indent = indent_of(sources, item) if text is not None else ""
    return f"{_doc_line(item, indent)}{indent}{declared}"


def _constant(item: GraphItem, text: bytes | None) -> str:
    """A constant with its value where that is short: the value is what one looks it up for."""
    if text is not None and item.end - item.def_start <= LONG_VALUE:
        return _decode(text[item.def_start - item.start :])
    return f"{item.signature};"


def _data(item: GraphItem, text: bytes | None) -> str:
    """A type's declaration, with its fields or variants on the same line where they are few."""
    if text is None or not text.endswith(b"}"):
        unit = item.signature.endswith(")") or text is not None
        return f"{item.signature};" if unit else f"{item.signature} {FOLD}"
    flat = flat_members(text, public_only=item.is_dependency)
    if flat is not None and len(flat) <= _SHORT_MEMBERS:
        return f"{item.signature} {{ {flat} }}"
    return f"{item.signature} {FOLD}"


def _folded(sources: Snapshot, item: GraphItem, text: bytes) -> str | None:
    """Bodies as ``{ … }``; in types, traits and impl blocks the comments go too."""
    if item.kind in CODE_KINDS:
        return fold_function(text, _body_at(sources, item, text))
    if item.kind == "macro":
        return fold_macro(text)
    if item.kind in ("const", "static"):
        return fold_value(text)
    folded = None
    if item.kind in DATA_KINDS:
        folded = fold_data(text, public_only=item.is_dependency)
    elif item.kind in CONTAINERS:
        folded = fold_members(text)
    return None if folded is None else _doc_line(item, indent_of(sources, item)) + folded


def _body_at(sources: Snapshot, item: GraphItem, text: bytes) -> int | None:
    """Where a function's body begins in its text, if that is seen without parsing."""
    head = signature_end(sources.read(item.file), item) - item.end
    rest = text[head:].lstrip() if head else b""
    return len(text) - len(rest) if rest.startswith(b"{") else None
