"""Operators: what ``a + b``, ``*a``, ``a[i]`` and ``a.await`` call, and the types they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from ...parser.facts import Expr
from ..impls import Found
from ..types import BOOL, STR, UNIT, Shape, Ty, is_projection, known, unify
from .calls import Calls

_LOGIC: Final = frozenset(("&&", "||"))
_COMPARISONS: Final = {
    "==": ("cmp::PartialEq", "eq"),
    "!=": ("cmp::PartialEq", "ne"),
    "<": ("cmp::PartialOrd", "lt"),
    ">": ("cmp::PartialOrd", "gt"),
    "<=": ("cmp::PartialOrd", "le"),
    ">=": ("cmp::PartialOrd", "ge"),
}
_ARITHMETIC: Final = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem", "&": "BitAnd", "|": "BitOr",
    "^": "BitXor", "<<": "Shl", ">>": "Shr",
}  # fmt: skip
_UNARY: Final = {"-": ("ops::Neg", "neg"), "!": ("ops::Not", "not")}
_NUMBERS: Final = (("prim", "{int}"), ("prim", "{float}"))


Use = Callable[[bool], None]
"""Links an operator once it is known whether its place is changed."""

Mutable: TypeAlias = "bool | list[Use]"
"""Whether a place is changed; a list collects what is to be decided when that is known."""


class Operators(Calls):
    """Operators on types of the workspace are calls of their impls."""

    def operate(self, path: str, name: str, left: Ty, right: Ty, place: tuple[int, int]) -> Ty:
        """Link an operator to the impl that defines it; its ``Output``, None where unknown.

        ``place`` is where the operator stands and its length in bytes.
        """
        found = self._operator(path, name, left, right)
        if found is None:
            return None
        start, length = place
        self.link("calls", found.definition, start, start + length, "typed")
        return self.world.output(found)

    def _operator(self, path: str, name: str, left: Ty, right: Ty) -> Found | None:
        trait = self.world.lang(path)
        if trait is None:
            return None
        return self.world.operator(left, trait, name, right, self.env)

    def binary(self, e: Expr) -> Ty:
        """Comparisons give bool, arithmetic what an impl says, else its left side."""
        _, sign, operands, starts = e
        left = self.expr(operands[0])
        for operand, start in zip(operands[1:], starts, strict=False):
            right = self.expr(operand)
            left = self._binary(sign, left, right, (start, len(sign)))
        if not starts:
            self.each(operands[1:])
        return BOOL if sign in _LOGIC else left

    def _binary(self, sign: str, left: Ty, right: Ty, place: tuple[int, int]) -> Ty:
        if sign in _LOGIC:
            return BOOL
        compared = _COMPARISONS.get(sign)
        if compared is not None:
            self.operate(*compared, left, right, place)
            unify(left, right)
            return BOOL
        a, b = known(left), known(right)
        if a is None:
            return b if b in _NUMBERS else None
        name = _ARITHMETIC.get(sign)
        if name is None:
            return None
        output = self.operate(f"ops::{name}", name.lower(), a, b, place)
        if output is not None:
            return output
        inner: Shape | None = a
        while inner is not None and inner[0] == "r":
            inner = known(inner[1])
        if inner is not None and inner[0] == "prim":
            if inner[1] in ("{int}", "{float}"):
                return b if b is not None and b[0] == "prim" else inner
            return inner if b is None or b[0] in ("prim", "r") else None
        trait = self.world.lang(f"ops::{name}")
        if trait is not None and inner is not None:
            output = self.world.project(inner, trait, "Output", self.env)
            if output is not None and not is_projection(output):
                return output
        return None

    def unary(self, e: Expr, expected: Ty) -> Ty:
        """``-a`` and ``!a``."""
        _, value, sign, start = e
        ty = self.expr(value, expected)
        if sign not in _UNARY:
            return ty
        output = self.operate(*_UNARY[sign], ty, None, (start, 1))
        return output if output is not None else ty

    def assign(self, e: Expr) -> Ty:
        """``a = b`` and ``a += b``."""
        _, target, value, sign, start = e
        left = self.place(target, mutable=True)
        if not sign:
            unify(left, self.decayed(self.expr(value, left)))
            return UNIT
        right = self.expr(value)
        name = _ARITHMETIC.get(sign[:-1])
        if name is not None:
            method = f"{name.lower()}_assign"
            self.operate(f"ops::{name}Assign", method, left, right, (start, len(sign)))
        return UNIT

    def place(self, e: Expr, *, mutable: Mutable) -> Ty:
        """The type of an expression that is only looked at, or changed, where it stands.

        ``*a`` and ``a[i]`` in it call ``deref_mut`` and ``index_mut`` where it is changed.
        """
        tag: str = e[0]
        if tag == "*":
            return self.dereference(e, mutable=mutable)
        if tag == "i":
            return self.index(e, mutable=mutable)
        if tag == ".":
            return self.field_of(self.place(e[1], mutable=mutable), e)
        return self.expr(e)

    def dereference(self, e: Expr, *, mutable: Mutable) -> Ty:
        """``*value``."""
        ty = known(self.place(e[1], mutable=mutable))
        if ty is None:
            return None
        if ty[0] in ("r", "*"):
            return ty[1]
        if ty[0] == "proj":
            ty = known(self.world.normalise(ty, self.env))
            if ty is None or ty[0] in ("r", "*"):
                return ty and ty[1]

        def use(changed: bool) -> None:
            which = ("ops::DerefMut", "deref_mut") if changed else ("ops::Deref", "deref")
            self.operate(*which, ty, None, (e[2], 1))

        _decide(mutable, use)
        steps = iter(self.world.autoderef(ty, self.env))
        next(steps, None)
        return next(steps, None)

    def index(self, e: Expr, *, mutable: Mutable) -> Ty:
        """``value[index]``."""
        ty = known(self.place(e[1], mutable=mutable))
        at = known(self.expr(e[2]))
        if ty is None:
            return None
        is_range = at is not None and at[0] == "A" and at[1].name.startswith("Range")
        index = self.world.lang("ops::Index")
        for step in self.world.autoderef(ty, self.env):
            if step[0] in ("s", "a"):
                return ("s", step[1]) if is_range else step[1]
            if step == STR:
                return STR
            if index is None or step[0] != "A":
                continue
            found = self.world.operator(step, index, "index", at, self.env)
            if found is not None:
                self._use_index(found, step, at, e[3], mutable)
                return self.world.output(found)
            output = self.world.project(step, index, "Output", self.env)
            if output is not None and not is_projection(output):
                return output
        return None

    def _use_index(self, found: Found, ty: Ty, at: Ty, start: int, mutable: Mutable) -> None:
        def use(changed: bool) -> None:
            called: Found | None = found
            if changed:
                called = self._operator("ops::IndexMut", "index_mut", ty, at)
            if called is not None:
                self.link("calls", called.definition, start, start + 1, "typed")

        _decide(mutable, use)

    def awaited(self, e: Expr) -> Ty:
        """``value.await``: polls what the value is, or turns into."""
        ty = known(self.expr(e[1]))
        if ty is None:
            return None
        if ty[0] == "fut":
            return ty[1]
        place = (e[2], len("await"))
        future = self.world.lang("future::Future")
        for path in ("future::IntoFuture", "future::Future"):
            trait = self.world.lang(path)
            if trait is None:
                continue
            into = self._operator(path, "into_future", ty, None)
            polled = self.world.output(into, "IntoFuture") if into is not None else ty
            output = self.world.project(ty, trait, "Output", self.env)
            if output is None or is_projection(output):
                continue
            if future is not None:
                self.operate("future::Future", "poll", known(polled), None, place)
            return output
        return None


def _decide(mutable: Mutable, use: Use) -> None:
    if isinstance(mutable, list):
        mutable.append(use)
    else:
        use(mutable)


def is_place(e: Expr) -> bool:
    """Whether an expression is a place that operators lead to."""
    tag: str = e[0]
    while tag == ".":
        e = e[1]
        tag = e[0]
    return tag in ("*", "i")
