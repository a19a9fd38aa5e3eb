"""``parse_rust``: the bytes of one Rust file to its facts. Never raises on any input."""

from __future__ import annotations

import sys

from tree_sitter import Node, Tree

from . import grammar as g
from .docs import join_docs
from .facts import FileFacts, Problem
from .items import ItemLowerer

PARSER_VERSION = 7
"""Changes whenever the same bytes give other facts; caches and databases carry it."""

LARGEST_FILE = 4_000_000
"""Bytes. Larger files are generated tables; they are named as a problem and left out."""

_MOST_PROBLEMS = 50

# Lowering recurses a few Python frames for each level of nesting; DEPTH_LIMIT bounds the levels.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 12_000))


def parse_rust(source: bytes, *, with_bodies: bool = True) -> FileFacts:
    """Parse one file.

    Broken code yields the items around the break and a `Problem` for each break. A file that is
    not UTF-8 is read with replacement characters in names and a problem; one that is larger than
    `LARGEST_FILE` yields only a problem. ``with_bodies=False`` skips bodies and the items in them.
    """
    size = len(source)
    lines = source.count(b"\n") + (1 if source and not source.endswith(b"\n") else 0)
    if size > LARGEST_FILE:
        message = f"left out: {size / 1e6:.1f} MB is more than the {LARGEST_FILE / 1e6:.0f} MB read"
        return FileFacts((), (), (), {}, (Problem(0, size, message),), "", (), lines, size)
    problems: list[Problem] = []
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"not UTF-8: byte {error.start} can't be read"
        problems.append(Problem(error.start, error.end, where))
    tree = g.parse(source)
    root = tree.root_node
    walker = ItemLowerer(source, with_bodies=with_bodies)
    walker.container(root)
    walker.body.finish()
    if root.has_error:
        problems.extend(_errors(source, tree))
    problems.extend(
        Problem(at, at, "nested too deeply to be read") for at in walker.body.too_deep[:5]
    )
    return FileFacts(
        tuple(walker.items),
        tuple(walker.uses),
        tuple(walker.macros),
        walker.bodies,
        tuple(problems),
        join_docs(walker.file_docs),
        tuple(walker.file_attrs),
        lines,
        size,
    )


def _errors(source: bytes, tree: Tree) -> list[Problem]:
    """The outermost error and missing nodes."""
    found: list[Problem] = []
    todo: list[Node] = [tree.root_node]
    while todo and len(found) < _MOST_PROBLEMS:
        node = todo.pop()
        if node.is_missing:
            found.append(Problem(node.start_byte, node.end_byte, f"missing {node.type!r}"))
        elif node.type == "ERROR":
            shown = " ".join(
                source[node.start_byte : node.end_byte][:40].decode("utf-8", "replace").split()
            )
            found.append(Problem(node.start_byte, node.end_byte, f"can't be read: {shown}"))
        elif node.has_error:
            todo.extend(reversed(node.children))
    return found
