"""A workspace with everything that was made of it: the graph, its vectors, who searches them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from ..embedding.cache import VectorCache
from ..embedding.errors import EmbeddingError
from ..embedding.index import VectorIndexer
from ..graph.errors import StoreBroken, StoreLocked, StoreMismatch
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
from .lazy_encoder import LazyEncoder

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
        configuration: Callable[[], Loaded],
        workspace: CargoWorkspace,
        store: GraphStore,
        encoder: LazyEncoder | None,
        say: Say,
    ) -> None:
        """Use `open`."""
        self.root = workspace.root
        self.workspace = workspace
        self.store = store
        self.sources = Sources(workspace.root)
        self.report: IndexReport | None = None
        """Of the latest indexing."""
        self._configuration = configuration
        self._say = say
        self._indexer = self._new_indexer()
        self._first: frozenset[str] = frozenset()
        self._encoder = encoder
        self._cache = (
            None
            if encoder is None
            else VectorCache(
                model=encoder.name, dimensions=encoder.dimensions, directory=cache_folder()
            )
        )
        self._vectors = self._new_vectors()
        self.retriever = self._new_retriever()

    @classmethod
    def open(
        cls,
        root: Path,
        configuration: Callable[[], Loaded],
        *,
        say: Say,
        in_memory: bool = False,
    ) -> Project:
        """Read the workspace at ``root`` and open its database; nothing is indexed yet.

        ``configuration`` gives the settings that hold when it is called. A database that can't be
        used is rebuilt, or replaced by one in memory; ``say`` is told why. Raises `ServerError`
        where there is no such folder.
        """
        loaded = configuration()
        workspace = _read_workspace(root, loaded, say)
        try:
            encoder = LazyEncoder(threads=loaded.settings.embedding.threads)
        except EmbeddingError as error:
            say(f"{error} Until then, search is by words and names only.")
            encoder = None
        store = open_store(None if in_memory else workspace.root, encoder, say=say)
        return cls(
            configuration=configuration,
            workspace=workspace,
            store=store,
            encoder=encoder,
            say=say,
        )

    def close(self) -> None:
        """Stop worker processes and close the database."""
        self._indexer.close()
        if self._cache is not None:
            self._cache.close()
        self.store.close()

    def reload(self) -> None:
        """Heed other settings and manifests; `index` then brings the graph up to date."""
        self.workspace = _read_workspace(self.root, self._configuration(), self._say)
        self._indexer.close()
        self._indexer = self._new_indexer()
        self._vectors = self._new_vectors()
        self.retriever = self._new_retriever()

    # -- names ----------------------------------------------------------------------------------

    def name_of(self, path: Path) -> str | None:
        """The graph's name for a path, links followed if need be; None outside the workspace."""
        name = self.sources.name_of(path)
        if name is None:
            with contextlib.suppress(OSError, RuntimeError):
                name = self.sources.name_of(path.resolve())
        return name

    def edition_of(self, file: str) -> str:
        """The edition of the package that a file belongs to."""
        path = self.sources.path_of(file)
        owners = [p for p in self.workspace.packages.values() if path.is_relative_to(p.root)]
        inner = max(owners, key=lambda p: len(p.root.parts), default=None)
        return inner.edition if inner is not None else "2021"

    # -- writing --------------------------------------------------------------------------------

    def set_overlay(self, path: Path, text: bytes | None) -> str | None:
        """Put unsaved text over a file or take it away; gives the graph's name, if it has one."""
        name = self.name_of(path)
        if name is not None:
            self.sources.set_overlay(name, text)
        return name

    def replace_overlay(self, texts: Mapping[Path, bytes]) -> None:
        """Put unsaved text over these files, and take it away from all others."""
        named = {self.name_of(path): text for path, text in texts.items()}
        for name in self.sources.overlay().keys() - named.keys():
            self.sources.set_overlay(name, None)
        for name, text in named.items():
            if name is not None:
                self.sources.set_overlay(name, text)

    def index(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> IndexReport:
        """Bring the graph up to date. Raises `GraphError`, `Cancelled` among them."""
        self.report = self._indexer.index(progress=progress, cancel=cancel)
        return self.report

    def update(self, names: Collection[str], *, cancel: Cancel | None = None) -> IndexReport:
        """Bring the graph up to date with these files. Raises as `index`."""
        report = self._indexer.update(names, cancel=cancel)
        if self._vectors is not None and (report.changed or report.removed):
            self._vectors.schedule(
                report.changed, removed=report.removed, first=self._first | set(names)
            )
        return report

    def schedule_embedding(self, *, first: Iterable[Path] = ()) -> int:
        """Queue everything that has no vector yet, items of the files in ``first`` before others.

        Gives how many items that are. Raises `GraphError`.
        """
        if self._vectors is None:
            return 0
        named = (self.name_of(path) for path in first)
        self._first = frozenset(name for name in named if name is not None)
        dependencies = self._configuration().settings.embedding.dependencies
        return self._vectors.schedule(first=self._first, dependencies=dependencies)

    @property
    def waiting(self) -> int:
        """Items that wait to be embedded."""
        return 0 if self._vectors is None else self._vectors.pending

    def embed(
        self, *, progress: Callable[[int, int], None] | None = None, cancel: Cancel | None = None
    ) -> bool:
        """Embed what is queued until ``cancel()``; False if nothing was queued.

        Raises `EmbeddingError`; what was queued stays so.
        """
        if self._vectors is None or self._vectors.pending == 0:
            return False
        self._vectors.drain(progress=progress, cancel=cancel)
        return True

    def _new_vectors(self) -> VectorIndexer | None:
        encoder = self._encoder
        if encoder is None or not self._configuration().settings.embedding.enabled:
            return None
        return VectorIndexer(self.store, self.sources, encoder, self._cache)

    def _new_retriever(self) -> Retriever:
        encode = None if self._vectors is None else self._vectors.encode_query
        return Retriever(self.store, self.sources, encode)

    def _new_indexer(self) -> GraphIndexer:
        settings = self._configuration().settings
        return GraphIndexer(
            self.store,
            self.workspace,
            self.sources,
            cache=cache_folder() / "dependencies",
            workers=settings.index.workers,
        )


def open_store(root: Path | None, encoder: LazyEncoder | None, *, say: Say) -> GraphStore:
    """The workspace's database, made anew where it can't be used; in memory where it can't be had.

    ``root`` None is in memory from the start. ``encoder`` is the one whose vectors it holds.
    """

    def opening(path: Path | None) -> GraphStore:
        if encoder is None:
            return GraphStore.open(path)
        return GraphStore.open(path, model=encoder.name, dimensions=encoder.dimensions)

    if root is None:
        return opening(None)
    path = root / FOLDER / "graph"
    try:
        _make_folder(root / FOLDER)
        try:
            return opening(path)
        except (StoreMismatch, StoreBroken) as error:
            say(f"{_as_sentence(str(error))} That is done now.")
            destroy(path)
            return opening(path)
    except StoreLocked:
        say(
            f"Another ferrograph process, an editor most likely, has the graph of {root.name} "
            "open: this one works on a copy of its own in memory."
        )
    except (StoreBroken, StoreMismatch, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        say(f"No graph can be kept in {root / FOLDER} ({why}): it is kept in memory instead.")
    return opening(None)


def _make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _read_workspace(root: Path, loaded: Loaded, say: Say) -> CargoWorkspace:
    cargo = loaded.settings.cargo
    try:
        workspace = load_workspace(
            root,
            trusted=loaded.trusted,
            cargo=cargo.path,
            offline=cargo.offline,
            timeout=cargo.timeout_s,
        )
    except CargoError as error:
        raise ServerError(_as_sentence(str(error))) from error
    unread = workspace.via == "manifests" and not loaded.trusted
    for at, problem in enumerate(workspace.problems):
        # The first one says that cargo was not run.
        hint = " `ferrograph trust` allows it." if unread and at == 0 else ""
        say(_as_sentence(problem) + hint)
    if loaded.settings.index.dependencies:
        return workspace
    own = {key: workspace.packages[key] for key in workspace.members}
    return dataclasses.replace(workspace, packages=own)


def _as_sentence(text: str) -> str:
    """Problems are clauses; messages are sentences."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
