"""Written types to types: paths resolved, generics bound, associated types projected."""

from __future__ import annotations

from typing import Any, Final

from ..parser.facts import NO_GENERICS, Generics, Path, Type
from .expand import expand_type
from .resolve import PRIMITIVES, Resolver
from .symbols import Definition, Scope
from .types import WRAPPERS, Shape, Substitution, Ty, Var, shallow, substitute, substitute_bound

Bound = tuple[Definition, tuple[Ty, ...], tuple[tuple[str, Ty], ...]]

_ADTS: Final = frozenset(("struct", "enum", "union"))
_DEPTH: Final = 16


class Env:
    """Where a type is written: the scope of its names, the generics around it, what Self is."""

    __slots__ = ("owners", "scope", "self_ty", "trait")

    def __init__(
        self,
        scope: Scope,
        owners: tuple[Definition, ...],
        self_ty: Ty,
        trait: Definition | None,
    ) -> None:
        self.scope = scope
        self.owners = owners
        """Definitions whose generic parameters are visible, innermost first."""
        self.self_ty = self_ty
        self.trait = trait


def generics_of(definition: Definition) -> Generics:
    """The generics a definition declares itself."""
    return definition.item.generics if definition.item is not None else NO_GENERICS


def own_params(definition: Definition) -> tuple[Ty, ...]:
    """A definition's type parameters as types."""
    return tuple([("P", definition, p.name) for p in generics_of(definition).params])


class Lowering:
    """Lowers written types over a resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._depth = 0
        self._projected = 0
        """How many associated types were looked up so far."""

    # -- environments ---------------------------------------------------------------------

    def env(self, definition: Definition) -> Env:
        """The environment of a definition's own signature and body."""
        if definition.env is not None:
            return definition.env
        assert definition.module is not None
        scope = definition.module
        parent = definition.parent
        outer: Env | None = None
        if parent is not None and parent.kind in (
            "impl",
            "trait",
            "enum",
            "struct",
            "union",
            "variant",
        ):
            outer = self.env(parent)
        owners = (definition, *(outer.owners if outer else ()))
        env = Env(scope, owners, outer.self_ty if outer else None, outer.trait if outer else None)
        definition.env = env
        kind = definition.kind
        if kind in _ADTS:
            env.self_ty = ("A", definition, own_params(definition))
        elif kind == "trait":
            env.self_ty = ("P", definition, "Self")
            env.trait = definition
        elif kind == "impl" and definition.item is not None:
            env.self_ty = self.lower(env, definition.item.detail[1])
        return env

    def declared(self, definition: Definition) -> tuple[Ty, ...]:
        """The types a declaration writes: a function's parameters and result, a field's type.

        Kept for the next who asks, where only names had to be resolved for it: what depends on
        impls may be another after the next edit.
        """
        memo = _memo(definition)
        found: tuple[Ty, ...] | None = memo.get("declared")
        if found is None:
            item = definition.item
            assert item is not None
            env = self.env(definition)
            before = self._projected
            if item.kind in ("function", "method"):
                written = [*(part for _, part in item.detail[0]), item.detail[1]]
                found = tuple([self.lower(env, part) for part in written])
            else:
                found = (self.lower(env, item.detail[0]),)
            if self._projected == before and self._depth == 0:
                memo["declared"] = found
        return found

    # -- types ----------------------------------------------------------------------------

    def lower(self, env: Env, written: Type | None, *, infer: bool = False) -> Ty:
        """A written type in an environment; None where it can't be known.

        With ``infer`` (inside bodies), ``_`` and left-out arguments become variables.
        """
        if written is None or self._depth > _DEPTH:
            return None
        self._depth += 1
        try:
            return self._lower(env, written, infer)
        finally:
            self._depth -= 1

    def _lower(self, env: Env, written: Type, infer: bool) -> Ty:
        tag: str = written[0]
        if tag == "p":
            return self.path(env, written[1], infer=infer)
        if tag in WRAPPERS:
            return (tag, self.lower(env, written[1], infer=infer), *written[2:])
        if tag == "t":
            parts: Shape = written[1]
            return ("t", tuple([self.lower(env, part, infer=infer) for part in parts]))
        if tag == "f":
            params = tuple([self.lower(env, part, infer=infer) for part in written[1]])
            return ("f", params, self.lower(env, written[2], infer=infer))
        if tag in ("d", "i"):
            bounds = tuple(
                [b for b in (self.bound(env, part, infer=infer) for part in written[1]) if b]
            )
            return ("D", bounds) if bounds else None
        if tag == "n":
            return ("n",)
        if tag == "q":
            base = self.lower(env, written[1], infer=infer)
            trait = self.trait_of(env, written[2]) if written[2] else None
            self._projected += 1
            for segment in written[3]:
                base = self.project(base, trait, segment[0], env)
                trait = None
            return base
        if tag == "mac":
            expanded = self.expansion(env, written)
            return self.lower(env, expanded, infer=infer) if expanded is not None else None
        return Var() if infer else None

    def expansion(self, env: Env, written: Type) -> Type | None:
        """The type that a macro call stands for."""
        _, path, text, where = written
        steps = self.resolver.walk(env.scope, path, "macros")
        macro = steps[-1] if len(steps) == len(path) else None
        if macro is None or macro.kind != "macro":
            return None
        return expand_type(env.scope.crate, macro, text, where)

    def path(self, env: Env, path: Path, *, infer: bool = False) -> Ty:
        """The type a path names."""
        first: str = path[0][0]
        base: Ty
        if first == "Self":
            base, used = env.self_ty, 1
        else:
            owner = self.param_owner(env, first) if path[0][2] is None else None
            if owner is not None:
                base, used = ("P", owner, first), 1
            else:
                steps = self.resolver.walk(env.scope, path, "types")
                used = len(steps)
                target = steps[-1] if steps else None
                if target is None:
                    if len(path) == 1 and first in PRIMITIVES:
                        return ("prim", first)
                    return None
                base = self.instantiate(env, target, path[used - 1][2], infer=infer)
        for segment in path[used:]:
            self._projected += 1
            base = self.project(base, None, segment[0], env)
        return base

    def param_owner(self, env: Env, name: str) -> Definition | None:
        """The definition around that declares a generic parameter of this name."""
        for owner in env.owners:
            for param in generics_of(owner).params:
                if param.name == name:
                    return owner
        return None

    def instantiate(self, env: Env, target: Definition, args: Any, *, infer: bool = False) -> Ty:
        """A type definition applied to written arguments."""
        kind = target.kind
        if kind in _ADTS:
            return ("A", target, self.arguments(env, target, args, infer=infer))
        if kind == "type" and target.item is not None:
            aliased = target.item.detail[0]
            if aliased is None:
                return None
            params = generics_of(target).params
            given = self.arguments(env, target, args, infer=infer)
            mapping: Substitution = {
                (target, p.name): a for p, a in zip(params, given, strict=False)
            }
            return substitute(self.lower(self.env(target), aliased), mapping)
        if kind == "trait":
            given = self.arguments(env, target, args, infer=infer)
            return ("D", ((target, given, self._bindings(env, args, infer)),))
        if kind == "variant" and target.parent is not None:
            return self.instantiate(env, target.parent, args, infer=infer)
        return None

    def arguments(
        self, env: Env, target: Definition, args: Any, *, infer: bool = False
    ) -> tuple[Ty, ...]:
        """Generic arguments in order: written, else the default, else a variable or None."""
        params = generics_of(target).params
        if not params:
            return ()
        given = args[0] if args is not None else ()
        lowered = [self.lower(env, part, infer=infer) for part in given[: len(params)]]
        for param in params[len(lowered) :]:
            # Inference decides what a body leaves out altogether; defaults fill what a type does.
            if param.default is not None and (args is not None or not infer):
                mapping: Substitution = {
                    (target, p.name): a for p, a in zip(params, lowered, strict=False)
                }
                lowered.append(substitute(self.lower(self.env(target), param.default), mapping))
            else:
                lowered.append(Var() if infer else None)
        return tuple(lowered)

    def _bindings(self, env: Env, args: Any, infer: bool) -> tuple[tuple[str, Ty], ...]:
        if args is None:
            return ()
        return tuple([(name, self.lower(env, ty, infer=infer)) for name, _, ty in args[1]])

    # -- bounds ---------------------------------------------------------------------------

    def trait_of(self, env: Env, path: Path) -> Definition | None:
        """The trait a path names, or None."""
        target = self.resolver.path_definition(env.scope, path, "types")
        return target if target is not None and target.kind == "trait" else None

    def bound(self, env: Env, written: Type, *, infer: bool = False) -> Bound | None:
        """A written bound: its trait with arguments and bindings."""
        if written[0] != "p" or not written[1]:
            return None
        trait = self.trait_of(env, written[1])
        if trait is None:
            return None
        args = written[1][-1][2]
        given = self.arguments(env, trait, args, infer=infer)
        return (trait, given, self._bindings(env, args, infer))

    def supertraits(self, trait: Definition) -> list[Bound]:
        """The bounds written after a trait's name, and on Self in its where clause."""
        memo = _memo(trait)
        found: list[Bound] | None = memo.get("supertraits")
        if found is None:
            memo["supertraits"] = []
            found = []
            env = self.env(trait)
            if trait.item is not None:
                written = list(trait.item.detail[0])
                for left, bounds in trait.item.generics.where:
                    if left[0] == "p" and len(left[1]) == 1 and left[1][0][0] == "Self":
                        written.extend(bounds)
                for part in written:
                    bound = self.bound(env, part)
                    if bound is not None:
                        found.append(bound)
            memo["supertraits"] = found
        return found

    def all_bounds(self, bounds: list[Bound]) -> list[Bound]:
        """Bounds with the supertraits they imply, each trait once, nearest first."""
        found: list[Bound] = []
        seen: set[Definition] = set()
        todo = list(bounds)
        while todo:
            bound = todo.pop(0)
            trait, args, _ = bound
            if trait in seen:
                continue
            seen.add(trait)
            found.append(bound)
            self.resolver.reads.note(trait, "")
            mapping: Substitution = {
                (trait, p.name): a for p, a in zip(generics_of(trait).params, args, strict=False)
            }
            todo.extend(substitute_bound(s, mapping) for s in self.supertraits(trait))
        return found

    def bounds_of(self, ty: Ty, env: Env | None = None) -> list[Bound]:
        """What is known of a parameter or an associated type: its bounds, supertraits included."""
        shape: Shape = ty
        tag: str = shape[0]
        if tag == "P":
            owner: Definition = shape[1]
            name: str = shape[2]
            found = list(self._declared_bounds(owner, name))
            if env is not None:
                for inner in env.owners:
                    if inner is not owner:
                        found.extend(self._where_bounds(inner, owner, name))
            return self.all_bounds(found)
        if tag == "proj" and shape[2] is not None:
            return self.all_bounds(self._associated_bounds(shape))
        if tag == "D":
            return self.all_bounds(list(shape[1]))
        return []

    def _declared_bounds(self, owner: Definition, name: str) -> list[Bound]:
        memo = _memo(owner)
        key = f"bounds {name}"
        found: list[Bound] | None = memo.get(key)
        if found is not None:
            return found
        memo[key] = found = []
        env = self.env(owner)
        if name == "Self" and owner.kind == "trait":
            found.append((owner, own_params(owner), ()))
            return found
        for param in generics_of(owner).params:
            if param.name == name:
                for part in param.bounds:
                    bound = self.bound(env, part)
                    if bound is not None:
                        found.append(bound)
        found.extend(self._where_bounds(owner, owner, name))
        return found

    def _where_bounds(self, place: Definition, owner: Definition, name: str) -> list[Bound]:
        """Bounds on ``owner``'s parameter in the where clause of ``place``."""
        memo = _memo(place)
        key = f"where {id(owner)} {name}"
        found: list[Bound] | None = memo.get(key)
        if found is not None:
            return found
        memo[key] = found = []
        env = self.env(place)
        for left, bounds in generics_of(place).where:
            if left[0] != "p" or len(left[1]) != 1 or left[1][0][0] != name:
                continue
            if name != "Self" and self.param_owner(env, name) is not owner:
                continue
            for part in bounds:
                bound = self.bound(env, part)
                if bound is not None:
                    found.append(bound)
        return found

    def _associated_bounds(self, ty: Ty) -> list[Bound]:
        """Bounds on ``<base as Trait>::Name``, as the trait declares them."""
        _, base, trait, name = ty
        declared = trait.child(name, frozenset(("type",)))
        if declared is None or declared.item is None:
            return []
        env = self.env(trait)
        mapping: Substitution = {(trait, "Self"): base}
        found: list[Bound] = []
        for part in declared.item.detail[1]:
            bound = self.bound(env, part)
            if bound is not None:
                found.append(substitute_bound(bound, mapping))
        return found

    # -- associated types -----------------------------------------------------------------

    def project(self, base: Ty, trait: Definition | None, name: str, env: Env | None) -> Ty:
        """``<base as trait>::name``, as far as it is known; ``trait`` may be None.

        Overridden by the floor that knows impls; here only bounds are looked at.
        """
        base = shallow(base)
        if base is None or isinstance(base, Var):
            return None if trait is None else ("proj", base, trait, name)
        if base[0] in ("P", "proj", "D"):
            for bound_trait, _args, bindings in self.bounds_of(base, env):
                for bound_name, ty in bindings:
                    if bound_name == name:
                        return ty
                if trait is None and bound_trait.child(name, frozenset(("type",))) is not None:
                    trait = bound_trait
            return ("proj", base, trait, name) if trait is not None else None
        return None


def _memo(definition: Definition) -> dict[str, Any]:
    if definition.memo is None:
        definition.memo = {}
    return definition.memo
