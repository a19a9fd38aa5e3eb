"""Walks over the graph, as Datalog with bounded cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .model import NodeId
from .store import GraphStore


@dataclass(frozen=True, slots=True)
class Decay:
    """How much of a score survives one step along an edge kind, in each direction."""

    forward: float
    backward: float


NEIGHBOURHOOD_DECAY: Final[dict[str, Decay]] = {
    # What an item uses tells more of it than what uses it: a type has a few parts and many users.
    "calls": Decay(0.7, 0.45),
    "uses_type": Decay(0.75, 0.3),
    "implements": Decay(0.6, 0.5),
    "overrides": Decay(0.6, 0.4),
    "associated": Decay(0.5, 0.5),
    "contains": Decay(0.45, 0.4),
    "imports": Decay(0.4, 0.2),
    "re_exports": Decay(0.5, 0.3),
    "derives": Decay(0.3, 0.1),
    "tests": Decay(0.5, 0.5),
    "documents": Decay(0.5, 0.5),
    "expands_to": Decay(0.5, 0.5),
}

PROVENANCE_WEIGHT: Final[dict[str, float]] = {
    "exact": 1.0,
    "resolved": 1.0,
    "typed": 0.95,
    "dispatch": 0.6,
}

_NEIGHBOURHOOD = """
seed[id, score] <- $seeds
decay[kind, out, back] <- $decay
weight[provenance, w] <- $weights
reach[id, max(score)] := seed[id, score]
reach[id, max(score)] := reach[from, s], *edges{source: from, kind, target: id, provenance},
    decay[kind, f, _], weight[provenance, w], score = s * f * w, score >= $floor
reach[id, max(score)] := reach[from, s], *edges:by_target{target: from, kind, source: id},
    decay[kind, _, f], score = s * f, score >= $floor
?[id, score] := reach[id, score]
:order -score, id
:limit $limit
"""


def neighbourhood(
    store: GraphStore,
    seeds: Mapping[NodeId, float],
    *,
    floor: float = 0.2,
    limit: int = 400,
    decay: Mapping[str, Decay] = NEIGHBOURHOOD_DECAY,
) -> list[tuple[NodeId, float]]:
    """Items around weighted seeds, best first, seeds included.

    An item's score is the best product of decays along any path from a seed; paths end where the
    score falls below ``floor``, which bounds the work.
    """
    if not seeds:
        return []
    rows = store.run(
        _NEIGHBOURHOOD,
        {
            "seeds": [[i, float(s)] for i, s in seeds.items()],
            "decay": [[k, d.forward, d.backward] for k, d in decay.items()],
            "weights": [[p, w] for p, w in PROVENANCE_WEIGHT.items()],
            "floor": floor,
            "limit": limit,
        },
        immutable=True,
    )
    return [(row[0], row[1]) for row in rows]


def subgraph(store: GraphStore, ids: Sequence[NodeId]) -> list[tuple[NodeId, str, NodeId, str]]:
    """The edges among these items: (source, kind, target, provenance)."""
    rows = store.run(
        "chosen[id] <- $ids "
        "?[source, kind, target, provenance] := chosen[source], "
        "*edges{source, kind, target, provenance}, chosen[target]",
        {"ids": [[i] for i in ids]},
        immutable=True,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
