"""Cutting an item's text down with the syntax tree: bodies, comments, private fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from ..parser import grammar as g

FOLD: Final = "{ … }"
ELLIPSIS: Final = "…"
LONG_VALUE: Final = 80
"""Bytes. A constant's value longer than this is folded."""

_NOISE: Final = re.compile(
    r"#\s*\[\s*(?:doc|allow|expect|warn|deny|inline|cold|track_caller|must_use|cfg_attr|diagnostic|"
    r"rustfmt|clippy)\b"
)
_COMMENTS: Final = frozenset(("line_comment", "block_comment"))
_FIELD_LISTS: Final = frozenset(("field_declaration_list", "enum_variant_list"))
_MEMBERS: Final = frozenset(("field_declaration", "enum_variant"))

_Cut = tuple[int, int, bytes]


def fold_function(text: bytes, at: int | None = None) -> str | None:
    """A function with its documentation and without its body; None where it has none.

    ``at`` is where the body begins, if that is known.
    """
    if at is not None:
        return _apply(text, [(at, len(text), _FOLD)])
    for node in _walk(g.parse(text).root_node):
        if node.type == "function_item":
            body = node.child_by_field_id(g.BODY)
            return None if body is None else _apply(text, [(body.start_byte, len(text), _FOLD)])
    return None


def fold_members(text: bytes) -> str:
    """An impl block or trait with the bodies in it folded and the comments gone."""
    root = g.parse(text).root_node
    cuts = [(body.start_byte, body.end_byte, _FOLD) for body in _bodies(root)]
    return _apply(text, [*cuts, *_noise(root, text)])


def fold_macro(text: bytes) -> str | None:
    """A ``macro_rules!`` with what its arms expand to folded: how to call it, not what it does."""
    cuts: list[_Cut] = []
    for node in _walk(g.parse(text).root_node):
        right = node.child_by_field_id(g.RIGHT) if node.type == "macro_rule" else None
        if right is not None:
            cuts.append((right.start_byte, right.end_byte, _FOLD))
    return _apply(text, cuts) if cuts else None


def fold_value(text: bytes) -> str | None:
    """A constant or static with a long value cut out; None where the value is short."""
    for node in _walk(g.parse(text).root_node):
        if node.type in ("const_item", "static_item"):
            value = node.child_by_field_id(g.VALUE)
            if value is None or value.end_byte - value.start_byte <= LONG_VALUE:
                return None
            return _apply(text, [(value.start_byte, value.end_byte, ELLIPSIS.encode())])
    return None


def fold_data(text: bytes, *, public_only: bool) -> str | None:
    """A type with its fields or variants, comments gone.

    ``public_only`` puts one ``…`` in the place of private fields. None where no member is left.
    """
    root = g.parse(text).root_node
    body = _member_list(root)
    if body is None:
        return None
    hidden = [node for node in body.named_children if public_only and _is_private(node)]
    members = [node for node in body.named_children if node.type in _MEMBERS]
    if len(hidden) == len(members):
        return None
    cuts: list[_Cut] = []
    for at, node in enumerate(hidden):
        following = node.next_sibling
        end = following.end_byte if following is not None and following.type == "," else None
        cuts.append((node.start_byte, end or node.end_byte, b"" if at else ELLIPSIS.encode()))
    return _apply(text, [*cuts, *_noise(root, text)])


def flat_members(text: bytes, *, public_only: bool) -> str | None:
    """A type's fields or variants on one line, ``…`` for private ones; None where it has no
    braces or nothing in them."""
    root = g.parse(text).root_node
    body = _member_list(root)
    if body is None:
        return None
    shown: list[str] = []
    hidden = False
    for node in body.named_children:
        if node.type not in _MEMBERS:
            continue
        if public_only and _is_private(node):
            hidden = True
            continue
        cuts = [
            (start - node.start_byte, end - node.start_byte, instead)
            for start, end, instead in _noise(node, text)
        ]
        member = text[node.start_byte : node.end_byte]
        shown.append(" ".join(_apply(member, cuts).split()).replace(", }", " }"))
    if not shown:
        return None
    return ", ".join([*shown, ELLIPSIS] if hidden else shown)


_FOLD: Final = FOLD.encode()


def _member_list(root: Node) -> Node | None:
    for node in _walk(root):
        if node.type in _FIELD_LISTS:
            return node
    return None


def _is_private(node: Node) -> bool:
    """A field that other crates don't see; variants and their fields are as their enum."""
    return node.type == "field_declaration" and not any(
        child.type == "visibility_modifier" and child.end_byte - child.start_byte == len("pub")
        for child in node.named_children
    )


def _walk(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo.extend(reversed(current.children))


def _bodies(root: Node) -> Iterator[Node]:
    """Bodies of functions, those inside of bodies not."""
    todo = [root]
    while todo:
        node = todo.pop()
        body = node.child_by_field_id(g.BODY) if node.type == "function_item" else None
        if body is not None:
            yield body
        else:
            todo.extend(node.children)


def _noise(root: Node, text: bytes) -> Iterator[_Cut]:
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


def _apply(text: bytes, cuts: list[_Cut]) -> str:
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
    lines = b"".join(kept).decode("utf-8", "replace").splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())
