"""Impl blocks, filed by the type they are for; methods and associated types looked up in them."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Iterable, Iterator
from typing import Any

from .lower import Bound, Env, Lowering, generics_of
from .resolve import Resolver
from .symbols import BLANKET, Crate, Definition, Order, order_of
from .types import Substitution, Ty, Var, is_projection, key_of, known, match, shallow, substitute

_TYPE = frozenset(("type",))
_METHOD = frozenset(("method",))
_AUTODEREF_STEPS = 8
_LONGEST_PROOF = 64
"""Blanket impls that each hold if the next one does; each takes a few levels of the call stack."""
_PROJECTION_DEPTH = 6
"""Blanket impls may define an associated type by another's, which may come back to the first."""
_DERIVE = re.compile(r"^(?:derive|cfg_attr\s*\(.*?,\s*derive)\s*\((?P<list>.*)\)\)?$", re.DOTALL)


_BY_VALUE = frozenset(("self",))
_BY_REFERENCE = frozenset(("&self", "&mut self"))
_FUNCTIONS = frozenset(("F", "f", "P", "D", "proj"))
"""What may be called, as far as its shape tells."""

_FN_TRAITS = frozenset(("Fn", "FnMut", "FnOnce"))
_AUTO = frozenset(("Send", "Sync", "Sized", "Unpin"))
"""Traits of the standard library that types have without an impl."""

_SHAPES = frozenset(("F", "f", "t"))
_BY_SHARED = frozenset(("&self",))
_POINTERS = {
    name: (frozenset((name,)), frozenset((f"&{name}",))) for name in ("Pin", "Box", "Rc", "Arc")
}
"""What ``self`` may be wrapped in, with the receivers that take it by value and by reference."""


def _callable(member: Definition, receiver: frozenset[str] | None) -> bool:
    """Whether a member can be meant: not a type, and with such a receiver where one is needed."""
    if receiver is None:
        return member.kind != "type"
    return member.kind == "method" and member.item is not None and receiver_of(member) in receiver


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


class Impl:
    """One impl block with its header lowered."""

    __slots__ = ("args", "definition", "key", "members", "order", "self_ty", "trait")

    def __init__(
        self, definition: Definition, self_ty: Ty, trait: Definition | None, args: tuple[Ty, ...]
    ) -> None:
        self.definition = definition
        self.self_ty = self_ty
        self.trait = trait
        self.args = args
        self.key: Any = key_of(self_ty)
        """What it is filed under; None where the type isn't known."""
        self.order = order_of(definition)
        members: dict[str, Definition] = {}
        for child in definition.children:
            known_member = members.get(child.name)
            if known_member is None or (child.active and not known_member.active):
                members[child.name] = child
        self.members = members

    @property
    def is_blanket(self) -> bool:
        """Whether it is for every type that fulfils some bounds."""
        return self.key == "P" and self.trait is not None

    def names(self) -> set[str]:
        """The members it gives its type, the trait's own included."""
        names = set(self.members)
        if self.trait is not None:
            names.update(child.name for child in self.trait.children)
        return names


def _order(entry: Impl) -> Order:
    return entry.order


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


class Impls(Lowering):
    """Lowering that also knows impls, and so can find members and project associated types."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._by_key: dict[Any, list[Impl]] = {}
        self._by_trait: dict[Definition, list[Impl]] = {}
        self._blanket: dict[Definition, list[Impl]] = {}
        self._members: dict[Any, tuple[int, dict[str, list[tuple[Impl, Definition]]]]] = {}
        """What `_named` found, with how many impls the key had then."""
        self._traits_with: dict[str, list[Definition]] = {}
        self._derived: dict[Definition, list[tuple[Definition, int]]] = {}
        self._entries: dict[Definition, Impl] = {}
        self._lang: dict[str, Definition | None] = {}
        self._projecting = 0
        self._checking: set[tuple[Any, Definition]] = set()

    # -- filling --------------------------------------------------------------------------

    def fork(self) -> Impls:
        """A copy to add crates to; definitions are shared, and so is what is memoised on them."""
        copy = Impls(self.resolver)
        copy._entries = dict(self._entries)
        for name in ("_by_key", "_by_trait", "_blanket", "_traits_with"):
            copied = {key: list(entries) for key, entries in getattr(self, name).items()}
            setattr(copy, name, copied)
        copy._derived = dict(self._derived)
        copy._lang = self._lang
        return copy

    def add_crate(self, crate: Crate) -> None:
        """File every impl, trait and derive of a crate. All crates' scopes must stand already."""
        for definition in crate.definitions():
            self.add(definition)

    def add(self, definition: Definition) -> Impl | None:
        """File an impl or a trait; of other definitions nothing is kept."""
        if definition.kind == "impl":
            entry = self.entry(definition)
            if entry is not None:
                self.file(entry)
            return entry
        if definition.kind == "trait":
            for child in definition.children:
                if child.kind == "method":
                    traits = self._traits_with.setdefault(child.name, [])
                    if definition not in traits:
                        insort(traits, definition, key=order_of)
        return None

    def filed(self, definition: Definition) -> Impl | None:
        """The entry of an impl, as it was filed."""
        return self._entries.get(definition)

    def of_trait(self, trait: Definition) -> list[Impl]:
        """Every impl of a trait."""
        return self._by_trait.get(trait, [])

    def remove_impl(self, definition: Definition) -> None:
        """Take an impl out."""
        entry = self._entries.pop(definition, None)
        if entry is None:
            return
        self._by_key[entry.key].remove(entry)
        self._members.pop(entry.key, None)
        if entry.trait is not None:
            self._by_trait[entry.trait].remove(entry)
            if entry.is_blanket:
                self._blanket[entry.trait].remove(entry)

    def remove_trait(self, definition: Definition, methods: Iterable[str]) -> None:
        """Take a trait out of the lists of these methods' traits."""
        for name in methods:
            traits = self._traits_with.get(name)
            if traits is not None and definition in traits:
                traits.remove(definition)
        self._members.clear()  # its defaults are members of whatever implements it

    def forget_derives(self, definition: Definition) -> list[tuple[Definition, int]] | None:
        """Forget what a type derives; gives what was known."""
        return self._derived.pop(definition, None)

    def file(self, entry: Impl) -> None:
        """Put an entry where lookups find it, in the order of the source."""
        self._entries[entry.definition] = entry
        self._members.pop(entry.key, None)
        insort(self._by_key.setdefault(entry.key, []), entry, key=_order)
        if entry.trait is not None:
            insort(self._by_trait.setdefault(entry.trait, []), entry, key=_order)
            if entry.is_blanket:
                insort(self._blanket.setdefault(entry.trait, []), entry, key=_order)

    def entry(self, definition: Definition) -> Impl | None:
        """An impl with its header lowered; None where its trait or type isn't known."""
        item = definition.item
        assert item is not None
        path, _self, negative = item.detail[:3]
        if negative:
            return None
        env = self.env(definition)
        trait: Definition | None = None
        args: tuple[Ty, ...] = ()
        if path is not None:
            bound = self.bound(env, ("p", path))
            if bound is None:
                return None  # a trait nobody knows: its methods can't be told from inherent ones
            trait, args = bound[0], bound[1]
        entry = Impl(definition, env.self_ty, trait, args)
        return entry if entry.key is not None else None

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
        if not trait.crate.stored:
            if trait.name in _AUTO:
                return True
            if trait.name in _FN_TRAITS and ty[0] in ("F", "f"):
                return True
        if ty[0] in ("P", "proj", "D"):
            if any(bound[0] is trait for bound in self.bounds_of(ty, env)):
                return True
        else:
            key = key_of(ty)
            self.resolver.reads.note(key, trait)
            for entry in self._by_key.get(key, ()):
                if entry.trait is trait and match(entry.self_ty, ty, {}, entry.definition):
                    return True
            if key.__class__ is Definition and any(t is trait for t, _ in self.derived(key)):
                return True
        self.resolver.reads.note(BLANKET, trait)
        guard = (key_of(ty), trait)
        if guard in self._checking or len(self._checking) > _LONGEST_PROOF:
            return False
        self._checking.add(guard)
        try:
            return any(self._fits(entry, ty, env) for entry in self._blanket.get(trait, ()))
        finally:
            self._checking.discard(guard)

    def _fits(self, entry: Impl, ty: Ty, env: Env | None) -> bool:
        """Whether a blanket impl's bounds hold for a type."""
        pattern = entry.self_ty
        while pattern[0] == "r" and ty is not None and ty[0] == "r":
            pattern, ty = known(pattern[1]), known(ty[1])
        if pattern is None or pattern[0] != "P":
            return match(entry.self_ty, ty, {}, entry.definition)
        if self._wants_function(entry.definition, pattern[2]) and ty is not None:
            return ty[0] in _FUNCTIONS
        return all(self.implements(ty, bound[0], env) for bound in self.bounds_of(pattern))

    def _wants_function(self, impl: Definition, name: str) -> bool:
        """Whether an impl asks ``&mut T: FnMut(…)`` of its parameter."""
        for left, bounds in generics_of(impl).where:
            if left[0] != "r" or left[1][0] != "p" or left[1][1][0][0] != name:
                continue
            if any(b[0] == "p" and b[1][-1][0] in _FN_TRAITS for b in bounds):
                return True
        return False

    # -- associated types -----------------------------------------------------------------

    def project(self, base: Ty, trait: Definition | None, name: str, env: Env | None) -> Ty:
        """``<base as trait>::name``: from bounds, else from the impls of the base."""
        base = shallow(base)
        if base is None or base.__class__ is Var or base[0] in ("P", "proj", "D"):
            found = super().project(base, trait, name, env)
            if not is_projection(found) or base is None or base.__class__ is Var:
                return found
            if any(bound[0] is found[2] for bound in self.bounds_of(base, env)):
                return found  # what is asked of a parameter is all that is known of it
            through = self._project_blanket(base, found[2], name, env)
            return found if through is None else through
        if base[0] == "f" and name == "Output":
            return base[2]
        if base[0] == "fut" and name == "Output":
            return base[1]
        if base[0] == "r" and name == "Target":
            return base[1]
        self.resolver.reads.note(key_of(base), name)
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
            self.resolver.reads.note(BLANKET, name)
            # Of several the first in the source, in whatever order they were filed.
            trait = min(
                (
                    t
                    for t in self._blanket
                    if t.child(name, _TYPE) is not None and self.implements(base, t, env)
                ),
                key=order_of,
                default=None,
            )
        return self._project_blanket(base, trait, name, env) if trait is not None else None

    def impl_trait(self, definition: Definition) -> Definition | None:
        """The trait of the impl that a definition is, or stands in."""
        owner: Definition | None = definition
        while owner is not None and owner.kind != "impl":
            owner = owner.parent
        if owner is None or owner.item is None or owner.item.detail[0] is None:
            return None
        return self.trait_of(self.env(owner), owner.item.detail[0])

    def projected_trait(self, base: Ty, name: str) -> Definition | None:
        """The trait whose impl for a type defines an associated type of this name."""
        for entry in self._by_key.get(key_of(base), ()):
            if entry.trait is None:
                continue
            member = entry.members.get(name)
            if member is None or member.kind != "type":
                continue
            if match(entry.self_ty, base, {}, entry.definition):
                return entry.trait
        return None

    def _project_blanket(
        self, base: Ty, trait: Definition | None, name: str, env: Env | None
    ) -> Ty:
        if trait is None or self._projecting > _PROJECTION_DEPTH:
            return None
        self._projecting += 1
        self.resolver.reads.note(BLANKET, name)
        try:
            fitting: list[tuple[Definition, Substitution]] = []
            for entry in self._blanket.get(trait, ()):
                member = entry.members.get(name)
                if member is None or member.kind != "type":
                    continue
                mapping = self._blanket_self(entry, base)
                if mapping is not None and self._fits(entry, base, env):
                    fitting.append((member, mapping))
            if len(fitting) > 1:
                return ("proj", base, trait, name)  # which one is meant, their arguments tell
            return self._member_type(*fitting[0]) if fitting else None
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
            found: Any = self.project(base, ty[2], ty[3], env)
            if is_projection(found):
                return found
            return found if found is None else self.normalise(found, env, depth + 1)
        if tag == "A" and ty[2]:
            args = tuple([self.normalise(a, env, depth + 1) for a in ty[2]])
            return ("A", ty[1], args)
        if tag in ("r", "*", "s", "a", "fut"):
            return (tag, self.normalise(ty[1], env, depth + 1), *ty[2:])
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
            if step[0] in _SHAPES:
                found = self._only_trait(step, name, env)
                if found is not None:
                    return found
            found = self._on(step, name, env, _BY_VALUE)
            pointer = _POINTERS.get(step[1].name) if step[0] == "A" else None
            if found is None and step[0] == "r":
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
            if found is None and step[0] == "A":
                # A trait that is implemented for references borrows the step as well.
                found = self._in_impls(step[1], ("r", step), name, env, _BY_VALUE)
                if found is None:
                    found = self._in_impls(step[1], ("r", step, True), name, env, _BY_VALUE)
            if found is not None:
                return found
        return None

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

    def operator(
        self, ty: Ty, trait: Definition, name: str, operand: Ty, env: Env | None
    ) -> Found | None:
        """The method an operator on a type stands for; the trait need not be in scope.

        ``operand`` is the right side's type; where it leaves several impls open, nothing is found.
        """
        ty, operand = known(ty), known(operand)
        if ty is None or ty[0] in ("P", "proj", "D"):
            return None
        fitting: list[tuple[Impl, Substitution]] = []
        self.resolver.reads.note(key_of(ty), name)
        for entry in self._by_key.get(key_of(ty), ()):
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
        member = parent.child(name, _TYPE) if parent is not None else None
        return self._member_type(member, found.mapping) if member is not None else None

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

    def in_scope(self, trait: Definition, env: Env) -> bool:
        """Whether a trait's methods can be called at this place."""
        if env.trait is trait:
            return True
        if self.resolver.lexical(env.scope, trait.name, "types") is trait:
            return True
        module = env.scope.nearest_module
        self.resolver.reads.note(module, "_")
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
        self.resolver.reads.note(BLANKET, name)
        for trait in self._traits_with.get(name, ()):
            for entry in self._blanket.get(trait, ()):
                member = entry.members.get(name) or trait.find(name)
                if member is None or not _callable(member, receiver):
                    continue
                given = self._blanket_self(entry, ty)
                if given is None or not self.in_scope(trait, env):
                    continue
                if not self._fits(entry, ty, env):
                    continue
                mapping = self._trait_mapping(trait, entry.args, ty, ())
                mapping.update(given)
                return Found(member, mapping, "typed", ty)
        return None

    def _blanket_self(self, entry: Impl, ty: Ty) -> Substitution | None:
        """What the parameter of ``impl<T> … for T``, or for ``&T``, stands for."""
        pattern = entry.self_ty
        if pattern[0] == "P":
            return {(entry.definition, pattern[2]): ty}
        mapping: Substitution = {}
        return mapping if match(pattern, ty, mapping, entry.definition) else None

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
