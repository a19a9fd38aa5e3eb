"""How much the graph holds, by kind and by how it is known."""

from __future__ import annotations

from dataclasses import dataclass

from .model import EDGE_KINDS, PROVENANCES, GraphCounts, GraphItem
from .store import GraphStore


@dataclass(frozen=True, slots=True)
class GraphStats:
    """Counts, largest first within a table; ``hubs`` are what most items refer to."""

    counts: GraphCounts
    items: dict[str, int]
    edges: dict[str, dict[str, int]]
    """By kind, then by provenance, in the order of `model.EDGE_KINDS` and `model.PROVENANCES`."""
    unresolved: dict[str, int]
    hubs: tuple[tuple[GraphItem, int], ...]


def graph_stats(store: GraphStore, *, hubs: int = 10) -> GraphStats:
    """Count everything; reads every edge once."""

    def table(script: str) -> dict[str, int]:
        rows = store.run(script, immutable=True)
        return {row[0]: int(row[1]) for row in sorted(rows, key=lambda r: (-r[1], r[0]))}

    known: dict[tuple[str, str], int] = {
        (row[0], row[1]): int(row[2])
        for row in store.run(
            "?[kind, provenance, count(source)] := *edges{source, kind, target, provenance}",
            immutable=True,
        )
    }
    # `tests` repeats `calls`.
    most = store.run(
        "users[target, count_unique(source)] := *edges:by_target{target, kind, source}, "
        "!is_in(kind, ['contains', 'associated', 'tests', 'depends']) "
        "?[n, target] := users[target, n] :order -n, target :limit $limit",
        {"limit": hubs},
        immutable=True,
    )
    items = {item.id: item for item in store.items(row[1] for row in most)}
    return GraphStats(
        counts=store.counts(),
        items=table("?[kind, count(id)] := *items{id, kind}"),
        edges={
            kind: {p: known[kind, p] for p in PROVENANCES if (kind, p) in known}
            for kind in EDGE_KINDS
            if any((kind, p) in known for p in PROVENANCES)
        },
        unresolved=table("?[kind, count(start)] := *unresolved{source, kind, name, start}"),
        hubs=tuple((items[row[1]], int(row[0])) for row in most if row[1] in items),
    )
