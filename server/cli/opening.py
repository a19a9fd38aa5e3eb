"""Opening a workspace for one command: settings, database, index, vectors."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from ...graph.progress import IndexReport
from ...graph.progress import Progress as Indexing
from .. import config
from ..project import Project
from ..roots import workspace_root
from ..settings import Settings
from ..stages import stage_name
from .output import say
from .progress import Bars


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace, up to date with the disk."""

    project: Project
    loaded: config.Loaded
    report: IndexReport

    @property
    def settings(self) -> Settings:
        """The settings that hold here."""
        return self.loaded.settings


def settings_for(folder: Path, *, trust: bool = False) -> tuple[Path, config.Loaded]:
    """The workspace's root and its settings, whatever is amiss being said."""
    root = workspace_root(folder)
    client = [config.Layer("--trust", {"trusted": True})] if trust else []
    loaded = config.load(root, environ=os.environ, client=client)
    for message in loaded.messages:
        say(message)
    return root, loaded


@contextlib.contextmanager
def opened(
    folder: Path, *, trust: bool = False, embed_for_s: float | None = None, in_memory: bool = False
) -> Generator[Opened]:
    """The workspace around ``folder``, indexed, and embedded for at most ``embed_for_s`` seconds.

    None embeds everything there is to embed. Progress and messages go to standard error.
    """
    root, loaded = settings_for(folder, trust=trust)
    project = Project.open(root, lambda: loaded, say=say, in_memory=in_memory)
    with contextlib.closing(project):
        with Bars() as bars:
            report = index_with(project, bars)
            bars.stage("indexing words", 0, 0)
            project.index_words()
            if embed_for_s != 0:
                embed_with(project, bars, embed_for_s)
        yield Opened(project, loaded, report)


def expand_with(project: Project, bars: Bars) -> None:
    """Let rust-analyzer expand all macros that only a compiler can. Raises `ExpertError`."""
    project.schedule_expansion()
    total = project.unexpanded
    bars.stage("starting rust-analyzer", 0, 0)
    while project.expand(lambda: False, wait=True):
        bars.stage("expanding macros", total - project.unexpanded, total)


def index_with(project: Project, bars: Bars) -> IndexReport:
    """Index, with progress; problems of single files are said."""

    def told(progress: Indexing) -> None:
        bars.stage(stage_name(progress), progress.done, progress.total, progress.detail)

    report = project.index(progress=told)
    own = set(project.workspace.problems)
    for problem in report.problems:
        if problem not in own:
            say(problem)
    return report


def embed_with(project: Project, bars: Bars, seconds: float | None) -> None:
    """Embed what has no vector yet, for at most so many seconds; None is until it is done."""
    until = None if seconds is None else time.monotonic() + seconds

    def late() -> bool:
        return until is not None and time.monotonic() >= until

    project.schedule_embedding(first=())
    while not late():
        if not project.embed(
            progress=lambda done, total: bars.stage("embedding", done, total), cancel=late
        ):
            break
