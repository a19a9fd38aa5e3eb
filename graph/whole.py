"""Crates written as a whole: a first graph, and dependencies that are others than before.

Everything is linked crate by crate while a writer takes the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..parser.workspace import CargoWorkspace
from .apart import ApartWriter
from .batch import Batch, file_row
from .dependencies import DependencyFacts, library
from .kept_rows import KeptRows
from .link import Linker
from .model import FileRecord, NodeId
from .parsing import Parsed
from .plan import Rows, document_rows, part_rows
from .progress import Cancel, Progress, Report, check
from .store import GraphStore
from .symbols import Crate, Unit
from .world import World, crate_key
from .writer import BulkWriter, Gathered, Writer

DEPENDENCIES: Final = "dependency_items"
"""The name by which the store's totals know how many items dependencies have."""

_TOGETHER: Final = 50
"""Files whose facts are handed over at once."""


@dataclass(frozen=True, slots=True)
class CrateRows:
    """What crates contribute as such, and what dependencies contribute altogether."""

    workspace: CargoWorkspace
    facts: Mapping[str, DependencyFacts]
    prints: Mapping[str, bytes]
    """Of each dependency, of all that its edges can point to."""
    cache: Path | None
    """The folder that rows of dependencies are kept in; None keeps none."""

    def of_workspace(self) -> list[list[Any]]:
        """Rows of the workspace's own crates."""
        rows: list[list[Any]] = []
        for member in self.workspace.members:
            package = self.workspace.packages[member]
            for target in package.targets:
                row: list[Any] = [
                    crate_key(package, target), package.name, package.version, target.kind,
                    str(package.root), target.edition, package.source, b"",
                ]  # fmt: skip
                rows += [row]
        return rows

    def of_dependency(self, key: str) -> list[Any]:
        """The row of one dependency."""
        package = self.facts[key].package
        target = library(package)
        assert target is not None
        return [key, package.name, package.version, target.kind, str(package.root), target.edition,
                package.source, self.prints[key]]  # fmt: skip

    def contents(self, linker: Linker, crate: Crate, stop: Cancel) -> Rows:
        """All that a dependency holds, linked unless that was done on this machine before."""
        package, print_ = self.facts[crate.key].package, self.prints[crate.key]
        kept = KeptRows(self.cache)
        rows = kept.read(package, print_)
        if rows is None:
            rows = Rows()
            for part in crate.parts.values():
                check(stop)
                rows.update(part_rows(linker, part))
            kept.write(package, print_, rows)
        return rows


class FirstGraph:
    """A first graph in the making."""

    def __init__(self, store: GraphStore, crates: CrateRows, *, is_much: bool) -> None:
        """``is_much`` says that writing is worth a process of its own; the store is empty."""
        self.changed: set[NodeId] = set()
        self.totals: dict[str, int] = {"items": 0, "edges": 0, "unresolved": 0}
        """Of the workspace's own crates."""
        self.dependency_items = 0
        self._crates = crates
        self._writer = _writer(store, is_much=is_much)
        self._rows = Gathered(self._writer)
        self._files = 0

    def put_facts(self, parsed: Iterable[Parsed]) -> None:
        """Write the facts of files, so that a later start links without parsing."""
        blobs = [[p.name, p.hash, p.blob] for p in parsed]
        for at in range(0, len(blobs), _TOGETHER):
            self._writer.put("facts", blobs[at : at + _TOGETHER])

    def link(self, world: World, documents: Iterable[Unit], report: Report, stop: Cancel) -> None:
        """Link all there is; rows are written meanwhile."""
        linker = Linker(world.impls)
        crates = [*world.dependencies.values(), *world.crates.values()]
        total = sum(len(crate.parts) for crate in crates)
        for crate in crates:
            check(stop)
            if crate.is_dependency:
                rows = self._crates.contents(linker, crate, stop)
                self._rows.add(rows)
                self.dependency_items += len(rows.items)
                self._writer.put("crates", [self._crates.of_dependency(crate.key)])
                self._files += len(crate.parts)
                report(Progress("link", self._files, total, crate.key))
                continue
            for part in crate.parts.values():
                check(stop)
                self._add(part_rows(linker, part))
                self._files += 1
                report(Progress("link", self._files, total, part.path))
        for unit in documents:
            self._add(document_rows(unit))

    def _add(self, rows: Rows) -> None:
        self._rows.add(rows)
        self.changed.update(rows.items)
        self.totals["items"] += len(rows.items)
        self.totals["edges"] += len(rows.edges)
        self.totals["unresolved"] += len(rows.unresolved)

    def finish(self, files: Iterable[FileRecord], report: Report) -> None:
        """Write what is left and what is known of files; the graph is complete then."""
        report(Progress("store", self._files, self._files))
        self._rows.flush()
        batch = Batch()
        batch.add("crates", self._crates.of_workspace())
        batch.add("files", (file_row(record) for record in files))
        self._writer.finish(batch, {**self.totals, DEPENDENCIES: self.dependency_items})

    def abandon(self) -> None:
        """Stop soon; the graph is not completed."""
        self._writer.abandon()


def _writer(store: GraphStore, *, is_much: bool) -> Writer:
    # Vectors stay: they are found again by the content of what they stand for.
    if is_much and store.path is not None and not store.has_vectors():
        return ApartWriter(store)
    store.begin_bulk()
    return BulkWriter(store)


def write_dependencies(
    store: GraphStore,
    world: World,
    wanted: Iterable[Crate],
    changed: Iterable[str],
    crates: CrateRows,
    report: Report,
    stop: Cancel,
) -> None:
    """Link ``wanted`` and write them in the place of all ``changed``. The bulk stays open."""
    wanted = list(wanted)
    linker = Linker(world.impls)
    store.begin_bulk()
    for key in sorted(store.crates().keys() & set(changed)):
        store.remove_crate(key)
    writer = BulkWriter(store)
    gathered = Gathered(writer)
    try:
        for done, crate in enumerate(wanted):
            check(stop)
            report(Progress("link", done, len(wanted), crate.key))
            gathered.add(crates.contents(linker, crate, stop))
            writer.put("crates", [crates.of_dependency(crate.key)])
        report(Progress("store", len(wanted), len(wanted)))
        gathered.flush()
        writer.drain()
    except BaseException:
        writer.abandon()
        raise
