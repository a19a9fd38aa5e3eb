"""Changing a workspace's graph and its vectors, in the process that owns it."""

from __future__ import annotations

import gc
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from ..embedding.cache import VectorCache
from ..embedding.index import VectorIndexer
from ..embedding.ports import QueueState
from ..graph.indexer import GraphIndexer
from ..graph.model import NodeId
from ..graph.progress import IndexReport, Progress
from ..graph.sources import Sources
from ..graph.store import GraphStore
from ..parser.generated import KeptTexts
from ..parser.workspace import CargoWorkspace
from ..ranking.lexical import Lexical
from .expanding import FOLDER, stamp_of
from .first_look import FirstLook, is_worth
from .folders import cache_folder
from .lazy_encoder import LazyEncoder
from .overlays import Overlays
from .settings import Settings
from .turns import Turns

Cancel = Callable[[], bool]
EmbeddingDo: TypeAlias = Literal["tell", "pause", "resume", "cancel"]
EMBEDDING_DO: Final = typing.get_args(EmbeddingDo)
Tell = Callable[[Progress], None]
TellCount = Callable[[int, int], None]

_LEISURE_S: Final = 0.25
"""So long embedding waits for its turn before it asks whether it still should."""


class Writer:
    """The only one that writes to the store. Every method waits for its turn, from any thread.

    The ``…_for`` methods are what a follower (`host.Host`) asks for.
    """

    def __init__(
        self,
        store: GraphStore,
        sources: Sources,
        overlays: Overlays,
        *,
        workspace: CargoWorkspace,
        settings: Callable[[], Settings],
        encoder: LazyEncoder | None,
        lexical: Lexical,
    ) -> None:
        self.embedded = (0, 0)
        """How many items are embedded, of how many that were queued."""
        self.progress: Progress | None = None
        """Of the indexing under way."""
        self._store = store
        self._sources = sources
        self._overlays = overlays
        self._settings = settings
        self._encoder = encoder
        self._lexical = lexical
        self._cache = (
            None
            if encoder is None
            else VectorCache(
                model=encoder.name, dimensions=encoder.dimensions, directory=cache_folder()
            )
        )
        self.expansions: KeptTexts | None = None
        """What is known of the workspace's macros; None where nothing is kept."""
        self._turns = Turns()
        self._complete = False
        self._scheduled = False
        self._first: frozenset[str] = frozenset()
        self._vectors: VectorIndexer | None = None
        self._paused = False
        self.on_resume: Callable[[], None] | None = None
        """Called, on any thread, when embedding may go on."""
        self.on_followed: Callable[[Collection[str] | None], None] | None = None
        """Called, on any thread, with the files that are others for what a follower asked or left;
        None may be any."""
        self._indexer = self._new_indexer(workspace)

    def close(self) -> None:
        """Stop worker processes. The store is closed before, by its owner."""
        self._indexer.close()
        if self._cache is not None:
            self._cache.close()

    def renew(self, read: Callable[[], CargoWorkspace]) -> None:
        """Heed other settings and another reading of the workspace; `index` comes next."""
        with self._turns.pressing():
            self._renew(read())

    def first_look(
        self, workspace: CargoWorkspace, first: Iterable[str], cancel: Cancel
    ) -> FirstLook | None:
        """A look at the workspace's own items, where there is no graph yet and that pays.

        Raises as `FirstLook`.
        """
        if self._encoder is None or not self._settings().embedding.enabled:
            return None
        with self._turns.pressing(cancel):
            if self._store.counts().files or not is_worth(workspace):
                return None
            return FirstLook(
                workspace, self._sources, self._encoder, self._cache, frozenset(first), cancel
            )

    def index(self, progress: Tell | None, cancel: Cancel | None) -> IndexReport:
        """Bring the graph up to date. Raises `GraphError`, `Cancelled` among them."""
        with self._turns.pressing(cancel):
            return self._index(progress, cancel)

    def index_for(
        self,
        who: bytes,
        texts: Mapping[str, bytes],
        read: Callable[[], CargoWorkspace | None],
        progress: Tell,
        cancel: Cancel,
    ) -> IndexReport:
        """`index`, with a follower's unsaved text in place of what it had before.

        ``read`` gives another reading of the workspace, if it has to be another.
        """
        with self._turns.pressing(cancel):
            self._overlays.replace(who, texts)
            workspace = read()
            if workspace is not None:
                self._renew(workspace)
            report = self._index(progress, cancel)
        self._tell_followed(None if report.changed or workspace is not None else texts)
        return report

    def update(self, names: Collection[str], cancel: Cancel | None) -> IndexReport:
        """Bring the graph up to date with these files. Raises as `index`."""
        with self._turns.pressing(cancel):
            return self._update(names, cancel)

    def update_for(
        self, who: bytes, texts: Mapping[str, bytes | None], cancel: Cancel
    ) -> IndexReport:
        """`update`, with these files as a follower has them."""
        with self._turns.pressing(cancel):
            self._overlays.put(who, texts)
            report = self._update(list(texts), cancel)
        self._tell_followed(texts)
        return report

    def forget(self, who: bytes) -> None:
        """A follower is gone, and its unsaved text with it."""
        with self._turns.pressing():
            names = self._overlays.drop(who)
            if names:
                self._update(names, None)
        self._tell_followed(names)

    def schedule(self, first: Iterable[str]) -> int:
        """Queue what has no vector yet, items of the files in ``first`` before others.

        Gives how many items that are. Raises `GraphError`.
        """
        with self._turns.pressing():
            self._first = frozenset(first)
            return self._schedule()

    def schedule_for(self, first: Iterable[str], cancel: Cancel) -> int:
        """`schedule`, unless all is queued already."""
        with self._turns.pressing(cancel):
            if self._scheduled:
                return self.waiting
            self._first |= set(first)
            return self._schedule()

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`; nothing where nothing is embedded."""
        of = self._vectors
        return {} if of is None else of.nearest(vectors, k, own=own)

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[NodeId]
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`."""
        of = self._vectors
        return {} if of is None else of.similarities(vectors, ids)

    def embedding(self, do: EmbeddingDo) -> QueueState:
        """Pause or resume embedding, or forget what waits (until the workspace is opened anew or
        the items change); gives how far it is."""
        vectors = self._vectors
        if do == "pause":
            self._paused = True
        elif do == "resume":
            self._paused = False
        if vectors is not None:
            if do == "cancel":
                vectors.clear()
            self._heed_pause(vectors)
        if do == "resume" and self.on_resume is not None:
            self.on_resume()
        return QueueState(paused=self._paused) if vectors is None else vectors.state

    @property
    def paused(self) -> bool:
        """Whether embedding waits until it is resumed."""
        return self._paused

    @property
    def waiting(self) -> int:
        """Items that wait to be embedded."""
        return 0 if self._vectors is None else self._vectors.pending

    def prepare(self, cancel: Cancel) -> bool:
        """Make ready for edits and questions, until ``cancel()`` or somebody wants to write.

        Gives whether all is ready.
        """
        with self._turns.leisure(_LEISURE_S, cancel) as ours:
            if not ours or not self._complete:
                return False

            def stop() -> bool:
                return self._turns.wanted or cancel()

            self._indexer.prepare(cancel=stop)
            if self._store.adjacency is None:
                self._store.load_adjacency(stop)
                # What is loaded stays: without this, one question in fifty waits while the cycle
                # collector goes through all of it.
                gc.freeze()
            return True

    def embed(self, progress: TellCount | None, cancel: Cancel) -> None:
        """Embed what is queued, until ``cancel()`` or until somebody wants to write.

        Comes back soon where somebody else embeds, or where it is paused. Raises `EmbeddingError`.
        """

        def told(done: int, total: int) -> None:
            self.embedded = (done, total)
            if progress is not None:
                progress(done, total)

        with self._turns.leisure(_LEISURE_S, cancel) as ours:
            if ours and self._vectors is not None:
                self._vectors.drain(progress=told, cancel=lambda: self._turns.wanted or cancel())

    def _tell_followed(self, names: Collection[str] | None) -> None:
        if self.on_followed is not None and (names is None or names):
            self.on_followed(names)

    # -- with the turn held ---------------------------------------------------------------------

    def _renew(self, workspace: CargoWorkspace) -> None:
        self._indexer.close()
        self._indexer = self._new_indexer(workspace)
        self._vectors = None
        self._complete = False

    def _index(self, progress: Tell | None, cancel: Cancel | None) -> IndexReport:
        if self._vectors is None:
            # Not before this process owns the store: it writes an index.
            self._vectors = self._new_vectors()
            self._scheduled = False

        def told(at: Progress) -> None:
            self.progress = at
            if progress is not None:
                progress(at)

        self._complete = False
        before = self._store.revision
        try:
            report = self._indexer.index(progress=told, cancel=cancel)
        finally:
            self.progress = None
        self._complete = True
        self._note(before, report)
        if report.changed or report.removed:
            self._scheduled = False
        return report

    def _update(self, names: Collection[str], cancel: Cancel | None) -> IndexReport:
        if not self._complete:
            # What was stopped half way is not made whole by a few files.
            report = self._index(None, cancel)
            self._schedule()
            return report
        self._complete = False
        before = self._store.revision
        report = self._indexer.update(names, cancel=cancel)
        self._complete = True
        self._note(before, report)
        if self._vectors is not None and (report.changed or report.removed):
            self._vectors.schedule(
                report.changed, removed=report.removed, first=self._first | set(names)
            )
        return report

    def _note(self, before: int, report: IndexReport) -> None:
        # Several revisions are one too many where not all that they changed is in the report.
        after = self._store.revision
        if after <= before + 1:
            self._lexical.note(before, after, report.changed | report.removed)

    def _schedule(self) -> int:
        if self._vectors is None:
            return 0
        dependencies = self._settings().embedding.dependencies
        queued = self._vectors.schedule(first=self._first, dependencies=dependencies)
        self._scheduled = True
        return queued

    def _new_indexer(self, workspace: CargoWorkspace) -> GraphIndexer:
        return GraphIndexer(
            self._store,
            workspace,
            self._sources,
            cache=cache_folder() / "dependencies",
            workers=self._settings().index.workers,
            expansions=self._new_expansions(workspace),
        )

    def _new_expansions(self, workspace: CargoWorkspace) -> KeptTexts | None:
        if self._store.path is None:
            return None
        self.expansions = KeptTexts(self._store.path.parent / FOLDER, stamp_of(workspace))
        return self.expansions

    def _new_vectors(self) -> VectorIndexer | None:
        if self._encoder is None or not self._settings().embedding.enabled:
            return None
        vectors = VectorIndexer(self._store, self._sources, self._encoder, self._cache)
        self._heed_pause(vectors)
        return vectors

    def _heed_pause(self, vectors: VectorIndexer) -> None:
        (vectors.pause if self._paused else vectors.resume)()
