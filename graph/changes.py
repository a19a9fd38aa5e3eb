"""What an edit changes for the rest of the workspace: which lookups may now find something else.

An edited file is built again in place (`graph.build`). What others can see of its items before and
after is compared; a lookup is a name in a place (a scope, a type, a trait), and those whose answer
may differ are collected here, led on through imports, globs and impls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from ..parser.facts import Use
from .impl_table import Impl
from .impls import Impls
from .plan import link_root, own_definitions, structure_of
from .reach import Reach, is_header, names_of
from .resolve import NAMESPACES
from .rows import item_row_of
from .symbols import BLANKET, Definition, Part, Scope, place_hash, read_hash
from .types import Ty

_PLACES: Final = frozenset(("crate", "module"))
_OWNERS: Final = frozenset(("impl", "trait"))
_TYPES: Final = frozenset(("struct", "enum", "union", "trait", "type", "module"))


class Seen(NamedTuple):
    """A definition as it was, or is: what others see of it, and where it stands."""

    definition: Definition
    surface: tuple[Any, ...]
    hash: bytes
    parent: Definition | None
    module: Scope | None
    structure: tuple[tuple[bytes, str], ...]
    """(source, kind) of the edges that its place alone makes."""
    row: list[Any] | None
    """As in the ``items`` relation; None where it has none."""


def seen_in(part: Part) -> dict[bytes, Seen]:
    """The definitions of a file, its module included, by id."""
    module = part.module
    found = {
        module.id: Seen(
            module, (), part.unit.hash, module.parent, module.module,
            tuple(structure_of(module)), item_row_of(module),
        )
    }  # fmt: skip
    for d in part.definitions:
        digest = d.unit.hashes[d.index] if d.unit is not None else b""
        found[d.id] = Seen(
            d, surface_of(d), digest, d.parent, d.module, tuple(structure_of(d)), item_row_of(d)
        )
    return found


class UseSeen(NamedTuple):
    """An import as others see it."""

    scope: Scope
    path: tuple[str, ...]
    alias: str
    glob: bool
    visibility: str
    cfg: str


def surface_of(definition: Definition) -> tuple[Any, ...]:
    """What can be seen of a definition from outside its body, positions left out."""
    item = definition.item
    assert item is not None
    detail: Any = item.detail if item.kind in ("module", "macro") else None
    if item.kind in ("struct", "union", "variant"):
        detail = item.detail[:1]
    parent = definition.parent
    return (
        item.visibility, item.attrs, item.signature, detail, definition.active,
        parent.id if parent is not None else b"",
    )  # fmt: skip


def uses_of(part: Part) -> set[UseSeen]:
    """Every import of a file."""
    found: set[UseSeen] = set()
    for scope in part.scopes:
        uses = [use for bound in scope.named.values() for use in bound]
        for use in (*uses, *scope.globs):
            found.add(UseSeen(scope, names_of(use), use.alias, use.glob, use.visibility, use.cfg))
    return found


_Word: TypeAlias = tuple[str, Scope | None]
"""A name that heads may mention, and the body they stand in; None for heads anywhere."""


class Changes:
    """Lookups whose answers may differ."""

    def __init__(self, impls: Impls, reach: Reach, edited: Iterable[Part]) -> None:
        self.impls = impls
        self.reach = reach
        self.edited = set(edited)
        """Files whose imports may be others than when they were linked."""
        self.names: dict[Any, set[Any]] = {}
        self.whole: set[Any] = set()
        """Places any of whose names may be answered differently."""
        self._words: list[_Word] = []
        self._words_seen: set[_Word] = set()
        self._todo: list[tuple[Scope, str]] = []
        self._headers_seen: set[Definition] = set()
        self._heads: set[Definition] = set()
        """Impls and types whose heads mean something else now."""

    def touched(self) -> dict[Part, set[Definition] | None]:
        """The definitions, by file, that looked up anything that may have changed.

        None for all of a file, where that isn't known.
        """
        changed = {read_hash(place, name) for place, names in self.names.items() for name in names}
        changed.update([place_hash(place) for place in self.whole])
        parts = self.reach.readers(changed)
        parts.update([head.part for head in self._heads if head.part is not None])
        found: dict[Part, set[Definition] | None] = {}
        for part in parts:
            here = self._touched(part, changed) if part.is_linked else None
            if here is None or here:
                found[part] = here
        return found

    def _touched(self, part: Part, changed: set[int]) -> set[Definition]:
        found: set[Definition] = set()
        for definition in own_definitions(part):
            if link_root(definition) is not definition:
                continue
            reads, parent = definition.reads, definition.parent
            if (
                reads is None
                or not changed.isdisjoint(reads)
                or definition in self._heads
                # What stands in an impl or a trait rests on its head.
                or (
                    parent is not None and parent.kind not in _PLACES and link_root(parent) in found
                )
            ):
                found.add(definition)
        return found

    def forget_answers(self) -> None:
        """Drop what scopes keep of the names that may be answered differently."""
        for place, names in self.names.items():
            if isinstance(place, Scope):
                for name in names:
                    for namespace in NAMESPACES:
                        place.cache.pop((name, namespace), None)

    # -- collecting -------------------------------------------------------------------------

    def add(self, place: Any, name: Any) -> None:
        """A name in a place."""
        names = self.names.setdefault(place, set())
        if name not in names:
            names.add(name)
            if place.__class__ is Scope:
                self._todo.append((place, name))

    def add_word(self, word: str, place: Scope | None = None) -> None:
        """A name that heads of impls and traits may mention.

        Where it was bound in a body, ``place``, nobody outside of that sees it.
        """
        found = (word, place if place is not None and place.kind == "body" else None)
        if found not in self._words_seen:
            self._words_seen.add(found)
            self._words.append(found)

    def add_definition(self, seen: Seen) -> None:
        """A definition that came, went, or looks different from outside."""
        definition, parent = seen.definition, seen.parent
        kind, name = definition.kind, definition.name
        if kind == "impl":
            return  # judged by its header, with all others that may have changed
        where = parent.kind if parent is not None else ""
        if kind in _TYPES or kind == "macro":
            self.whole.add(definition)
            # Macros and what is associated with a type are reached from outside of their body.
            self.add_word(name, None if kind == "macro" or where in _OWNERS else seen.module)
        if where == "impl":
            assert parent is not None
            self._add_member(self.impls.filed(parent), name)
        elif where == "trait":
            assert parent is not None
            self.add(parent, name)
            self.add(BLANKET, name)
            for entry in self.impls.of_trait(parent):
                self._add_member(entry, name)
        elif where in ("struct", "union", "variant"):
            assert parent is not None
            self.add(parent, name)
            if name.isdigit():
                self._add_constructor(parent)
        elif kind == "variant":
            assert parent is not None
            self._add_constructor(definition)
        elif seen.module is not None:
            self.add(seen.module, name)

    def _add_constructor(self, definition: Definition) -> None:
        """What a tuple struct or a variant is as a value."""
        parent = definition.parent
        if definition.kind == "variant" and parent is not None:
            self.add(parent, definition.name)
            if parent.scope is not None:
                self.add(parent.scope, definition.name)
        elif definition.module is not None:
            self.add(definition.module, definition.name)

    def _add_member(self, entry: Impl | None, name: str) -> None:
        if entry is not None:
            self.add(entry.key, name)
            if entry.is_blanket:
                self.add(BLANKET, name)

    def add_impl(self, entry: Impl | None) -> None:
        """An impl that came, went, or is for something else: all its members."""
        if entry is None:
            return
        for name in entry.names():
            self._add_member(entry, name)
        if entry.trait is not None:
            self.add(entry.key, entry.trait)
            if entry.is_blanket:
                self.add(BLANKET, entry.trait)

    def add_use(self, use: UseSeen) -> None:
        """An import that came, went, or is another."""
        if use.glob:
            self.add_opened(use.scope)
            return
        self.add(use.scope, use.alias)
        if use.path:
            self.add(use.scope, use.path[-1])
        self.add_word(use.alias, use.scope)

    def add_opened(self, scope: Scope) -> None:
        """A scope whose globs open something else: any of its names, wherever it leads on."""
        todo = [scope]
        while todo:
            place = todo.pop()
            if place in self.whole:
                continue
            self.whole.add(place)
            for importer, name in self._importers_of(place):
                self.add(importer, name)
                self.add_word(name, importer)
            todo.extend(self.reach.globbers(place))

    def add_names_of(self, scopes: Iterable[Scope], place: Scope) -> None:
        """Whatever these scopes offer to a glob in ``place``: heads may mention any of it."""
        todo = list(scopes)
        seen = set(todo)
        for scope in todo:
            for name in (*scope.types, *scope.named):
                self.add_word(name, place)
            further = set(scope.opened.values()) - seen
            seen |= further
            todo.extend(further)

    def words(self) -> set[str]:
        """Names of types and imports that changed, so far; those bound in bodies left out."""
        return {word for word, place in self._words_seen if place is None}

    # -- consequences -----------------------------------------------------------------------

    def spread(self) -> None:
        """Follow changed names through imports, globs, and the heads of impls, to the end."""
        self.follow()
        while self._words:
            word, place = self._words.pop()
            for definition in self.reach.headers(word):
                if place is None or _is_around(place, definition.module):
                    self._recheck(definition)
            self.follow()

    def follow(self) -> None:
        """Follow changed names through imports and globs."""
        while self._todo:
            scope, name = self._todo.pop()
            for place, use in self.reach.imports(name):
                if self._leads_through(place, use, scope, name):
                    self.add(place, use.alias)
                    self.add(place, use.path[-1][0])
                    self.add_word(use.alias, place)
            for place in self.reach.globbers(scope):
                self.add(place, name)

    def _leads_through(self, place: Scope, use: Use, scope: Scope, name: str) -> bool:
        """Whether an import looks for a name in a scope."""
        resolver = self.impls.resolver
        for at, segment in enumerate(use.path):
            if segment[0] != name:
                continue
            if at == 0:
                if _is_around(scope, place):
                    return True
                continue
            before = resolver.path_definition(place, use.path[:at], "types", importing=True)
            if before is None or before.scope is scope or before.scope is None:
                return True
        return False

    def _importers_of(self, scope: Scope) -> list[tuple[Scope, str]]:
        """Every import that takes something out of a scope: where it stands and what it binds."""
        found: list[tuple[Scope, str]] = []
        resolver = self.impls.resolver
        # Whoever imports from a scope was linked, and looked something up in it.
        for part in self.reach.readers_of_place(scope) | self.edited:
            for place in part.scopes:
                for alias, uses in place.named.items():
                    for use in uses:
                        steps = resolver.walk(place, use.path, "types", importing=True)
                        if any(s is not None and s.scope is scope for s in steps[:-1]):
                            found.append((place, alias))
        return found

    def _recheck(self, definition: Definition) -> None:
        """Look again at a head that mentions a changed name."""
        if definition in self._headers_seen:
            return
        self._headers_seen.add(definition)
        derives = self.impls.forget_derives(definition)
        if derives is not None and self.impls.derived(definition) != derives:
            self.whole.add(definition)
            self._heads.add(definition)
        if definition.kind == "impl":
            self.refile(definition)
            return
        if not is_header(definition):
            return
        forget(definition)
        if definition.kind == "trait":
            self.whole.add(definition)
        else:
            self.add_definition(
                Seen(definition, (), b"", definition.parent, definition.module, (), None)
            )

    def refile(self, definition: Definition) -> None:
        """Lower an impl's head again; where it means something else its members are changed."""
        old = self.impls.filed(definition)
        forget(definition)
        new = self.impls.entry(definition) if definition.item is not None else None
        self.impls.remove_impl(definition)
        if new is not None:
            self.impls.file(new)
        if old is None and new is None:
            return
        if old is None or new is None or not same_head(old, new):
            self._heads.add(definition)
            self.add_impl(old)
            self.add_impl(new)


def _is_around(scope: Scope, inner: Scope | None) -> bool:
    """Whether one scope is another or stands around it."""
    while inner is not None:
        if inner is scope:
            return True
        inner = inner.outer
    return False


def forget(definition: Definition) -> None:
    """Drop what was memoised of a definition and of what stands in it."""
    definition.env = definition.memo = None
    for child in definition.children:
        if child.opens is None and child.kind != "module":
            forget(child)


def same_head(left: Impl, right: Impl) -> bool:
    """Whether two entries of an impl are for the same type and trait."""
    return (
        left.trait is right.trait
        and left.key == right.key
        and _same(left.self_ty, right.self_ty)
        and _same(left.args, right.args)
        and left.definition is right.definition
    )


def _same(left: Ty, right: Ty) -> bool:
    """Equality; types hold definitions, which are equal only to themselves."""
    return left == right
