"""Workspaces without the text that the questions are made of."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from blake3 import blake3
from ferrograph.parser.grammar import parse
from tree_sitter import Node

_COMMENTS: Final = ("line_comment", "block_comment")
_ATTRIBUTES: Final = ("attribute_item", "inner_attribute_item")
_DOC: Final = re.compile(rb"#!?\[\s*doc\s*=")
_STAMP: Final = ".stripped"
_MANIFESTS: Final = ("Cargo.toml", "Cargo.lock")


def without_comments(source: bytes) -> bytes:
    """Rust without any comment or documentation; lines keep their numbers."""
    return _without(source, lambda node, text: True)


def without_module_docs(source: bytes) -> bytes:
    """Rust without what documents the file itself: ``//!``, ``/*!`` and ``#![doc = …]``."""

    def is_inner(node: Node, text: bytes) -> bool:
        return text.startswith((b"//!", b"/*!", b"#!"))

    return _without(source, is_inner)


def unchanged(source: bytes) -> bytes:
    """Rust as it is."""
    return source


def _without(source: bytes, goes: Callable[[Node, bytes], bool]) -> bytes:
    spans: list[tuple[int, int]] = []
    todo = [parse(source).root_node]
    while todo:
        node = todo.pop()
        text = source[node.start_byte : node.end_byte]
        is_doc = node.type in _COMMENTS or (node.type in _ATTRIBUTES and _DOC.match(text))
        if is_doc and goes(node, text):
            spans.append((node.start_byte, node.end_byte))
        elif node.child_count:
            todo.extend(node.children)
    parts: list[bytes] = []
    at = 0
    for start, end in sorted(spans):
        parts.append(source[at:start])
        # A block comment parts two tokens, as a blank does.
        parts.append(b" " + b"\n" * source.count(b"\n", start, end))
        at = end
    parts.append(source[at:])
    return b"".join(parts)


def stripped(source: Path, target: Path, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a workspace whose Rust files went through ``change``; no documents are in it.

    Made anew where the workspace or this file has changed.
    """
    files = sorted(
        path
        for path in source.rglob("*")
        if (path.suffix == ".rs" or path.name in _MANIFESTS)
        and not {"target", ".git"} & set(path.relative_to(source).parts)
        and path.is_file()
    )
    digest = blake3(Path(__file__).read_bytes() + change.__name__.encode())
    for path in files:
        about = path.stat()
        name = path.relative_to(source).as_posix()
        digest.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
    stamp = target / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return target
    shutil.rmtree(target, ignore_errors=True)
    for path in files:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        place.write_bytes(change(data) if path.suffix == ".rs" else data)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")
    return target
