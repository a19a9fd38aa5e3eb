"""``use`` trees and ``extern crate`` flattened to one fact a leaf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from . import grammar as g
from .facts import Path, Use
from .types import lower_path


def lower_use(source: bytes, node: Node, *, parent: int, visibility: str, cfg: str) -> list[Use]:
    """Every leaf of a ``use_declaration`` or ``extern_crate_declaration``."""
    if node.type == "extern_crate_declaration":
        return _extern_crate(source, node, parent, visibility, cfg)
    argument = node.child_by_field_id(g.ARGUMENT)
    if argument is None:
        return []
    return [
        Use(parent, path, alias, alias == "", visibility, start, end, cfg)
        for path, alias, start, end in _leaves(source, argument)
    ]


def _extern_crate(source: bytes, node: Node, parent: int, visibility: str, cfg: str) -> list[Use]:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return []
    alias = node.child_by_field_id(g.ALIAS)
    text = g.name_of(source, name)
    bound = g.name_of(source, alias) if alias is not None else text
    path: Path = (("crate", name.start_byte, None),)
    if text != "self":
        path = (("::", name.start_byte, None), (text, name.start_byte, None))
    return [Use(parent, path, bound, False, visibility, name.start_byte, name.end_byte, cfg)]


_LONGEST_PREFIX: Final = 200
"""Segments. Nobody writes such a path; without a bound, nested lists cost time squared."""


def _leaves(source: bytes, tree: Node) -> Iterator[tuple[Path, str, int, int]]:
    """(path, alias, start, end) of each leaf in source order; alias "" marks a glob."""
    todo: list[tuple[Node, Path]] = [(tree, ())]
    while todo:
        node, prefix = todo.pop()
        if len(prefix) > _LONGEST_PREFIX:
            continue
        kind = node.type
        if kind == "use_list":
            todo.extend((child, prefix) for child in reversed(node.named_children))
        elif kind == "scoped_use_list":
            path = node.child_by_field_id(g.PATH)
            listed = node.child_by_field_id(g.LIST)
            head = lower_path(source, path) if path is not None else ()
            if path is None:
                head = (("::", node.start_byte, None),)
            if listed is not None:
                todo.append((listed, prefix + head))
        elif kind == "use_as_clause":
            alias = node.child_by_field_id(g.ALIAS)
            full = _self_leaf(prefix, lower_path(source, node.child_by_field_id(g.PATH)))
            if full:
                # `as _` has an anonymous token for its alias.
                name = g.name_of(source, alias) if alias is not None else "_"
                yield full, name, node.start_byte, node.end_byte
        elif kind == "use_wildcard":
            inner = node.named_children
            head = lower_path(source, inner[0]) if inner else ()
            if not inner and node.children and node.children[0].type == "::":
                head = (("::", node.start_byte, None),)
            if prefix or head:
                yield prefix + head, "", node.start_byte, node.end_byte
        else:
            full = _self_leaf(prefix, lower_path(source, node))
            if full:
                yield full, full[-1][0], node.start_byte, node.end_byte


def _self_leaf(prefix: Path, path: Path) -> Path:
    """``a::{self}`` names ``a`` itself."""
    if prefix and len(path) == 1 and path[0][0] == "self":
        return prefix
    return prefix + path
