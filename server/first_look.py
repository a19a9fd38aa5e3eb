"""A small workspace's own items, to be searched while its dependencies are still being read.

Reading what a workspace depends on takes many times as long as reading itself. Until the graph is
there, searches are answered from one of the workspace alone, in memory. Nothing is lost by it: the
vectors made for it are in the machine's cache when the graph's own turn comes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from ..embedding.index import VectorIndexer
from ..embedding.ports import VectorStore
from ..graph.indexer import GraphIndexer
from ..graph.sources import Sources
from ..graph.store import GraphStore
from ..parser.sources import rust_files
from ..parser.workspace import CargoWorkspace
from ..ranking.retriever import Retriever
from ..ranking.seeds import Meaning
from .lazy_encoder import LazyEncoder

MOST_BYTES: Final = 1_000_000
"""Of source, about 25,000 lines. What is larger is not read twice."""


class FirstLook:
    """``retriever`` answers from the workspace's own items. Made and closed by one thread."""

    def __init__(
        self,
        workspace: CargoWorkspace,
        sources: Sources,
        encoder: LazyEncoder,
        cache: VectorStore | None,
        first: Collection[str],
        cancel: Callable[[], bool],
    ) -> None:
        """Index the workspace; nothing is embedded yet. Raises `GraphError`, `Cancelled` among
        them, and `EmbeddingError`."""
        own = {key: workspace.packages[key] for key in workspace.members}
        self._store = GraphStore.open(None, model=encoder.name, dimensions=encoder.dimensions)
        try:
            alone = replace(workspace, packages=own)
            with contextlib.closing(
                GraphIndexer(self._store, alone, sources, workers=1)
            ) as indexer:
                indexer.index(cancel=cancel)
            self._vectors = VectorIndexer(self._store, sources, encoder, cache)
            self._vectors.schedule(first=first, dependencies=False)
        except BaseException:
            self._store.close()
            raise
        self.retriever = Retriever(
            self._store, sources, Meaning(encoder.encode_query, self._vectors)
        )

    def embed(self, cancel: Callable[[], bool]) -> None:
        """Embed until ``cancel()``; what is embedded is found. Raises `EmbeddingError`."""
        self._vectors.drain(cancel=cancel)

    def close(self) -> None:
        """Let go of it. A search under way may fail then, as one does when the graph is closed."""
        self._store.close()


def is_worth(workspace: CargoWorkspace) -> bool:
    """Whether the workspace is small beside what it depends on."""
    if len(workspace.packages) <= len(workspace.members):
        return False
    left = MOST_BYTES
    for member in workspace.members:
        for path in rust_files(workspace.packages[member].root):
            try:
                left -= path.stat().st_size
            except OSError:
                continue
            if left < 0:
                return False
    return True
