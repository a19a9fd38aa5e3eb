"""Search by words: an index of words that is kept in step with the graph."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ..graph.errors import Cancelled
from ..graph.export import GraphPart
from ..graph.model import GraphItem, NodeId
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .documents import FIELDS, digest, document, is_indexed
from .errors import WordsBroken
from .file_words import FileWords
from .mentions import Mentions
from .question import NOTHING, Question, question
from .word_folder import WordFolder, made_of
from .word_index import Shape, WordIndex, Writing

_log = logging.getLogger(__name__)

_REST: Final = 20.0
"""While someone types, every edit is a revision: the index is brought up to date again after this
many times what that took, so that it takes a twentieth of the time at most."""
_FEW: Final = 2000
"""Items that are looked up by id; where more changed, all are gone through."""
_NEVER: Final = -1
SHAPE: Final = Shape(FIELDS, w.OTHER_FIELDS)
"""Of the documents of items."""

Cancel = Callable[[], bool]


class Lexical:
    """Finds items by words. Thread-safe.

    The index is brought up to date by `refresh`, in the process that writes the graph; others read
    what that one has committed. Until there is one, nothing is found.
    """

    def __init__(
        self,
        store: GraphStore,
        sources: Sources,
        folder: Path | None = None,
        *,
        writes: Callable[[], bool] = lambda: True,
    ) -> None:
        """``folder`` is for the index alone, None keeps it in memory; ``writes`` says whether this
        process is the one that writes."""
        self._store = store
        self._sources = sources
        self._folder = None if folder is None else WordFolder(folder, SHAPE)
        beside = None if folder is None else folder.with_name(f"{folder.name}-files")
        self.files = FileWords(store, sources, beside)
        """The workspace's files, kept up by the same calls."""
        self._writes = writes
        self._lock = threading.Lock()
        self._noting = threading.Lock()
        self._index: WordIndex | None = None
        self._revision = _NEVER
        """The graph's, that the index and ``_changed`` make up together."""
        self._changed: set[NodeId] = set()
        self._due = 0.0
        self.is_kept = False
        """Whether somebody calls `refresh` with ``soon`` as needed: without it, only what takes a
        moment is done then."""

    # -- asking -----------------------------------------------------------------------------------

    def question(self, mentions: Mentions) -> Question:
        """What a text asks for."""
        index = self._index
        try:
            return NOTHING if index is None else question(index, mentions, w.WORD_FIELDS)
        except WordsBroken as error:
            self._broke(error, index)
            return NOTHING

    def best(self, asked: Question, limit: int, *, own: bool) -> list[tuple[NodeId, float]]:
        """The best items of the workspace's own, or of its dependencies, with scores in (0, 1]."""
        index = self._index
        try:
            found = [] if index is None else index.best(asked.words, limit, own=own)
        except WordsBroken as error:
            self._broke(error, index)
            found = []
        return [(id, min(1.0, score / asked.whole)) for id, score in found]

    def scores(self, asked: Question, ids: Iterable[NodeId]) -> dict[NodeId, float]:
        """The scores of these items, in (0, 1]; those that have nothing of it are left out."""
        index = self._index
        try:
            found = {} if index is None else index.scores(asked.words, ids)
        except WordsBroken as error:
            self._broke(error, index)
            found = {}
        return {id: min(1.0, score / asked.whole) for id, score in found.items()}

    @property
    def count(self) -> int | None:
        """How many items can be found, None where there is no index yet."""
        index = self._index
        return None if index is None else index.count

    def _broke(self, error: WordsBroken, index: WordIndex | None) -> None:
        """Reading failed: the next `refresh` makes another."""
        if self._lock.acquire(blocking=False):
            # Otherwise it is being written anyway, and that fails, too, or the next question does.
            try:
                if self._index is index:
                    _log.warning("%s It is made anew.", error)
                    self._drop()
            finally:
                self._lock.release()

    def _drop(self) -> None:
        self._index = None
        self._revision = _NEVER
        self._due = 0.0
        if self._folder is not None and self._writes():
            self._folder.destroy()
            self.files.drop()

    # -- keeping up -------------------------------------------------------------------------------

    def note(self, before: int, after: int, changed: Iterable[NodeId]) -> None:
        """The graph went from one revision to another; these items came, went or are others."""
        with self._noting:
            if self._revision == before:
                self._changed.update(changed)
                self._revision = after

    @property
    def is_behind(self) -> bool:
        """Whether `refresh` has something to do."""
        return not self._writes() or self._revision != self._store.revision or bool(self._changed)

    @property
    def rests_s(self) -> float:
        """Seconds until it should be brought up to date again."""
        return max(0.0, self._due - time.monotonic())

    def refresh(self, cancel: Cancel | None = None, *, soon: bool = False) -> bool:
        """Catch up with the graph; gives whether it is up to date.

        It isn't where another thread is at it, where it has to rest, or where much is left to
        who keeps it; ``soon`` waits for the former and does the latter. Raises `Cancelled`, what
        was done being kept, and `GraphError`.
        """
        if not self.is_behind:
            return True
        much = self._revision != self._store.revision
        if self._writes() and not soon and (self.rests_s > 0.0 or (much and self.is_kept)):
            return False
        if not self._lock.acquire(blocking=soon):
            return False
        try:
            if self._writes():
                self._write(cancel or _never)
            else:
                self._follow()
        finally:
            self._lock.release()
        return True

    def _follow(self) -> None:
        """Read what the process that writes has committed last."""
        if self._folder is None:
            return
        try:
            self._index = self._folder.read(self._index)
            self.files.follow()
        except WordsBroken as error:
            # It may be about to make another.
            _log.info("%s", error)
            self._index = None

    def _write(self, cancel: Cancel) -> None:
        started = time.monotonic()
        try:
            self._catch_up(cancel)
        except WordsBroken as error:
            _log.warning("%s It is made anew.", error)
            self._drop()
            try:
                self._catch_up(cancel)
            except WordsBroken as again:
                _log.warning("%s It is kept in memory.", again)
                self._folder = None
                self.files = FileWords(self._store, self._sources, None)
                self._catch_up(cancel)
        done = time.monotonic()
        self._due = done + _REST * (done - started)

    def _catch_up(self, cancel: Cancel) -> None:
        folder, index = self._folder, self._index
        with self._noting:
            revision = self._store.revision
            known = index is not None and self._revision == revision
            changed, self._changed = self._changed, set()
            # What is noted from now on comes on top.
            self._revision = revision
        try:
            mark = made_of(self._store)
            if index is None:
                index = WordIndex(None, SHAPE) if folder is None else folder.open()
                self._index = index
            if not known and folder is not None and folder.is_made_of(mark, index.count):
                # By an earlier process, or by one that this one followed until now.
                self.files.catch_up(cancel)
                return
            if folder is not None:
                # Until the end, it is made of nothing known.
                folder.mark("", 0)
            if known and len(changed) <= _FEW:
                self._take(index, changed)
            else:
                self._compare(index, cancel)
            self.files.catch_up(cancel)
            if folder is not None:
                folder.mark(mark, index.count)
        except BaseException:
            self._revision = _NEVER
            raise

    def _take(self, index: WordIndex, changed: set[NodeId]) -> None:
        items = [item for item in self._store.items(changed) if is_indexed(item)]
        with index.writing() as to:
            to.remove(changed)
            for item in items:
                self._put(to, item, digest(item))

    def _compare(self, index: WordIndex, cancel: Cancel) -> None:
        """Go through all items; what is as it was costs little."""
        known = index.digests()
        with index.writing() as to:
            for item in GraphPart(self._store).items():
                if not is_indexed(item):
                    continue
                if cancel():
                    raise Cancelled("It was cancelled.")
                before, now = known.pop(item.id, None), digest(item)
                if before == now:
                    continue
                if before is not None:
                    to.remove((item.id,))
                self._put(to, item, now)
            to.remove(known)

    def _put(self, to: Writing, item: GraphItem, made_of: int) -> None:
        texts = document(item, self._sources)
        to.put(item.id, texts, digest=made_of, own=not item.is_dependency)

    def close(self) -> None:
        """Write what is left to write, and let go of the files."""
        if self._writes() and self._changed and self._revision == self._store.revision:
            self.refresh(soon=True)
        self._index = None
        self._revision = _NEVER
        self.files.close()


def _never() -> bool:
    return False
