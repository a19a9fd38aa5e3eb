"""A graph of neighbours (HNSW), by usearch."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

_log = logging.getLogger(__name__)

# On 42,000 vectors of Rust items: recall@20 0.977 to 0.99 at half a millisecond a query, and
# 0.2 to 0.3 ms to take a vector in.
_LINKS: Final = 16
_CANDIDATES_ADDING: Final = 96
_CANDIDATES_SEARCHING: Final = 256


class Backend(Protocol):
    """Vectors by row."""

    def put(self, rows: Rows, vectors: Matrix) -> None:
        """Keep ``vectors`` [len(rows), dimensions] in these rows."""
        ...

    def clear(self, rows: Rows) -> None:
        """Empty these rows."""
        ...

    def get(self, rows: Rows) -> Matrix:
        """The vectors of these rows."""
        ...

    def nearest(self, vector: Matrix, count: int) -> Rows:
        """About ``count`` rows whose vectors are nearest, in any order."""
        ...


def open_hnsw(dimensions: int) -> Backend | None:
    """An empty graph; None, said once in the log, where usearch cannot be used."""
    try:
        index: Any = import_module("usearch.index")
    except ImportError as error:
        _log.warning("Search by meaning compares with every vector (%s): slower.", error)
        return None
    return _Hnsw(
        index.Index(
            ndim=dimensions,
            metric="ip",
            dtype="f16",
            connectivity=_LINKS,
            expansion_add=_CANDIDATES_ADDING,
            expansion_search=_CANDIDATES_SEARCHING,
        )
    )


class _Hnsw:
    def __init__(self, index: Any) -> None:
        self._index = index

    def put(self, rows: Rows, vectors: Matrix) -> None:
        self._index.add(rows.astype(np.uint64), vectors, threads=1)

    def clear(self, rows: Rows) -> None:
        self._index.remove(rows.astype(np.uint64))

    def get(self, rows: Rows) -> Matrix:
        return np.asarray(self._index.get(rows.astype(np.uint64), dtype="f32"), np.float32)

    def nearest(self, vector: Matrix, count: int) -> Rows:
        if not len(self._index):
            # Asked for none, usearch takes the process down with it.
            return np.zeros(0, np.int64)
        found = self._index.search(vector, min(count, len(self._index)), threads=1)
        return np.asarray(found.keys, np.int64)
