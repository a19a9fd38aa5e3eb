"""Methods, functions and constants looked up in impls, traits and bounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .impl_table import Impl
from .lower import Env, generics_of
from .projection import TYPE, UNKNOWNS, Projection
from .symbols import BLANKET, Definition
from .types import Shape, Substitution, Ty, key_of, known, match, substitute

_BY_VALUE: Final = frozenset(("self",))
_BY_REFERENCE: Final = frozenset(("&self", "&mut self"))
_BY_SHARED: Final = frozenset(("&self",))
_SHAPES: Final = frozenset(("F", "f", "t"))
_POINTERS: Final = {
    name: (frozenset((name,)), frozenset((f"&{name}",))) for name in ("Pin", "Box", "Rc", "Arc")
}
"""What ``self`` may be wrapped in, with the receivers that take it by value and by reference."""


def _callable(member: Definition, receiver: frozenset[str] | None) -> bool:
    """Whether a member can be meant: not a type, and with such a receiver where one is needed."""
    if receiver is None:
        return member.kind != "type"
    return member.kind == "method" and member.item is not None and receiver_of(member) in receiver


def _pointer(definition: Definition) -> tuple[frozenset[str], frozenset[str]] | None:
    """Of a smart pointer the receivers that take it, by value and by reference."""
    return _POINTERS.get(definition.name)


def receiver_of(method: Definition) -> str:
    """How a method takes ``self``: "self", "&self", "&mut self", "Pin", "&Arc", …; "" for none."""
    assert method.item is not None
    params, _, kind = method.item.detail[:3]
    if kind != "typed":
        return kind
    written: tuple[Any, ...] = params[0][1] if params else ("_",)
    prefix = ""
    if written[0] == "r":
        prefix, written = "&", written[1]
    if written[0] != "p" or not written[1]:
        return "?"
    name = written[1][-1][0]
    return f"{prefix}self" if name == "Self" else f"{prefix}{name}"


class Found:
    """A method, and what its owner's generic parameters stand for.

    ``several`` is its trait where a type has several impls of it, for several arguments.
    """

    __slots__ = ("definition", "mapping", "provenance", "receiver", "several")

    def __init__(
        self,
        definition: Definition,
        mapping: Substitution,
        provenance: str,
        receiver: Ty,
        several: Definition | None = None,
    ) -> None:
        self.several = several
        self.definition = definition
        self.mapping = mapping
        self.provenance = provenance
        self.receiver = receiver


class Impls(Projection):
    """Impls in which members are found as Rust finds them."""

    def associated(self, ty: Ty, name: str, env: Env) -> Found | None:
        """``Type::name``: an associated function or constant, without autoderef."""
        shape = known(ty)
        return None if shape is None else self._on(shape, name, env, None)

    def method(self, ty: Ty, name: str, env: Env) -> Found | None:
        """``receiver.name(…)``, probed in Rust's order.

        At each step of autoderef first the methods whose receiver has exactly the step's type,
        ``&self`` of what a reference points to among them, then those that borrow the step.
        """
        for step in self.autoderef(ty, env):
            tag: str = step[0]
            if tag in _SHAPES:
                found = self._only_trait(step, name, env)
                if found is not None:
                    return found
            found = self._on(step, name, env, _BY_VALUE)
            if found is not None:
                return found
            pointer = _pointer(step[1]) if tag == "A" else None
            if tag == "r":
                inner = known(step[1])
                if inner is not None and inner[0] == "proj":
                    inner = known(self.normalise(inner, env))
                if inner is not None:
                    receiver = _BY_SHARED if len(step) == 2 else _BY_REFERENCE
                    found = self._on(inner, name, env, receiver)
            if found is None and pointer is not None:
                found = self._behind(step, name, env, pointer[0])
            if found is None:
                found = self._on(step, name, env, _BY_REFERENCE)
            if found is None and pointer is not None:
                found = self._behind(step, name, env, pointer[1])
            if found is None and tag == "A":
                # A trait that is implemented for references borrows the step as well.
                key: Definition = step[1]
                found = self._in_impls(key, ("r", step), name, env, _BY_VALUE)
                if found is None:
                    found = self._in_impls(key, ("r", step, True), name, env, _BY_VALUE)
            if found is not None:
                return found
        return None

    def operator(
        self, ty: Ty, trait: Definition, name: str, operand: Ty, env: Env | None
    ) -> Found | None:
        """The method an operator on a type stands for; the trait need not be in scope.

        ``operand`` is the right side's type; where it leaves several impls open, nothing is found.
        """
        ty, operand = known(ty), known(operand)
        if ty is None or ty[0] in UNKNOWNS:
            return None
        fitting: list[tuple[Impl, Substitution]] = []
        key = key_of(ty)
        self.resolver.reads.note(key, name)
        for entry in self._by_key.get(key, ()):
            if entry.trait is not trait or not entry.definition.active:
                continue
            mapping: Substitution = {}
            if not match(entry.self_ty, ty, mapping, entry.definition):
                continue
            right = entry.args[0] if entry.args else None
            if right is None or match(right, operand, mapping, entry.definition):
                fitting.append((entry, mapping))
        if len(fitting) > 1 and operand is None:
            return None
        for entry, mapping in fitting:
            member = entry.members.get(name)
            if member is not None:
                return Found(member, mapping, "typed", ty)
        return None

    def trait_child(self, trait: Definition, name: str) -> Definition | None:
        """A function or constant of a trait or of one of its supertraits."""
        for bound in self.all_bounds([(trait, (), ())]):
            member = bound[0].child(name)
            if member is not None and member.kind != "type":
                return member
        return None

    def output(self, found: Found, name: str = "Output") -> Ty:
        """An associated type of the impl in which a method was found."""
        parent = found.definition.parent
        member = parent.child(name, TYPE) if parent is not None else None
        return self.member_type(member, found.mapping) if member is not None else None

    def in_scope(self, trait: Definition, env: Env) -> bool:
        """Whether a trait's methods can be called at this place."""
        if env.trait is trait:
            return True
        if self.resolver.lexical(env.scope, trait.name, "types") is trait:
            return True
        module = env.scope.nearest_module
        self.resolver.reads.note(module, "_")
        wanted = trait.name
        for alias, uses in module.named.items():
            if alias == "_" or uses[0].path[-1][0] == wanted:
                for use in uses:
                    if self.resolver.use_target(module, use, "types") is trait:
                        return True
        return False

    def _behind(self, ty: Ty, name: str, env: Env, receiver: frozenset[str]) -> Found | None:
        """A method that takes ``self: Pin<&mut Self>`` and the like, on what a pointer leads to."""
        steps = self.autoderef(ty, env)
        next(steps, None)
        for step in steps:
            found = self._on(step, name, env, receiver)
            if found is not None:
                return found
        return None

    def _only_trait(self, ty: Ty, name: str, env: Env) -> Found | None:
        """A method of a function item, a closure or a tuple.

        Such types have no methods of their own, and their impls are often generated where nobody
        sees: where a single trait in scope has the method, it is meant.
        """
        self.resolver.reads.note(BLANKET, name)
        traits = [
            trait
            for trait in self._traits_with.get(name, ())
            if (trait.crate.stored or self.implements(ty, trait, env)) and self.in_scope(trait, env)
        ]
        if len(traits) != 1 or not traits[0].crate.stored:
            return None
        member = traits[0].child(name)
        if member is None or member.kind != "method" or not receiver_of(member):
            return None
        return Found(member, self._trait_mapping(traits[0], (), ty, ()), "typed", ty)

    def _on(self, ty: Shape, name: str, env: Env, receiver: frozenset[str] | None) -> Found | None:
        """A member at exactly this type: inherent, of a bound, a trait impl or a blanket one."""
        tag: str = ty[0]
        if tag in UNKNOWNS:
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
        if isinstance(key, Definition):
            for trait, _ in self.derived(key):
                member = trait.child(name)
                if member is not None and _callable(member, receiver) and self.in_scope(trait, env):
                    return Found(member, {(trait, "Self"): ty}, "typed", ty)
        return self._from_blanket(ty, name, env, receiver)

    def _in_impls(
        self, key: Any, ty: Ty, name: str, env: Env, receiver: frozenset[str] | None
    ) -> Found | None:
        candidates: list[tuple[Impl, Definition, Substitution]] = []
        self.resolver.reads.note(key, name)
        for entry, member in self._named(key, name):
            if not _callable(member, receiver):
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
        rivals = sum(c[0].trait is entry.trait and c[0].definition.active for c in candidates)
        # An impl of `From` for a type of the standard library stands beside others unseen.
        several = rivals > 1 or (bool(entry.args) and not entry.trait.crate.stored)
        return Found(member, mapping, "typed", ty, entry.trait if several else None)

    def _named(self, key: Any, name: str) -> list[tuple[Impl, Definition]]:
        """The impls filed under a key that have a member of this name, or provide its default.

        Types such as ``Option`` have a hundred impls: they are not gone through for each call.
        """
        entries = self._by_key.get(key)
        if entries is None:
            return []
        count, names = self._members.get(key, (0, {}))
        if count != len(entries):
            names = {}
            self._members[key] = (len(entries), names)
        found = names.get(name)
        if found is None:
            found = names[name] = []
            for entry in entries:
                member = entry.members.get(name)
                if member is None and entry.trait is not None:
                    member = entry.trait.find(name)
                if member is not None:
                    found.append((entry, member))
        return found

    def _from_blanket(
        self, ty: Ty, name: str, env: Env, receiver: frozenset[str] | None
    ) -> Found | None:
        """A method of a trait that is implemented for every type with some bounds."""
        self.resolver.reads.note(BLANKET, name)
        for trait in self._traits_with.get(name, ()):
            for entry in self._blanket.get(trait, ()):
                member = entry.members.get(name) or trait.find(name)
                if member is None or not _callable(member, receiver):
                    continue
                given = self.blanket_self(entry, ty)
                if given is None or not self.in_scope(trait, env):
                    continue
                if not self.fits(entry, ty, env):
                    continue
                mapping = self._trait_mapping(trait, entry.args, ty, ())
                mapping.update(given)
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
