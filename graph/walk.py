"""A walk around weighted seeds in a few hops, with bounded cost at hubs.

Each hop is a query, or some arithmetic where the edges are in memory.

Following every path to its end means, around a type that thousands of items use, the whole
workspace. So hops are counted, fronts are cut to their best, and nobody walks from a dependency's
item to its users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import NodeId
from .query import NEIGHBOURHOOD_DECAY, PROVENANCE_WEIGHT, STRUCTURE, Decay
from .store import GraphStore
from .walk_in_memory import MemoryWalk

_HOP = """
front[from, s, out, own] <- $front
forward[kind, f] <- $forward
structure[kind, f] <- $structure
usage[kind, f] <- $usage
weight[provenance, w] <- $weights
next[id, max(score)] := front[from, _, out, _], forward[kind, f], out * f >= $floor,
    *edges{source: from, kind, target: id, provenance}, weight[provenance, w],
    score = out * f * w, score >= $floor
next[id, max(score)] := front[from, s, _, _], structure[kind, f], s * f >= $floor,
    *edges:by_target{target: from, kind, source: id}, score = s * f
next[id, max(score)] := front[from, s, _, own], own, usage[kind, f], s * f >= $floor,
    *edges:by_target{target: from, kind, source: id}, score = s * f
?[id, score] := next[id, score]
:order -score, id
:limit $limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a walk goes."""

    hops: int = 2
    floor: float = 0.2
    """Paths end where the score falls below this."""
    width: int = 150
    """Items that the second and later hops start from: the best of those just reached."""
    limit: int = 400
    """Items taken from one hop."""
    foreign: float = 0.5
    """What is left of a score on the way out of a dependency's item: its innards are its own."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Scores by item, seeds included; ``cut_off`` if a hop reached more than was taken from it."""

    scores: dict[NodeId, float]
    cut_off: bool


def walk(
    store: GraphStore,
    seeds: Mapping[NodeId, float],
    *,
    reach: Reach = Reach(),
    decay: Mapping[str, Decay] = NEIGHBOURHOOD_DECAY,
) -> dict[NodeId, float]:
    """Items around the seeds with their scores, seeds included.

    An item's score is the best product of decays along any path of at most ``hops`` edges.
    """
    return walked(store, seeds, reach=reach, decay=decay).scores


def walked(
    store: GraphStore,
    seeds: Mapping[NodeId, float],
    *,
    reach: Reach = Reach(),
    decay: Mapping[str, Decay] = NEIGHBOURHOOD_DECAY,
) -> Walked:
    """As `walk`, and whether anything was left out."""
    memory = store.adjacency
    walk = _DatalogWalk(store, reach, decay) if memory is None else MemoryWalk(memory, reach, decay)
    cut_off = False
    best: dict[NodeId, float] = dict(seeds)
    front: dict[NodeId, float] = dict(seeds)
    for hop in range(reach.hops):
        if not front:
            break
        rows = walk.hop(front)
        cut_off |= len(rows) == reach.limit
        better = [(id, score) for id, score in rows if score > best.get(id, 0.0)]
        best.update(better)
        front = dict(better[: reach.width])
        last = hop == reach.hops - 1
        cut_off |= not last and len(better) > reach.width
    return Walked(best, cut_off)


class _DatalogWalk:
    """Hops as queries, two each."""

    def __init__(self, store: GraphStore, reach: Reach, decay: Mapping[str, Decay]) -> None:
        self._store = store
        self._foreign = reach.foreign
        self._parameters = {
            "forward": [[kind, d.forward] for kind, d in decay.items()],
            "structure": [[k, d.backward] for k, d in decay.items() if k in STRUCTURE],
            "usage": [[k, d.backward] for k, d in decay.items() if k not in STRUCTURE],
            "weights": [[p, w] for p, w in PROVENANCE_WEIGHT.items()],
            "floor": reach.floor,
            "limit": reach.limit,
        }

    def hop(self, front: Mapping[NodeId, float]) -> list[tuple[NodeId, float]]:
        """The best of what is one edge away, best first."""
        own = _own(self._store, front)
        rows = self._store.run(
            _HOP,
            {
                **self._parameters,
                "front": [
                    [id, float(s), float(s) * (1.0 if id in own else self._foreign), id in own]
                    for id, s in front.items()
                ],
            },
            immutable=True,
        )
        return [(row[0], row[1]) for row in rows]


def _own(store: GraphStore, ids: Iterable[NodeId]) -> set[NodeId]:
    """Those that belong to the workspace."""
    rows = store.run(
        "wanted[id] <- $ids ?[id] := wanted[id], *items{id, crate}, !str_includes(crate, '@')",
        {"ids": [[i] for i in ids]},
        immutable=True,
    )
    return {row[0] for row in rows}
