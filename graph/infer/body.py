"""One body: the table of expressions, and where a walk begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...parser.facts import Expr
from ..impls import Found
from ..symbols import Definition
from ..types import STR, UNIT, USIZE, Ty, Var, known, taken, unify
from .flow import Flow
from .operators import is_place


class BodyTyper(Flow):
    """Types one body."""

    def function(self, body: Expr) -> None:
        """The body of a function or method."""
        item = self.definition.item
        assert item is not None
        params, ret, self_kind = item.detail[:3]
        if self_kind and self_kind != "typed":
            self.locals[0]["self"] = taken(self_kind, self.env.self_ty)
        for pattern, written in params:
            self.bind(pattern, self.world.normalise(self.world.lower(self.env, written), self.env))
        self.returns = self.world.normalise(self.world.lower(self.env, ret), self.env)
        unify(self.returns, self.expr(body, self.returns))
        self.settle()

    def value(self, body: Expr) -> None:
        """The initialiser of a constant, a static or an enum variant."""
        item = self.definition.item
        assert item is not None
        expected = None
        if item.kind in ("const", "static"):
            expected = self.world.lower(self.env, item.detail[0])
        unify(expected, self.expr(body, expected))
        self.settle()

    def expr(self, e: Expr | None, expected: Ty = None) -> Ty:
        """The type of an expression, None where it isn't known; mentions are linked on the way."""
        if e is None:
            return None
        return _EXPRS[e[0]](self, e, expected)


_Handler = Callable[[BodyTyper, Expr, Ty], Ty]


def _literal(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    name: str = e[1]
    if name == "str":
        return ("r", STR)
    if name == "bytes":
        return ("r", ("a", ("prim", "u8")))
    if name in ("{int}", "{float}"):
        wanted = known(expected)
        if wanted is not None and wanted[0] == "prim" and wanted[1] not in ("str", "bool", "char"):
            return wanted
    return ("prim", name) if name and name != "cstr" else None


def _call(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    callee: Expr = e[1]
    if callee[0] == "p":
        return t.call(t.path_value(callee[1]), e[2], expected)
    return t.call(t.expr(callee), e[2], expected)


def _qualified(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    """``<T as Trait>::name`` as a value."""
    t.type_mentions(e[1])
    base = t.world.lower(t.env, e[1], infer=True)
    trait = None
    if e[2]:
        t.type_path(e[2])
        trait = t.world.trait_of(t.env, e[2])
    if not e[3]:
        return None
    for segment in e[3][:-1]:
        base = t.world.normalise(t.world.project(base, trait, segment[0], t.env), t.env)
        trait = None
    last = e[3][-1]
    if trait is not None:
        member = trait.child(last[0])
        if member is not None and member.kind != "type":
            found = t.world.associated(base, last[0], t.env) if known(base) else None
            if found is None or (found.definition.parent is not trait and not _of(found, trait)):
                found = Found(member, {(trait, "Self"): base}, "resolved", base)
            t.mention(found.definition, last, "resolved")
            return t.member_value(found, last[2])
        return None
    return t.associated_path(base, (("<>", 0, None), last), 1, expected)


def _of(found: Found, trait: Definition) -> bool:
    """Whether a member stands in an impl of a trait."""
    parent = found.definition.parent
    return (parent is not None and any(p is trait for p in (parent,))) or (
        parent is not None and parent.kind == "impl" and (trait, "Self") in found.mapping
    )


def _reference(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    wanted = known(expected)
    inner = wanted[1] if wanted is not None and wanted[0] == "r" else None
    ty = t.place(e[1], mutable=e[2]) if is_place(e[1]) else t.expr(e[1], inner)
    return ("r", ty, True) if e[2] else ("r", ty)


def _cast(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    t.expr(e[1])
    t.type_mentions(e[2])
    return t.world.lower(t.env, e[2], infer=True)


def _leave(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    if e[1] is not None:
        unify(t.returns, t.expr(e[1], t.returns))
    return ("n",)


def _for(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    ty = t.iterated(t.expr(e[2]))
    t.locals.append({})
    t.bind(e[1], ty)
    t.expr(e[3])
    t.locals.pop()
    return UNIT


def _while(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    t.locals.append({})
    t.expr(e[1])
    t.expr(e[2])
    t.locals.pop()
    return UNIT


def _array(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    wanted = known(expected)
    element: Ty = wanted[1] if wanted is not None and wanted[0] in ("a", "s") else Var()
    for part in e[1]:
        unify(element, t.decayed(t.expr(part, element)))
    return ("a", element)


def _repeat(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    element = t.expr(e[1])
    t.expr(e[2], USIZE)
    return ("a", element)


def _tuple(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    wanted = known(expected)
    hints = wanted[1] if wanted is not None and wanted[0] == "t" else ()
    return (
        "t",
        tuple([t.expr(p, hints[i] if i < len(hints) else None) for i, p in enumerate(e[1])]),
    )


def _async(t: BodyTyper, e: Expr, expected: Ty) -> Ty:
    returns, t.returns = t.returns, Var()
    value = t.expr(e[1])
    unify(t.returns, value)
    t.returns = returns
    return ("fut", value)


_EXPRS: Final[dict[str, _Handler]] = {
    "p": lambda t, e, x: t.path_value(e[1], x),
    "q": _qualified,
    "c": _call,
    "m": lambda t, e, x: t.method_call(e, x),
    ".": lambda t, e, x: t.field(e, x),
    "&": _reference,
    "*": lambda t, e, x: t.dereference(e, mutable=False),
    "!": lambda t, e, x: t.unary(e, x),
    "l": _literal,
    "b": lambda t, e, x: t.binary(e),
    "as": _cast,
    "?": lambda t, e, x: t.question(e),
    "w": lambda t, e, x: t.awaited(e),
    "n": lambda t, e, x: t.struct(e, x),
    "if": lambda t, e, x: t.if_(e, x),
    "let": lambda t, e, x: t.condition_let(e),
    "M": lambda t, e, x: t.match(e, x),
    "{": lambda t, e, x: t.block(e, x),
    "a": _async,
    "L": lambda t, e, x: (t.expr(e[1]), None)[1],
    "W": _while,
    "F": _for,
    "|": lambda t, e, x: t.closure(e, x),
    "t": _tuple,
    "v": _array,
    "vr": _repeat,
    "i": lambda t, e, x: t.index(e, mutable=False),
    "..": lambda t, e, x: t.range_(e),
    "r": _leave,
    "=": lambda t, e, x: t.assign(e),
    "n!": lambda t, e, x: ("n",),
    "mac": lambda t, e, x: t.macro(e, x),
}
