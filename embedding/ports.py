"""What the queue is plugged into, and what it says when something goes wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

# Key, content hash, unit vector [dimensions].
Delivery = tuple[bytes, bytes, Vector]


class TextEncoder(Protocol):
    """What the queue needs of `Encoder`."""

    def encode(
        self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None
    ) -> Vector: ...


class VectorStore(Protocol):
    """What the queue needs of `VectorCache`."""

    def get_many(self, hashes: Sequence[bytes]) -> dict[bytes, Vector]: ...
    def put_many(self, vectors: Mapping[bytes, Vector]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that went wrong with the jobs of `keys`.

    `dropped` jobs were skipped for good; others are still in the queue and will be tried again.
    """

    message: str
    keys: tuple[bytes, ...]
    dropped: bool
