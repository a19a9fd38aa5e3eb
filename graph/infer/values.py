"""Paths in value position: locals, constants, functions, constructors, associated items."""

from __future__ import annotations

from typing import Any

from ...parser.facts import Path, Segment
from ..impls import Found
from ..lower import generics_of
from ..resolve import PRIMITIVES
from ..symbols import Definition
from ..types import Substitution, Ty, Var, known, substitute
from .patterns import VARIANT, Patterns


class Values(Patterns):
    """What a path stands for, and its type."""

    def path_value(self, path: Path, expected: Ty = None) -> Ty:
        """A path in value position: a local, a constant, a function, a constructor."""
        if len(path) == 1:
            name: str = path[0][0]
            for frame in reversed(self.locals):
                if name in frame:
                    return frame[name]
            if name == "Self":
                base = known(self.env.self_ty)
                return self._constructor_fn(base[1], base) if base and base[0] == "A" else base
        first: str = path[0][0]
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
            if types[-1].kind == "trait" and len(types) == len(path) - 1:
                return self._trait_member(types[-1], path, expected)
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

    def _trait_member(self, trait: Definition, path: Path, expected: Ty) -> Ty:
        """``Trait::name``: which impl is meant shows when the type of Self does."""
        last = path[-1]
        if last[2] is not None:
            self._args(last[2])
        member = self.world.trait_child(trait, last[0])
        if member is None:
            self.miss("calls", last[0], last[1])
            return None
        self_ty = Var()
        owner = member.parent or trait
        given = self.world.arguments(self.env, trait, path[-2][2], infer=True)
        mapping: Substitution = {
            (trait, p.name): a for p, a in zip(generics_of(trait).params, given, strict=False)
        }
        mapping[(owner, "Self")] = self_ty
        self.deferred.append((owner, member, self_ty, None, last, "resolved"))
        return self.member_value(Found(member, mapping, "resolved", self_ty), last[2])

    def settle(self) -> None:
        """Link what had to wait for types: called when a body has been walked."""
        deferred, self.deferred = self.deferred, []
        for trait, member, self_ty, operand, segment, provenance in deferred:
            ty = known(self_ty)
            found = None
            if ty is not None:
                found = self.world.operator(ty, trait, member.name, known(operand), self.env)
            if found is not None:
                self.mention(found.definition, segment, "typed")
            else:
                self.mention(member, segment, provenance)

    def of_several(self, found: Found, segment: Segment, provenance: str) -> Found | None:
        """Of several impls of one trait, ``From`` for one, the arguments tell which is meant."""
        trait = found.several
        assert trait is not None
        member = trait.child(segment[0])
        params = generics_of(trait).params
        if member is None or member.kind != "method" or not params:
            return None
        mapping: Substitution = {(trait, param.name): Var() for param in params}
        mapping[(trait, "Self")] = found.receiver
        operand = mapping[(trait, params[0].name)]
        self.deferred.append((trait, member, found.receiver, operand, segment, provenance))
        return Found(member, mapping, provenance, found.receiver)

    def _is_param(self, path: Path) -> bool:
        return path[0][2] is None and self.world.param_owner(self.env, path[0][0]) is not None

    def _type_at(self, target: Definition, segment: Segment) -> Ty:
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
        shape = known(base)
        if shape is None:
            self.miss("calls", last[0], last[1])
            return None
        if shape[0] == "A":
            owner: Definition = shape[1]
            variant = owner.child(last[0], VARIANT)
            if variant is not None:
                self.mention(variant, last, "resolved")
                return self._constructor_fn(variant, shape)
        found = self.world.associated(shape, last[0], self.env)
        if found is None and shape[0] == "r":
            found = self.world.associated(shape[1], last[0], self.env)
        if found is None:
            self.miss("calls", last[0], last[1])
            return None
        if found.several is not None:
            instance = self.of_several(found, last, "resolved")
            if instance is not None:
                return self.member_value(instance, last[2])
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
            written = self.world.declared(definition)[0]
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
            return self.world.declared(target)[0]
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
