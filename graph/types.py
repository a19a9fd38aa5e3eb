"""Types during linking: what is known of an expression's type, and how two of them unify.

A type is None where nothing is known, or a tuple with a tag::

    ("A", definition, args)      struct, enum, union     ("P", owner, name)  a generic parameter
    ("D", (bounds…))             dyn or impl; a bound is (trait, args, bindings)
    ("r", inner) ("*", inner)    reference, raw pointer  ("t", (types…))     tuple
    ("r", inner, True)           mutable reference
    ("s", inner) ("a", inner)    slice, array            ("prim", name)      primitive
    ("f", (params…), ret)        fn pointer or closure   ("F", definition, substitution)  fn item
    ("fut", output)              async block or call     ("n",)              never
    ("proj", base, trait, name)  an associated type that isn't known yet

`Var` stands for a type that is not known yet and may be later, as in ``Vec::new()``.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from .symbols import Definition

Ty: TypeAlias = Any
"""None, a tuple as above, or a `Var`."""

Shape: TypeAlias = tuple[Any, ...]
"""A type that is known: a tuple as above. Compiled code is twice as quick where it is told so."""

Substitution: TypeAlias = dict[tuple[Definition, str], Ty]
"""Generic parameters, by owner and name, to types."""

UNIT: Final[Ty] = ("t", ())
BOOL: Final[Ty] = ("prim", "bool")
USIZE: Final[Ty] = ("prim", "usize")
STR: Final[Ty] = ("prim", "str")

WRAPPERS: Final = frozenset(("r", "*", "s", "a", "fut"))
"""Shapes around one other type."""

_DEPTH: Final = 24
"""Types nest a few levels; deeper ones come from recursion through aliases or projections."""


class Var:
    """A type to be found out."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Ty = None


def shallow(ty: Ty) -> Ty:
    """A type with variables at its head followed; an unbound variable stays itself."""
    while isinstance(ty, Var):
        value = ty.value
        if value is None:
            return ty
        ty = value
    return ty


def known(ty: Ty) -> Shape | None:
    """Like `shallow`, but an unbound variable is None."""
    while isinstance(ty, Var):
        ty = ty.value
    return ty


def taken(self_kind: str, self_ty: Ty) -> Ty:
    """The type of ``self`` in a method that takes "self", "&self" or "&mut self"."""
    if self_kind == "self":
        return self_ty
    return ("r", self_ty, True) if self_kind == "&mut self" else ("r", self_ty)


def is_projection(ty: Ty) -> bool:
    """Whether a type is an associated type that isn't known yet."""
    shape = known(ty)
    return shape is not None and bool(shape[0] == "proj")


def substitute(ty: Ty, mapping: Substitution, depth: int = 0) -> Ty:
    """Replace generic parameters; those not in the mapping stay."""
    if not mapping or ty is None or depth > _DEPTH:
        return ty
    if isinstance(ty, Var):
        followed = shallow(ty)
        if isinstance(followed, Var):
            return followed
        return substitute(followed, mapping, depth + 1)
    shape: Shape = ty
    tag: str = shape[0]
    if tag == "P":
        return mapping.get((shape[1], shape[2]), shape)
    if tag == "A":
        args: Shape = shape[2]
        if not args:
            return shape
        return ("A", shape[1], tuple([substitute(a, mapping, depth + 1) for a in args]))
    if tag == "prim":
        return shape
    if tag in WRAPPERS:
        inner = substitute(shape[1], mapping, depth + 1)
        return shape if inner is shape[1] else (tag, inner, *shape[2:])
    if tag == "t":
        parts: Shape = shape[1]
        return ("t", tuple([substitute(a, mapping, depth + 1) for a in parts])) if parts else shape
    if tag == "f":
        inputs: Shape = shape[1]
        params = tuple([substitute(a, mapping, depth + 1) for a in inputs])
        return ("f", params, substitute(shape[2], mapping, depth + 1))
    if tag == "D":
        bounds: Shape = shape[1]
        return ("D", tuple([substitute_bound(b, mapping, depth + 1) for b in bounds]))
    if tag == "proj":
        return ("proj", substitute(shape[1], mapping, depth + 1), shape[2], shape[3])
    return shape


def substitute_bound(bound: Any, mapping: Substitution, depth: int = 0) -> Any:
    """Replace generic parameters in a trait bound."""
    trait, args, bindings = bound
    return (
        trait,
        tuple([substitute(a, mapping, depth) for a in args]),
        tuple([(name, substitute(ty, mapping, depth)) for name, ty in bindings]),
    )


def unify(left: Ty, right: Ty, depth: int = 0) -> None:
    """Make two types the same as far as possible, binding variables. Never fails."""
    left, right = shallow(left), shallow(right)
    if left is right or left is None or right is None or depth > _DEPTH:
        return
    if isinstance(left, Var):
        if not _occurs(left, right, 0):
            left.value = right
        return
    if isinstance(right, Var):
        if not _occurs(right, left, 0):
            right.value = left
        return
    one: Shape = left
    other: Shape = right
    a: str = one[0]
    b: str = other[0]
    if a != b:
        # Deref coercion and auto-borrow: what lies behind a reference is what is meant.
        if a == "r":
            unify(one[1], other, depth + 1)
        elif b == "r":
            unify(one, other[1], depth + 1)
        elif (a == "a" and b == "s") or (a == "s" and b == "a"):
            unify(one[1], other[1], depth + 1)
        elif a == "s" and _is_vec(other):
            unify(one[1], other[2][0], depth + 1)
        elif b == "s" and _is_vec(one):
            unify(one[2][0], other[1], depth + 1)
        return
    if a == "A":
        if one[1] is other[1]:
            _unify_all(one[2], other[2], depth + 1)
    elif a == "prim":
        return
    elif a in WRAPPERS:
        unify(one[1], other[1], depth + 1)
    elif a == "t":
        _unify_all(one[1], other[1], depth + 1)
    elif a == "f":
        _unify_all(one[1], other[1], depth + 1)
        unify(one[2], other[2], depth + 1)


def _unify_all(left: Shape, right: Shape, depth: int) -> None:
    for x, y in zip(left, right, strict=False):
        unify(x, y, depth)


def _is_vec(ty: Shape) -> bool:
    """Whether a type is the standard library's ``Vec``, which passes for a slice."""
    if ty[0] != "A" or not ty[2]:
        return False
    definition: Definition = ty[1]
    return definition.name == "Vec" and not definition.crate.stored


def _occurs(var: Var, ty: Ty, depth: int) -> bool:
    ty = shallow(ty)
    if ty is var:
        return True
    if ty is None or isinstance(ty, Var) or depth > _DEPTH:
        return depth > _DEPTH
    shape: Shape = ty
    tag: str = shape[0]
    if tag in WRAPPERS or tag == "proj":
        return _occurs(var, shape[1], depth + 1)
    if tag == "t":
        return _occurs_in(var, shape[1], depth + 1)
    if tag == "A":
        return _occurs_in(var, shape[2], depth + 1)
    if tag == "f":
        return _occurs_in(var, shape[1], depth + 1) or _occurs(var, shape[2], depth + 1)
    return False


def _occurs_in(var: Var, parts: Shape, depth: int) -> bool:
    for part in parts:  # noqa: SIM110 - a generator takes longer than what it looks at
        if _occurs(var, part, depth):
            return True
    return False


def match(pattern: Ty, actual: Ty, found: Substitution, owner: Definition, depth: int = 0) -> bool:
    """Whether ``actual`` fits an impl's self type, binding the impl's parameters into ``found``.

    Unknown parts fit anything; a parameter that occurs twice keeps its first binding.
    """
    actual = shallow(actual)
    pattern = shallow(pattern)
    if pattern is None or depth > _DEPTH:
        return True
    wanted: Shape = pattern
    tag: str = wanted[0]
    if tag == "P" and wanted[1] is owner:
        found.setdefault((owner, wanted[2]), actual)
        return True
    if actual is None or isinstance(actual, Var):
        return True
    given: Shape = actual
    if tag == "P":
        return given[0] != "P" or given == wanted
    if tag == "proj":
        return True
    if given[0] != tag:
        return False
    if tag == "A":
        return wanted[1] is given[1] and _match_all(wanted[2], given[2], found, owner, depth + 1)
    if tag == "prim":
        return wanted[1] == given[1] or given[1] in ("{int}", "{float}")
    if tag in WRAPPERS:
        # `&T` and `&mut T` are two types.
        return len(wanted) == len(given) and match(wanted[1], given[1], found, owner, depth + 1)
    if tag == "t":
        return len(wanted[1]) == len(given[1]) and _match_all(
            wanted[1], given[1], found, owner, depth + 1
        )
    if tag == "D":
        return bool(wanted[1]) and bool(given[1]) and wanted[1][0][0] is given[1][0][0]
    return True


def _match_all(
    patterns: Shape, actual: Shape, found: Substitution, owner: Definition, depth: int
) -> bool:
    for p, a in zip(patterns, actual, strict=False):  # noqa: SIM110 - as in `_occurs_in`
        if not match(p, a, found, owner, depth):
            return False
    return True


def key_of(ty: Ty) -> Any:
    """What impls of a type are filed under: its definition or the name of its shape."""
    shape = known(ty)
    while shape is not None:
        tag: str = shape[0]
        if tag == "A":
            return shape[1]
        if tag != "r":
            return _key_of(tag, shape)
        shape = known(shape[1])
    return None


def _key_of(tag: str, shape: Shape) -> Any:
    if tag == "*":
        return "*"
    if tag == "prim":
        return shape[1]
    if tag == "D":
        return shape[1][0][0] if shape[1] else None
    if tag in ("s", "a"):
        return "[]"
    if tag == "t":
        return "()"
    if tag in ("f", "F"):
        return "fn"
    return "P" if tag == "P" else None
