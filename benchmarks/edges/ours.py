"""The graph's edges as uses at places, the form they are judged in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ferrograph.graph.store import GraphStore
from ferrograph.graph.uses import unpack_uses

from .truth import Place

CALLABLE = frozenset(("function", "method"))
TYPES = frozenset(("struct", "enum", "union", "trait", "type", "variant"))
KINDS = ("calls", "uses_type", "implements")


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the workspace, as far as it matters here."""

    kind: str
    name: Place
    path: str
    crate: str
    cfg: str


@dataclass(frozen=True, slots=True)
class Target:
    """What the graph says is meant at a place."""

    item: Row
    provenance: str
    type: Row | None = None
    """For ``implements``: the type the impl is for."""


Uses = dict[Place, dict[tuple[Place, str], Target]]
"""At each place, what is meant, by the place of its definition's name and its path.

What one macro call generates may share a place, as far as it has one.
"""


@dataclass(slots=True)
class Ours:
    """What the graph says."""

    uses: dict[str, Uses] = field(
        default_factory=lambda: {kind: defaultdict(dict) for kind in KINDS}
    )
    defined: dict[Place, Row] = field(default_factory=dict[Place, Row])
    unresolved: dict[Place, str] = field(default_factory=dict[Place, str])
    """The edge kind of each mention that found no target."""
    files: frozenset[str] = frozenset()


def read_ours(store: GraphStore) -> Ours:
    """Uses of the workspace's own items in its own files."""
    ours = Ours(files=frozenset(store.files()))
    items: dict[bytes, tuple[Row, int]] = {}
    rows = store.run(
        "?[id, kind, file, start, name_start, path, crate, cfg] := "
        "*items{id, kind, file, start, name_start, path, crate, cfg}"
    )
    for id_, kind, file, start, name_start, path, crate, cfg in rows:
        if "@" not in crate:
            row = Row(kind, (file, name_start), path, crate, cfg)
            items[id_] = (row, start)
            ours.defined.setdefault(row.name, row)
    edges = store.run(
        "?[source, kind, target, provenance, uses] := "
        "*edges{source, kind, target, provenance, uses}, "
        "kind in ['calls', 'uses_type', 'implements', 'associated']"
    )
    types = _impl_types(edges, items)
    for source, kind, target, provenance, uses in edges:
        if source not in items or target not in items:
            continue
        origin, goal = items[source], items[target][0]
        for start in _starts(origin[1], uses):
            place = (origin[0].name[0], start)
            wanted = "calls" if goal.kind in CALLABLE else "uses_type" if goal.kind in TYPES else ""
            if wanted:
                ours.uses[wanted][place][(goal.name, goal.path)] = Target(goal, provenance)
            if kind == "implements":
                made = Target(goal, provenance, types.get(source))
                ours.uses[kind][place][(goal.name, goal.path)] = made
    missed = store.run("?[source, kind, start] := *unresolved{source, kind, start}")
    for source, kind, start in missed:
        if source in items:
            row, base = items[source]
            ours.unresolved[(row.name[0], base + start)] = kind
    return ours


def _impl_types(edges: list[list[Any]], items: Mapping[bytes, tuple[Row, int]]) -> dict[bytes, Row]:
    return {
        source: items[target][0]
        for source, kind, target, _, _ in edges
        if kind == "associated" and target in items
    }


def _starts(item_start: int, uses: bytes) -> list[int]:
    """Offsets of an edge's uses in its source item's file."""
    return [start for start, _ in unpack_uses(uses, item_start)]
