"""A walk around weighted seeds in a few hops, each one query, with bounded cost at hubs.

Following every path to its end means, around a type that thousands of items use, the whole
workspace. So hops are counted, fronts are cut to their best, and nobody walks from a dependency's
item to its users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .model import NodeId
from .query import NEIGHBOURHOOD_DECAY, PROVENANCE_WEIGHT, Decay
from .store import GraphStore

STRUCTURE: Final = frozenset(("associated", "contains"))
"""Kinds that few edges of reach one item, so that walking them backwards is cheap anywhere."""

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

    An item's score is the best product of decays along any path of at most ``hops`` edges. Two
    queries a hop.
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
    cut_off = False
    best: dict[NodeId, float] = dict(seeds)
    front: dict[NodeId, float] = dict(seeds)
    parameters = {
        "forward": [[kind, d.forward] for kind, d in decay.items()],
        "structure": [[k, d.backward] for k, d in decay.items() if k in STRUCTURE],
        "usage": [[k, d.backward] for k, d in decay.items() if k not in STRUCTURE],
        "weights": [[p, w] for p, w in PROVENANCE_WEIGHT.items()],
        "floor": reach.floor,
        "limit": reach.limit,
    }
    for hop in range(reach.hops):
        if not front:
            break
        own = _own(store, front)
        rows = store.run(
            _HOP,
            {
                **parameters,
                "front": [
                    [id, float(s), float(s) * (1.0 if id in own else reach.foreign), id in own]
                    for id, s in front.items()
                ],
            },
            immutable=True,
        )
        cut_off |= len(rows) == reach.limit
        better = [(id, score) for id, score in rows if score > best.get(id, 0.0)]
        best.update(better)
        front = dict(better[: reach.width])
        last = hop == reach.hops - 1
        cut_off |= not last and len(better) > reach.width
    return Walked(best, cut_off)


def _own(store: GraphStore, ids: Iterable[NodeId]) -> set[NodeId]:
    """Those that belong to the workspace."""
    rows = store.run(
        "wanted[id] <- $ids ?[id] := wanted[id], *items{id, crate}, !str_includes(crate, '@')",
        {"ids": [[i] for i in ids]},
        immutable=True,
    )
    return {row[0] for row in rows}
