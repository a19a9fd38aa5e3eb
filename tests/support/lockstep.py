"""A workspace edited at random, its graph kept up to date, and one built from scratch beside it."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.progress import IndexReport
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.workspace import CargoWorkspace
from ferrograph.tests.support.edits import Files, Numbers, edit
from ferrograph.tests.support.graphs import everything

Graph: TypeAlias = dict[str, list[Any]]

Step: TypeAlias = tuple[Numbers, int]
"""An edit, and how it reaches the index: see `HOWS`."""

HOWS = ("save", "save", "later", "later", "unsaved", "index", "restart", "restart and prepare")
"""Saved and updated at once; with the next update; only in the editor; found by looking at the
disk, as after a branch switch; found after a new start, or told after a new start made ready."""


class Lockstep:
    """One workspace with its live index. Edits go to ``files``, the disk, and the index.

    Dependencies are left out: they don't change. What a report says is checked at every step.
    """

    def __init__(self, root: Path, originals: Files) -> None:
        self.originals = originals
        self.files = dict(originals)
        self._writes = 0
        for name in originals:
            self._save(root, name)
        loaded = load_workspace(root, trusted=False)
        own = {key: loaded.packages[key] for key in loaded.members}
        self.workspace: CargoWorkspace = replace(loaded, packages=own)
        self.root = self.workspace.root
        self.sources = Sources(self.root)
        self.store = GraphStore.open(None)
        self.live = self._indexer(self.store, self.sources)
        self.report: IndexReport = self.live.index()
        self.graph: Graph = everything(self.store)
        self._pending: list[str] = []

    def step(self, step: Step) -> list[str]:
        """Make one edit; gives the files it touched."""
        numbers, how = step
        touched = edit(self.files, numbers, self.originals)
        way = HOWS[how % len(HOWS)]
        for name in touched:
            if way == "unsaved" and name in self.files:
                self.sources.set_overlay(name, self.files[name])
            else:
                self.sources.set_overlay(name, None)
                self._save(self.root, name)
        self._pending += touched
        if way == "later":
            return touched
        if way.startswith("restart"):
            self.live.close()
            self.live = self._indexer(self.store, self.sources)
            if way.endswith("prepare"):
                self.live.prepare()
                self.report = self.live.update(self._pending)
            else:
                self.report = self.live.index()
        elif way == "index":
            self.report = self.live.index()
        else:
            self.report = self.live.update(self._pending)
        self._pending = []
        self._check_report()
        return touched

    @property
    def is_waiting(self) -> bool:
        """Whether an edit has not been told to the index yet."""
        return bool(self._pending)

    def settle(self) -> None:
        """Tell the index of what it has not been told yet."""
        if self._pending:
            self.report = self.live.update(self._pending)
            self._pending = []
            self._check_report()

    def clean(self) -> tuple[Graph, IndexReport]:
        """The graph of the same texts, built from scratch."""
        sources = Sources(self.root)
        for name, text in self.sources.overlay().items():
            sources.set_overlay(name, text)
        indexer = self._indexer(GraphStore.open(None), sources)
        report = indexer.index()
        graph = everything(indexer.store)
        indexer.close()
        indexer.store.close()
        return graph, report

    def differences(self) -> list[str]:
        """How the live graph, and what is reported of it, differ from one built from scratch."""
        self.settle()
        clean, report = self.clean()
        found = compare(self.graph, clean)
        for name in ("files", "lines", "items", "edges", "unresolved", "crates", "problems"):
            live, wanted = getattr(self.report, name), getattr(report, name)
            if live != wanted:
                found.append(f"report.{name}: {live} instead of {wanted}")
        return found

    def close(self) -> None:
        """Let the index go, with what indexers withhold from the collector."""
        self.live.close()
        self.store.close()
        gc.unfreeze()

    def _indexer(self, store: GraphStore, sources: Sources) -> GraphIndexer:
        return GraphIndexer(store, self.workspace, sources, workers=1)

    def _save(self, root: Path, name: str) -> None:
        path = root / name
        if name in self.files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[name])
            # Clocks of files are coarse: two quick edits of one size must not look the same.
            self._writes += 1
            os.utime(path, ns=(self._writes * 1_000_000, self._writes * 1_000_000))
        else:
            path.unlink(missing_ok=True)

    def _check_report(self) -> None:
        """What the last run reported must be the difference between the graph before and after."""
        before, self.graph = self.graph, everything(self.store)
        old = {row[0]: row for row in before["items"]}
        new = {row[0]: row for row in self.graph["items"]}
        removed = old.keys() - new.keys()
        changed = {i for i, row in new.items() if old.get(i) != row}
        report = self.report
        assert report.removed == removed, _named(report.removed ^ removed, before, self.graph)
        assert report.changed == changed, _named(report.changed ^ changed, before, self.graph)
        for name in ("items", "edges", "unresolved"):
            assert getattr(report, name) == len(self.graph[name]), name
        ends = {end for source, _, target, *_ in self.graph["edges"] for end in (source, target)}
        assert ends <= new.keys(), "an edge leads nowhere"


def compare(live: Graph, clean: Graph, most: int = 6) -> list[str]:
    """The rows that only one of two graphs has, readable, ``most`` of each relation and side."""
    found: list[str] = []
    for relation in live:
        left = {repr(row): row for row in live[relation]}
        right = {repr(row): row for row in clean[relation]}
        for label, one, other in (("live", left, right), ("clean", right, left)):
            rows = [row for key, row in one.items() if key not in other]
            found.extend(
                f"{label} only: {relation} {_shown(row, live, clean)}" for row in rows[:most]
            )
    return found


def _names(*graphs: Graph) -> dict[bytes, str]:
    return {row[0]: f"{row[1]} {row[3]}" for graph in graphs for row in graph["items"]}


def _named(ids: Any, *graphs: Graph) -> list[str]:
    names = _names(*graphs)
    return sorted(names.get(i, repr(i)) for i in ids)


def _shown(row: list[Any], *graphs: Graph) -> str:
    names = _names(*graphs)
    return str([names.get(cell, cell) if isinstance(cell, bytes) else cell for cell in row])
