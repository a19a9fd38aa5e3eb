"""Blocks, closures, branches: expressions whose type follows from their parts."""

from __future__ import annotations

from typing import Any, Final

from ...parser.facts import Expr, Path
from ...parser.macros import LATER, LATER_BLOCK
from ..expand import arguments_later, expand_in_body
from ..symbols import Definition
from ..types import BOOL, STR, UNIT, Ty, Var, is_projection, known, unify
from .operators import Operators
from .patterns import FIELD

_FORMAT: Final = frozenset(
    ("format", "concat", "stringify", "file", "module_path", "env", "include_str")
)


_MACRO_DEPTH: Final = 16
"""Expansions within expansions; the recursive macros people write go a few levels deep."""

_MACRO_BYTES: Final = 400_000
"""Bytes of macro calls that one body may expand; each counts for more than its own, so that macros
that call themselves twice come to an end soon."""

_CALL_BYTES: Final = 200
_LARGEST_FOREIGN: Final = 1_500
"""Bytes of a dependency's ``macro_rules!`` that are worth expanding in bodies: ``assert_ok!`` tells
a type, a logging macro of several pages doesn't."""


class Flow(Operators):
    """Control flow."""

    def block(self, e: Expr, expected: Ty) -> Ty:
        """Statements in a frame of their own; the tail is the value."""
        self.locals.append({})
        ty = self._statements(e, expected)
        self.locals.pop()
        return ty

    def _statements(self, e: Expr, expected: Ty) -> Ty:
        diverges = False
        statements: tuple[Expr, ...] = e[1]
        for statement in statements:
            tag: str = statement[0]
            if tag == "D":
                self._let(statement)
                continue
            ty = known(self.macro_statement(statement) if tag == "mac" else self.expr(statement))
            diverges = diverges or (ty is not None and ty[0] == "n")
        return self.expr(e[2], expected) if e[2] is not None else (("n",) if diverges else UNIT)

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
                return ("r", inner[1], *ty[2:])
        for path, name in (("iter::IntoIterator", "Item"), ("iter::Iterator", "Item")):
            trait = self.world.lang(path)
            if trait is None:
                continue
            item = self.world.normalise(self.world.project(ty, trait, name, self.env), self.env)
            if item is not None and not (is_projection(item) and path.endswith("IntoIterator")):
                return item
        return None

    def question(self, e: Expr) -> Ty:
        """``value?``: the success of a Result or an Option."""
        ty = known(self.expr(e[1]))
        if ty is not None and ty[0] == "A" and ty[1].name in ("Result", "Option", "Poll"):
            return ty[2][0] if ty[2] else None
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
        """A macro call: the macro itself, then its expansion or what its arguments read as."""
        _, path, args, shape, text, where = e
        expansion = self._expansion(path, text, where)
        if expansion is not None:
            self.expanding += 1
            ty = self.expr(expansion, expected)
            self.expanding -= 1
            return ty
        return self._arguments(path, args, shape, text, where)

    def macro_statement(self, e: Expr) -> Ty:
        """A macro call as a statement: what it binds is in scope of the statements after it."""
        _, path, args, shape, text, where = e
        expansion = self._expansion(path, text, where)
        if expansion is None:
            return self._arguments(path, args, shape, text, where)
        self.expanding += 1
        ty = self._statements(expansion, None)
        self.expanding -= 1
        return ty

    def _expansion(self, path: Path, text: str, where: Any) -> Expr | None:
        """Link the macro; the expansion of a ``macro_rules!`` of the workspace, as a block."""
        if not path:
            return None
        steps = self.world.resolver.walk(self.env.scope, path, "macros")
        if len(steps) != len(path):
            self.miss("calls", path[-1][0], path[-1][1])
            return None
        self.mentions(path, steps)
        macro = steps[-1]
        if macro is None or macro.kind != "macro" or not text or _is_machinery(macro):
            return None
        if self.expanding >= _MACRO_DEPTH or self.expanded > _MACRO_BYTES:
            return None
        self.expanded += len(text) + _CALL_BYTES
        return expand_in_body(self.definition.crate, macro, text, where)

    def _arguments(self, path: Path, args: Expr, shape: str, text: str, where: Any) -> Ty:
        name: str = path[-1][0] if path else ""
        if shape not in (LATER, LATER_BLOCK):
            return self._typed(name, args, shape)
        if self.expanding >= _MACRO_DEPTH:
            return None
        # Read only now that nothing else is known of what the call means.
        self.expanding += 1
        args, shape = arguments_later(name, text, shape, where)
        ty = self._typed(name, args, shape)
        self.expanding -= 1
        return ty

    def _typed(self, name: str, args: Expr, shape: str) -> Ty:
        """What a macro gives, as far as its name and its arguments tell."""
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


def _is_machinery(macro: Definition) -> bool:
    """Whether a macro of a dependency is too large for its expansion to say much of types."""
    return (
        macro.crate.is_dependency
        and macro.item is not None
        and len(macro.item.detail[1]) > _LARGEST_FOREIGN
    )


def _join(left: Ty, right: Ty) -> Ty:
    """Of two branches' types the one that is known and not never."""
    a, b = known(left), known(right)
    if a is None or a[0] == "n":
        return right if b is not None else left
    unify(left, right)
    return left
