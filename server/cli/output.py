"""What commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rich.console import Console


_PIPE_WIDTH: Final = 160
"""Columns of a table that no terminal limits."""


def print_json(value: Any) -> None:
    """A result for programs: one JSON value."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    """For results. Colours only on a terminal and without ``NO_COLOR``; never wraps in a pipe."""
    return _console(error=False)


def error_console() -> Console:
    """For progress and messages."""
    return _console(error=True)


def say(message: str) -> None:
    """A message beside the result."""
    click.echo(click.style(message, fg="yellow") if _coloured() else message, err=True)


def _coloured() -> bool:
    import os

    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _console(*, error: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    # Piped text is for programs and files: no line of it may depend on a terminal's width.
    terminal = stream.isatty()
    return Console(
        file=stream,
        highlight=False,
        soft_wrap=not terminal,
        emoji=False,
        markup=False,
        width=None if terminal else _PIPE_WIDTH,
    )
