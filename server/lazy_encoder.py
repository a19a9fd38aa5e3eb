"""The embedding model, loaded at its first use: half a second that many commands don't need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..embedding.encoder import Encoder
from ..embedding.errors import EmbeddingError
from ..embedding.model_files import DATA_FOLDER, open_model_files
from ..embedding.providers import AUTO


class LazyEncoder:
    """Knows the model's name and dimensions from its description alone. Thread-safe."""

    def __init__(self, *, threads: int | None = None, provider: str = AUTO) -> None:
        """As `Encoder.load`. Raises `EmbeddingError` if its files are missing or altered."""
        files = open_model_files(DATA_FOLDER)
        self.name = f"{files.identity}.{files.max_tokens}"
        """As `Encoder.name`: the database and the cache keep vectors under it."""
        self.dimensions = files.dimensions
        self._threads = threads
        self._provider = provider
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None

    def encode(
        self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        return self._loaded().encode(texts, cancel=cancel)

    def encode_query(self, text: str) -> list[float]:
        """The vector of a query, to be compared with those of items."""
        return self.encode([text])[0].tolist()

    def _loaded(self) -> Encoder:
        with self._lock:
            if self._encoder is None:
                encoder = Encoder.load(threads=self._threads, provider=self._provider)
                if encoder.name != self.name:
                    raise EmbeddingError(
                        f"The embedding model became {encoder.name} while {self.name} was in use: "
                        "start ferrograph again."
                    )
                self._encoder = encoder
            return self._encoder
