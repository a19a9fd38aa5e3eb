"""Merging ``use`` declarations into a file that has some already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node

from . import syntax
from .layout import indent_at, newline_of, with_newlines
from .replacement import Replacement, trimmed
from .rustfmt import Rustfmt


@dataclass(frozen=True, slots=True)
class Leaf:
    """One name that a ``use`` brings in: its path, the name it gets here, or a glob."""

    path: tuple[str, ...]
    name: str
    glob: bool = False

    @property
    def declaration(self) -> str:
        path = "::".join(self.path)
        if self.glob:
            return f"use {path}::*;"
        return f"use {path};" if self.name == self.path[-1] else f"use {path} as {self.name};"


def leaves(source: bytes, declaration: Node) -> list[Leaf]:
    """The names that a ``use_declaration`` brings in."""
    argument = declaration.child_by_field_name("argument")
    return [] if argument is None else _leaves(source, argument, ())


def missing_uses(source: bytes, scope: Node, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of the ``wanted`` declarations, what ``scope`` lacks, and a note on each that would clash."""
    existing = [leaf for node in _declarations(scope) for leaf in leaves(source, node)]
    defined = {item.head.name for item in syntax.items(source, scope)}
    missing: list[str] = []
    notes: list[str] = []
    for text in wanted:
        data = text.encode()
        found = leaves(data, syntax.parse(data).root_node.named_children[0])
        new: list[Leaf] = []
        for leaf in found:
            if _covered(leaf, existing):
                continue
            if not leaf.glob and leaf.name != "_":
                taken = leaf.name in defined or any(leaf.name == other.name for other in existing)
                if taken:
                    notes.append(
                        f"`{leaf.declaration}` was left out: the file already has a `{leaf.name}`."
                    )
                    continue
            new.append(leaf)
            existing.append(leaf)
        missing += [text] if len(new) == len(found) else [leaf.declaration for leaf in new]
    return missing, notes


def insert_uses(
    source: bytes, scope: Node, new: Sequence[str], rustfmt: Rustfmt | None
) -> list[Replacement]:
    """Put the ``new`` declarations beside those that ``scope`` has, or at its head."""
    if not new:
        return []
    groups = _groups(_declarations(scope))
    if not groups:
        return [_at_head(source, scope, new)]
    chosen: dict[int, list[str]] = {}
    for text in new:
        chosen.setdefault(_best_group(source, groups, text), []).append(text)
    return [_into_group(source, groups[at], texts, rustfmt) for at, texts in chosen.items()]


def _declarations(scope: Node) -> list[Node]:
    return [node for node in scope.named_children if node.type == "use_declaration"]


def _leaves(source: bytes, node: Node, prefix: tuple[str, ...]) -> list[Leaf]:
    kind = node.type
    if kind == "use_list":
        return [leaf for child in node.named_children for leaf in _leaves(source, child, prefix)]
    if kind == "scoped_use_list":
        path = node.child_by_field_name("path")
        inner = node.child_by_field_name("list")
        head = prefix + (_segments(source, path) if path is not None else ())
        return [] if inner is None else _leaves(source, inner, head)
    if kind == "use_as_clause":
        path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
        if path is None or alias is None:
            return []
        return [Leaf(_joined(prefix, _segments(source, path)), syntax.text(source, alias))]
    if kind == "use_wildcard":
        inner = node.named_children
        return [Leaf(prefix + (_segments(source, inner[0]) if inner else ()), "*", glob=True)]
    if kind in ("line_comment", "block_comment"):
        return []
    path = _joined(prefix, _segments(source, node))
    return [Leaf(path, path[-1])]


def _segments(source: bytes, node: Node) -> tuple[str, ...]:
    return tuple("".join(syntax.text(source, node).split()).split("::"))


def _joined(prefix: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    """``a::{self}`` brings in ``a`` itself."""
    return prefix if prefix and path == ("self",) else prefix + path


def _covered(leaf: Leaf, existing: Sequence[Leaf]) -> bool:
    for other in existing:
        if other == leaf:
            return True
        # A name may also come through a glob of its parent; under its own name only.
        if (
            other.glob
            and not leaf.glob
            and other.path == leaf.path[:-1]
            and leaf.name == leaf.path[-1]
        ):
            return True
    return False


def _groups(declarations: Sequence[Node]) -> list[list[Node]]:
    """Runs of declarations on successive lines."""
    groups: list[list[Node]] = [[declarations[0]]] if declarations else []
    for above, below in pairwise(declarations):
        if below.start_point.row == above.end_point.row + 1:
            groups[-1].append(below)
        else:
            groups.append([below])
    return groups


def _best_group(source: bytes, groups: Sequence[Sequence[Node]], text: str) -> int:
    """The group with paths into the same crate, or the same sort of crate; else the last."""
    data = text.encode()
    wanted = leaves(data, syntax.parse(data).root_node.named_children[0])
    root = wanted[0].path[0] if wanted else ""
    roots = [{leaf.path[0] for n in group for leaf in leaves(source, n)} for group in groups]
    for at, names in enumerate(roots):
        if root in names:
            return at
    for at, names in enumerate(roots):
        if _sort(root) in map(_sort, names):
            return at
    return len(groups) - 1


def _sort(root: str) -> str:
    if root in ("std", "core", "alloc"):
        return "std"
    return "local" if root in ("crate", "self", "super") else "external"


def _into_group(
    source: bytes, group: Sequence[Node], new: Sequence[str], rustfmt: Rustfmt | None
) -> Replacement:
    prefix = indent_at(source, group[0].start_byte)
    newline = newline_of(source)
    start, end = group[0].start_byte, group[-1].end_byte
    old = source[start:end].decode("utf-8", "replace").replace("\r\n", "\n")
    lines = [old, *(prefix + text for text in new)]
    if rustfmt is not None:
        # Where the group is in rustfmt's order, the new lines take their places in it.
        flat = "\n".join(line.removeprefix(prefix) for line in old.split("\n"))
        if rustfmt.format(flat) == flat:
            sorted_group = rustfmt.format("\n".join([flat, *new]))
            if sorted_group is not None:
                first, *rest = sorted_group.split("\n")
                lines = [first, *(prefix + line if line else line for line in rest)]
    # With the line end that follows, an insertion is whole lines and nothing else changes.
    following = source[end : end + 2]
    tail = newline.encode() if following.startswith(newline.encode()) else b""
    text = with_newlines("\n".join(lines), newline) + tail
    return trimmed(source, Replacement(start, end + len(tail), text))


def _at_head(source: bytes, scope: Node, new: Sequence[str]) -> Replacement:
    newline = newline_of(source)
    if scope.type == "declaration_list":
        offset = source.find(b"\n", scope.start_byte) + 1
        inside = scope.named_children
        if offset == 0 or not inside or offset > inside[0].start_byte:
            text = " ".join(["", *new, ""])  # a module on one line
            return Replacement(scope.start_byte + 1, scope.start_byte + 1, text.encode())
        prefix = indent_at(source, inside[0].start_byte)
        lines = "".join(f"{prefix}{text}\n" for text in new) + "\n"
        return Replacement(offset, offset, with_newlines(lines, newline))
    offset = _after_file_head(source, scope)
    lines = "".join(f"{text}\n" for text in new) + "\n"
    return Replacement(offset, offset, with_newlines(lines, newline))


def _after_file_head(source: bytes, root: Node) -> int:
    """Where the first item of the file begins, with the comments that stand right above it.

    Inner attributes, inner docs and a detached comment (a licence) stay above.
    """
    start: int | None = None
    bottom = -1
    for child in root.named_children:
        inner = child.child_by_field_name("inner") is not None
        if child.type in ("shebang", "inner_attribute_item", "extern_crate_declaration") or inner:
            start = None
        else:
            detached = start is None or child.start_point.row > bottom + 1
            if detached:
                start = child.start_byte
            if child.type not in ("line_comment", "block_comment", "attribute_item"):
                break
        # A doc comment's node ends at the start of the line below it.
        bottom = child.end_point.row - (child.end_point.column == 0)
    if start is None:
        return len(source)
    return source.rfind(b"\n", 0, start) + 1
