"""Which files a changed name may concern: by what they import, mention and look up.

Kept from one edit to the next and corrected file by file, so that following a change costs what it
reaches, not what the workspace holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ..parser.facts import Use
from .plan import own_definitions
from .symbols import Crate, Definition, Part, Scope, place_hash

_WORD: Final = re.compile(r"[^\W\d]\w*")
_HEADED: Final = frozenset(
    ("impl", "trait", "type", "function", "method", "field", "const", "static", "variant")
)


def names_of(use: Use) -> tuple[str, ...]:
    """The names along an import's path."""
    return tuple([segment[0] for segment in use.path])


def is_header(definition: Definition) -> bool:
    """Whether something of a definition's head is memoised: impls, bounds, declared types."""
    item = definition.item
    assert item is not None
    return item.kind in _HEADED or bool(item.generics.params or item.generics.where)


class PartIndex:
    """A file's imports by the names on their paths, and its headers by the words in them."""

    __slots__ = ("calls", "globs", "headers", "imports")

    def __init__(self, part: Part) -> None:
        self.imports: dict[str, list[tuple[Scope, Use]]] = {}
        self.globs: set[str] = set()
        """The names on the paths of globs."""
        facts = part.unit.facts
        self.calls = {call.path[-1][0] for call in facts.macros if call.path}
        self.calls |= {made.path[-1][0] for made in facts.generated if made.path}
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
            text = item.signature if is_header(definition) else ""
            derives = [a for a in item.attrs if "derive" in a]
            if text or derives:
                for word in dict.fromkeys(_WORD.findall(" ".join((text, *derives)))):
                    self.headers.setdefault(word, []).append(definition)


_Parts = dict[str, list[Part]]


class Reach:
    """Files by what could concern them."""

    def __init__(self, crates: Iterable[Crate]) -> None:
        self._crates = list(crates)
        self.is_complete = False
        """Whether every file is taken in; before that nothing can be asked."""
        self._of: dict[Part, PartIndex] = {}
        self._importing: _Parts = {}
        self._globbing: _Parts = {}
        self._calling: _Parts = {}
        self._mentioning: _Parts = {}
        self._readers: dict[int, Part | list[Part]] = {}
        """Who looked something up, by the hashes kept in `Definition.reads`. Files that did once
        and don't any more may be among them."""
        self._globbers: dict[Scope, list[Scope]] = {}
        self._opened: dict[Scope, tuple[Scope, ...]] = {}
        """What the globs of a scope open, as far as ``_globbers`` knows."""
        self.unlinked: set[Part] = set()
        """Files of which it isn't known what they look up."""

    # -- keeping up -------------------------------------------------------------------------

    def parts(self) -> Iterable[Part]:
        """Every file of the workspace's crates."""
        for crate in self._crates:
            yield from crate.parts.values()

    def complete(self) -> None:
        """Take in every file that isn't yet."""
        if not self.is_complete:
            for part in self.parts():
                self.add(part)
            self.is_complete = True

    def add(self, part: Part) -> None:
        """Take in a file."""
        if part in self._of:
            return
        index = self._of[part] = PartIndex(part)
        for table, names in self._tables(index):
            for name in names:
                table.setdefault(name, []).append(part)
        self.open(part.scopes)
        if part.is_linked:
            self.read(part, reads_of(own_definitions(part)))
        else:
            self.unlinked.add(part)

    def renew(self, part: Part, scopes: Iterable[Scope]) -> None:
        """A file was built again; ``scopes`` are those it had."""
        old = self._of.get(part)
        if old is None:
            if self.is_complete:
                self.add(part)
            return
        new = self._of[part] = PartIndex(part)
        for (table, names), (_, before) in zip(self._tables(new), self._tables(old), strict=True):
            for name in before:
                if name not in names:
                    table[name].remove(part)
            for name in names:
                if name not in before:
                    table.setdefault(name, []).append(part)
        self.open(scopes)
        self.open(part.scopes)

    def remove(self, part: Part) -> None:
        """A file is no part of its crate any more."""
        old = self._of.pop(part, None)
        if old is None:
            return
        for table, names in self._tables(old):
            for name in names:
                table[name].remove(part)
        for scope in part.scopes:
            self._open(scope, ())
        self.unlinked.discard(part)
        for read in reads_of(own_definitions(part)):
            readers = self._readers.get(read)
            if readers is part:
                del self._readers[read]
            elif isinstance(readers, list) and part in readers:
                readers.remove(part)

    def open(self, scopes: Iterable[Scope]) -> None:
        """Note what the globs of scopes open now."""
        for scope in scopes:
            if scope.opened or scope in self._opened:
                self._open(scope, tuple(scope.opened.values()))

    def _open(self, scope: Scope, opened: tuple[Scope, ...]) -> None:
        before = self._opened.pop(scope, ())
        if opened:
            self._opened[scope] = opened
        if opened == before:
            return
        for target in before:
            self._globbers[target].remove(scope)
        for target in opened:
            self._globbers.setdefault(target, []).append(scope)

    def read(self, part: Part, reads: Iterable[int]) -> None:
        """A file looked these up, which it did not when it was linked before."""
        readers = self._readers
        for read in reads:
            known = readers.get(read)
            if known is None:
                readers[read] = part
            elif isinstance(known, list):
                if part not in known:
                    known.append(part)
            elif known is not part:
                readers[read] = [known, part]

    def linked(self, part: Part, before: set[int]) -> None:
        """A file was linked again, in which ``before`` had been looked up."""
        if part not in self._of or not part.is_linked:
            return
        if part in self.unlinked:
            self.unlinked.discard(part)
            before = set()
        self.read(part, reads_of(own_definitions(part)) - before)

    def _tables(self, index: PartIndex) -> tuple[tuple[_Parts, Any], ...]:
        return (
            (self._importing, index.imports),
            (self._globbing, index.globs),
            (self._calling, index.calls),
            (self._mentioning, index.headers),
        )

    # -- asking -----------------------------------------------------------------------------

    def imports(self, name: str) -> list[tuple[Scope, Use]]:
        """The imports with a name on their path, and where they stand."""
        found: list[tuple[Scope, Use]] = []
        for part in self._importing.get(name, ()):
            found += self._of[part].imports[name]
        return found

    def headers(self, word: str) -> list[Definition]:
        """The definitions whose heads mention a word."""
        found: list[Definition] = []
        for part in self._mentioning.get(word, ()):
            found += self._of[part].headers[word]
        return found

    def is_globbed(self, words: Iterable[str]) -> bool:
        """Whether a glob has any of these names on its path."""
        return any(self._globbing.get(word) for word in words)

    def callers(self, name: str) -> list[Part]:
        """The files that call a macro of this name among their items."""
        return self._calling.get(name, [])

    def globbers(self, scope: Scope) -> list[Scope]:
        """The scopes that a glob opens this one in."""
        return self._globbers.get(scope, [])

    def readers(self, reads: Iterable[int]) -> set[Part]:
        """The files that may have looked up any of these, by their hashes."""
        found = set(self.unlinked)
        for read in reads:
            readers = self._readers.get(read)
            if isinstance(readers, list):
                found.update(readers)
            elif readers is not None:
                found.add(readers)
        return {part for part in found if part in self._of}

    def readers_of_place(self, place: Any) -> set[Part]:
        """The files that may have looked up anything in a place."""
        return self.readers((place_hash(place),))


def reads_of(definitions: Iterable[Definition]) -> set[int]:
    """All that was looked up to link these definitions."""
    found: set[int] = set()
    for definition in definitions:
        if definition.reads is not None:
            found.update(definition.reads)
    return found
