"""Types, paths, bounds and generics to the tuples of `parser.facts`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tree_sitter import Node

from . import grammar as g
from .facts import NO_GENERICS, UNIT, UNKNOWN, Generics, Path, Type, TypeParam

_Lower = Callable[[bytes, Node], Type]


def lower_type(source: bytes, node: Node | None) -> Type:
    """Lower a type node; what can't be read is ``("_",)``."""
    if node is None:
        return UNKNOWN
    handler = _TYPES.get(node.type)
    if handler is None:
        return UNKNOWN
    if node.end_byte - node.start_byte > g.LONGEST_SHALLOW and g.nested_too_deeply(node):
        return UNKNOWN
    return handler(source, node)


def lower_path(source: bytes, node: Node | None) -> Path:
    """Lower any node that is a path (types and values alike); empty when it is not one."""
    segments: list[tuple[str, int, Any]] = []
    args: Any = None
    # From the last segment to the first: long paths nest to the left.
    while node is not None:
        kind = node.type
        if kind in _LEAVES:
            segments.append((g.name_of(source, node), node.start_byte, args))
            segments.reverse()
            return tuple(segments)
        if kind in _SCOPED:
            name = node.child_by_field_id(g.NAME)
            if name is None:
                return ()
            segments.append((g.name_of(source, name), name.start_byte, args))
            args = None
            prefix = node.child_by_field_id(g.PATH)
            if prefix is None:
                segments.append(("::", node.start_byte, None))
                segments.reverse()
                return tuple(segments)
            node = prefix
        elif kind in _GENERIC:
            args = _arguments(source, node.child_by_field_id(g.TYPE_ARGUMENTS))
            node = node.child_by_field_id(g.FUNCTION if kind == "generic_function" else g.TYPE)
        elif kind == "function_type":
            args = _fn_arguments(source, node)
            node = node.child_by_field_id(g.TRAIT)
        else:
            return ()
    return ()


_SCOPED: Final = frozenset(("scoped_identifier", "scoped_type_identifier"))
_GENERIC: Final = frozenset(("generic_type", "generic_type_with_turbofish", "generic_function"))
_LEAVES: Final = frozenset(
    ("identifier", "type_identifier", "primitive_type", "self", "super", "crate", "metavariable",
     "shorthand_field_identifier", "field_identifier")
)  # fmt: skip


def _arguments(source: bytes, node: Node | None) -> tuple[tuple[Type, ...], tuple[Any, ...]] | None:
    if node is None:
        return None
    types: list[Type] = []
    bindings: list[tuple[str, int | None, Type]] = []
    for child in node.named_children:
        kind = child.type
        if kind == "type_binding":
            name = child.child_by_field_id(g.NAME)
            if name is not None:
                bound = lower_type(source, child.child_by_field_id(g.TYPE))
                bindings.append((g.name_of(source, name), name.start_byte, bound))
        elif kind == "trait_bounds":
            # `Item: Bound` is a type and bounds behind it to the grammar.
            name_type = types.pop() if types else UNKNOWN
            if name_type[0] == "p":
                word, start, _ = name_type[1][-1]
                bindings.append((word, start, ("i", lower_bounds(source, child))))
        elif kind in _TYPES:
            types.append(lower_type(source, child))
        elif kind not in ("lifetime", "line_comment", "block_comment"):
            types.append(UNKNOWN)  # a const argument holds its place
    return tuple(types), tuple(bindings)


def turbofish(source: bytes, node: Node | None) -> tuple[Type, ...] | None:
    """The types of ``::<A, B>``."""
    args = _arguments(source, node)
    return None if args is None else args[0]


def lower_bounds(source: bytes, node: Node | None) -> tuple[Type, ...]:
    """The traits of ``A + B + 'a``, as path types; lifetimes are left out."""
    if node is None:
        return ()
    if node.end_byte - node.start_byte > g.LONGEST_SHALLOW and g.nested_too_deeply(node):
        return ()
    found: list[Type] = []
    for child in node.named_children:
        _collect_bounds(source, child, found)
    return tuple(found)


def _collect_bounds(source: bytes, node: Node, found: list[Type]) -> str:
    """Append the traits of one bound; gives "d" or "i" where ``dyn`` or ``impl`` stands in it.

    The grammar nests ``dyn A + B`` as (A, B) with the keyword on the innermost left, or, after a
    lifetime, with the keyword outside.
    """
    kind = node.type
    if kind in ("bounded_type", "tuple_type", "dynamic_type", "abstract_type"):
        tag = "d" if kind == "dynamic_type" else "i" if kind == "abstract_type" else ""
        for child in node.named_children:
            tag = _collect_bounds(source, child, found) or tag
        return tag
    if kind == "higher_ranked_trait_bound":
        node = node.child_by_field_id(g.TYPE) or node
    elif kind in _NO_TRAITS:
        return ""
    bound = bound_type(source, node)
    if bound is not None:
        found.append(bound)
    return ""


_NO_TRAITS: Final = frozenset(
    ("lifetime", "use_bounds", "removed_trait_bound", "type_parameters", "line_comment",
     "block_comment")
)  # fmt: skip


def bound_type(source: bytes, node: Node) -> Type | None:
    """One trait bound as a path type, or None when it isn't a trait."""
    path = lower_path(source, node)
    return ("p", path) if path else None


def _fn_arguments(source: bytes, node: Node) -> Any:
    """The arguments of ``Fn(A, B) -> C`` as those of a generic trait."""
    result = node.child_by_field_id(g.RETURN_TYPE)
    output = lower_type(source, result) if result is not None else UNIT
    params = (("t", _parameter_types(source, node.child_by_field_id(g.PARAMETERS))),)
    return (params, (("Output", None, output),))


def _parameter_types(source: bytes, node: Node | None) -> tuple[Type, ...]:
    if node is None:
        return ()
    types: list[Type] = []
    for child in node.named_children:
        if child.type == "parameter":
            types.append(lower_type(source, child.child_by_field_id(g.TYPE)))
        elif child.type in _TYPES:
            types.append(lower_type(source, child))
    return tuple(types)


def _path_type(source: bytes, node: Node) -> Type:
    qualified = qualified_path(source, node)
    if qualified is not None:
        return qualified
    path = lower_path(source, node)
    if not path or (path[0][0] == "_" and len(path) == 1):
        return UNKNOWN  # `_` is an identifier to the grammar
    return ("p", path)


def _qualified(source: bytes, node: Node) -> Type | None:
    """``<T as Trait>::A::B``: a scoped path whose innermost prefix is a bracketed type."""
    segments: list[tuple[str, int, Any]] = []
    args: Any = None
    current: Node | None = node
    while current is not None:
        kind = current.type
        if kind in _SCOPED:
            name = current.child_by_field_id(g.NAME)
            if name is None:
                return None
            segments.append((g.name_of(source, name), name.start_byte, args))
            args = None
            current = current.child_by_field_id(g.PATH)
        elif kind in _GENERIC:
            args = _arguments(source, current.child_by_field_id(g.TYPE_ARGUMENTS))
            current = current.child_by_field_id(
                g.FUNCTION if kind == "generic_function" else g.TYPE
            )
        elif kind == "bracketed_type" and segments:
            segments.reverse()
            inner = current.named_children[0] if current.named_child_count else None
            if inner is None:
                return None
            if inner.type == "qualified_type":
                trait = lower_path(source, inner.child_by_field_id(g.ALIAS))
                owner = lower_type(source, inner.child_by_field_id(g.TYPE))
                return ("q", owner, trait or None, tuple(segments))
            return ("q", lower_type(source, inner), None, tuple(segments))
        else:
            return None
    return None


def qualified_path(source: bytes, node: Node) -> Type | None:
    """``<T as Trait>::name`` in an expression, or None for an ordinary path."""
    # Only such paths begin with an angle bracket: no need to walk all the others.
    if source[node.start_byte : node.start_byte + 1] != b"<":
        return None
    return _qualified(source, node)


def _first_type(source: bytes, node: Node) -> Type:
    for child in node.named_children:
        if child.type in _TYPES:
            return lower_type(source, child)
    return UNKNOWN


def _reference(source: bytes, node: Node) -> Type:
    inner = lower_type(source, node.child_by_field_id(g.TYPE))
    if any(child.type == "mutable_specifier" for child in node.named_children):
        return ("r", inner, True)
    return ("r", inner)


def _pointer(source: bytes, node: Node) -> Type:
    return ("*", lower_type(source, node.child_by_field_id(g.TYPE)))


def _tuple(source: bytes, node: Node) -> Type:
    """``(A, B)``; ``(A)`` is only ``A``, which the grammar doesn't tell apart."""
    parts = tuple([lower_type(source, c) for c in node.named_children if c.type in _TYPES])
    if len(parts) == 1 and all(child.type != "," for child in node.children):
        return parts[0]
    return ("t", parts)


def _array(source: bytes, node: Node) -> Type:
    element = lower_type(source, node.child_by_field_id(g.ELEMENT))
    return ("a" if node.child_by_field_id(g.LENGTH) is not None else "s", element)


def _function(source: bytes, node: Node) -> Type:
    sugar = lower_path(source, node)
    if sugar:
        return ("p", sugar)
    result = node.child_by_field_id(g.RETURN_TYPE)
    params = _parameter_types(source, node.child_by_field_id(g.PARAMETERS))
    return ("f", params, lower_type(source, result) if result is not None else UNIT)


def _object(source: bytes, node: Node) -> Type:
    """``dyn A + B`` and ``impl A + B``."""
    found: list[Type] = []
    tag = _collect_bounds(source, node, found)
    return (tag or "d", tuple(found))


def _macro(source: bytes, node: Node) -> Type:
    path = lower_path(source, node.child_by_field_id(g.MACRO))
    tokens = next((child for child in node.named_children if child.type == "token_tree"), None)
    if not path or tokens is None or tokens.end_byte - tokens.start_byte > _LONGEST_CALL:
        return UNKNOWN
    start = tokens.start_byte + 1
    end = max(start, tokens.end_byte - 1)
    return ("mac", path, source[start:end].decode("utf-8", "replace"), start)


_LONGEST_CALL: Final = 2_000
"""Bytes of a macro call that may stand for a type."""

_TYPES: Final[dict[str, _Lower]] = {
    "type_identifier": _path_type,
    "identifier": _path_type,
    "self": _path_type,
    "primitive_type": _path_type,
    "scoped_type_identifier": _path_type,
    "scoped_identifier": _path_type,
    "generic_type": _path_type,
    "generic_type_with_turbofish": _path_type,
    "metavariable": _path_type,
    "reference_type": _reference,
    "pointer_type": _pointer,
    "tuple_type": _tuple,
    "unit_type": lambda _s, _n: UNIT,
    "array_type": _array,
    "function_type": _function,
    "dynamic_type": _object,
    "abstract_type": _object,
    "bounded_type": _object,
    "never_type": lambda _s, _n: ("n",),
    "bracketed_type": _first_type,
    "higher_ranked_trait_bound": lambda s, n: lower_type(s, n.child_by_field_id(g.TYPE)),
    "macro_invocation": _macro,
    "qualified_type": lambda s, n: lower_type(s, n.child_by_field_id(g.TYPE)),
}


def lower_generics(source: bytes, node: Node) -> Generics:
    """The generics of an item: its ``type_parameters`` and ``where_clause``."""
    listed = node.child_by_field_id(g.TYPE_PARAMETERS)
    params: list[TypeParam] = []
    consts: list[str] = []
    if listed is not None:
        for child in listed.named_children:
            name = child.child_by_field_id(g.NAME)
            if name is None:
                continue
            if child.type == "type_parameter":
                default = child.child_by_field_id(g.DEFAULT_TYPE)
                params.append(
                    TypeParam(
                        g.name_of(source, name),
                        lower_bounds(source, child.child_by_field_id(g.BOUNDS)),
                        lower_type(source, default) if default is not None else None,
                    )
                )
            elif child.type == "const_parameter":
                consts.append(g.name_of(source, name))
    where: list[tuple[Type, tuple[Type, ...]]] = []
    for child in node.named_children:
        if child.type != "where_clause":
            continue
        for predicate in child.named_children:
            left = predicate.child_by_field_id(g.LEFT)
            if left is None or left.type == "lifetime":
                continue
            bounds = lower_bounds(source, predicate.child_by_field_id(g.BOUNDS))
            where.append((lower_type(source, left), bounds))
    if not (params or consts or where):
        return NO_GENERICS
    return Generics(tuple(params), tuple(consts), tuple(where))
