"""Names to definitions, by Rust's scoping rules: modules, imports, globs, re-exports, preludes.

Resolution is lazy and memoised by scope.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..parser.facts import Path, Use
from .symbols import Crate, Definition, Reads, Scope

PRIMITIVES: Final = frozenset(
    ("bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
     "i128", "isize", "f32", "f64")
)  # fmt: skip

_STD_NAMES: Final = frozenset(("std", "core", "alloc"))
NAMESPACES: Final = ("types", "values", "macros")
_LONGEST_CHAIN: Final = 200
"""Imports that lead from one to the next; each takes a few levels of the call stack."""


class Resolver:
    """Resolves paths over a set of crates. ``std`` is the crate that stands for the library."""

    def __init__(self, std: Crate | None, reads: Reads | None = None) -> None:
        self.std = std
        self.reads = reads or Reads()
        """Every lookup whose answer an edit can change is noted here."""
        self._prelude: dict[tuple[str, str], Definition | None] = {}
        self._epoch = 0
        self._active: set[tuple[int, str, str]] = set()
        self._cyclic = False

    def forget(self) -> None:
        """Drop the answers kept in all scopes that may change."""
        self._epoch += 1

    # -- one name ---------------------------------------------------------------------------

    def open_globs(self, crates: Iterable[Crate]) -> None:
        """Find out what every glob of these crates opens, as rustc does: round by round.

        A glob's own path may lead through other globs, so each round resolves what the globs
        opened so far allow, until a round opens nothing new.
        """
        scopes = [s for crate in crates for part in crate.parts.values() for s in part.scopes]
        self.open_globs_of(scopes, scopes)

    def open_globs_of(self, scopes: list[Scope], cached: list[Scope] | None) -> None:
        """The same for some scopes alone; ``cached`` are all that may have missed a name.

        None stands for every scope that may change.
        """
        pending = [(scope, index) for scope in scopes for index in range(len(scope.globs))]
        for scope, _ in pending:
            scope.opened.clear()
        while pending:
            left: list[tuple[Scope, int]] = []
            for scope, index in pending:
                path = scope.globs[index].path
                target = self.path_definition(scope, path, "types", importing=True)
                if target is not None and target.scope is not None and target.scope is not scope:
                    scope.opened[index] = target.scope
                else:
                    left.append((scope, index))
            # A name that was looked for before a glob was open may have been missed.
            if cached is None:
                self.forget()
            else:
                for scope in cached:
                    scope.forget()
            if len(left) == len(pending):
                break
            pending = left
        for scope in scopes:
            # Not in the order of the rounds, in which what stood already would come first.
            if len(scope.opened) > 1:
                scope.opened = dict(sorted(scope.opened.items()))

    def member(self, scope: Scope, name: str, namespace: str) -> Definition | None:
        """A name as ``scope::name`` sees it: declared, imported or through a glob."""
        if not scope.is_fixed:
            self.reads.note(scope, name)
            if scope.epoch != self._epoch:
                scope.forget()
                scope.epoch = self._epoch
        key = (name, namespace)
        cache = scope.cache
        if key in cache:
            return cache[key]
        guard = (id(scope), name, namespace)
        if guard in self._active or len(self._active) > _LONGEST_CHAIN:
            # Imports that go round in a circle bind nothing, nor do those that never arrive.
            self._cyclic = True
            return None
        self._active.add(guard)
        outer, self._cyclic = self._cyclic, False
        found = self._member(scope, name, namespace)
        self._active.discard(guard)
        # What was not found inside a circle may yet be found from outside it.
        if found is not None or not self._cyclic or not self._active:
            cache[key] = found
        self._cyclic = (self._cyclic and bool(self._active)) or outer
        return found

    def _member(self, scope: Scope, name: str, namespace: str) -> Definition | None:
        own = scope.table(namespace).get(name)
        if own is not None and own.active:
            return own
        for use in scope.named.get(name, ()):
            target = self.use_target(scope, use, namespace)
            if target is not None:
                return target
        found = self._through_globs(scope, name, namespace) if scope.opened else None
        return found if found is not None else own

    def _through_globs(self, scope: Scope, name: str, namespace: str) -> Definition | None:
        """What globs bring in, nearest first."""
        reached = scope.reached
        if reached is None:
            reached = scope.reached = _reached(scope)
        for opened, inside in reached:
            own = opened.table(namespace).get(name)
            if own is not None and own.active and (inside or _is_public(own)):
                return own
            uses = opened.named.get(name)
            if uses is None:
                continue
            for use in uses:
                if inside or use.visibility:
                    target = self.use_target(opened, use, namespace)
                    if target is not None:
                        return target
        return None

    def use_target(self, scope: Scope, use: Use, namespace: str) -> Definition | None:
        """What one import binds in a namespace."""
        return self.path_definition(scope, use.path, namespace, importing=True)

    def lexical(self, scope: Scope, name: str, namespace: str) -> Definition | None:
        """A bare name: the bodies around it, its module, crates, then the prelude."""
        current: Scope | None = scope
        while current is not None:
            found = self.member(current, name, namespace)
            if found is not None:
                return found
            if current.kind == "module":
                break
            current = current.outer
        if namespace == "macros":
            found = self._textual_macro(scope, name)
            if found is not None:
                return found
        if namespace == "types":
            extern = self.extern(scope.crate, name)
            if extern is not None:
                return extern
        return self._from_prelude(scope.crate, name, namespace)

    def _textual_macro(self, scope: Scope, name: str) -> Definition | None:
        """``macro_rules!`` reach the modules below the one they stand in."""
        current: Scope | None = scope.nearest_module.outer
        while current is not None:
            if not current.is_fixed:
                self.reads.note(current, name)
            found = current.macros.get(name)
            if found is not None:
                return found
            current = current.outer
        # `#[macro_use] extern crate` and the 2015 edition reach exported macros of any crate named.
        root = scope.crate.scope
        for uses in root.named.values():
            for use in uses:
                if use.path and use.path[0][0] == "::":
                    extern = scope.crate.externs.get(use.path[-1][0])
                    if extern is not None and extern.root is not None:
                        found = extern.scope.macros.get(name)
                        if found is not None:
                            return found
        return None

    def extern(self, crate: Crate, name: str) -> Definition | None:
        """A crate by the name this crate knows it by."""
        found = crate.externs.get(name)
        if found is not None:
            return found.root
        if self._is_extern(crate, name):
            # `extern crate … as name;` at the root names a crate everywhere.
            return self.member(crate.scope, name, "types")
        if name in _STD_NAMES and self.std is not None:
            return self.std.root
        return None

    def _is_extern(self, crate: Crate, name: str) -> bool:
        if crate.root is None:
            return False
        for use in crate.scope.named.get(name, ()):
            if len(use.path) == 1 and use.path[0][0] == "crate":
                return True
        return False

    def _from_prelude(self, crate: Crate, name: str, namespace: str) -> Definition | None:
        if self.std is None or self.std.root is None:
            return None
        key = (name, namespace)
        if key not in self._prelude:
            found: Definition | None = None
            prelude = self.std.scope.types.get("prelude")
            if prelude is not None and prelude.scope is not None:
                found = self.member(prelude.scope, name, namespace)
            if found is None and namespace == "macros":
                found = self.std.scope.macros.get(name)
            self._prelude[key] = found
        return self._prelude[key]

    # -- paths ------------------------------------------------------------------------------

    def path_definition(
        self, scope: Scope, path: Path, namespace: str, *, importing: bool = False
    ) -> Definition | None:
        """The definition a whole path names, where it goes through modules and enums alone."""
        steps = self.walk(scope, path, namespace, importing=importing)
        return steps[-1] if len(steps) == len(path) and steps else None

    def walk(
        self, scope: Scope, path: Path, namespace: str, *, importing: bool = False
    ) -> list[Definition | None]:
        """The definition at each segment, as far as modules and enums lead.

        The list ends early at a type: what follows is associated with it and not looked up here.
        A first segment ``::`` is None. An unresolved segment ends the list before it.
        """
        found: list[Definition | None] = []
        last = len(path) - 1
        current: Scope | None = None
        for position, segment in enumerate(path):
            name = segment[0]
            wanted = namespace if position == last else "types"
            definition: Definition | None
            if position == 0:
                if name == "::":
                    found.append(None)
                    continue
                definition = self._first(scope, name, wanted, last == 0, importing)
            elif current is None and position == 1 and path[0][0] == "::":
                definition = self.extern(scope.crate, name)
                if definition is None and scope.crate.edition == "2015":
                    definition = self.member(scope.crate.scope, name, wanted)
            elif current is None:
                break
            elif name == "super":
                module = current.nearest_module.outer
                definition = module.nearest_module.definition if module is not None else None
            elif name == "self":
                definition = current.definition
            else:
                definition = self.member(current, name, wanted)
            if definition is None:
                break
            found.append(definition)
            current = definition.scope
        return found

    def _first(
        self, scope: Scope, name: str, namespace: str, only: bool, importing: bool
    ) -> Definition | None:
        if name in ("crate", "$crate"):
            return scope.crate.root
        if name == "self":
            return scope.nearest_module.definition if not only or importing else None
        if name == "super":
            outer = scope.nearest_module.outer
            return outer.nearest_module.definition if outer is not None else None
        if importing:
            return self._first_of_import(scope, name, namespace)
        return self.lexical(scope, name, namespace)

    def _first_of_import(self, scope: Scope, name: str, namespace: str) -> Definition | None:
        """The first segment of an import: a local name or a crate; in 2015, from the root."""
        if scope.crate.edition == "2015":
            found = self.member(scope.crate.scope, name, namespace)
            if found is not None:
                return found
        current: Scope | None = scope
        while current is not None:
            found = self.member(current, name, namespace)
            if found is not None:
                return found
            if current.kind == "module":
                break
            current = current.outer
        if namespace == "types":
            return self.extern(scope.crate, name)
        return None

    def targets_of_use(self, scope: Scope, use: Use) -> list[Definition]:
        """Everything one import binds, in all namespaces; the module itself for a glob."""
        if use.glob:
            target = self.path_definition(scope, use.path, "types", importing=True)
            return [target] if target is not None else []
        found: list[Definition] = []
        for namespace in NAMESPACES:
            target = self.path_definition(scope, use.path, namespace, importing=True)
            if target is not None and target not in found:
                found.append(target)
        return found


def _reached(scope: Scope) -> list[tuple[Scope, bool]]:
    """Every scope that globs lead to from here, and whether its private names can be seen.

    Breadth first, each scope once: glob imports may form circles.
    """
    found: list[tuple[Scope, bool]] = []
    seen: set[Scope] = {scope}
    todo = list(scope.opened.values())
    for opened in todo:
        if opened in seen:
            continue
        seen.add(opened)
        inside = _is_inside(scope, opened)
        found.append((opened, inside))
        for index, further in opened.opened.items():
            if inside or opened.globs[index].visibility:
                todo.append(further)
    return found


def _is_public(definition: Definition) -> bool:
    item = definition.item
    return item is None or bool(item.visibility) or definition.kind in ("variant", "macro")


def _is_inside(scope: Scope, opened: Scope) -> bool:
    """Whether ``scope`` is ``opened`` or stands in it, and so sees its private names."""
    inner: Scope | None = scope
    while inner is not None:
        if inner is opened:
            return True
        inner = inner.outer
    return False
