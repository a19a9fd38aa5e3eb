"""One body at a time: every expression's type as far as the source tells, every mention linked.

The walk mirrors how rustc sees a body: top to bottom, with variables for types found out later, and
expected types pushed inwards. Where a receiver's type isn't known the call stays unlinked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..parser.facts import Expr, Path, Pattern, Type
from .impls import Found, Impls
from .lower import Env, generics_of, own_params
from .resolve import PRIMITIVES
from .symbols import Definition
from .types import BOOL, STR, UNIT, USIZE, Substitution, Ty, Var, known, shallow, substitute, unify

Link = Callable[[str, Definition, int, int, str], None]
"""(edge kind, target, start, end, provenance)"""

Miss = Callable[[str, str, int], None]
"""(edge kind, name, start): a mention that found no target."""

_COMPARISONS = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||"))
_FN_TRAITS = frozenset(("Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"))
_FORMAT = frozenset(("format", "concat", "stringify", "file", "module_path", "env", "include_str"))


class BodyTyper:
    """Types one body. ``link`` and ``miss`` receive what it finds."""

    def __init__(self, world: Impls, definition: Definition, link: Link, miss: Miss) -> None:
        self.world = world
        self.definition = definition
        self.link = link
        self.miss = miss
        env = world.env(definition)
        scope = definition.body_scope or env.scope
        self.env = Env(scope, env.owners, env.self_ty, env.trait)
        self.locals: list[dict[str, Ty]] = [{}]
        self.returns: Ty = None

    # -- entry ----------------------------------------------------------------------------

    def function(self, body: Expr) -> None:
        """The body of a function or method."""
        item = self.definition.item
        assert item is not None
        params, ret, self_kind = item.detail[:3]
        if self_kind and self_kind != "typed":
            receiver = self.env.self_ty
            self.locals[0]["self"] = receiver if self_kind == "self" else ("r", receiver)
        for pattern, written in params:
            self.bind(pattern, self.world.normalise(self.world.lower(self.env, written), self.env))
        self.returns = self.world.normalise(self.world.lower(self.env, ret), self.env)
        unify(self.returns, self.expr(body, self.returns))

    def value(self, body: Expr) -> None:
        """The initialiser of a constant, a static or an enum variant."""
        item = self.definition.item
        assert item is not None
        expected = None
        if item.kind in ("const", "static"):
            expected = self.world.lower(self.env, item.detail[0])
        unify(expected, self.expr(body, expected))

    # -- locals and patterns --------------------------------------------------------------

    def local(self, name: str) -> tuple[bool, Ty]:
        """Whether a local of this name is in scope, and its type."""
        for frame in reversed(self.locals):
            if name in frame:
                return True, frame[name]
        return False, None

    def bind(self, pattern: Pattern, ty: Ty) -> None:
        """Bind a pattern's names; references are matched through, as match ergonomics do."""
        tag = pattern[0]
        if tag == "b":
            self._bind_name(pattern, ty)
        elif tag in ("T", "S"):
            self._bind_fields(pattern, ty)
        elif tag == "P":
            self.path_value(pattern[1])
        elif tag == "t":
            inner, wrap = _peel(ty)
            parts = inner[1] if inner is not None and inner[0] == "t" else ()
            for sub, part in _spread(pattern[1], parts):
                self.bind(sub, _wrapped(part, wrap))
        elif tag == "s":
            inner, wrap = _peel(ty)
            element = self._element(inner)
            for sub in pattern[1]:
                if sub[0] == "b" and sub[3] is not None and sub[3][0] == "..":
                    self.locals[-1][sub[1]] = ("r", ("s", element))
                else:
                    self.bind(sub, _wrapped(element, wrap))
        elif tag == "r":
            inner = known(ty)
            self.bind(pattern[1], inner[1] if inner is not None and inner[0] == "r" else inner)
        elif tag == "o":
            for sub in pattern[1]:
                self.bind(sub, ty)

    def _bind_name(self, pattern: Pattern, ty: Ty) -> None:
        _, name, start, sub = pattern
        if sub is None and (name[0].isupper() or name.isupper()):
            # A unit struct, variant or constant; rustc asks the same question of scopes.
            target = self.world.resolver.lexical(self.env.scope, name, "values")
            if target is not None and target.kind in ("variant", "const", "static", "struct"):
                self.link("uses_type", target, start, start + len(name.encode()), "resolved")
                return
        self.locals[-1][name] = ty
        if sub is not None:
            self.bind(sub, ty)

    def _bind_fields(self, pattern: Pattern, ty: Ty) -> None:
        path: Path = pattern[1]
        inner, wrap = _peel(ty)
        target, owner = self.constructor(path, inner, "values" if pattern[0] == "T" else "types")
        mapping: Substitution = {}
        if target is not None and owner is not None:
            unify(owner, inner)
            mapping = self._adt_mapping(owner)
        if pattern[0] == "T":
            fields = [c for c in target.children if c.kind == "field"] if target else []
            types = [self._field_type(f, mapping) for f in fields]
            for sub, part in _spread(pattern[2], types):
                self.bind(sub, _wrapped(part, wrap))
            return
        for name, start, sub in pattern[2]:
            field = target.child(name, _FIELD) if target is not None else None
            if field is not None:
                self.link("uses_type", field, start, start + len(name.encode()), "typed")
            part = self._field_type(field, mapping) if field is not None else None
            self.bind(sub, _wrapped(part, wrap))

    def _field_type(self, field: Definition, mapping: Substitution) -> Ty:
        assert field.item is not None
        written = self.world.lower(self.world.env(field), field.item.detail[0])
        return self.world.normalise(substitute(written, mapping), self.env)

    def _adt_mapping(self, ty: Ty) -> Substitution:
        ty = known(ty)
        if ty is None or ty[0] != "A":
            return {}
        return {(ty[1], p.name): a for p, a in zip(generics_of(ty[1]).params, ty[2], strict=False)}

    def constructor(self, path: Path, expected: Ty, namespace: str) -> tuple[Definition | None, Ty]:
        """The struct or variant a path names, with the type it constructs; mentions are linked."""
        if not path:
            return None, None
        target, base = self._constructor(path, namespace)
        if target is None:
            return None, None
        if target.kind == "variant" and target.parent is not None:
            adt = target.parent
        elif target.kind in ("struct", "union"):
            adt = target
        else:
            return None, None
        if base is not None:
            return target, base
        args = path[-1][2]
        if args is None and target.kind == "variant" and len(path) > 1:
            args = path[-2][2]
        owner = self.world.instantiate(self.env, adt, args, infer=True)
        expected = known(expected)
        if expected is not None and expected[0] == "A" and expected[1] is adt:
            unify(owner, expected)
        return target, owner

    def _constructor(self, path: Path, namespace: str) -> tuple[Definition | None, Ty]:
        first = path[0][0]
        if first == "Self":
            base = known(self.env.self_ty)
            if base is None or base[0] != "A":
                return None, None
            if len(path) == 1:
                return base[1], base
            variant = base[1].child(path[1][0], _VARIANT)
            if variant is not None:
                self.mention(variant, path[1], "resolved")
                return variant, base
            return None, None
        steps = self.world.resolver.walk(self.env.scope, path, namespace)
        self.mentions(path, steps)
        if len(steps) != len(path) or not steps:
            alias = steps[-1] if steps else None
            if alias is not None and alias.kind == "type" and len(steps) == len(path) - 1:
                ty = known(self.world.instantiate(self.env, alias, path[-2][2], infer=True))
                if ty is not None and ty[0] == "A":
                    variant = ty[1].child(path[-1][0], _VARIANT)
                    if variant is not None:
                        self.mention(variant, path[-1], "resolved")
                        return variant, ty
            return None, None
        target = steps[-1]
        if target is not None and target.kind == "type":
            ty = known(self.world.instantiate(self.env, target, path[-1][2], infer=True))
            return (ty[1], ty) if ty is not None and ty[0] == "A" else (None, None)
        return target, None

    # -- mentions -------------------------------------------------------------------------

    def mention(self, target: Definition, segment: Any, provenance: str) -> None:
        name, start = segment[0], segment[1]
        kind = "calls" if target.kind in ("function", "method", "macro") else "uses_type"
        if target.kind not in ("module", "crate"):
            self.link(kind, target, start, start + len(name.encode()), provenance)

    def mentions(self, path: Path, steps: list[Definition | None]) -> None:
        """Link each segment that resolved, and what is written in its generic arguments."""
        for position, segment in enumerate(path):
            if position < len(steps):
                target = steps[position]
                if target is not None:
                    self.mention(target, segment, "resolved")
            if segment[2] is not None:
                self._args(segment[2])

    def _args(self, args: Any) -> None:
        for part in args[0]:
            self.type_mentions(part)
        for _, part in args[1]:
            self.type_mentions(part)

    def type_mentions(self, written: Type | None) -> None:
        """Link every path in a written type."""
        if written is None:
            return
        tag = written[0]
        if tag == "p":
            self.type_path(written[1])
        elif tag in ("r", "*", "s", "a"):
            self.type_mentions(written[1])
        elif tag == "t":
            for part in written[1]:
                self.type_mentions(part)
        elif tag == "f":
            for part in written[1]:
                self.type_mentions(part)
            self.type_mentions(written[2])
        elif tag in ("d", "i"):
            for part in written[1]:
                self.type_mentions(part)
        elif tag == "q":
            self.type_mentions(written[1])
            if written[2]:
                self.type_path(written[2])
            self._projected(written)

    def type_path(self, path: Path) -> None:
        """Link the segments of a path in type position, associated types included."""
        first = path[0][0]
        if first == "Self" or (
            path[0][2] is None and self.world.param_owner(self.env, first) is not None
        ):
            steps: list[Definition | None] = []
            used = 1
        else:
            steps = self.world.resolver.walk(self.env.scope, path, "types")
            used = len(steps)
            if not steps and first not in PRIMITIVES:
                self.miss("uses_type", path[-1][0], path[-1][1])
        self.mentions(path, steps)
        if used < len(path) and used > 0:
            base = self.world.path(self.env, path[:used], infer=False)
            self._link_projection(base, None, path[used])

    def _projected(self, written: Type) -> None:
        base = self.world.lower(self.env, written[1])
        trait = self.world.trait_of(self.env, written[2]) if written[2] else None
        if written[3]:
            self._link_projection(base, trait, written[3][0])

    def _link_projection(self, base: Ty, trait: Definition | None, segment: Any) -> None:
        """Link an associated type to where it is declared, in the trait of a bound or an impl."""
        base = known(base)
        if base is None:
            return
        if trait is None:
            for bound in self.world.bounds_of(base, self.env):
                if bound[0].child(segment[0], _TYPE) is not None:
                    trait = bound[0]
                    break
        declared = trait.child(segment[0], _TYPE) if trait is not None else None
        if declared is not None:
            self.mention(declared, segment, "resolved")

    # -- expressions ----------------------------------------------------------------------

    def expr(self, e: Expr | None, expected: Ty = None) -> Ty:
        """The type of an expression, None where it isn't known; mentions are linked on the way."""
        if e is None:
            return None
        return _EXPRS[e[0]](self, e, expected)

    def each(self, es: Any) -> None:
        """Expressions whose types don't matter."""
        for e in es:
            self.expr(e)

    def path_value(self, path: Path, expected: Ty = None) -> Ty:
        """A path in value position: a local, a constant, a function, a constructor."""
        if len(path) == 1:
            name = path[0][0]
            is_local, ty = self.local(name)
            if is_local:
                return ty
            if name == "Self":
                base = known(self.env.self_ty)
                return self._constructor_fn(base[1], base) if base and base[0] == "A" else base
        first = path[0][0]
        if first == "Self" or (len(path) > 1 and self._is_param(path)):
            if path[0][2] is not None:
                self._args(path[0][2])
            base = self.world.path(self.env, path[:1], infer=True)
            return self.associated_path(base, path, 1, expected)
        steps = self.world.resolver.walk(self.env.scope, path, "values")
        if len(steps) == len(path) and steps:
            target = steps[-1]
            self.mentions(path, steps)
            return self._value_of(target, path, expected) if target is not None else None
        # A type somewhere on the way: what follows is associated with it.
        types = self.world.resolver.walk(self.env.scope, path[:-1], "types") if path[1:] else []
        if types and types[-1] is not None:
            self.mentions(path[: len(types)], types)
            base = self._type_at(types[-1], path[len(types) - 1])
            if base is not None:
                return self.associated_path(base, path, len(types), expected)
        elif len(path) == 2 and first in PRIMITIVES:
            return self.associated_path(("prim", first), path, 1, expected)
        last = path[-1:]
        for segment in last:
            self.miss("calls", segment[0], segment[1])
        for segment in path:
            if segment[2] is not None:
                self._args(segment[2])
        return None

    def _is_param(self, path: Path) -> bool:
        return path[0][2] is None and self.world.param_owner(self.env, path[0][0]) is not None

    def _type_at(self, target: Definition, segment: Any) -> Ty:
        if target.kind in ("module", "crate"):
            return None
        return self.world.instantiate(self.env, target, segment[2], infer=True)

    def associated_path(self, base: Ty, path: Path, used: int, expected: Ty) -> Ty:
        """``Type::a::b``: associated types on the way, then a function or constant."""
        for segment in path[used:-1]:
            self._link_projection(base, None, segment)
            base = self.world.normalise(
                self.world.project(base, None, segment[0], self.env), self.env
            )
        if used >= len(path):
            return base
        last = path[-1]
        if last[2] is not None:
            self._args(last[2])
        base = known(base)
        if base is None:
            self.miss("calls", last[0], last[1])
            return None
        if base[0] == "A":
            variant = base[1].child(last[0], _VARIANT)
            if variant is not None:
                self.mention(variant, last, "resolved")
                return self._constructor_fn(variant, base)
        found = self.world.associated(base, last[0], self.env)
        if found is None and base[0] == "r":
            found = self.world.associated(base[1], last[0], self.env)
        if found is None:
            self.miss("calls", last[0], last[1])
            return None
        # Naming the type is enough to know the function; nothing had to be inferred.
        self.mention(found.definition, last, "resolved")
        return self.member_value(found, last[2])

    def member_value(self, found: Found, turbofish: Any) -> Ty:
        definition = found.definition
        item = definition.item
        if item is None:
            return None
        if definition.kind == "method":
            mapping = self._fresh(definition, found.mapping, turbofish)
            return ("F", definition, mapping)
        if definition.kind in ("const", "static"):
            written = self.world.lower(self.world.env(definition), item.detail[0])
            return self.world.normalise(substitute(written, found.mapping), self.env)
        return None

    def _fresh(self, definition: Definition, mapping: Substitution, turbofish: Any) -> Substitution:
        """A substitution with a variable for each parameter that isn't bound yet."""
        full: Substitution = dict(mapping)
        for index, param in enumerate(generics_of(definition).params):
            written = turbofish[0][index] if turbofish and index < len(turbofish[0]) else None
            lowered = self.world.lower(self.env, written, infer=True) if written else None
            full[(definition, param.name)] = lowered if lowered is not None else Var()
        owner = definition.parent
        if owner is not None and owner.kind in ("impl", "trait"):
            for param in generics_of(owner).params:
                full.setdefault((owner, param.name), Var())
        return full

    def _value_of(self, target: Definition, path: Path, expected: Ty) -> Ty:
        kind = target.kind
        if kind == "function":
            return ("F", target, self._fresh(target, {}, path[-1][2]))
        if kind in ("const", "static") and target.item is not None:
            return self.world.lower(self.world.env(target), target.item.detail[0])
        if kind == "variant" and target.parent is not None:
            args = path[-1][2] or (path[-2][2] if len(path) > 1 else None)
            base = self.world.instantiate(self.env, target.parent, args, infer=True)
            return self._constructor_fn(target, base)
        if kind == "struct":
            base = self.world.instantiate(self.env, target, path[-1][2], infer=True)
            return self._constructor_fn(target, base)
        return None

    def _constructor_fn(self, target: Definition, base: Ty) -> Ty:
        """A unit struct or variant is a value, a tuple one a function to its type."""
        item = target.item
        if item is None or not item.detail or item.detail[0] != "tuple":
            return base
        mapping = self._adt_mapping(base)
        fields = [self._field_type(c, mapping) for c in target.children if c.kind == "field"]
        return ("f", tuple(fields), base)

    # -- calls ----------------------------------------------------------------------------

    def call(self, callee: Ty, args: Any, expected: Ty) -> Ty:
        """Call a value: parameters are unified with arguments, the result given."""
        callee = known(callee)
        if callee is None:
            self.each(args)
            return None
        tag = callee[0]
        if tag == "F":
            definition: Definition = callee[1]
            mapping: Substitution = callee[2]
            params, ret = self._signature(definition, mapping, with_self=True)
            return self.apply(definition, mapping, params, ret, args, expected)
        if tag == "f":
            unify(callee[2], expected)
            for param, arg in zip(callee[1], args, strict=False):
                unify(param, self.expr(arg, param))
            self.each(args[len(callee[1]) :])
            return callee[2]
        if tag == "r":
            return self.call(callee[1], args, expected)
        bounds = self.world.bounds_of(callee, self.env) if tag in ("P", "D", "proj") else []
        for trait, given, bindings in bounds:
            if trait.name in _FN_TRAITS:
                wanted = given[0] if given else None
                inputs = wanted[1] if wanted is not None and wanted[0] == "t" else ()
                for param, arg in zip(inputs, args, strict=False):
                    unify(param, self.expr(arg, param))
                self.each(args[len(inputs) :])
                return dict(bindings).get("Output")
        if tag == "A":
            step = next(
                (s for s in self.world.autoderef(callee, self.env) if s is not callee), None
            )
            if step is not None and step[0] in ("D", "f", "P"):
                return self.call(step, args, expected)
        self.each(args)
        return None

    def _signature(
        self, definition: Definition, mapping: Substitution, *, with_self: bool
    ) -> tuple[list[Ty], Ty]:
        item = definition.item
        assert item is not None
        env = self.world.env(definition)
        params, ret, self_kind, is_async = item.detail
        lowered: list[Ty] = []
        if with_self and self_kind and self_kind != "typed":
            self_ty = substitute(env.self_ty, mapping)
            lowered.append(self_ty if self_kind == "self" else ("r", self_ty))
        skip = self_kind == "typed" and not with_self
        for _, written in params[1:] if skip else params:
            lowered.append(
                self.world.normalise(substitute(self.world.lower(env, written), mapping), self.env)
            )
        result = substitute(self.world.lower(env, ret), mapping)
        result = self.world.normalise(result, self.env)
        return lowered, ("fut", result) if is_async else result

    def apply(
        self,
        definition: Definition,
        mapping: Substitution,
        params: list[Ty],
        ret: Ty,
        args: Any,
        expected: Ty,
    ) -> Ty:
        """Arguments against parameters; closures last, when more is known of their inputs."""
        late: list[tuple[Ty, Expr]] = []
        for index, arg in enumerate(args):
            param = params[index] if index < len(params) else None
            if arg[0] == "|":
                late.append((param, arg))
                continue
            actual = self.expr(arg, param)
            unify(param, self.decayed(actual))
            self._through_bounds(definition, mapping, param, actual)
        if late:
            unify(ret, expected)
        for param, arg in late:
            closure = self._closure_input(definition, mapping, param)
            actual = self.expr(arg, closure)
            if param is not None:
                unify(param, actual)
            if closure is not None and actual is not None:
                unify(closure, actual)
        unify(ret, expected)
        return self.world.normalise(ret, self.env)

    def decayed(self, actual: Ty) -> Ty:
        """A function item passed as an argument is as good as a pointer to it."""
        actual = known(actual)
        if actual is not None and actual[0] == "F":
            params, ret = self._signature(actual[1], actual[2], with_self=True)
            return ("f", tuple(params), ret)
        return actual

    def _param_of(self, definition: Definition, mapping: Substitution, param: Ty) -> Any:
        """The generic parameter of the callee whose variable this is."""
        raw = param
        while raw.__class__ is Var:
            for key, value in mapping.items():
                if value is raw:
                    return key
            raw = raw.value
        return None

    def _closure_input(self, definition: Definition, mapping: Substitution, param: Ty) -> Ty:
        """What a closure passed here takes and gives, from the Fn bound of its parameter."""
        followed = shallow(param)
        if followed.__class__ is Var or param.__class__ is Var:
            key = self._param_of(definition, mapping, param)
            if key is None:
                return None
            bounds = self.world.bounds_of(("P", *key), self.world.env(definition))
        elif followed is not None and followed[0] in ("D", "P"):
            bounds = self.world.bounds_of(followed, self.env)
        else:
            boxed = followed
            return boxed if boxed is not None and boxed[0] == "f" else None
        for trait, given, bindings in bounds:
            if trait.name in _FN_TRAITS:
                wanted = self._instance(given[0], mapping) if given else None
                inputs = wanted[1] if wanted is not None and wanted[0] == "t" else ()
                output = self._instance(dict(bindings).get("Output"), mapping)
                return ("f", tuple(inputs), output)
        return None

    def _instance(self, ty: Ty, mapping: Substitution) -> Ty:
        return self.world.normalise(substitute(ty, mapping), self.env)

    def _through_bounds(
        self, definition: Definition, mapping: Substitution, param: Ty, actual: Ty
    ) -> None:
        """``F: Fn(A) -> B`` given a function ties A and B; ``I: IntoIterator<Item = T>`` ties T."""
        if param.__class__ is not Var:
            return
        key = self._param_of(definition, mapping, param)
        actual = known(actual)
        if key is None or actual is None:
            return
        for trait, given, bindings in self.world.bounds_of(("P", *key), self.world.env(definition)):
            if trait.name in _FN_TRAITS:
                fn = self.decayed(actual)
                if fn is not None and fn[0] == "f":
                    wanted = self._instance(given[0], mapping) if given else None
                    unify(wanted, ("t", fn[1]))
                    unify(self._instance(dict(bindings).get("Output"), mapping), fn[2])
                continue
            for name, ty in bindings:
                projected = self.world.project(actual, trait, name, self.env)
                if projected is not None and projected[0] != "proj":
                    unify(self._instance(ty, mapping), projected)

    def method_call(self, e: Expr, expected: Ty) -> Ty:
        """``receiver.name(args)``."""
        _, receiver, name, start, turbofish, args = e
        ty = known(self.expr(receiver))
        if turbofish:
            for part in turbofish:
                self.type_mentions(part)
        if ty is None:
            self.miss("calls", name, start)
            self.each(args)
            return None
        found = self.world.method(ty, name, self.env)
        if found is None:
            field = self._callable_field(ty, name)
            if field is not None:
                return self.call(field, args, expected)
            self.miss("calls", name, start)
            self.each(args)
            return None
        definition = found.definition
        if definition.kind != "method":
            self.each(args)
            return None
        self.link("calls", definition, start, start + len(name.encode()), found.provenance)
        mapping = self._fresh(definition, found.mapping, (turbofish,) if turbofish else None)
        params, ret = self._signature(definition, mapping, with_self=False)
        return self.apply(definition, mapping, params, ret, args, expected)

    def _callable_field(self, ty: Ty, name: str) -> Ty:
        _ = (ty, name)
        return None

    def field(self, e: Expr, expected: Ty) -> Ty:
        """``value.name``, through autoderef."""
        _, value, name, start = e
        ty = known(self.expr(value))
        if ty is None:
            return None
        for step in self.world.autoderef(ty, self.env):
            if step[0] == "t" and name.isdigit():
                index = int(name)
                return step[1][index] if index < len(step[1]) else None
            if step[0] == "A":
                field = step[1].child(name, _FIELD)
                if field is not None:
                    self.link("uses_type", field, start, start + len(name.encode()), "typed")
                    return self._field_type(field, self._adt_mapping(step))
        return None

    # -- the rest -------------------------------------------------------------------------

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

    def _element(self, ty: Ty) -> Ty:
        ty = known(ty)
        if ty is not None and ty[0] in ("s", "a"):
            return ty[1]
        return None

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
            if item is not None and not (item[0] == "proj" and path.endswith("IntoIterator")):
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
                if output is not None and output[0] != "proj":
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
                if output is not None and output[0] != "proj":
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
            if output is not None and output[0] != "proj":
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
            field = target.child(name, _FIELD)
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


def _peel(ty: Ty) -> tuple[Ty, int]:
    """A type behind its references, and how many there were."""
    depth = 0
    ty = known(ty)
    while ty is not None and ty[0] == "r":
        ty = known(ty[1])
        depth += 1
    return ty, depth


def _wrapped(ty: Ty, depth: int) -> Ty:
    return ("r", ty) if depth and ty is not None else ty


def _spread(patterns: Any, types: Any) -> list[tuple[Pattern, Ty]]:
    """Patterns beside the types they match, ``..`` standing for what is left out."""
    patterns = list(patterns)
    rest = next((i for i, p in enumerate(patterns) if p[0] == ".."), None)
    count = len(types)
    pairs: list[tuple[Pattern, Ty]] = []
    for index, pattern in enumerate(patterns):
        if index == rest:
            continue
        at = index if rest is None or index < rest else count - (len(patterns) - index)
        pairs.append((pattern, types[at] if 0 <= at < count else None))
    return pairs


def _join(left: Ty, right: Ty) -> Ty:
    """Of two branches' types the one that is known and not never."""
    a, b = known(left), known(right)
    if a is None or a[0] == "n":
        return right if b is not None else left
    unify(left, right)
    return left


_FIELD = frozenset(("field",))
_VARIANT = frozenset(("variant",))
_TYPE = frozenset(("type",))
_NUMBERS = (("prim", "{int}"), ("prim", "{float}"))
_OPERATORS = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem", "&": "BitAnd", "|": "BitOr",
    "^": "BitXor", "<<": "Shl", ">>": "Shr",
}  # fmt: skip

_Handler = Callable[[BodyTyper, Any, Ty], Ty]


def _literal(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    name = e[1]
    if name == "str":
        return ("r", STR)
    if name == "bytes":
        return ("r", ("a", ("prim", "u8")))
    if name in ("{int}", "{float}"):
        wanted = known(expected)
        if wanted is not None and wanted[0] == "prim" and wanted[1] not in ("str", "bool", "char"):
            return wanted
    return ("prim", name) if name and name != "cstr" else None


def _call(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    callee = e[1]
    if callee[0] == "p":
        return t.call(t.path_value(callee[1]), e[2], expected)
    return t.call(t.expr(callee), e[2], expected)


def _qualified(t: BodyTyper, e: Any, expected: Ty) -> Ty:
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


def _reference(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    wanted = known(expected)
    inner = wanted[1] if wanted is not None and wanted[0] == "r" else None
    return ("r", t.expr(e[1], inner))


def _dereference(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    ty = known(t.expr(e[1]))
    if ty is None:
        return None
    if ty[0] in ("r", "*"):
        return ty[1]
    steps = iter(t.world.autoderef(ty, t.env))
    next(steps, None)
    return next(steps, None)


def _cast(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    t.expr(e[1])
    t.type_mentions(e[2])
    return t.world.lower(t.env, e[2], infer=True)


def _leave(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    if e[1] is not None:
        unify(t.returns, t.expr(e[1], t.returns))
    return ("n",)


def _for(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    ty = t.iterated(t.expr(e[2]))
    t.locals.append({})
    t.bind(e[1], ty)
    t.expr(e[3])
    t.locals.pop()
    return UNIT


def _while(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    t.locals.append({})
    t.expr(e[1])
    t.expr(e[2])
    t.locals.pop()
    return UNIT


def _array(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    wanted = known(expected)
    element: Ty = wanted[1] if wanted is not None and wanted[0] in ("a", "s") else Var()
    for part in e[1]:
        unify(element, t.decayed(t.expr(part, element)))
    return ("a", element)


def _repeat(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    element = t.expr(e[1])
    t.expr(e[2], USIZE)
    return ("a", element)


def _tuple(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    wanted = known(expected)
    hints = wanted[1] if wanted is not None and wanted[0] == "t" else ()
    return (
        "t",
        tuple([t.expr(p, hints[i] if i < len(hints) else None) for i, p in enumerate(e[1])]),
    )


def _assign(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    left = t.expr(e[1])
    unify(left, t.expr(e[2], left))
    return UNIT


def _not(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    return t.expr(e[1], expected)


def _async(t: BodyTyper, e: Any, expected: Ty) -> Ty:
    returns, t.returns = t.returns, Var()
    value = t.expr(e[1])
    unify(t.returns, value)
    t.returns = returns
    return ("fut", value)


_EXPRS: dict[str, _Handler] = {
    "p": lambda t, e, x: t.path_value(e[1], x),
    "q": _qualified,
    "c": _call,
    "m": lambda t, e, x: t.method_call(e, x),
    ".": lambda t, e, x: t.field(e, x),
    "&": _reference,
    "*": _dereference,
    "!": _not,
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
    "i": lambda t, e, x: t.index(e),
    "..": lambda t, e, x: t.range_(e),
    "r": _leave,
    "=": _assign,
    "n!": lambda t, e, x: ("n",),
    "mac": lambda t, e, x: t.macro(e, x),
}

__all__ = ["BodyTyper", "Link", "Miss", "own_params"]
