"""Impl blocks, filed by the type they are for; methods and associated types looked up in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .lower import Bound, Env, Lowering, generics_of
from .resolve import Resolver
from .symbols import Crate, Definition
from .types import Substitution, Ty, Var, is_projection, key_of, known, match, shallow, substitute

_TYPE = frozenset(("type",))
_METHOD = frozenset(("method",))
_AUTODEREF_STEPS = 8
_PROJECTION_DEPTH = 6
"""Blanket impls may define an associated type by another's, which may come back to the first."""
_DERIVE = re.compile(r"^(?:derive|cfg_attr\s*\(.*?,\s*derive)\s*\((?P<list>.*)\)\)?$", re.DOTALL)


_BY_VALUE = frozenset(("self", "typed"))
_BY_REFERENCE = frozenset(("&self", "&mut self", "typed"))


def _callable(member: Definition, receiver: frozenset[str] | None) -> bool:
    """Whether a member can be meant: not a type, and with such a receiver where one is needed."""
    if receiver is None:
        return member.kind != "type"
    return member.kind == "method" and member.item is not None and member.item.detail[2] in receiver


class Impl:
    """One impl block with its header lowered."""

    __slots__ = ("args", "definition", "members", "self_ty", "trait")

    def __init__(
        self, definition: Definition, self_ty: Ty, trait: Definition | None, args: tuple[Ty, ...]
    ) -> None:
        self.definition = definition
        self.self_ty = self_ty
        self.trait = trait
        self.args = args
        members: dict[str, Definition] = {}
        for child in definition.children:
            known_member = members.get(child.name)
            if known_member is None or (child.active and not known_member.active):
                members[child.name] = child
        self.members = members


class Found:
    """A method, and what its owner's generic parameters stand for."""

    __slots__ = ("definition", "mapping", "provenance", "receiver")

    def __init__(
        self, definition: Definition, mapping: Substitution, provenance: str, receiver: Ty
    ) -> None:
        self.definition = definition
        self.mapping = mapping
        self.provenance = provenance
        self.receiver = receiver


class Impls(Lowering):
    """Lowering that also knows impls, and so can find members and project associated types."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._by_key: dict[Any, list[Impl]] = {}
        self._by_trait: dict[Definition, list[Impl]] = {}
        self._blanket: dict[Definition, list[Impl]] = {}
        self._traits_with: dict[str, list[Definition]] = {}
        self._derived: dict[Definition, list[tuple[Definition, int]]] = {}
        self._lang: dict[str, Definition | None] = {}
        self._projecting = 0
        self._checking: set[tuple[Any, Definition]] = set()

    # -- filling --------------------------------------------------------------------------

    def fork(self) -> Impls:
        """A copy to add crates to; definitions are shared, and so is what is memoised on them."""
        copy = Impls(self.resolver)
        for name in ("_by_key", "_by_trait", "_blanket", "_traits_with"):
            copied = {key: list(entries) for key, entries in getattr(self, name).items()}
            setattr(copy, name, copied)
        copy._derived = dict(self._derived)
        copy._lang = self._lang
        return copy

    def add_crate(self, crate: Crate) -> None:
        """File every impl, trait and derive of a crate. All crates' scopes must stand already."""
        for definition in crate.definitions:
            if definition.kind == "impl":
                self._add_impl(definition)
            elif definition.kind == "trait":
                for child in definition.children:
                    if child.kind == "method":
                        self._traits_with.setdefault(child.name, []).append(definition)

    def _add_impl(self, definition: Definition) -> None:
        item = definition.item
        assert item is not None
        path, _self, negative = item.detail[:3]
        if negative:
            return
        env = self.env(definition)
        trait: Definition | None = None
        args: tuple[Ty, ...] = ()
        if path is not None:
            bound = self.bound(env, ("p", path))
            if bound is None:
                return  # a trait nobody knows: its methods can't be told from inherent ones
            trait, args = bound[0], bound[1]
        entry = Impl(definition, env.self_ty, trait, args)
        key = key_of(env.self_ty)
        if key is None:
            return
        if key == "P" and trait is not None:
            self._blanket.setdefault(trait, []).append(entry)
        self._by_key.setdefault(key, []).append(entry)
        if trait is not None:
            self._by_trait.setdefault(trait, []).append(entry)

    def derived(self, definition: Definition) -> list[tuple[Definition, int]]:
        """The traits a type derives, with the index of the attribute."""
        known_derives = self._derived.get(definition)
        if known_derives is not None:
            return known_derives
        found: list[tuple[Definition, int]] = []
        self._derived[definition] = found
        item = definition.item
        for index, attribute in enumerate(item.attrs if item is not None else ()):
            listed = _DERIVE.match(attribute)
            if listed is None:
                continue
            for name in listed["list"].split(","):
                path = tuple([(part.strip(), 0, None) for part in name.split("::") if part.strip()])
                if path:
                    trait = self.trait_of(self.env(definition), path)
                    if trait is not None:
                        found.append((trait, index))
        return found

    # -- traits ---------------------------------------------------------------------------

    def lang(self, path: str) -> Definition | None:
        """A definition of the standard library by its path, such as ``ops::Deref``."""
        if path not in self._lang:
            std = self.resolver.std
            found = None
            if std is not None and std.root is not None:
                parts = tuple([(p, 0, None) for p in path.split("::")])
                found = self.resolver.path_definition(std.scope, parts, "types")
            self._lang[path] = found
        return self._lang[path]

    def implements(self, ty: Ty, trait: Definition, env: Env | None = None) -> bool | None:
        """Whether a type implements a trait; None where the type isn't known."""
        ty = known(ty)
        if ty is None:
            return None
        if ty[0] in ("P", "proj", "D"):
            if any(bound[0] is trait for bound in self.bounds_of(ty, env)):
                return True
        else:
            key = key_of(ty)
            for entry in self._by_key.get(key, ()):
                if entry.trait is trait and match(entry.self_ty, ty, {}, entry.definition):
                    return True
            if key.__class__ is Definition and any(t is trait for t, _ in self.derived(key)):
                return True
        guard = (key_of(ty), trait)
        if guard in self._checking:
            return False
        self._checking.add(guard)
        try:
            return any(self._fits(entry, ty, env) for entry in self._blanket.get(trait, ()))
        finally:
            self._checking.discard(guard)

    def _fits(self, entry: Impl, ty: Ty, env: Env | None) -> bool:
        """Whether a blanket impl's bounds hold for a type."""
        bounds = self.bounds_of(entry.self_ty)
        if entry.self_ty[0] != "P":
            return match(entry.self_ty, ty, {}, entry.definition)
        return all(self.implements(ty, bound[0], env) for bound in bounds)

    # -- associated types -----------------------------------------------------------------

    def project(self, base: Ty, trait: Definition | None, name: str, env: Env | None) -> Ty:
        """``<base as trait>::name``: from bounds, else from the impls of the base."""
        base = shallow(base)
        if base is None or base.__class__ is Var or base[0] in ("P", "proj", "D"):
            found = super().project(base, trait, name, env)
            if not is_projection(found) or base is None or base.__class__ is Var:
                return found
            through = self._project_blanket(base, found[2], name, env)
            return found if through is None else through
        if base[0] == "f" and name == "Output":
            return base[2]
        if base[0] == "fut" and name == "Output":
            return base[1]
        for entry in self._by_key.get(key_of(base), ()):
            if entry.trait is None or (trait is not None and entry.trait is not trait):
                continue
            member = entry.members.get(name)
            if member is None or member.kind != "type":
                continue
            mapping: Substitution = {}
            if match(entry.self_ty, base, mapping, entry.definition):
                return self._member_type(member, mapping)
        if trait is None:
            trait = next(
                (
                    t
                    for t in self._blanket
                    if t.child(name, _TYPE) is not None and self.implements(base, t, env)
                ),
                None,
            )
        return self._project_blanket(base, trait, name, env) if trait is not None else None

    def _project_blanket(
        self, base: Ty, trait: Definition | None, name: str, env: Env | None
    ) -> Ty:
        if trait is None or self._projecting > _PROJECTION_DEPTH:
            return None
        self._projecting += 1
        try:
            for entry in self._blanket.get(trait, ()):
                member = entry.members.get(name)
                if member is None or member.kind != "type":
                    continue
                if entry.self_ty[0] == "P" and self._fits(entry, base, env):
                    mapping: Substitution = {(entry.definition, entry.self_ty[2]): base}
                    return self._member_type(member, mapping)
            return None
        finally:
            self._projecting -= 1

    def _member_type(self, member: Definition, mapping: Substitution) -> Ty:
        assert member.item is not None
        written = self.lower(self.env(member), member.item.detail[0])
        return self.normalise(substitute(written, mapping))

    def normalise(self, ty: Ty, env: Env | None = None, depth: int = 0) -> Ty:
        """Replace projections whose base has become known."""
        ty = shallow(ty)
        if ty is None or ty.__class__ is Var or depth > 8:
            return ty
        tag = ty[0]
        if tag == "proj":
            base = self.normalise(ty[1], env, depth + 1)
            found = self.project(base, ty[2], ty[3], env)
            if is_projection(found):
                return found
            return found if found is None else self.normalise(found, env, depth + 1)
        if tag == "A" and ty[2]:
            args = tuple([self.normalise(a, env, depth + 1) for a in ty[2]])
            return ("A", ty[1], args)
        if tag in ("r", "*", "s", "a", "fut"):
            return (tag, self.normalise(ty[1], env, depth + 1))
        if tag == "t" and ty[1]:
            return ("t", tuple([self.normalise(a, env, depth + 1) for a in ty[1]]))
        if tag == "f":
            params = tuple([self.normalise(a, env, depth + 1) for a in ty[1]])
            return ("f", params, self.normalise(ty[2], env, depth + 1))
        if tag == "D":
            bounds: list[Bound] = []
            for trait, args, bindings in ty[1]:
                bounds.append(
                    (
                        trait,
                        tuple([self.normalise(a, env, depth + 1) for a in args]),
                        tuple([(n, self.normalise(b, env, depth + 1)) for n, b in bindings]),
                    )
                )
            return ("D", tuple(bounds))
        return ty

    # -- members --------------------------------------------------------------------------

    def associated(self, ty: Ty, name: str, env: Env) -> Found | None:
        """``Type::name``: an associated function or constant, without autoderef."""
        ty = known(ty)
        return None if ty is None else self._on(ty, name, env, None)

    def method(self, ty: Ty, name: str, env: Env) -> Found | None:
        """``receiver.name(…)``, probed in Rust's order.

        At each step of autoderef first the methods whose receiver has exactly the step's type,
        ``&self`` of what a reference points to among them, then those that borrow the step.
        """
        for step in self.autoderef(ty, env):
            found = self._on(step, name, env, _BY_VALUE)
            if found is None and step[0] == "r":
                inner = known(step[1])
                if inner is not None and inner[0] == "proj":
                    inner = known(self.normalise(inner, env))
                if inner is not None:
                    found = self._on(inner, name, env, _BY_REFERENCE)
            if found is None:
                found = self._on(step, name, env, _BY_REFERENCE)
            if found is not None:
                return found
        return None

    def autoderef(self, ty: Ty, env: Env | None) -> Iterator[Ty]:
        """A type, then what it dereferences to, step by step."""
        deref = self.lang("ops::Deref")
        current = known(ty)
        for _ in range(_AUTODEREF_STEPS):
            if current is None:
                return
            if current[0] == "proj":
                current = known(self.normalise(current, env))
                if current is None:
                    return
            yield current
            tag = current[0]
            if tag == "r":
                current = known(current[1])
            elif tag == "a":
                current = ("s", current[1])
            elif tag in ("A", "P", "proj", "D") and deref is not None:
                found = self.project(current, deref, "Target", env)
                found = known(found)
                current = None if is_projection(found) else found
            else:
                return

    def _on(self, ty: Ty, name: str, env: Env, receiver: frozenset[str] | None) -> Found | None:
        """A member at exactly this type: inherent, of a bound, a trait impl or a blanket one."""
        tag = ty[0]
        if tag in ("P", "proj", "D"):
            for trait, args, bindings in self.bounds_of(ty, env):
                member = trait.child(name)
                if member is not None and _callable(member, receiver):
                    return Found(
                        member, self._trait_mapping(trait, args, ty, bindings), "typed", ty
                    )
            if tag == "D" and ty[1]:
                found = self._in_impls(ty[1][0][0], ty, name, env, receiver)
                if found is not None:
                    return found
            return self._from_blanket(ty, name, env, receiver)
        key = key_of(ty)
        found = self._in_impls(key, ty, name, env, receiver)
        if found is not None:
            return found
        if key.__class__ is Definition:
            for trait, _ in self.derived(key):
                member = trait.child(name)
                if member is not None and _callable(member, receiver) and self.in_scope(trait, env):
                    return Found(member, {(trait, "Self"): ty}, "typed", ty)
        return self._from_blanket(ty, name, env, receiver)

    def _in_impls(
        self, key: Any, ty: Ty, name: str, env: Env, receiver: frozenset[str] | None
    ) -> Found | None:
        candidates: list[tuple[Impl, Definition, Substitution]] = []
        for entry in self._by_key.get(key, ()):
            member = entry.members.get(name)
            if member is None and entry.trait is not None:
                member = entry.trait.child(name)
            if member is None or not _callable(member, receiver):
                continue
            mapping: Substitution = {}
            if not match(entry.self_ty, ty, mapping, entry.definition):
                continue
            if entry.trait is None:
                if not entry.definition.active and candidates:
                    continue
                return Found(member, mapping, "typed", ty)
            if self.in_scope(entry.trait, env):
                candidates.append((entry, member, mapping))
        if not candidates:
            return None
        entry, member, mapping = next(
            (c for c in candidates if c[0].definition.active), candidates[0]
        )
        assert entry.trait is not None
        mapping.update(self._trait_mapping(entry.trait, entry.args, ty, ()))
        for own, arg in zip(generics_of(entry.trait).params, entry.args, strict=False):
            mapping[(entry.trait, own.name)] = substitute(arg, mapping)
        return Found(member, mapping, "typed", ty)

    def in_scope(self, trait: Definition, env: Env) -> bool:
        """Whether a trait's methods can be called at this place."""
        if env.trait is trait:
            return True
        if self.resolver.lexical(env.scope, trait.name, "types") is trait:
            return True
        module = env.scope.nearest_module
        for alias, uses in module.named.items():
            if alias == "_" or uses[0].path[-1][0] == trait.name:
                for use in uses:
                    if self.resolver.use_target(module, use, "types") is trait:
                        return True
        return False

    def _from_blanket(
        self, ty: Ty, name: str, env: Env, receiver: frozenset[str] | None
    ) -> Found | None:
        """A method of a trait that is implemented for every type with some bounds."""
        for trait in self._traits_with.get(name, ()):
            for entry in self._blanket.get(trait, ()):
                if entry.self_ty[0] != "P" or not self.in_scope(trait, env):
                    continue
                if not self._fits(entry, ty, env):
                    continue
                member = entry.members.get(name) or trait.child(name)
                if member is None or not _callable(member, receiver):
                    continue
                mapping = self._trait_mapping(trait, entry.args, ty, ())
                mapping[(entry.definition, entry.self_ty[2])] = ty
                return Found(member, mapping, "typed", ty)
        return None

    def _trait_mapping(
        self,
        trait: Definition,
        args: Iterable[Ty],
        self_ty: Ty,
        _bindings: tuple[tuple[str, Ty], ...],
    ) -> Substitution:
        mapping: Substitution = {
            (trait, p.name): a for p, a in zip(generics_of(trait).params, args, strict=False)
        }
        mapping[(trait, "Self")] = self_ty
        return mapping
