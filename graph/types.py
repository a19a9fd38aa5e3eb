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

from typing import Any, TypeAlias

from .symbols import Definition

Ty: TypeAlias = Any
"""None, a tuple as above, or a `Var`."""

Substitution: TypeAlias = dict[tuple[Definition, str], Ty]
"""Generic parameters, by owner and name, to types."""

UNIT: Ty = ("t", ())
BOOL: Ty = ("prim", "bool")
USIZE: Ty = ("prim", "usize")
STR: Ty = ("prim", "str")

_DEPTH = 24
"""Types nest a few levels; deeper ones come from recursion through aliases or projections."""


class Var:
    """A type to be found out."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Ty = None


def shallow(ty: Ty) -> Ty:
    """A type with variables at its head followed; an unbound variable stays itself."""
    while ty.__class__ is Var:
        value = ty.value
        if value is None:
            return ty
        ty = value
    return ty


def known(ty: Ty) -> Ty:
    """Like `shallow`, but an unbound variable is None."""
    ty = shallow(ty)
    return None if ty.__class__ is Var else ty


def taken(self_kind: str, self_ty: Ty) -> Ty:
    """The type of ``self`` in a method that takes "self", "&self" or "&mut self"."""
    if self_kind == "self":
        return self_ty
    return ("r", self_ty, True) if self_kind == "&mut self" else ("r", self_ty)


def is_projection(ty: Ty) -> bool:
    """Whether a type is an associated type that isn't known yet."""
    ty = shallow(ty)
    return ty.__class__ is tuple and ty[0] == "proj"


def substitute(ty: Ty, mapping: Substitution, depth: int = 0) -> Ty:
    """Replace generic parameters; those not in the mapping stay."""
    if not mapping or ty is None or depth > _DEPTH:
        return ty
    if ty.__class__ is Var:
        followed = shallow(ty)
        return followed if followed.__class__ is Var else substitute(followed, mapping, depth + 1)
    tag = ty[0]
    if tag == "P":
        return mapping.get((ty[1], ty[2]), ty)
    if tag == "A":
        args = ty[2]
        if not args:
            return ty
        return ("A", ty[1], tuple([substitute(a, mapping, depth + 1) for a in args]))
    if tag in ("r", "*", "s", "a", "fut"):
        return (tag, substitute(ty[1], mapping, depth + 1), *ty[2:])
    if tag == "t":
        return ("t", tuple([substitute(a, mapping, depth + 1) for a in ty[1]])) if ty[1] else ty
    if tag == "f":
        params = tuple([substitute(a, mapping, depth + 1) for a in ty[1]])
        return ("f", params, substitute(ty[2], mapping, depth + 1))
    if tag == "D":
        return ("D", tuple([substitute_bound(b, mapping, depth + 1) for b in ty[1]]))
    if tag == "proj":
        return ("proj", substitute(ty[1], mapping, depth + 1), ty[2], ty[3])
    return ty


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
    if left.__class__ is Var:
        if not _occurs(left, right, 0):
            left.value = right
        return
    if right.__class__ is Var:
        if not _occurs(right, left, 0):
            right.value = left
        return
    a, b = left[0], right[0]
    if a != b:
        # Deref coercion and auto-borrow: what lies behind a reference is what is meant.
        if a == "r":
            unify(left[1], right, depth + 1)
        elif b == "r":
            unify(left, right[1], depth + 1)
        elif {a, b} == {"a", "s"}:
            unify(left[1], right[1], depth + 1)
        elif a == "s" and _is_vec(right):
            unify(left[1], right[2][0], depth + 1)
        elif b == "s" and _is_vec(left):
            unify(left[2][0], right[1], depth + 1)
        return
    if a == "A":
        if left[1] is right[1]:
            for x, y in zip(left[2], right[2], strict=False):
                unify(x, y, depth + 1)
    elif a in ("r", "*", "s", "a", "fut"):
        unify(left[1], right[1], depth + 1)
    elif a == "t":
        for x, y in zip(left[1], right[1], strict=False):
            unify(x, y, depth + 1)
    elif a == "f":
        for x, y in zip(left[1], right[1], strict=False):
            unify(x, y, depth + 1)
        unify(left[2], right[2], depth + 1)


def _is_vec(ty: Ty) -> bool:
    """Whether a type is the standard library's ``Vec``, which passes for a slice."""
    return ty[0] == "A" and ty[1].name == "Vec" and not ty[1].crate.stored and bool(ty[2])


def _occurs(var: Var, ty: Ty, depth: int) -> bool:
    ty = shallow(ty)
    if ty is var:
        return True
    if ty is None or ty.__class__ is Var or depth > _DEPTH:
        return depth > _DEPTH
    tag = ty[0]
    if tag in ("r", "*", "s", "a", "fut", "proj"):
        return _occurs(var, ty[1], depth + 1)
    if tag == "t":
        return any(_occurs(var, part, depth + 1) for part in ty[1])
    if tag == "A":
        return any(_occurs(var, part, depth + 1) for part in ty[2])
    if tag == "f":
        return any(_occurs(var, part, depth + 1) for part in ty[1]) or _occurs(
            var, ty[2], depth + 1
        )
    return False


def match(pattern: Ty, actual: Ty, found: Substitution, owner: Definition, depth: int = 0) -> bool:
    """Whether ``actual`` fits an impl's self type, binding the impl's parameters into ``found``.

    Unknown parts fit anything; a parameter that occurs twice keeps its first binding.
    """
    actual = shallow(actual)
    pattern = shallow(pattern)
    if pattern is None or depth > _DEPTH:
        return True
    tag = pattern[0]
    if tag == "P" and pattern[1] is owner:
        found.setdefault((owner, pattern[2]), actual)
        return True
    if actual is None or actual.__class__ is Var:
        return True
    if tag == "P":
        return actual[0] != "P" or actual == pattern
    if tag == "proj":
        return True
    if actual[0] != tag:
        return False
    if tag == "A":
        return pattern[1] is actual[1] and all(
            match(p, a, found, owner, depth + 1)
            for p, a in zip(pattern[2], actual[2], strict=False)
        )
    if tag in ("r", "*", "s", "a", "fut"):
        # `&T` and `&mut T` are two types.
        return len(pattern) == len(actual) and match(pattern[1], actual[1], found, owner, depth + 1)
    if tag == "t":
        return len(pattern[1]) == len(actual[1]) and all(
            match(p, a, found, owner, depth + 1) for p, a in zip(pattern[1], actual[1], strict=True)
        )
    if tag == "prim":
        return pattern[1] == actual[1] or actual[1] in ("{int}", "{float}")
    if tag == "D":
        return bool(pattern[1]) and bool(actual[1]) and pattern[1][0][0] is actual[1][0][0]
    return True


def key_of(ty: Ty) -> Any:
    """What impls of a type are filed under: its definition or the name of its shape."""
    ty = known(ty)
    while ty is not None and ty[0] == "r":
        ty = known(ty[1])
    if ty is None:
        return None
    tag = ty[0]
    if tag == "A":
        return ty[1]
    if tag == "*":
        return "*"
    if tag == "prim":
        return ty[1]
    if tag == "D":
        return ty[1][0][0] if ty[1] else None
    if tag in ("s", "a"):
        return "[]"
    if tag == "t":
        return "()"
    if tag in ("f", "F"):
        return "fn"
    return "P" if tag == "P" else None
