"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_EVERY_S: Final = 2.0


class Bars:
    """``stage(…)`` names what is under way and how far it is; nothing stays on the terminal."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._last = time.monotonic()

    def __enter__(self) -> Bars:
        if sys.stderr.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            from .output import error_console

            self._bars = Progress(
                TextColumn("{task.description:<24}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[detail]}", style="dim"),
                console=error_console(),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def stage(self, name: str, done: int, total: int, detail: str = "") -> None:
        """``done`` of ``total``; 0 of 0 is something whose length isn't known."""
        if self._bars is not None:
            self._show(name, done, total, detail)
            return
        now = time.monotonic()
        if now - self._last < _LINE_EVERY_S:
            return
        self._last = now
        count = f" {done:,}/{total:,}" if total else ""
        click.echo(f"{name}{count}{f' ({detail})' if detail else ''}", err=True)

    def hide(self) -> None:
        """Make room for a result that is printed while the work goes on."""
        if self._bars is not None and self._task is not None:
            self._bars.stop()
            self._bars = None

    def _show(self, name: str, done: int, total: int, detail: str) -> None:
        bars = self._bars
        if bars is None:
            return
        if name != self._stage or self._task is None:
            if self._task is not None:
                bars.remove_task(self._task)
            self._task = bars.add_task(name, total=total or None, detail=detail)
            self._stage = name
        bars.update(self._task, completed=done, total=total or None, detail=detail[:40])
