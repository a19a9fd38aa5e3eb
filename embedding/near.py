"""Which items' vectors are nearest to a query's: exactly among few, by a graph among many.

Comparing with every vector is exact, needs no building, and for twenty thousand takes a millisecond
or two. Beyond, a graph of neighbours (HNSW; Malkov and Yashunin, 2016) is asked, by usearch; where
that is not installed, every vector is compared. `benchmarks.retrieval vectors` measures both.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..graph.model import NodeId
from .hnsw import Backend, Matrix, Rows, open_hnsw

EXACT_ROWS: Final = 20_000
"""Up to so many vectors a query is compared with all of them."""

LATER_WINDOW: Final = 0.03
"""Taken off the cosine of any window of an item but its first. Learned on *docs to definition*
(the tuning half): without it, bodies with many windows are near to everything."""

_NOWHERE: Final = 3.0
"""Taken off the cosine of an empty row."""
_FIRST_ROWS: Final = 1024
_CHUNK: Final = 64
"""Vectors that the graph takes in at once: a query waits no longer than for those."""


class Exact:
    """All vectors in one matrix."""

    def __init__(self, dimensions: int) -> None:
        self._matrix: Matrix = np.zeros((_FIRST_ROWS, dimensions), np.float32)
        self._off = np.full(_FIRST_ROWS, _NOWHERE, np.float32)
        self._end = 0

    def put(self, rows: Rows, vectors: Matrix) -> None:
        self._end = max(self._end, int(rows.max()) + 1)
        if self._end > len(self._off):
            more = max(self._end, 2 * len(self._off)) - len(self._off)
            self._matrix = np.pad(self._matrix, ((0, more), (0, 0)))
            self._off = np.pad(self._off, (0, more), constant_values=_NOWHERE)
        self._matrix[rows] = vectors
        self._off[rows] = 0.0

    def clear(self, rows: Rows) -> None:
        self._off[rows] = _NOWHERE

    def get(self, rows: Rows) -> Matrix:
        return self._matrix[rows]

    def nearest(self, vector: Matrix, count: int) -> Rows:
        scores = self._matrix[: self._end] @ vector - self._off[: self._end]
        if count >= len(scores):
            return np.flatnonzero(self._off[: self._end] == 0.0)
        found = np.argpartition(scores, -count)[-count:]
        return found[scores[found] > -_NOWHERE / 2]


class NearIndex:
    """Maps items to their vectors, one or more each, and finds those nearest. Thread-safe."""

    def __init__(self, dimensions: int, *, exact_rows: int = EXACT_ROWS) -> None:
        """With more than ``exact_rows`` vectors, a graph is built."""
        self.dimensions = dimensions
        self._exact_rows = exact_rows
        self._lock = threading.Lock()
        self._backend: Backend = Exact(dimensions)
        self._rows: dict[NodeId, Rows] = {}
        self._owner: dict[int, NodeId] = {}
        self._first: NDArray[np.bool_] = np.zeros(_FIRST_ROWS, np.bool_)
        self._free: list[int] = []
        self._end = 0

    def __len__(self) -> int:
        """How many items have vectors."""
        return len(self._rows)

    @property
    def vectors(self) -> int:
        """How many vectors there are, all windows counted."""
        return self._end - len(self._free)

    @property
    def is_exact(self) -> bool:
        """Whether a query is compared with every vector."""
        return isinstance(self._backend, Exact)

    def put(self, items: Iterable[tuple[NodeId, Matrix]]) -> None:
        """Keep items' vectors, each [windows, dimensions], in place of those they had."""
        items = list(items)
        for at in range(0, len(items), _CHUNK):
            with self._lock:
                self._put(items[at : at + _CHUNK])
        if self.is_exact and self.vectors > self._exact_rows:
            self._to_graph()

    def remove(self, ids: Iterable[NodeId]) -> None:
        """Forget items' vectors."""
        with self._lock:
            for id in ids:
                self._clear(id)

    def nearest(self, vectors: Sequence[Sequence[float]] | Matrix, k: int) -> dict[NodeId, float]:
        """The ``k`` items nearest to each of ``vectors``, with the best of their cosines."""
        found: dict[NodeId, float] = {}
        with self._lock:
            for vector in np.asarray(vectors, np.float32):
                best: dict[NodeId, float] = {}
                # Several of the nearest windows may be of one item.
                rows = self._backend.nearest(vector, 2 * k)
                for row, cosine in zip(rows.tolist(), self._cosines(rows, vector), strict=True):
                    id = self._owner[row]
                    best[id] = max(best.get(id, -1.0), cosine)
                for id in sorted(best, key=lambda id: (-best[id], id))[:k]:
                    found[id] = max(found.get(id, -1.0), best[id])
        return found

    def similarities(
        self, vectors: Sequence[Sequence[float]] | Matrix, ids: Iterable[NodeId]
    ) -> dict[NodeId, float]:
        """The best cosine of each of these items to any of ``vectors``; those without are left
        out."""
        queries = np.asarray(vectors, np.float32)
        with self._lock:
            known = [(id, self._rows[id]) for id in dict.fromkeys(ids) if id in self._rows]
            if not known or not len(queries):
                return {}
            rows = np.concatenate([rows for _, rows in known])
            cosines = np.max([self._cosines(rows, query) for query in queries], axis=0)
        starts = np.cumsum([0, *(len(rows) for _, rows in known[:-1])])
        best = np.maximum.reduceat(cosines, starts)
        return {id: float(cosine) for (id, _), cosine in zip(known, best, strict=True)}

    def all(self) -> list[tuple[NodeId, Matrix]]:
        """Every item with its vectors."""
        with self._lock:
            return [(id, self._backend.get(rows)) for id, rows in self._rows.items()]

    def _cosines(self, rows: Rows, vector: Matrix) -> list[float]:
        cosines = self._backend.get(rows) @ vector
        return (cosines - LATER_WINDOW * ~self._first[rows]).tolist()

    def _put(self, items: Sequence[tuple[NodeId, Matrix]]) -> None:
        placed: list[Rows] = []
        for id, vectors in items:
            self._clear(id)
            rows = np.array([self._row() for _ in vectors], np.int64)
            self._rows[id] = rows
            self._first[rows] = False
            self._first[rows[0]] = True
            self._owner.update((int(row), id) for row in rows)
            placed.append(rows)
        if placed:
            vectors = np.concatenate([vectors for _, vectors in items]).astype(np.float32)
            self._backend.put(np.concatenate(placed), vectors)

    def _row(self) -> int:
        if self._free:
            return self._free.pop()
        if self._end == len(self._first):
            self._first = np.pad(self._first, (0, len(self._first)))
        self._end += 1
        return self._end - 1

    def _clear(self, id: NodeId) -> None:
        rows = self._rows.pop(id, None)
        if rows is not None:
            self._backend.clear(rows)
            self._free += rows.tolist()
            for row in rows.tolist():
                del self._owner[row]

    def _to_graph(self) -> None:
        """Build the graph beside what is asked meanwhile, and change over."""
        graph = open_hnsw(self.dimensions)
        if graph is None:
            self._exact_rows = 1 << 62
            return
        # Only the thread that puts comes here: nothing is put or removed meanwhile.
        rows = np.fromiter(self._owner, np.int64, len(self._owner))
        for at in range(0, len(rows), _CHUNK):
            part = rows[at : at + _CHUNK]
            graph.put(part, self._backend.get(part))
        with self._lock:
            self._backend = graph
