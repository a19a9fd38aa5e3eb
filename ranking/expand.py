"""From seeds to their neighbourhood in the graph, scored two ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..graph.adjacency import KIND_CODES, PROVENANCE_CODES
from ..graph.model import NodeId
from ..graph.query import PROVENANCE_WEIGHT, Among
from ..graph.store import GraphStore
from ..graph.walk import Reach, walk
from . import weights as w
from .seeds import strongest

_REACH: Final = Reach(
    hops=w.EXPANSION_HOPS, floor=w.EXPANSION_FLOOR, width=w.EXPANSION_WIDTH, limit=w.EXPANSION_LIMIT
)
_CLOSE: Final = 1e-6
"""Ranks that change by less, item for item, have settled."""
_MOST_ROUNDS: Final = 100
_OTHER_KIND: Final = 0.1
_OTHER_PROVENANCE: Final = 0.5


def _table(
    values: Mapping[str, float], codes: Mapping[str, int], other: float
) -> NDArray[np.float64]:
    table = np.full(256, other)
    for name, value in values.items():
        if name in codes:
            table[codes[name]] = value
    return table


_KIND: Final = _table(w.PAGERANK_KIND, KIND_CODES, _OTHER_KIND)
_PROVENANCE: Final = _table(PROVENANCE_WEIGHT, PROVENANCE_CODES, _OTHER_PROVENANCE)


def expand(store: GraphStore, seeds: Mapping[NodeId, float]) -> dict[NodeId, float]:
    """Items around the seeds, seeds included, with the best product of decays on a path there."""
    return walk(store, strongest(seeds, w.SEED_LIMIT), reach=_REACH)


def personalised_pagerank(
    ids: Sequence[NodeId], edges: Among, seeds: Mapping[NodeId, float]
) -> dict[NodeId, float]:
    """PageRank with restarts at the seeds; the ranks add up to 1.

    ``edges`` are those among ``ids``. Each weighs by its kind and provenance; against its direction
    it weighs less. Who is at an item without edges restarts. (Page, Brin, Motwani and Winograd,
    1999; Haveliwala, 2002.)
    """
    place = {id: at for at, id in enumerate(ids)}
    for id in seeds:
        place.setdefault(id, len(place))
    count = len(place)
    start = np.zeros(count)
    for id, weight in seeds.items():
        start[place[id]] = max(weight, 0.0)
    if not start.any():
        return {}
    start /= start.sum()
    along = _KIND[edges.kinds] * _PROVENANCE[edges.provenances]
    sources = np.concatenate([edges.sources, edges.targets])
    targets = np.concatenate([edges.targets, edges.sources])
    weights = np.concatenate([along, along * w.PAGERANK_BACKWARD])
    leaving = np.bincount(sources, weights, count)
    stuck = leaving == 0.0
    shares = weights / leaving[sources]
    ranks = start
    for _ in range(_MOST_ROUNDS):
        before = ranks
        moved = np.bincount(targets, shares * before[sources], count) + before[stuck].sum() * start
        ranks = w.PAGERANK_DAMPING * moved + (1.0 - w.PAGERANK_DAMPING) * start
        if np.abs(ranks - before).sum() < count * _CLOSE:
            break
    return dict(zip(place, ranks.tolist(), strict=True))
