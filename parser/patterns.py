"""Patterns to tuples.

("b", name, start, sub)      binds a name; sub is the pattern after ``@`` or None. An identifier
                             that names a constant or unit variant looks the same here; linking
                             tells them apart.
("P", path)                  a path: a constant, a unit struct or variant
("T", path, (patterns…))     tuple struct; ``("..",)`` stands where ``..`` stood
("S", path, ((name, start, pattern)…))  struct
("t", (patterns…))           tuple            ("s", (patterns…))  slice
("r", pattern)               ``&pattern``     ("o", (patterns…))  alternatives
("l",)                       a literal or range
("..",) ("_",)               rest, wildcard
"""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from . import grammar as g
from .facts import Pattern
from .types import lower_path

WILD: Final[Pattern] = ("_",)
REST: Final[Pattern] = ("..",)


def lower_pattern(source: bytes, node: Node | None) -> Pattern:
    """Lower a pattern node; what can't be read is the wildcard."""
    if node is None:
        return WILD
    kind = node.type
    if (
        node.end_byte - node.start_byte > g.LONGEST_SHALLOW
        # Alternatives nest to the left by the hundred; they are lowered without recursion.
        and kind not in ("or_pattern", "match_pattern")
        and g.nested_too_deeply(node)
    ):
        return WILD
    if kind in ("identifier", "self", "shorthand_field_identifier"):
        return ("b", g.name_of(source, node), node.start_byte, None)
    if kind in ("scoped_identifier", "generic_pattern", "generic_type"):
        path = lower_path(source, node)
        return ("P", path) if path else WILD
    if kind == "tuple_struct_pattern":
        return _tuple_struct(source, node)
    if kind == "struct_pattern":
        return _struct(source, node)
    if kind == "tuple_pattern":
        return _tuple(source, node)
    if kind == "slice_pattern":
        return ("s", _children(source, node))
    if kind == "or_pattern":
        return _alternatives(source, node)
    if kind == "reference_pattern":
        return ("r", _last(source, node))
    if kind in ("mut_pattern", "ref_pattern", "parenthesized_pattern"):
        return _last(source, node)
    if kind == "captured_pattern":
        children = node.named_children
        if not children:
            return WILD
        first = children[0]
        sub = lower_pattern(source, children[-1]) if len(children) > 1 else None
        return ("b", g.name_of(source, first), first.start_byte, sub)
    if kind == "match_pattern":
        inner = node.named_children
        return lower_pattern(source, inner[0]) if inner else WILD
    if kind == "remaining_field_pattern":
        return REST
    if kind in _LITERALS:
        return ("l",)
    return WILD


_LITERALS: Final = frozenset(
    ("integer_literal", "float_literal", "string_literal", "raw_string_literal", "char_literal",
     "boolean_literal", "negative_literal", "range_pattern", "const_block")
)  # fmt: skip
_SKIPPED: Final = frozenset(
    ("line_comment", "block_comment", "attribute_item", "mutable_specifier")
)


def _children(source: bytes, node: Node) -> tuple[Pattern, ...]:
    found: list[Pattern] = []
    for child in node.children:
        if child.is_named:
            if child.type not in _SKIPPED:
                found.append(lower_pattern(source, child))
        elif child.type == "_":
            found.append(WILD)
    return tuple(found)


def _tuple(source: bytes, node: Node) -> Pattern:
    """``(a, b)``; ``(a)`` is only ``a``, which the grammar doesn't tell apart."""
    parts = _children(source, node)
    if len(parts) == 1 and parts[0] != REST and all(c.type != "," for c in node.children):
        return parts[0]
    return ("t", parts)


def _last(source: bytes, node: Node) -> Pattern:
    children = _children(source, node)
    return children[-1] if children else WILD


def _alternatives(source: bytes, node: Node) -> Pattern:
    """``a | b | c`` nests to the left; flattened, so that long ones don't nest deeply."""
    found: list[Pattern] = []
    todo = [node]
    while todo:
        current = todo.pop()
        if current.type == "or_pattern":
            todo.extend(reversed(current.children))
        elif current.type == "_":
            found.append(WILD)
        elif current.is_named and current.type not in _SKIPPED:
            found.append(lower_pattern(source, current))
    return ("o", tuple(found))


def _tuple_struct(source: bytes, node: Node) -> Pattern:
    head = node.child_by_field_id(g.TYPE)
    path = lower_path(source, head)
    parts: list[Pattern] = []
    for child in node.children:
        if child == head:
            continue
        if child.is_named:
            if child.type not in _SKIPPED:
                parts.append(lower_pattern(source, child))
        elif child.type == "_":
            parts.append(WILD)
    return ("T", path, tuple(parts))


def _struct(source: bytes, node: Node) -> Pattern:
    path = lower_path(source, node.child_by_field_id(g.TYPE))
    fields: list[tuple[str, int, Pattern]] = []
    for child in node.named_children:
        if child.type != "field_pattern":
            continue
        name = child.child_by_field_id(g.NAME)
        if name is None:
            continue
        text = g.name_of(source, name)
        pattern = child.child_by_field_id(g.PATTERN)
        lowered: Pattern
        if pattern is not None:
            lowered = lower_pattern(source, pattern)
        elif name.type == "shorthand_field_identifier":
            lowered = ("b", text, name.start_byte, None)
        else:
            lowered = WILD
        fields.append((text, name.start_byte, lowered))
    return ("S", path, tuple(fields))
