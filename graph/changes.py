"""What an edit changes for the rest of the workspace: which lookups may now find something else.

An edited file is built again in place (`graph.build`). What others can see of its items before and
after is compared; a lookup is a name in a place (a scope, a type, a trait), and those whose answer
may differ are collected here, led on through imports, globs and impls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..parser.facts import Use
from .impl_table import Impl
from .impls import Impls
from .plan import structure_of
from .rows import item_row_of
from .symbols import BLANKET, Crate, Definition, Part, Scope
from .types import Ty

_WORD = re.compile(r"[^\W\d]\w*")
_TYPES = frozenset(("struct", "enum", "union", "trait", "type", "module"))
_HEADED = frozenset(
    ("impl", "trait", "type", "function", "method", "field", "const", "static", "variant")
)


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


def names_of(use: Use) -> tuple[str, ...]:
    """The names along an import's path."""
    return tuple([segment[0] for segment in use.path])


class PartIndex:
    """A file's imports by the names on their paths, and its headers by the words in them."""

    __slots__ = ("calls", "globs", "headers", "imports")

    def __init__(self, part: Part) -> None:
        self.imports: dict[str, list[tuple[Scope, Use]]] = {}
        self.globs: set[str] = set()
        """The names on the paths of globs."""
        self.calls = {call.path[-1][0] for call in part.unit.facts.macros if call.path}
        """The macros called among the file's items."""
        for scope in part.scopes:
            for use in scope.globs:
                self.globs.update(names_of(use))
            for bound in scope.named.values():
                for use in bound:
                    for name in dict.fromkeys(names_of(use)):
                        self.imports.setdefault(name, []).append((scope, use))
        self.headers: dict[str, list[Definition]] = {}
        for definition in part.definitions:
            item = definition.item
            if item is None:
                continue
            text = item.signature if _is_header(definition) else ""
            derives = [a for a in item.attrs if "derive" in a]
            if text or derives:
                for word in dict.fromkeys(_WORD.findall(" ".join((text, *derives)))):
                    self.headers.setdefault(word, []).append(definition)


def _is_header(definition: Definition) -> bool:
    """Whether something of a definition's head is memoised: impls, bounds, declared types."""
    item = definition.item
    assert item is not None
    return item.kind in _HEADED or bool(item.generics.params or item.generics.where)


class Changes:
    """Lookups whose answers may differ."""

    def __init__(self, crates: Iterable[Crate], impls: Impls, index: dict[Part, PartIndex]) -> None:
        self.crates = list(crates)
        self.impls = impls
        self.index = index
        self.names: dict[Any, set[Any]] = {}
        self.whole: set[Any] = set()
        """Places any of whose names may be answered differently."""
        self._words: list[str] = []
        self._words_seen: set[str] = set()
        self._todo: list[tuple[Scope, str]] = []
        self._globs: dict[Scope, list[Scope]] | None = None
        self._headers_seen: set[Definition] = set()
        self.forgotten: set[Definition] = set()
        """Definitions of edited files of which something was memoised: others may rest on it."""

    def __bool__(self) -> bool:
        return bool(self.names or self.whole)

    def touch(self, part: Part) -> bool:
        """Whether a file looked up anything that may have changed."""
        reads = part.reads
        if reads is None:
            return True
        for place, names in self.names.items():
            read = reads.get(place)
            if read is not None and not names.isdisjoint(read):
                return True
        return not self.whole.isdisjoint(reads)

    # -- collecting -------------------------------------------------------------------------

    def add(self, place: Any, name: Any) -> None:
        """A name in a place."""
        names = self.names.setdefault(place, set())
        if name not in names:
            names.add(name)
            if place.__class__ is Scope:
                self._todo.append((place, name))

    def add_word(self, word: str) -> None:
        """A name that heads of impls and traits may mention."""
        if word not in self._words_seen:
            self._words_seen.add(word)
            self._words.append(word)

    def add_definition(self, seen: Seen) -> None:
        """A definition that came, went, or looks different from outside."""
        definition, parent = seen.definition, seen.parent
        kind, name = definition.kind, definition.name
        if kind == "impl":
            return  # judged by its header, with all others that may have changed
        if kind in _TYPES or kind == "macro":
            self.whole.add(definition)
            self.add_word(name)
        where = parent.kind if parent is not None else ""
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
        self.add_word(use.alias)

    def add_opened(self, scope: Scope) -> None:
        """A scope whose globs open something else: any of its names, wherever it leads on."""
        self._globs = None
        todo = [scope]
        while todo:
            place = todo.pop()
            if place in self.whole:
                continue
            self.whole.add(place)
            for importer, name in self._importers_of(place):
                self.add(importer, name)
                self.add_word(name)
            todo.extend(self._globbers(place))

    def add_names_of(self, scopes: Iterable[Scope]) -> None:
        """Whatever these scopes offer to a glob: heads may mention any of it."""
        todo = list(scopes)
        seen = set(todo)
        for scope in todo:
            for name in (*scope.types, *scope.named):
                self.add_word(name)
            further = set(scope.opened.values()) - seen
            seen |= further
            todo.extend(further)

    def words(self) -> set[str]:
        """Names of types and imports that changed, so far."""
        return self._words_seen

    def parts(self) -> Iterable[Part]:
        """Every file of the workspace's crates."""
        for crate in self.crates:
            yield from crate.parts.values()

    def of(self, part: Part) -> PartIndex:
        """A file's index, made when it is first asked for."""
        found = self.index.get(part)
        if found is None:
            found = self.index[part] = PartIndex(part)
        return found

    # -- consequences -----------------------------------------------------------------------

    def spread(self) -> None:
        """Follow changed names through imports, globs, and the heads of impls, to the end."""
        while self._todo or self._words:
            while self._todo:
                scope, name = self._todo.pop()
                for part in self.parts():
                    for place, use in self.of(part).imports.get(name, ()):
                        if self._leads_through(place, use, scope, name):
                            self.add(place, use.alias)
                            self.add(place, use.path[-1][0])
                            self.add_word(use.alias)
                for place in self._globbers(scope):
                    self.add(place, name)
            while self._words:
                word = self._words.pop()
                for part in self.parts():
                    for definition in self.of(part).headers.get(word, ()):
                        self._recheck(definition)

    def _globbers(self, scope: Scope) -> list[Scope]:
        """The scopes that a glob opens this one in."""
        if self._globs is None:
            self._globs = {}
            for part in self.parts():
                for inner in part.scopes:
                    for opened in inner.opened.values():
                        self._globs.setdefault(opened, []).append(inner)
        return self._globs.get(scope, [])

    def _leads_through(self, place: Scope, use: Use, scope: Scope, name: str) -> bool:
        """Whether an import looks for a name in a scope."""
        resolver = self.impls.resolver
        for at, segment in enumerate(use.path):
            if segment[0] != name:
                continue
            if at == 0:
                around: Scope | None = place
                while around is not None:
                    if around is scope:
                        return True
                    around = around.outer
                continue
            before = resolver.path_definition(place, use.path[:at], "types", importing=True)
            if before is None or before.scope is scope or before.scope is None:
                return True
        return False

    def _importers_of(self, scope: Scope) -> list[tuple[Scope, str]]:
        """Every import that takes something out of a scope: where it stands and what it binds."""
        found: list[tuple[Scope, str]] = []
        resolver = self.impls.resolver
        for part in self.parts():
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
        if definition.kind == "impl":
            self.refile(definition)
            return
        if not _is_header(definition):
            return
        had = bool(definition.memo) or definition in self.forgotten
        forget(definition)
        if definition.kind == "trait":
            if had:
                self.whole.add(definition)
        elif had or definition.kind == "type":
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
        if old is None or new is None or not same_head(old, new):
            self.add_impl(old)
            self.add_impl(new)


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
