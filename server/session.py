"""What one connected editor has: its settings, its workspace's worker, its model."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..graph.errors import GraphError
from ..graph.progress import IndexReport, Progress
from ..parser.rust_analyzer.expert import Report
from . import config
from .engines import EngineHolder
from .project import Project
from .roots import workspace_root
from .settings import Settings
from .stages import percentage, stage_name
from .worker import IndexWorker

if TYPE_CHECKING:
    from .client import Progress as Shown
    from .lsp import FerrographServer

_log = logging.getLogger(__name__)

MANIFESTS: Final = frozenset(("Cargo.toml", "Cargo.lock"))
WATCHED: Final = ["**/*.rs", "**/Cargo.toml", "**/Cargo.lock", "**/*.md", "**/ferrograph.toml"]
_INDEXED: Final = frozenset((".rs", ".md"))
_MOST_SHOWN: Final = 3
_POLL_S: Final = 0.01


class Session:
    """Lives from ``initialize`` to ``shutdown``."""

    def __init__(self, server: FerrographServer, folder: Path, *, initialization: object) -> None:
        self._server = server
        self._client = server.client
        self._folder = folder
        self._from_editor: dict[str, Mapping[str, Any]] = {}
        given = config.client_section(initialization)
        if given is not None:
            self._from_editor["initializationOptions"] = given
        self._root = folder
        self._said: set[str] = set()
        self._shown = 0
        self.loaded = config.Loaded(Settings(), False, ())
        self._reconfiguring = asyncio.Lock()
        self.configured = threading.Event()
        """Set once the settings of the workspace are read."""
        self.engines = EngineHolder()
        self.worker = IndexWorker(
            self._open,
            _Reports(self),
            overlay=lambda: {d.path: d.text for d in server.documents.all()},
            debounce_s=self.settings.index.debounce_ms / 1000,
        )

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        return self.loaded.settings

    @property
    def project(self) -> Project | None:
        """The project, once its workspace is read."""
        return self.worker.project

    @property
    def name(self) -> str:
        """The workspace's name, for people."""
        return self._root.name or str(self._root)

    def start(self) -> None:
        """Begin to index."""
        self.worker.start()

    async def watch(self) -> None:
        """Ask to be told of files that change outside the editor."""
        await self._client.watch_files(WATCHED)

    def close(self) -> None:
        """Stop everything; closing twice is fine."""
        self.worker.stop()
        self.engines.close()

    def changed(self, paths: Iterable[Path], *, soon: bool = False) -> None:
        """Documents changed in the editor."""
        self.worker.touch((p for p in paths if p.suffix in _INDEXED), soon=soon)

    def saved(self, paths: Iterable[Path]) -> None:
        """Files changed on disk."""
        paths = list(paths)
        self.worker.touch((p for p in paths if p.suffix in _INDEXED), soon=True)
        if any(path.name in MANIFESTS for path in paths):
            self.worker.reopen()
        if any(path.name == config.WORKSPACE_FILE for path in paths):
            self._client.spawn(self._reconfigure())

    async def settled(self, path: Path | None = None, *, within_s: float) -> None:
        """Wait until the workspace, and what was typed since, is indexed; not longer than that.

        Before that, the graph's offsets are those of another text than the editor's.
        """
        until = time.monotonic() + within_s
        worker = self.worker
        while (not worker.ready or worker.is_stale(path)) and time.monotonic() < until:
            await asyncio.sleep(_POLL_S)

    async def configure(self, values: Mapping[str, Any]) -> None:
        """The editor's settings changed."""
        self._from_editor["the editor's settings"] = values
        await self._reconfigure()

    async def _reconfigure(self) -> None:
        # One after the other: each acts on what it read.
        async with self._reconfiguring:
            await self._reconfigure_alone()

    async def _reconfigure_alone(self) -> None:
        before = self.loaded
        await asyncio.to_thread(self._load_settings)
        after = self.loaded
        if before.settings.model != after.settings.model:
            self.engines.close()

        def differs(*groups: str) -> bool:
            return before.trusted != after.trusted or any(
                getattr(before.settings, group) != getattr(after.settings, group)
                for group in groups
            )

        if differs("cargo", "index", "embedding"):
            self.worker.reopen()
        project = self.project
        if project is not None and differs("cargo", "rust_analyzer"):
            await asyncio.to_thread(project.renew_expert)

    def _load_settings(self) -> None:
        editor = [config.Layer(origin, values) for origin, values in self._from_editor.items()]
        self.loaded = config.load(
            self._root, environ=self._server.environ, client=[*self._server.layers, *editor]
        )
        self.worker.debounce_s = self.settings.index.debounce_ms / 1000
        self.configured.set()
        for message in self.loaded.messages:
            if message not in self._said:
                self._said.add(message)
                self._client.log(message)
                self._client.warn(message)

    def _open(self) -> Project:
        """Called on the worker's thread."""
        self._root = workspace_root(self._folder)
        self._load_settings()
        return Project.open(self._root, lambda: self.loaded, say=self._say_once)

    def _say_once(self, message: str) -> None:
        """Show a message, the first few of a session; each only once, all in the log."""
        if message in self._said:
            return
        self._said.add(message)
        self._client.log(message)
        self._shown += 1
        if self._shown <= _MOST_SHOWN:
            self._client.info(message)
        elif self._shown == _MOST_SHOWN + 1:
            self._client.info("Ferrograph has more to say: see its log.")

    # -- for `_Reports` ------------------------------------------------------------------------

    def begin(self, title: str, on_cancel: Callable[[], None] | None = None) -> Shown:
        """Begin to show progress in the editor."""
        return self._client.progress(title, percentage=True, on_cancel=on_cancel)

    def pause_embedding(self) -> None:
        """The user wants the processor for something else. Called on the event loop."""

        async def pause() -> None:
            try:
                await asyncio.to_thread(self.worker.embedding, "pause")
            except GraphError as error:
                self._say_once(str(error))

        self._client.spawn(pause())

    def log(self, text: str) -> None:
        """Note something in the editor's log."""
        self._client.log(text)

    def say(self, text: str) -> None:
        """Show a message, once."""
        self._say_once(text)


class _Reports:
    """The worker's listener: what it does becomes progress in the editor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._indexing: Shown | None = None
        self._embedding: Shown | None = None
        self._expert: Shown | None = None
        self._expert_lock = threading.Lock()

    def opened(self, project: Project) -> None:
        if self._indexing is None:
            self._indexing = self._session.begin(f"Ferrograph: indexing {self._session.name}")

    def indexing(self, progress: Progress) -> None:
        if self._indexing is None:
            return
        text = stage_name(progress)
        if progress.total > 1:
            text += f" {progress.done:,}/{progress.total:,}"
        if progress.detail:
            text += f" ({progress.detail})"
        self._indexing.report(text, percentage(progress))

    def indexed(self, report: IndexReport) -> None:
        for problem in report.problems:
            self._session.log(problem)
        self._end(
            f"{report.items:,} items and {report.edges:,} ties in {report.files:,} files, "
            f"{report.dependencies:,} dependencies; {report.seconds.get('total', 0.0):.1f} s"
        )

    def updated(self, report: IndexReport) -> None:
        _log.debug("%d items changed, %d went", len(report.changed), len(report.removed))

    def embedding(self, done: int, total: int) -> None:
        if self._session.worker.embedding().paused:
            if self._embedding is not None:
                self._embedding.end(f"paused at {done:,} of {total:,}")
                self._embedding = None
            return
        if self._embedding is None:
            if done >= total:
                return
            pause = self._session.pause_embedding
            self._embedding = self._session.begin("Ferrograph: embedding", pause)
        self._embedding.report(f"{done:,} of {total:,}", int(100 * done / max(total, 1)))
        if done >= total:
            self._embedding.end(f"{total:,} items embedded")
            self._embedding = None

    def expert(self, report: Report) -> None:
        with self._expert_lock:
            shown = self._expert
            if report.state in ("starting", "loading"):
                if shown is None:
                    shown = self._expert = self._session.begin("Ferrograph: rust-analyzer")
                shown.report(report.doing or "starting")
            elif shown is not None:
                shown.end(report.sentence or f"rust-analyzer {report.version} is ready")
                self._expert = None
        if report.state == "failed" and report.sentence:
            self._session.log(report.sentence)

    def failed(self, what: str) -> None:
        self._end(what)
        self._session.say(f"Ferrograph could not index {self._session.name}: {what}")

    def _end(self, text: str) -> None:
        shown = self._indexing
        if shown is None:
            shown = self._session.begin(f"Ferrograph: indexing {self._session.name}")
        shown.end(text)
        self._indexing = None
