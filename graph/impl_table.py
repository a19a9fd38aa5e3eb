"""Impl blocks, filed by the type they are for."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Iterable
from typing import Any, Final, Self

from .lower import Lowering
from .resolve import Resolver
from .symbols import Crate, Definition, Order, order_of
from .types import Ty, key_of

_DERIVE: Final = re.compile(
    r"^(?:derive|cfg_attr\s*\(.*?,\s*derive)\s*\((?P<list>.*)\)\)?$", re.DOTALL
)


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


class ImplTable(Lowering):
    """Lowering that also knows which impls and derives there are."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._by_key: dict[Any, list[Impl]] = {}
        self._by_trait: dict[Definition, list[Impl]] = {}
        self._blanket: dict[Definition, list[Impl]] = {}
        self._members: dict[Any, tuple[int, dict[str, list[tuple[Impl, Definition]]]]] = {}
        """Members by key and name, as far as they were asked for, with how many impls the key had
        then."""
        self._traits_with: dict[str, list[Definition]] = {}
        self._derived: dict[Definition, list[tuple[Definition, int]]] = {}
        self._entries: dict[Definition, Impl] = {}
        self._lang: dict[str, Definition | None] = {}

    def fork(self) -> Self:
        """A copy to add crates to; definitions are shared, and so is what is memoised on them."""
        copy = type(self)(self.resolver)
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
