"""A workspace with everything that was made of it: the graph, its vectors, who searches them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from ..embedding.encoder import Encoder
from ..embedding.errors import EmbeddingError
from ..embedding.index import VectorIndexer
from ..embedding.queue import Priority
from ..graph.errors import GraphError, StoreBroken, StoreLocked, StoreMismatch
from ..graph.indexer import GraphIndexer, IndexReport, Progress
from ..graph.sources import Sources
from ..graph.store import GraphStore, destroy
from ..parser.cargo import load_workspace
from ..parser.errors import CargoError
from ..parser.workspace import CargoWorkspace
from ..ranking.retriever import Retriever
from .config import Loaded
from .errors import ServerError
from .folders import cache_folder

_log = logging.getLogger(__name__)

FOLDER: Final = ".ferrograph"
"""Beside the workspace's manifest; holds the database and tells git to look away."""

Say = Callable[[str], None]
Cancel = Callable[[], bool]


class Project:
    """One workspace. Reading is safe from any thread; indexing and embedding are for one."""

    def __init__(
        self,
        *,
        root: Path,
        configuration: Callable[[], Loaded],
        workspace: CargoWorkspace,
        store: GraphStore,
        encoder: Encoder | None,
        say: Say,
    ) -> None:
        """Use `open`."""
        self.root = root
        self.workspace = workspace
        self.store = store
        self.sources = Sources(root)
        self.problems: tuple[str, ...] = workspace.problems
        self._configuration = configuration
        self._say = say
        self._indexer = self._new_indexer()
        self._vectors = (
            None
            if encoder is None
            else VectorIndexer(store, self.sources, encoder, cache=cache_folder() / "vectors")
        )
        self.retriever = Retriever(
            store, self.sources, None if self._vectors is None else self._vectors.encode_query
        )
