"""The shortest path by which the task's file can import what it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..graph.lookup import ways_in
from ..graph.model import Edge, GraphItem, NodeId
from ..graph.store import GraphStore
from .focus import Focus
from .model import Ranked
from .preamble import use_declarations
from .snapshot import Snapshot

_IMPORTABLE: Final = frozenset(
    ("struct", "enum", "union", "trait", "function", "const", "static", "type")
)
_MOST_ITEMS: Final = 30
_MOST_STEPS: Final = 6
"""Re-exports and modules between a definition and the crate that code names it by."""
_FIRST_SEGMENT: Final = re.compile(r"^\s*(?:pub\s+)?use\s+(?:::)?(\w+)", re.MULTILINE)
_ALIAS: Final = re.compile(r"\bas\s+(\w+)\s*$")


def import_paths(
    store: GraphStore, sources: Snapshot, ranked: Sequence[Ranked], focus: Focus | None
) -> dict[NodeId, str]:
    """``crate::rng::BattleRng``, ``bevy::prelude::Query``, … by item.

    Left out: what the place's file already mentions or can name, and what it can't reach.
    """
    module = focus.module if focus is not None else None
    if focus is None or module is None:
        return {}
    known = focus.imports | focus.touched.keys()
    wanted = [
        r.item
        for r in ranked[:_MOST_ITEMS]
        if r.item.kind in _IMPORTABLE and r.item.id not in known and r.item.parent != module.id
    ]
    paths: dict[NodeId, str] = {}
    foreign: list[GraphItem] = []
    for item in wanted:
        if item.crate != module.crate:
            foreign.append(item)
        elif item.parent not in focus.imports and item.file != focus.place.file:
            _, _, rest = item.qualified_path.partition("::")
            if item.visibility:
                paths[item.id] = f"crate::{rest}"
    if foreign:
        crates = _Crates(store, sources, focus)
        paths.update(_Climb(store, sources, crates, focus.imports).paths(foreign))
    return paths


class _Crates:
    """Which crates code at a place can name: direct dependencies, else those its file imports from.

    The second is for graphs without ``depends`` edges, where cargo could not be asked.
    """

    def __init__(self, store: GraphStore, sources: Snapshot, focus: Focus) -> None:
        root = focus.holders[-1] if focus.holders else None
        edges = store.edges([root.id], kinds=("depends",)) if root is not None else []
        self._ids = {edge.target for edge in edges}
        source = sources.read(focus.place.file) or b""
        text = use_declarations(source) if not self._ids else ""
        self._names = frozenset(_FIRST_SEGMENT.findall(text))

    def has(self, crate: GraphItem) -> bool:
        """Whether paths may begin with this crate's name."""
        return crate.id in self._ids or crate.name in self._names


class _Climb:
    """Climbs from definitions through modules and re-exports to crates the code can name."""

    def __init__(
        self, store: GraphStore, sources: Snapshot, crates: _Crates, imports: frozenset[NodeId]
    ) -> None:
        self.store = store
        self.sources = sources
        self.imports = imports
        self.crates = crates

    def paths(self, items: Sequence[GraphItem]) -> dict[NodeId, str]:
        """All items climb together, one step and two queries at a time."""
        # Per item: the ends of its paths so far, as (node, the path from there down).
        fronts: dict[NodeId, dict[NodeId, str]] = {i.id: {i.id: i.name} for i in items}
        seen: dict[NodeId, GraphItem] = {i.id: i for i in items}
        best: dict[NodeId, str] = {}
        done: set[NodeId] = set()
        for _ in range(_MOST_STEPS):
            ends = {end for front in fronts.values() for end in front}
            if not ends:
                break
            steps = self._steps(ends, seen)
            for id in list(fronts):
                front = fronts[id] = _climbed(fronts[id], steps)
                for above, path in front.items():
                    if above in self.imports and path == seen[id].name:
                        # A glob import already brings it in.
                        done.add(id)
                    holder = seen[above]
                    if holder.kind == "crate" and self.crates.has(holder):
                        full = f"{holder.name}::{path}"
                        if id not in best or _rank(full) < _rank(best[id]):
                            best[id] = full
                if id in done:
                    del fronts[id]
        return {id: path for id, path in best.items() if id not in done}

    def _steps(
        self, ends: set[NodeId], seen: dict[NodeId, GraphItem]
    ) -> dict[NodeId, dict[NodeId, str]]:
        """For each node, what names it: node above → the path from there, ``*`` for the rest."""
        edges = ways_in(self.store, list(ends))
        missing = {e.source for e in edges if e.source not in seen}
        seen.update((item.id, item) for item in self.store.items(missing))
        steps: dict[NodeId, dict[NodeId, str]] = {}
        for edge in edges:
            above, below = seen.get(edge.source), seen.get(edge.target)
            if above is None or below is None or above.kind not in ("module", "crate"):
                continue
            joined = self._joined(edge, above, below)
            if joined is not None:
                known = steps.setdefault(edge.target, {})
                if above.id not in known or _rank(joined) < _rank(known[above.id]):
                    known[above.id] = joined
        return steps

    def _joined(self, edge: Edge, above: GraphItem, below: GraphItem) -> str | None:
        """How a step reads: ``*`` by a glob or to the item itself, ``name::*`` by a module."""
        if edge.kind == "contains":
            if below.visibility != "pub":
                return None
            return f"{below.name}::*" if below.kind == "module" else "*"
        source = self.sources.read(above.file) or b""
        uses = [source[start:end].decode("utf-8", "replace") for start, end in edge.uses]
        if below.kind not in ("module", "crate"):
            # An alias renames the item itself; the plain name is what one looks for.
            return None if all(_ALIAS.search(use) for use in uses) and uses else "*"
        if any(use.endswith("*") for use in uses):
            return "*"
        alias = next((m.group(1) for use in uses if (m := _ALIAS.search(use))), below.name)
        return None if alias == "_" else f"{alias}::*"


def _climbed(front: dict[NodeId, str], steps: dict[NodeId, dict[NodeId, str]]) -> dict[NodeId, str]:
    """The ends one step further up, each with its shortest path."""
    reached: dict[NodeId, str] = {}
    for end, path in front.items():
        for above, joined in steps.get(end, {}).items():
            longer = joined.replace("*", path)
            known = reached.get(above)
            if known is None or _rank(longer) < _rank(known):
                reached[above] = longer
    return reached


def _rank(path: str) -> tuple[int, int, str]:
    """Fewer segments first, then shorter ones."""
    return path.count("::"), len(path), path
