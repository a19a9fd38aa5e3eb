"""Types, paths, bounds and generics to the tuples of `parser.facts`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from . import grammar as g
from .facts import NO_GENERICS, UNIT, UNKNOWN, Generics, Path, Type, TypeParam

_Lower = Callable[[bytes, Node], Type]


def lower_type(source: bytes, node: Node | None) -> Type:
    """Lower a type node; what can't be read is ``("_",)``."""
    if node is None:
        return UNKNOWN
    handler = _TYPES.get(node.type)
    return handler(source, node) if handler else UNKNOWN


def lower_path(source: bytes, node: Node | None) -> Path:
    """Lower any node that is a path (types and values alike); empty when it is not one."""
    if node is None:
        return ()
    kind = node.type
    if kind in _LEAVES:
        return ((g.name_of(source, node), node.start_byte, None),)
    if kind in ("scoped_identifier", "scoped_type_identifier"):
        name = node.child_by_field_id(g.NAME)
        prefix = node.child_by_field_id(g.PATH)
        if name is None:
            return ()
        last = (g.name_of(source, name), name.start_byte, None)
        if prefix is None:
            return (("::", node.start_byte, None), last)
        head = lower_path(source, prefix)
        return (*head, last) if head else ()
    if kind in ("generic_type", "generic_type_with_turbofish"):
        head = lower_path(source, node.child_by_field_id(g.TYPE))
        return _with_args(head, _arguments(source, node.child_by_field_id(g.TYPE_ARGUMENTS)))
    if kind == "generic_function":
        head = lower_path(source, node.child_by_field_id(g.FUNCTION))
        return _with_args(head, _arguments(source, node.child_by_field_id(g.TYPE_ARGUMENTS)))
    if kind == "function_type":
        return _fn_sugar(source, node)
    return ()


_LEAVES = frozenset(
    ("identifier", "type_identifier", "primitive_type", "self", "super", "crate", "metavariable",
     "shorthand_field_identifier", "field_identifier")
)  # fmt: skip


def _with_args(path: Path, args: Any) -> Path:
    if not path:
        return ()
    name, start, _ = path[-1]
    return (*path[:-1], (name, start, args))


def _arguments(source: bytes, node: Node | None) -> tuple[tuple[Type, ...], tuple[Any, ...]] | None:
    if node is None:
        return None
    types: list[Type] = []
    bindings: list[tuple[str, Type]] = []
    for child in node.named_children:
        kind = child.type
        if kind == "type_binding":
            name = child.child_by_field_id(g.NAME)
            if name is not None:
                bound = lower_type(source, child.child_by_field_id(g.TYPE))
                bindings.append((g.name_of(source, name), bound))
        elif kind == "trait_bounds":
            types.append(("i", lower_bounds(source, child)))
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
    found: list[Type] = []
    for child in node.named_children:
        kind = child.type
        if kind in ("lifetime", "use_bounds", "removed_trait_bound"):
            continue
        ranked = child.child_by_field_id(g.TYPE) if kind == "higher_ranked_trait_bound" else None
        bound = bound_type(source, ranked or child)
        if bound is not None:
            found.append(bound)
    return tuple(found)


def bound_type(source: bytes, node: Node) -> Type | None:
    """One trait bound as a path type, or None when it isn't a trait."""
    path = lower_path(source, node)
    return ("p", path) if path else None


def _fn_sugar(source: bytes, node: Node) -> Path:
    """``Fn(A, B) -> C`` with a trait in front; empty for a plain fn pointer."""
    trait = node.child_by_field_id(g.TRAIT)
    if trait is None:
        return ()
    head = lower_path(source, trait)
    result = node.child_by_field_id(g.RETURN_TYPE)
    output = lower_type(source, result) if result is not None else UNIT
    params = (("t", _parameter_types(source, node.child_by_field_id(g.PARAMETERS))),)
    return _with_args(head, (params, (("Output", output),)))


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
    qualified = _qualified(source, node)
    if qualified is not None:
        return qualified
    path = lower_path(source, node)
    return ("p", path) if path else UNKNOWN


def _qualified(source: bytes, node: Node) -> Type | None:
    """``<T as Trait>::A::B``: a scoped path whose innermost prefix is a bracketed type."""
    if node.type not in ("scoped_type_identifier", "scoped_identifier"):
        return None
    prefix = node.child_by_field_id(g.PATH)
    name = node.child_by_field_id(g.NAME)
    if prefix is None or name is None:
        return None
    segment = (g.name_of(source, name), name.start_byte, None)
    if prefix.type == "bracketed_type":
        inner = prefix.named_children[0] if prefix.named_child_count else None
        if inner is None:
            return None
        if inner.type == "qualified_type":
            trait = lower_path(source, inner.child_by_field_id(g.ALIAS))
            owner = lower_type(source, inner.child_by_field_id(g.TYPE))
            return ("q", owner, trait or None, (segment,))
        return ("q", lower_type(source, inner), None, (segment,))
    outer = _qualified(source, prefix)
    return None if outer is None else ("q", outer[1], outer[2], (*outer[3], segment))


def qualified_path(source: bytes, node: Node) -> Type | None:
    """``<T as Trait>::name`` in an expression, or None for an ordinary path."""
    if node.type == "generic_function":
        inner = node.child_by_field_id(g.FUNCTION)
        return None if inner is None else _qualified(source, inner)
    return _qualified(source, node)


def _first_type(source: bytes, node: Node) -> Type:
    for child in node.named_children:
        if child.type in _TYPES:
            return lower_type(source, child)
    return UNKNOWN


def _reference(source: bytes, node: Node) -> Type:
    return ("r", lower_type(source, node.child_by_field_id(g.TYPE)))


def _pointer(source: bytes, node: Node) -> Type:
    return ("*", lower_type(source, node.child_by_field_id(g.TYPE)))


def _tuple(source: bytes, node: Node) -> Type:
    kinds = [c for c in node.named_children if c.type in _TYPES]
    return ("t", tuple(lower_type(source, child) for child in kinds))


def _array(source: bytes, node: Node) -> Type:
    element = lower_type(source, node.child_by_field_id(g.ELEMENT))
    return ("a" if node.child_by_field_id(g.LENGTH) is not None else "s", element)


def _function(source: bytes, node: Node) -> Type:
    sugar = _fn_sugar(source, node)
    if sugar:
        return ("p", sugar)
    result = node.child_by_field_id(g.RETURN_TYPE)
    params = _parameter_types(source, node.child_by_field_id(g.PARAMETERS))
    return ("f", params, lower_type(source, result) if result is not None else UNIT)


def _bound_list(source: bytes, node: Node) -> tuple[Type, ...]:
    trait = node.child_by_field_id(g.TRAIT)
    if trait is None:
        return ()
    if trait.type == "higher_ranked_trait_bound":
        trait = trait.child_by_field_id(g.TYPE) or trait
    bound = bound_type(source, trait)
    return (bound,) if bound is not None else ()


def _dynamic(source: bytes, node: Node) -> Type:
    return ("d", _bound_list(source, node))


def _abstract(source: bytes, node: Node) -> Type:
    return ("i", _bound_list(source, node))


def _bounded(source: bytes, node: Node) -> Type:
    """``dyn A + B``: the grammar nests it as (A, B) with the keyword on the innermost left."""
    tag = ""
    bounds: list[Type] = []
    for child in node.named_children:
        kind = child.type
        if kind in ("lifetime", "use_bounds", "removed_trait_bound"):
            continue
        if kind in ("dynamic_type", "abstract_type", "bounded_type"):
            inner = lower_type(source, child)
            if inner[0] in ("d", "i"):
                tag = tag or inner[0]
                bounds.extend(inner[1])
        else:
            bound = bound_type(source, child)
            if bound is not None:
                bounds.append(bound)
    return (tag or "d", tuple(bounds))


def _nothing(_source: bytes, _node: Node) -> Type:
    return UNKNOWN


_TYPES: dict[str, _Lower] = {
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
    "dynamic_type": _dynamic,
    "abstract_type": _abstract,
    "bounded_type": _bounded,
    "never_type": lambda _s, _n: ("n",),
    "bracketed_type": _first_type,
    "higher_ranked_trait_bound": lambda s, n: lower_type(s, n.child_by_field_id(g.TYPE)),
    "macro_invocation": _nothing,
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
