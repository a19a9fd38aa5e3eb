"""What a process that follows asks of the one that owns the workspace's graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..embedding.errors import EmbeddingError
from ..embedding.ports import QueueState
from ..graph.errors import Cancelled, GraphError, OwnerChanged
from ..graph.model import NodeId
from ..graph.progress import IndexReport, Progress
from ..graph.sharing import SharedDatabase
from .host import report_of
from .writer import EmbeddingDo

Cancel = Callable[[], bool]


class Guest:
    """Asks the owner. Every method raises `OwnerChanged` where it ended before it answered, and
    `GraphError` with its words."""

    def __init__(self, sharing: SharedDatabase) -> None:
        self._sharing = sharing

    def index(
        self,
        texts: Mapping[str, bytes],
        *,
        manifests: Iterable[Path],
        trusted: bool,
        progress: Callable[[Progress], None] | None,
        cancel: Cancel | None,
    ) -> IndexReport:
        """Have the graph brought up to date with the disk and with all of our unsaved text."""
        asked = {
            "texts": dict(texts),
            "manifests": [str(path) for path in manifests],
            "trusted": trusted,
        }

        def tell(fields: list[Any]) -> None:
            if progress is not None:
                progress(Progress(*fields))

        return report_of(self._sharing.call("index", asked, tell=tell, cancel=cancel))

    def update(self, texts: Mapping[str, bytes | None], *, cancel: Cancel | None) -> IndexReport:
        """Have these files indexed again; None is a file without unsaved text."""
        return report_of(self._sharing.call("update", {"texts": dict(texts)}, cancel=cancel))

    def schedule(self, first: Iterable[str]) -> int:
        """Have everything queued that has no vector."""
        return int(self._sharing.call("schedule", {"first": list(first)}))

    def waiting(self) -> int:
        """How many items wait to be embedded."""
        return int(self._sharing.call("waiting", {}))

    def embedding(self, do: EmbeddingDo) -> QueueState:
        """See `Writer.embedding`."""
        return QueueState(**self._sharing.call("embedding", {"do": do}))

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`."""
        asked = {"vectors": [list(vector) for vector in vectors], "k": k, "own": own}
        return dict(self._sharing.call("nearest", asked))

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[NodeId]
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`."""
        asked = {"vectors": [list(vector) for vector in vectors], "ids": list(ids)}
        return dict(self._sharing.call("similarities", asked))

    def embed(self, *, progress: Callable[[int, int], None] | None, cancel: Cancel | None) -> bool:
        """Wait until everything is embedded; False if nothing was queued."""

        def tell(counts: list[int]) -> None:
            if progress is not None:
                progress(*counts)

        try:
            return bool(self._sharing.call("embed", {}, tell=tell, cancel=cancel))
        except Cancelled:
            return True
        except OwnerChanged:
            raise
        except GraphError as error:
            raise EmbeddingError(str(error)) from error
