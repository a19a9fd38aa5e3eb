"""Vectors of a workspace's own items alone, for tests that put them there by hand."""

from __future__ import annotations

from collections.abc import Sequence

from ferrograph.embedding.near import NearIndex


class Near:
    """A `VectorSearch` without dependencies."""

    def __init__(self) -> None:
        self.own = NearIndex(384)

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[bytes, float]:
        return self.own.nearest(vectors, k) if own else {}

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        return self.own.similarities(vectors, ids)
