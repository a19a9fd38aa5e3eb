"""The walk of `graph.walk` over edges in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .adjacency import KIND_CODES, PROVENANCE_CODES, Adjacency, Ints
from .model import NodeId
from .query import PROVENANCE_WEIGHT, STRUCTURE, Decay

if TYPE_CHECKING:
    from .walk import Reach

_CODES = 256


class MemoryWalk:
    """Hops over an `Adjacency`, exactly as CozoDB makes them."""

    def __init__(self, graph: Adjacency, reach: Reach, decay: Mapping[str, Decay]) -> None:
        self._graph = graph
        self._reach = reach
        kinds = {code: decay[kind] for kind, code in KIND_CODES.items() if kind in decay}
        self._forward = _table({code: d.forward for code, d in kinds.items()})
        self._backward = _table({code: d.backward for code, d in kinds.items()})
        of_structure = {KIND_CODES[kind]: 1.0 for kind in STRUCTURE}
        self._structure = _table(of_structure) > 0.0
        self._weight = _table({PROVENANCE_CODES[p]: w for p, w in PROVENANCE_WEIGHT.items()})

    def hop(self, front: Mapping[NodeId, float]) -> list[tuple[NodeId, float]]:
        """The best of what is one edge away, best first."""
        graph, reach = self._graph, self._reach
        with graph.reading:
            numbers = graph.numbers(list(front))
            known = numbers >= 0
            numbers = numbers[known]
            scores = np.array(list(front.values()), np.float64)[known]
            own = graph.own(numbers)
            out = graph.out(numbers)
            leaving = np.where(own, scores, scores * reach.foreign)[out.of]
            leaving = leaving * self._forward[out.kinds]
            ahead = leaving * self._weight[out.provenances]
            go = (leaving >= reach.floor) & (ahead >= reach.floor)
            into = graph.into(numbers)
            back = scores[into.of] * self._backward[into.kinds]
            come = (back >= reach.floor) & (own[into.of] | self._structure[into.kinds])
            return self._best(
                np.concatenate([out.to[go], into.to[come]]),
                np.concatenate([ahead[go], back[come]]),
            )

    def _best(self, to: Ints, scores: NDArray[np.float64]) -> list[tuple[NodeId, float]]:
        graph = self._graph
        reached, which = np.unique(to, return_inverse=True)
        best = np.zeros(len(reached), np.float64)
        np.maximum.at(best, which, scores)
        order = np.lexsort((graph.order(reached), -best))[: self._reach.limit]
        return list(zip(graph.ids(reached[order]), best[order].tolist(), strict=True))


def _table(values: Mapping[int, float]) -> NDArray[np.float64]:
    """Values by code, 0 for those that have none."""
    table = np.zeros(_CODES, np.float64)
    for code, value in values.items():
        table[code] = value
    return table
