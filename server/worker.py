"""The one thread that indexes: first everything, then what changes, then vectors.

Changes are debounced and pre-empt embedding, which proceeds in slices. Nothing here touches the
editor: who listens is told, on this thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

from ..embedding.errors import EmbeddingError
from ..embedding.ports import QueueState
from ..graph.errors import Cancelled, GraphError
from ..graph.progress import IndexReport, Progress
from ..parser.rust_analyzer.errors import ExpertError, Withdrawn
from ..parser.rust_analyzer.expert import Report
from .errors import is_expected, sentence
from .project import Project
from .writer import EmbeddingDo

_log = logging.getLogger(__name__)

_STOP_S: Final = 10.0
_EMBED_AGAIN_S: Final = 1.0
_EMBED_LATEST_S: Final = 60.0
"""After a failure of the embedding model, of the disk, or of the process that owns the graph: twice
as long after each, up to the latter."""
_STILL_S: Final = 0.15
"""A cursor that moves on within this time was only passing."""
_EXPAND_AGAIN_S: Final = 30.0
"""After a failure of rust-analyzer's or of the disk."""
_EXPAND_ON_S: Final = 1.0
"""After giving way to something more pressing."""


Ahead = Callable[[Project, Callable[[], bool]], None]


class Listener(Protocol):
    """Who wants to know. Called on the worker's thread, so each method must be quick."""

    def opened(self, project: Project) -> None:
        """The workspace is read; indexing starts."""
        ...

    def indexing(self, progress: Progress) -> None:
        """The first indexing, or one after a change of manifests, got further."""
        ...

    def indexed(self, report: IndexReport) -> None:
        """That indexing is complete."""
        ...

    def updated(self, report: IndexReport) -> None:
        """Changed files are indexed."""
        ...

    def embedding(self, done: int, total: int) -> None:
        """``done`` of ``total`` texts are embedded; equal numbers are the end."""
        ...

    def expert(self, report: Report) -> None:
        """rust-analyzer stands otherwise than before. Called on any thread."""
        ...

    def failed(self, what: str) -> None:
        """Something went wrong; the thread goes on where that makes sense."""
        ...


class IndexWorker:
    """Owns the project and is its only writer."""

    def __init__(
        self,
        open_project: Callable[[], Project],
        listener: Listener,
        *,
        overlay: Callable[[], Mapping[Path, bytes]],
        debounce_s: float,
    ) -> None:
        """``overlay`` gives the open documents' text by path."""
        self._open_project = open_project
        self._listener = listener
        self._overlay = overlay
        self.debounce_s = debounce_s
        self._change = threading.Condition()
        self._due: dict[Path, float] = {}
        self._busy: set[Path] = set()
        self._reopen = True
        self._embed_from = 0.0
        self._expand_from = 0.0
        self._embed_pause = 0.0
        self._woken = False
        self._prepared = False
        self._ahead: tuple[float, Ahead] | None = None
        # What there is to do when nothing changed, the most pressing first.
        self._leisure = (self._words, self._look_ahead, self._prepare, self._expand, self._embed)
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._project: Project | None = None
        self._thread = threading.Thread(target=self._run, name="ferrograph-index", daemon=True)

    @property
    def project(self) -> Project | None:
        """The project once it is opened, whether or not it is indexed yet."""
        return self._project

    @property
    def ready(self) -> bool:
        """Whether the first indexing is over, well or not."""
        return self._ready.is_set()

    def start(self) -> None:
        """Begin to index."""
        self._thread.start()

    def stop(self) -> None:
        """Cancel what runs, close the project and wait for the thread."""
        self._stopping.set()
        with self._change:
            self._change.notify_all()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def wait_ready(self, timeout: float) -> bool:
        """Wait for the first indexing; True if it is over by then."""
        return self._ready.wait(timeout)

    def touch(self, paths: Iterable[Path], *, soon: bool = False) -> None:
        """These files changed; index them after a pause in changes, or at once if ``soon``."""
        due = time.monotonic() + (0.0 if soon else self.debounce_s)
        with self._change:
            self._due.update((path, due) for path in paths)
            self._change.notify_all()

    def embedding(self, do: EmbeddingDo = "tell") -> QueueState:
        """See `Project.embedding`; nothing waits before there is a project."""
        project = self._project
        return QueueState() if project is None else project.embedding(do)

    def _wake(self) -> None:
        self._embed_from = 0.0
        with self._change:
            self._woken = True
            self._change.notify_all()

    def reopen(self) -> None:
        """Read the workspace again: its manifests or its settings changed."""
        with self._change:
            self._reopen = True
            self._change.notify_all()

    def look_ahead(self, ahead: Ahead) -> None:
        """Do this once nothing more pressing is left and nobody has asked for a moment.

        It takes the place of what was to be done before. It is given the project, and asked to end
        when the second says so.
        """
        with self._change:
            self._ahead = (time.monotonic() + _STILL_S, ahead)
            self._change.notify_all()

    def is_stale(self, path: Path | None = None) -> bool:
        """Whether a change of this file, or of any, is not indexed yet."""
        with self._change:
            if path is None:
                return bool(self._due or self._busy)
            return path in self._due or path in self._busy

    def _expert_changed(self, report: Report) -> None:
        self._listener.expert(report)
        if report.state == "ready":
            with self._change:
                self._change.notify_all()

    # -- on the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._step()
        finally:
            self._ready.set()
            if self._project is not None:
                self._project.close()

    def _step(self) -> None:
        files = self._next_files()
        try:
            if self._take_reopen():
                self._index_all()
            elif files:
                self._update(files)
            elif not any(work() for work in self._leisure):
                self._sleep()
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 the thread outlives whatever one file does to it
            if not is_expected(error):
                _log.exception("Indexing failed")
            self._listener.failed(sentence(error))
        finally:
            with self._change:
                self._busy.clear()

    def _next_files(self) -> list[Path]:
        """Files whose pause is over; none before the first indexing."""
        now = time.monotonic()
        with self._change:
            if self._reopen or self._project is None:
                return []
            due = [path for path, at in self._due.items() if at <= now]
            for path in due:
                del self._due[path]
            self._busy.update(due)
            return due

    def _take_reopen(self) -> bool:
        with self._change:
            wanted, self._reopen = self._reopen, False
            if wanted:
                # Everything is read again anyway.
                self._due.clear()
            return wanted

    def _interrupted(self) -> bool:
        """Whether embedding should pause for something more pressing."""
        if self._stopping.is_set() or self._reopen:
            return True
        now = time.monotonic()
        with self._change:
            return any(at <= now for at in self._due.values())

    def _sleep(self) -> None:
        with self._change:
            if self._reopen or self._stopping.is_set() or self._woken:
                self._woken = False
                return
            next_due = min(self._due.values(), default=None)
            pause = None if next_due is None else max(0.0, next_due - time.monotonic())
            project = self._project
            words = None if project is None or not self._ready.is_set() else project.words_due
            if self._ahead is not None:
                still = max(0.0, self._ahead[0] - time.monotonic())
                pause = still if pause is None else min(pause, still)
            if words is not None:
                pause = words if pause is None else min(pause, words)
            if project is not None and self._ready.is_set() and project.can_expand():
                later = max(0.0, self._expand_from - time.monotonic())
                pause = later if pause is None else min(pause, later)
            if self._embed_pause:
                again = max(0.0, self._embed_from - time.monotonic())
                pause = again if pause is None else min(pause, again)
            if pause is None or pause > 0:
                self._change.wait(pause)

    def _index_all(self) -> None:
        self._prepared = False
        try:
            if self._project is None:
                self._project = self._open_project()
                self._project.on_handover = self.reopen
                self._project.on_expert = self._expert_changed
                self._project.on_resume = self._wake
            else:
                self._project.reload()
            project = self._project
            project.replace_overlay(self._overlay())
            self._listener.opened(project)
            self._look(project)
            report = project.index(progress=self._listener.indexing, cancel=self._stopping.is_set)
            project.schedule_embedding(first=self._overlay())
            project.schedule_expansion()
            self._ready.set()
            self._listener.indexed(report)
            threading.Thread(
                target=project.start_expert, name="ferrograph-ra-start", daemon=True
            ).start()
        except Cancelled:
            raise
        except Exception:
            self._ready.set()
            raise

    def _look(self, project: Project) -> None:
        try:
            project.first_look(self._overlay(), self._stopping.is_set)
        except Cancelled:
            raise
        except (EmbeddingError, GraphError) as error:
            # The indexing proper says what is wrong.
            _log.info("There is no first look at the workspace: %s", error)

    def _update(self, files: list[Path]) -> None:
        project = self._project
        if project is None:
            return
        overlay = self._overlay()
        names: list[str] = []
        for path in files:
            name = project.set_overlay(path, overlay.get(path))
            if name is not None:
                names.append(name)
        if not names:
            return
        report = project.update(names, cancel=self._stopping.is_set)
        project.schedule_expansion(names)
        self._listener.updated(report)

    def _prepare(self) -> bool:
        """Get ready for the first edit and for questions; False if there is nothing to do."""
        project = self._project
        if project is None or not self._ready.is_set() or self._interrupted():
            return False
        if self._prepared and project.is_prepared:
            return False
        self._prepared = project.prepare(self._interrupted)
        return self._prepared

    def _words(self) -> bool:
        """Bring search by words up to date; False if there is nothing to do now."""
        project = self._project
        if project is None or not self._ready.is_set() or project.words_due != 0.0:
            return False
        project.index_words(self._interrupted)
        return True

    def _expand(self) -> bool:
        """The macros of one file, where rust-analyzer is there; False if there is nothing to do."""
        project = self._project
        if project is None or not self._ready.is_set() or time.monotonic() < self._expand_from:
            return False
        try:
            return project.expand(self._wants_the_thread)
        except Cancelled:
            raise
        except Withdrawn:
            self._expand_from = time.monotonic() + _EXPAND_ON_S
            return False
        except (ExpertError, GraphError, OSError) as error:
            _log.info("Macros are not expanded now: %s", error)
            self._expand_from = time.monotonic() + _EXPAND_AGAIN_S
            return False

    def _look_ahead(self) -> bool:
        """What was put off until now; False if there is nothing of the kind."""
        project = self._project
        with self._change:
            due = self._ahead
            if due is None or due[0] > time.monotonic() or not self._ready.is_set():
                return False
            self._ahead = None
        if project is None:
            return False
        due[1](project, self._interrupted)
        return True

    def _wants_the_thread(self) -> bool:
        """Whether embedding should pause for anything at all."""
        due = self._ahead
        return self._interrupted() or (due is not None and due[0] <= time.monotonic())

    def _embed(self) -> bool:
        """One slice; False if there is nothing to embed."""
        project = self._project
        if project is None or not self._ready.is_set() or time.monotonic() < self._embed_from:
            return False
        try:
            embedded = project.embed(
                progress=self._listener.embedding, cancel=self._wants_the_thread
            )
        except Cancelled:
            raise
        except (EmbeddingError, GraphError) as error:
            if not self._embed_pause:  # once an outage
                self._listener.failed(sentence(error))
            self._embed_pause = min(max(_EMBED_AGAIN_S, 2 * self._embed_pause), _EMBED_LATEST_S)
            self._embed_from = time.monotonic() + self._embed_pause
            return False
        self._embed_pause = 0.0
        return embedded
