"""How far indexing has come, how it is stopped, and what it did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import Cancelled
from .model import NodeId


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come."""

    stage: str
    """"scan", "dependencies", "parse", "link" or "store"."""
    done: int
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What a run did, and how much the workspace holds after it."""

    files: int
    parsed: int
    lines: int
    items: int
    """The workspace's own."""
    edges: int
    """Those that leave the workspace's own items."""
    unresolved: int
    crates: int
    dependencies: int
    dependencies_parsed: int
    dependencies_cached: int
    dependency_items: int
    seconds: dict[str, float]
    problems: tuple[str, ...]
    changed: frozenset[NodeId]
    removed: frozenset[NodeId]
    linked: frozenset[NodeId] = frozenset()
    """What an edit caused to be linked again."""


Report = Callable[[Progress], None]
Cancel = Callable[[], bool]


def ignore(_progress: Progress) -> None:
    """Report to nobody."""


def never() -> bool:
    """Cancel never."""
    return False


@dataclass(slots=True)
class Stages:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    _name: str = ""
    _since: float = 0.0
    _start: float = field(default_factory=time.perf_counter)

    def enter(self, name: str) -> None:
        """End the stage under way and begin another."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now

    def finish(self) -> dict[str, float]:
        """All stages, and their total."""
        self.enter("")
        self.seconds["total"] = time.perf_counter() - self._start
        return self.seconds


def check(stop: Cancel) -> None:
    """Raise `Cancelled` where that is wanted."""
    if stop():
        raise Cancelled("Indexing was cancelled.")
