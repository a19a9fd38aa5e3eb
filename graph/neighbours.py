"""What is around an item, with what ties it there: `walk`, described for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .model import GraphItem, NodeId
from .query import NEIGHBOURHOOD_DECAY, PROVENANCE_WEIGHT, Decay, subgraph
from .store import GraphStore
from .ties import Tie, ties_between
from .walk import STRUCTURE, Reach, walked

_WIDTH: Final = 60
_TAKEN: Final = 250
"""For a few dozen neighbours a walk need not be as wide as for a model's context."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An item near another, and the tie that its score came over.

    ``tie`` leads to or from an item with a better score: the start or another neighbour.
    """

    item: GraphItem
    score: float
    tie: Tie | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Best first. ``left_out`` were reached but are not among them."""

    start: GraphItem
    found: tuple[Neighbour, ...]
    left_out: int
    cut_off: bool
    """Whether there was more to reach than the walk follows from one item."""


def neighbours(
    store: GraphStore,
    start: GraphItem,
    *,
    hops: int = 2,
    reach: Reach | None = None,
    limit: int = 30,
    kinds: Sequence[str] | None = None,
) -> Neighbours:
    """The ``limit`` best items around one; ``kinds`` are the edges to walk, None is all.

    Without a ``reach`` the walk has ``hops`` steps and is as wide as ``limit`` needs.
    """
    if reach is None:
        reach = Reach(hops=hops, width=max(_WIDTH, limit), limit=max(_TAKEN, 2 * limit))
    decay = {k: d for k, d in NEIGHBOURHOOD_DECAY.items() if kinds is None or k in kinds}
    found = walked(store, {start.id: 1.0}, reach=reach, decay=decay)
    ranked = sorted(
        ((id, score) for id, score in found.scores.items() if id != start.id),
        key=lambda pair: (-pair[1], pair[0]),
    )
    kept = ranked[:limit]
    items = {item.id: item for item in store.items(id for id, _ in kept)}
    scores = {start.id: 1.0, **dict(kept)}
    ties = _best_ties(store, {**items, start.id: start}, scores, decay, reach)
    return Neighbours(
        start,
        tuple(Neighbour(items[id], score, ties.get(id)) for id, score in kept if id in items),
        left_out=len(ranked) - len(kept),
        cut_off=found.cut_off,
    )


def _best_ties(
    store: GraphStore,
    items: Mapping[NodeId, GraphItem],
    scores: Mapping[NodeId, float],
    decay: Mapping[str, Decay],
    reach: Reach,
) -> dict[NodeId, Tie]:
    """For each item the tie that gives it its score, from those among the best alone.

    A score shrinks on every step, so that what an item was reached from is better than it is.
    """
    best: dict[NodeId, tuple[float, NodeId, str, NodeId]] = {}
    for source, kind, target, provenance in subgraph(store, list(items)):
        if kind not in decay or source == target:
            continue
        out = scores[source] * (reach.foreign if items[source].is_dependency else 1.0)
        ahead = out * decay[kind].forward * PROVENANCE_WEIGHT.get(provenance, 0.0)
        if scores[source] > scores[target] and ahead > best.get(target, (0.0,))[0]:
            best[target] = (ahead, source, kind, target)
        back = scores[target] * decay[kind].backward
        may = kind in STRUCTURE or not items[target].is_dependency
        if may and scores[target] > scores[source] and back > best.get(source, (0.0,))[0]:
            best[source] = (back, source, kind, target)
    found = ties_between(store, [(b[1], b[3]) for b in best.values()], decay)
    return {
        id: tie
        for id, (_, source, kind, target) in best.items()
        for tie in found.get((source, target), ())
        if tie.kind == kind
    }
