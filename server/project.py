"""A workspace with everything that was made of it: the graph, its vectors, who searches them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from ..embedding.encoder import Encoder
from ..embedding.errors import EmbeddingError
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
