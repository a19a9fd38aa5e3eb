"""What the queue is plugged into, and what it says when something goes wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

# Key, content hash, unit vectors [windows, dimensions].
Delivery = tuple[bytes, bytes, Vector]


def packed(vectors: Vector) -> bytes:
    """Vectors [windows, dimensions] as they are kept: float16, little-endian, row by row."""
    return vectors.astype("<f2").tobytes()


def unpacked(blob: bytes, dimensions: int) -> Vector | None:
    """The inverse of `packed`: float32 [windows, dimensions], of length 1 again after the rounding.

    None for what holds no whole vectors of so many dimensions.
    """
    if not blob or len(blob) % (2 * dimensions):
        return None
    vectors = np.frombuffer(blob, "<f2").reshape(-1, dimensions).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.float32(1e-6))


class TextEncoder(Protocol):
    """What the queue needs of `Encoder`."""

    def encode(
        self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None
    ) -> Vector: ...


class VectorSearch(Protocol):
    """What searching needs of the vectors, wherever they are."""

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[bytes, float]:
        """The ``k`` items nearest to each of ``vectors``, with the best of their cosines.

        They are the workspace's own, or its dependencies'.
        """
        ...

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        """The best cosine of each of these items to any of ``vectors``; those without are left
        out."""
        ...


class VectorStore(Protocol):
    """What the queue needs of `VectorCache`."""

    def get_many(self, hashes: Sequence[bytes]) -> dict[bytes, Vector]: ...
    def put_many(self, vectors: Mapping[bytes, Vector]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How far the queue is since it was last empty."""

    waiting: int = 0
    done: int = 0
    per_second: float = 0.0
    """Over the last ten seconds or so."""
    failed: int = 0
    """Items left out because they failed by themselves, since the start."""
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that went wrong with the jobs of `keys`.

    `dropped` jobs were skipped for good; others are still in the queue and will be tried again.
    """

    message: str
    keys: tuple[bytes, ...]
    dropped: bool
