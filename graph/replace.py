"""Files of a standing world replaced in place, at a cost that follows the size of the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .build import Builder
from .changes import Changes, Seen, UseSeen, forget, seen_in, uses_of
from .edited import Edited, as_it_is, glob_paths, macros_of, reordered, repathed, restore_answers
from .reach import Reach
from .symbols import Crate, Definition, Part, Scope, Unit
from .world import World


class Rebuild(Exception):
    """What changed reaches too far to be replaced in place: the world has to be built anew."""


@dataclass(slots=True)
class Replaced:
    """What a replacement did."""

    reach: Reach
    edited: list[Edited] = field(default_factory=list[Edited])
    touched: dict[Part, set[Definition] | None] = field(
        default_factory=dict[Part, "set[Definition] | None"]
    )
    """What has to be linked again for what changed around it, by file: all of it for None."""


class Replacer:
    """Replaces files in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reach = Reach(world.crates.values())

    def replace(self, fresh: Mapping[str, Unit], gone: Iterable[str]) -> Replaced:
        """Put new facts in the place of old ones; ``gone`` are files that are no more.

        Raises `Rebuild`; the world is then half changed and good for nothing but being built anew.
        """
        gone = set(gone)
        affected = self._affected(fresh, gone)
        self._add_expansions(affected, fresh)
        todo = [(crate, [as_it_is(part) for part in parts]) for crate, parts in affected.items()]
        for path in gone:
            self.world.units.pop(path, None)
        self.world.units.update(fresh)
        edited: list[Edited] = []
        for crate, here in todo:
            if crate.loader is None:
                raise Rebuild
            builder = Builder(crate, crate.loader)
            standing = set(crate.parts)
            for entry in here:
                builder.again(entry.part, fresh.get(entry.part.path, entry.part.unit))
            self._reopen(here)
            expands = any(e.part.unit.facts.has_expansions for e in here)
            if expands or len(crate.parts) > len(standing):
                self._expand(builder, standing, here)
            here.extend(Edited(part) for path, part in crate.parts.items() if path not in standing)
            for left, _ in builder.left.values():
                self._detach(left, here)
            for module in builder.left:
                if module.opens is None and module.scope is not None:
                    module.scope.clear()
            if crate.is_tangled:
                raise Rebuild
            edited.extend(here)
        for entry in edited:
            if entry.is_gone:
                self.reach.remove(entry.part)
            else:
                self.reach.renew(entry.part, entry.scopes)
                entry.after = seen_in(entry.part)
        return Replaced(self.reach, edited, self._touched(edited))

    # -- which files ------------------------------------------------------------------------

    def _affected(self, fresh: Mapping[str, Unit], gone: set[str]) -> dict[Crate, list[Part]]:
        """The files to build again, by crate: changed ones and those that declare their modules."""
        found: dict[Crate, list[Part]] = {}
        for crate in self.world.crates.values():
            parts: dict[str, Part] = {}
            for path in (*fresh, *gone):
                part = crate.parts.get(path)
                if part is not None and path in fresh:
                    parts[path] = part
                    continue
                if part is not None and part.parent is None:
                    raise Rebuild  # the crate's root is gone
                if self.world.is_root(crate, path):
                    raise Rebuild
                for name in crate.tried.get(path, ()):
                    declaring = crate.parts.get(name)
                    if declaring is not None and name not in gone:
                        parts[name] = declaring
            if parts and crate.is_tangled:
                raise Rebuild
            if parts:
                found[crate] = list(parts.values())
        return found

    def _add_expansions(self, affected: dict[Crate, list[Part]], fresh: Mapping[str, Unit]) -> None:
        """Files whose items come from a macro that is another now have to be built again too."""
        changed: set[Definition] = set()
        for parts in affected.values():
            for part in parts:
                unit = fresh.get(part.path)
                if unit is None:
                    continue
                old = [d for d in part.made if d.kind == "macro"]
                new = [item for item in unit.facts.items if item.kind == "macro"]
                if [d.name for d in old] != [item.name for item in new]:
                    continue  # found later to be more than can be done in place
                for definition, item in zip(old, new, strict=True):
                    if definition.item is not None and definition.item.detail != item.detail:
                        changed.add(definition)
                        forget(definition)
        if not changed:
            return
        for crate in self.world.crates.values():
            for part in crate.parts.values():
                if not changed.isdisjoint(part.macros):
                    parts = affected.setdefault(crate, [])
                    if part not in parts:
                        parts.append(part)

    def _detach(self, part: Part, edited: list[Edited]) -> None:
        """Take a file that is nobody's module any more out of its crate, with those below it."""
        crate = part.module.crate
        crate.parts.pop(part.path, None)
        entry = next((e for e in edited if e.part is part), None)
        if entry is None:
            entry = Edited(part, seen_in(part), uses=uses_of(part), scopes=part.scopes)
            edited.append(entry)
        entry.is_gone = True
        for scope in part.scopes:
            crate.counters.pop(scope.key, None)
            crate.modules.pop(scope.key, None)
        for definition in part.definitions:
            if definition.opens is not None:
                self._detach(definition.opens, edited)

    def _expand(self, builder: Builder, standing: set[str], edited: list[Edited]) -> None:
        """Expand the macro calls of what was built; an expansion may declare further files."""
        again = {e.part.path for e in edited}
        if any(e.uses != uses_of(e.part) for e in edited):
            self.world.resolver.forget()
        self.world.expander.expand_new(builder, standing - again)
        self._reopen(edited)

    def _reopen(self, edited: list[Edited]) -> None:
        """Open the globs of files built again; what did not change opens what it opened."""
        scopes: list[Scope] = []
        for entry in edited:
            for scope in entry.part.scopes:
                if not scope.globs:
                    continue
                paths, opened = entry.opened.get(scope, ([], {}))
                expands = entry.part.unit.facts.has_expansions
                is_whole = len(opened) == len(scope.globs) or not expands
                if is_whole and paths == glob_paths(scope):
                    scope.opened.update(opened)
                else:
                    scopes.append(scope)
        if scopes:
            self.world.resolver.open_globs_of(scopes, scopes)

    # -- consequences -----------------------------------------------------------------------

    def _touched(self, edited: list[Edited]) -> dict[Part, set[Definition] | None]:
        """What may be linked otherwise now though its own text is the same."""
        differing: list[Seen] = []
        uses: set[UseSeen] = set()
        whole: set[Part] = set()
        for entry in edited:
            before = len(differing)
            if macros_of(entry.before) != macros_of(entry.after):
                raise Rebuild
            if reordered(entry.before, entry.after) or repathed(entry.before, entry.after):
                raise Rebuild
            for identity in entry.before.keys() | entry.after.keys():
                old, new = entry.before.get(identity), entry.after.get(identity)
                if old is None or new is None or old.surface != new.surface:
                    differing.extend(seen for seen in (old, new) if seen is not None)
            now = set[UseSeen]() if entry.is_gone else uses_of(entry.part)
            uses |= entry.uses ^ now
            # Where more than functions and values came, went or changed, what stands around a body
            # may be another; else only bodies that looked one of them up are concerned.
            if entry.uses != now or any(
                seen.definition.kind not in _LEAVES for seen in differing[before:]
            ):
                whole.add(entry.part)
        is_local = (
            not uses
            and all(seen.definition.kind in _LEAVES for seen in differing)
            and restore_answers(edited)
        )
        if not differing and not uses:
            return {}
        if any(use.path == ("crate",) for use in uses):
            raise Rebuild  # `extern crate` names a crate everywhere
        # While macro calls are expanded lookups may miss what the next ones define.
        if not is_local or any(entry.part.unit.facts.has_expansions for entry in edited):
            self.world.resolver.forget()
        self.reach.complete()
        here = [entry.part for entry in edited if not entry.is_gone]
        changes = Changes(self.world.impls, self.reach, here)
        # Twice: with impls filed as they were, and as they are.
        for seen in differing:
            changes.add_definition(seen)
        for use in uses:
            changes.add_use(use)
        if not is_local:
            self._open_globs(edited, uses, changes)
        changes.follow()
        changes.forget_answers()
        self._refile(edited, {d for s in differing for d in (s.definition, s.parent)}, changes)
        for seen in differing:
            changes.add_definition(seen)
        changes.spread()
        self._check_calls(edited, changes)
        touched = changes.touched()
        macros = {seen.definition for seen in differing if seen.definition.kind == "macro"}
        if macros:
            whole.update(p for p in self.reach.parts() if not macros.isdisjoint(p.macros))
        for part in whole:
            if part.module.crate.parts.get(part.path) is part:
                touched[part] = None
        return touched

    def _open_globs(self, edited: list[Edited], uses: set[UseSeen], changes: Changes) -> None:
        """Open globs anew where what they lead through has changed."""
        # In the edited files all of them: no word tells of what is declared in a body there.
        before = {s: opened for e in edited for s, (_, opened) in e.opened.items()}
        here = [s for e in edited if not e.is_gone for s in e.part.scopes]
        self._open_again(here, before, changes)
        if uses:
            for use in uses:
                if use.glob:
                    changes.add_names_of(use.scope.opened.values(), use.scope)
            for entry in edited:
                for scope, (_, opened) in entry.opened.items():
                    if any(use.scope is scope and use.glob for use in uses):
                        changes.add_names_of(opened.values(), scope)
        # A glob's path may lead through an import that leads through what changed.
        changes.follow()
        if self.reach.is_globbed(changes.words()):
            self._open_again([s for part in self.reach.parts() for s in part.scopes], {}, changes)

    def _open_again(
        self, scopes: list[Scope], known: Mapping[Scope, dict[int, Scope]], changes: Changes
    ) -> None:
        """Open the globs of scopes anew, and collect what they open otherwise.

        ``known`` is what some of them opened before the edit; others open that still.
        """
        scopes = [scope for scope in scopes if scope.globs]
        if not scopes:
            return
        before = {scope: known.get(scope, dict(scope.opened)) for scope in scopes}
        self.world.resolver.open_globs_of(scopes, None)
        self.reach.open(scopes)
        for scope in scopes:
            if scope.opened != before[scope]:
                changes.add_opened(scope)
                changes.add_names_of((*scope.opened.values(), *before[scope].values()), scope)

    def _refile(
        self, edited: list[Edited], differing: set[Definition | None], changes: Changes
    ) -> None:
        """File the impls and traits of edited files as they are now."""
        impls = self.world.impls
        for entry in edited:
            methods: dict[Definition, list[str]] = {}
            for seen in entry.before.values():
                if seen.definition.kind == "method" and seen.parent is not None:
                    methods.setdefault(seen.parent, []).append(seen.definition.name)
                impls.forget_derives(seen.definition)
                forget(seen.definition)
            for identity, seen in entry.before.items():
                definition = seen.definition
                if definition.kind == "trait" and definition in differing:
                    impls.remove_trait(definition, methods.get(definition, ()))
                elif definition.kind == "impl" and identity not in entry.after:
                    changes.add_impl(impls.filed(definition))
                    impls.remove_impl(definition)
        for entry in edited:
            for seen in entry.after.values():
                if seen.definition.kind == "trait" and seen.definition in differing:
                    impls.add(seen.definition)
        for entry in edited:
            for seen in entry.after.values():
                if seen.definition.kind == "impl":
                    changes.refile(seen.definition)

    def _check_calls(self, edited: list[Edited], changes: Changes) -> None:
        """Macro calls among the items of other files must go on meaning what they meant."""
        here = {entry.part for entry in edited}
        # Macros are looked for in scopes; members of types and traits are no macros.
        places = changes.names.items()
        names = {n for place, names in places if place.__class__ is Scope for n in names}
        for name in names:
            if any(part not in here for part in self.reach.callers(name)):
                raise Rebuild
        if all(place.__class__ is not Scope or place.kind == "body" for place in changes.whole):
            return
        for part in self.reach.parts():
            if part in here or not part.unit.facts.has_expansions:
                continue
            if any(scope in changes.whole for scope in _around(part.scope)):
                raise Rebuild


_LEAVES: Final = frozenset(("function", "method", "const", "static"))


def _around(scope: Scope) -> Iterable[Scope]:
    current: Scope | None = scope
    while current is not None:
        yield current
        current = current.outer
