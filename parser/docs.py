"""Documentation comments and attributes: all four doc forms, and ``#[doc = "…"]``."""

from __future__ import annotations

import re
from typing import Final

from tree_sitter import Node

from . import grammar as g

_DOC_ATTRIBUTE: Final = re.compile(r'^doc\s*=\s*r?#*"(?P<text>.*)"#*$', re.DOTALL)


def is_outer_doc(node: Node) -> bool:
    """``///`` or ``/** */``, which belong to the item that follows."""
    return node.child_by_field_id(g.OUTER) is not None


def is_inner_doc(node: Node) -> bool:
    """``//!`` or ``/*! */``, which belong to the item they stand in."""
    return node.child_by_field_id(g.INNER) is not None


def doc_text(source: bytes, node: Node) -> str:
    """What one doc comment says, without its marks; lines keep their order."""
    doc = node.child_by_field_id(g.DOC)
    if doc is None:
        return ""
    text = g.text(source, doc).replace("\r\n", "\n")
    if node.type == "line_comment":
        return text.rstrip("\r\n").removeprefix(" ")
    text = text.removesuffix("*/")
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(line[1:].removeprefix(" ") if line.startswith("*") else line for line in lines)


def attribute_text(source: bytes, node: Node) -> str:
    """``derive(Debug, Clone)`` of ``#[derive(Debug, Clone)]``, on one line."""
    text = g.text(source, node)
    opened = text.find("[")
    if opened < 0:
        return ""
    return _SPACED.sub(r"\1(", " ".join(text[opened + 1 :].rstrip().removesuffix("]").split()))


_SPACED: Final = re.compile(r"^([\w:]+) \(")
"""Expansions of macros put spaces between tokens."""


def attribute_doc(attribute: str) -> str | None:
    """The text of ``doc = "…"``, or None for any other attribute."""
    found = _DOC_ATTRIBUTE.match(attribute)
    return found["text"].replace("\\n", "\n").replace('\\"', '"').strip() if found else None


def join_docs(parts: list[str]) -> str:
    """Several doc comments as one text."""
    return "\n".join(parts).strip()


def cfg_of(attrs: tuple[str, ...]) -> str:
    """The conditions of all ``cfg`` attributes, joined; "" where there is none."""
    found = [a[4:-1].strip() for a in attrs if a.startswith("cfg(") and a.endswith(")")]
    return ", ".join(found)
