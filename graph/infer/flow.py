"""Blocks, closures, branches, operators: expressions whose type follows from their parts."""

from __future__ import annotations

from ...parser.facts import Expr
from ..types import BOOL, STR, UNIT, Ty, Var, is_projection, known, unify
from .calls import Calls
from .patterns import FIELD

_COMPARISONS = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||"))
_FORMAT = frozenset(("format", "concat", "stringify", "file", "module_path", "env", "include_str"))


class Flow(Calls):
    """Control flow and operators."""

    def block(self, e: Expr, expected: Ty) -> Ty:
        """Statements in a frame of their own; the tail is the value."""
        self.locals.append({})
        diverges = False
        for statement in e[1]:
            if statement[0] == "D":
                self._let(statement)
            else:
                ty = known(self.expr(statement))
                diverges = diverges or (ty is not None and ty[0] == "n")
        ty = self.expr(e[2], expected) if e[2] is not None else (("n",) if diverges else UNIT)
        self.locals.pop()
        return ty

    def _let(self, statement: Expr) -> None:
        _, pattern, written, value, otherwise = statement
        declared: Ty = None
        if written is not None:
            self.type_mentions(written)
            declared = self.world.normalise(
                self.world.lower(self.env, written, infer=True), self.env
            )
        actual = self.expr(value, declared) if value is not None else None
        if declared is not None:
            unify(declared, actual)
            actual = declared
        elif value is None:
            actual = Var()
        if otherwise is not None:
            self.expr(otherwise)
        self.bind(pattern, actual)

    def iterated(self, ty: Ty) -> Ty:
        """What ``for`` gets out of a value."""
        ty = known(ty)
        if ty is None:
            return None
        if ty[0] == "a":
            return ty[1]
        if ty[0] == "r":
            inner = known(ty[1])
            if inner is not None and inner[0] in ("s", "a"):
                return ("r", inner[1])
        for path, name in (("iter::IntoIterator", "Item"), ("iter::Iterator", "Item")):
            trait = self.world.lang(path)
            if trait is None:
                continue
            item = self.world.normalise(self.world.project(ty, trait, name, self.env), self.env)
            if item is not None and not (is_projection(item) and path.endswith("IntoIterator")):
                return item
        return None

    def index(self, e: Expr) -> Ty:
        """``value[index]``."""
        ty = known(self.expr(e[1]))
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
            if index is not None and step[0] == "A":
                output = self.world.project(step, index, "Output", self.env)
                if output is not None and not is_projection(output):
                    return output
        return None

    def question(self, e: Expr) -> Ty:
        """``value?``: the success of a Result or an Option."""
        ty = known(self.expr(e[1]))
        if ty is not None and ty[0] == "A" and ty[1].name in ("Result", "Option", "Poll"):
            return ty[2][0] if ty[2] else None
        return None

    def awaited(self, e: Expr) -> Ty:
        """``value.await``."""
        ty = known(self.expr(e[1]))
        if ty is None:
            return None
        if ty[0] == "fut":
            return ty[1]
        for path in ("future::IntoFuture", "future::Future"):
            trait = self.world.lang(path)
            if trait is not None:
                output = self.world.project(ty, trait, "Output", self.env)
                if output is not None and not is_projection(output):
                    return output
        return None

    def closure(self, e: Expr, expected: Ty) -> Ty:
        """A closure: its inputs from annotations, else from what is expected of it."""
        _, params, written, body, is_async = e
        wanted = known(expected)
        inputs = wanted[1] if wanted is not None and wanted[0] == "f" else ()
        output = wanted[2] if wanted is not None and wanted[0] == "f" else None
        self.locals.append({})
        types: list[Ty] = []
        for index, (pattern, annotated) in enumerate(params):
            hint = inputs[index] if index < len(inputs) else None
            ty: Ty = hint if hint is not None else Var()
            if annotated is not None:
                self.type_mentions(annotated)
                declared = self.world.lower(self.env, annotated, infer=True)
                unify(declared, hint)
                ty = declared if declared is not None else ty
            types.append(ty)
            self.bind(pattern, ty)
        returns, self.returns = self.returns, None
        if written is not None:
            self.type_mentions(written)
            output = self.world.lower(self.env, written, infer=True)
            self.returns = output
        actual = self.expr(body, output)
        self.returns = returns
        self.locals.pop()
        result = output if known(output) is not None else actual
        unify(output, actual)
        return ("f", tuple(types), ("fut", result) if is_async else result)

    def match(self, e: Expr, expected: Ty) -> Ty:
        """``match``: the first arm whose type is known speaks for all."""
        subject = self.expr(e[1])
        result: Ty = None
        for pattern, guard, body in e[2]:
            self.locals.append({})
            self.bind(pattern, subject)
            if guard is not None:
                self.expr(guard)
            ty = self.expr(body, expected if known(expected) is not None else result)
            self.locals.pop()
            result = _join(result, ty)
        return result

    def if_(self, e: Expr, expected: Ty) -> Ty:
        """``if`` with its conditions' bindings in scope of the consequence alone."""
        self.locals.append({})
        self.expr(e[1])
        result = self.expr(e[2], expected)
        self.locals.pop()
        if e[3] is None:
            return UNIT
        return _join(result, self.expr(e[3], expected if known(expected) is not None else result))

    def condition_let(self, e: Expr) -> Ty:
        """``let pattern = value`` as a condition."""
        self.bind(e[1], self.expr(e[2]))
        return BOOL

    def binary(self, e: Expr) -> Ty:
        """Operators: comparisons give bool, arithmetic its left side, or what an impl says."""
        types = [self.expr(operand) for operand in e[2]]
        if e[1] in _COMPARISONS:
            return BOOL
        left = known(types[0])
        if left is None:
            return known(types[-1]) if types and known(types[-1]) in _NUMBERS else None
        inner = left
        while inner is not None and inner[0] == "r":
            inner = known(inner[1])
        if inner is not None and inner[0] == "prim":
            if inner[1] in ("{int}", "{float}"):
                other = known(types[-1])
                return other if other is not None and other[0] == "prim" else inner
            return inner
        trait = self.world.lang(f"ops::{_OPERATORS.get(e[1], '')}") if e[1] in _OPERATORS else None
        if trait is not None and inner is not None:
            output = self.world.project(inner, trait, "Output", self.env)
            if output is not None and not is_projection(output):
                return output
        return None

    def struct(self, e: Expr, expected: Ty) -> Ty:
        """``Path { field: value, ..base }``."""
        _, path, fields, base = e
        target, owner = self.constructor(path, expected, "types")
        if target is None:
            for _, _, value in fields:
                self.expr(value)
            self.expr(base)
            return None
        mapping = self._adt_mapping(owner)
        for name, start, value in fields:
            field = target.child(name, FIELD)
            wanted = self._field_type(field, mapping) if field is not None else None
            if field is not None:
                self.link("uses_type", field, start, start + len(name.encode()), "resolved")
            unify(wanted, self.decayed(self.expr(value, wanted)))
        if base is not None:
            unify(owner, self.expr(base, owner))
        return owner

    def macro(self, e: Expr, expected: Ty) -> Ty:
        """A macro call: the macro itself, and the expressions in its arguments."""
        _, path, args, shape = e
        if path:
            steps = self.world.resolver.walk(self.env.scope, path, "macros")
            if len(steps) == len(path):
                self.mentions(path, steps)
            else:
                self.miss("calls", path[-1][0], path[-1][1])
        name = path[-1][0] if path else ""
        if shape == "vec" and args:
            inner = known(self.expr(args[0]))
            vec = self.world.lang("vec::Vec")
            if vec is not None and inner is not None and inner[0] == "a":
                return ("A", vec, (inner[1],))
            return None
        types = [self.expr(arg) for arg in args]
        if name in _FORMAT:
            string = self.world.lang("string::String")
            if name == "format" and string is not None:
                return ("A", string, ())
            return ("r", STR)
        if name in ("matches", "cfg"):
            return BOOL
        if name == "dbg" and len(types) == 1:
            return types[0]
        if name in ("panic", "unreachable", "todo", "unimplemented", "bail"):
            return ("n",)
        return None

    def range_(self, e: Expr) -> Ty:
        """A range and the type of its ends."""
        start = self.expr(e[1])
        end = self.expr(e[2]) if e[2] is not None else None
        target = self.world.lang("ops::Range")
        ty = start if known(start) not in (None, ("prim", "{int}")) else end or start
        return ("A", target, (ty,)) if target is not None else None


def _join(left: Ty, right: Ty) -> Ty:
    """Of two branches' types the one that is known and not never."""
    a, b = known(left), known(right)
    if a is None or a[0] == "n":
        return right if b is not None else left
    unify(left, right)
    return left


_NUMBERS = (("prim", "{int}"), ("prim", "{float}"))
_OPERATORS = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem", "&": "BitAnd", "|": "BitOr",
    "^": "BitXor", "<<": "Shl", ">>": "Shr",
}  # fmt: skip
