"""Calls: parameters against arguments, closures against the Fn bounds they are passed for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...parser.facts import Expr
from ..impls import Found, receiver_of
from ..projection import UNKNOWNS
from ..symbols import Definition
from ..types import (
    Shape,
    Substitution,
    Ty,
    Var,
    is_projection,
    known,
    shallow,
    substitute,
    taken,
    unify,
)
from .patterns import FIELD
from .values import Values

_FN_TRAITS: Final = frozenset(("Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"))


class Calls(Values):
    """Calls of values and methods, and field access."""

    def call(self, callee: Ty, args: tuple[Expr, ...], expected: Ty) -> Ty:
        """Call a value: parameters are unified with arguments, the result given."""
        shape = known(callee)
        while shape is not None and shape[0] == "r":
            shape = known(shape[1])
        if shape is None:
            self.each(args)
            return None
        tag: str = shape[0]
        if tag == "F":
            definition: Definition = shape[1]
            mapping: Substitution = shape[2]
            params, ret = self._signature(definition, mapping, with_self=True)
            return self.apply(definition, mapping, params, ret, args, expected)
        if tag == "f":
            unify(shape[2], expected)
            taking: Shape = shape[1]
            for param, arg in zip(taking, args, strict=False):
                unify(param, self.expr(arg, param))
            self.each(args[len(taking) :])
            return shape[2]
        bounds = self.world.bounds_of(shape, self.env) if tag in UNKNOWNS else []
        for trait, given, bindings in bounds:
            if trait.name in _FN_TRAITS:
                wanted = given[0] if given else None
                inputs = wanted[1] if wanted is not None and wanted[0] == "t" else ()
                for param, arg in zip(inputs, args, strict=False):
                    unify(param, self.expr(arg, param))
                self.each(args[len(inputs) :])
                return dict(bindings).get("Output")
        if tag == "A":
            step = next((s for s in self.world.autoderef(shape, self.env) if s is not shape), None)
            if step is not None and step[0] in ("D", "f", "P"):
                return self.call(step, args, expected)
        self.each(args)
        return None

    def _signature(
        self, definition: Definition, mapping: Substitution, *, with_self: bool
    ) -> tuple[list[Ty], Ty]:
        item = definition.item
        assert item is not None
        self_kind: str = item.detail[2]
        declared = self.world.declared(definition)
        lowered: list[Ty] = []
        if with_self and self_kind and self_kind != "typed":
            self_ty = self.world.env(definition).self_ty
            lowered.append(taken(self_kind, substitute(self_ty, mapping)))
        last = len(declared) - 1
        for index in range(1 if self_kind == "typed" and not with_self else 0, last):
            param = substitute(declared[index], mapping)
            lowered.append(self.world.normalise(param, self.env))
        result = self.world.normalise(substitute(declared[last], mapping), self.env)
        return lowered, ("fut", result) if item.detail[3] else result

    def apply(
        self,
        definition: Definition,
        mapping: Substitution,
        params: list[Ty],
        ret: Ty,
        args: tuple[Expr, ...],
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
        shape = known(actual)
        if shape is not None and shape[0] == "F":
            params, ret = self._signature(shape[1], shape[2], with_self=True)
            return ("f", tuple(params), ret)
        return shape

    def _param_of(self, definition: Definition, mapping: Substitution, param: Ty) -> Any:
        """The generic parameter of the callee whose variable this is."""
        raw = param
        while isinstance(raw, Var):
            for key, value in mapping.items():
                if value is raw:
                    return key
            raw = raw.value
        return None

    def _closure_input(self, definition: Definition, mapping: Substitution, param: Ty) -> Ty:
        """What a closure passed here takes and gives, from the Fn bound of its parameter."""
        followed = shallow(param)
        if isinstance(followed, Var) or isinstance(param, Var):
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
        if not isinstance(param, Var):
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
                if projected is not None and not is_projection(projected):
                    unify(self._instance(ty, mapping), projected)

    def place(self, e: Expr, *, mutable: bool | list[Callable[[bool], None]]) -> Ty:
        """The type of an expression that is looked at, or changed, where it stands."""
        raise NotImplementedError

    def method_call(self, e: Expr, expected: Ty) -> Ty:
        """``receiver.name(args)``."""
        receiver: Expr = e[1]
        name: str = e[2]
        start: int = e[3]
        turbofish = e[4]
        args: tuple[Expr, ...] = e[5]
        held: list[Callable[[bool], None]] = []
        ty = known(self.place(receiver, mutable=held))
        if turbofish:
            for part in turbofish:
                self.type_mentions(part)
        found = self.world.method(ty, name, self.env) if ty is not None else None
        if found is not None and found.definition is self.definition and _is_foreign(found):
            found = None  # it wraps the type's own method of that name, which isn't known here
        for use in held:
            use(found is not None and _changes(found.definition))
        if found is None:
            self.miss("calls", name, start)
            self.each(args)
            return None
        definition = found.definition
        if definition.kind != "method":
            self.each(args)
            return None
        instance = self.of_several(found, (name, start), "typed") if found.several else None
        if instance is not None:
            found, definition = instance, instance.definition
        else:
            self.link("calls", definition, start, start + len(name.encode()), found.provenance)
        mapping = self._fresh(definition, found.mapping, (turbofish,) if turbofish else None)
        params, ret = self._signature(definition, mapping, with_self=False)
        return self.apply(definition, mapping, params, ret, args, expected)

    def field(self, e: Expr, expected: Ty) -> Ty:
        """``value.name``, through autoderef."""
        return self.field_of(self.expr(e[1]), e)

    def field_of(self, ty: Ty, e: Expr) -> Ty:
        """A field of a value of this type."""
        name: str = e[2]
        shape = known(ty)
        if shape is None:
            return None
        for step in self.world.autoderef(shape, self.env):
            if step[0] == "t" and name.isdigit():
                index = int(name)
                return step[1][index] if index < len(step[1]) else None
            if step[0] == "A":
                owner: Definition = step[1]
                field = owner.child(name, FIELD)
                if field is not None:
                    start: int = e[3]
                    self.link("uses_type", field, start, start + len(name.encode()), "typed")
                    return self._field_type(field, self._adt_mapping(step))
        return None


def _is_foreign(found: Found) -> bool:
    """Whether a method's receiver is a type of the standard library, of which not all is known."""
    ty = known(found.receiver)
    return ty is not None and ty[0] == "A" and not ty[1].crate.stored


def _changes(method: Definition) -> bool:
    return method.kind == "method" and receiver_of(method) == "&mut self"
