"""Options and arguments that commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PLACE: Final = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?:-(?P<last>\d+)|:(?P<column>\d+))?")


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place as people write it. Lines and columns count from 1; columns are characters."""

    file: str
    line: int
    last_line: int | None
    column: int | None


class PlaceType(click.ParamType[FilePlace]):
    """``FILE:LINE``, ``FILE:LINE:COLUMN`` or ``FILE:FIRST-LAST``."""

    name = "FILE:LINE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> FilePlace:
        """See `parse_place`."""
        found = parse_place(str(value))
        if found is None:
            self.fail(
                f"{value!r} is no place: write FILE:LINE, FILE:LINE:COLUMN or FILE:FIRST-LAST, "
                "counting from 1.",
                param,
                ctx,
            )
        return found


def parse_place(text: str) -> FilePlace | None:
    """A place, or None where the text is none."""
    match = _PLACE.fullmatch(text)
    if match is None:
        return None
    line = int(match["line"])
    last = int(match["last"]) if match["last"] else None
    column = int(match["column"]) if match["column"] else None
    if line < 1 or (last is not None and last < line) or (column is not None and column < 1):
        return None
    return FilePlace(match["file"], line, last, column)


def root_option(command: _Command) -> _Command:
    """``--root DIR``."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        default=Path(),
        show_default="the current folder",
        metavar="DIR",
        help="A folder of the workspace; its root is found from there.",
    )(command)


def json_option(command: _Command) -> _Command:
    """``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON for programs (see docs/json.md)."
    )(command)


def trust_option(command: _Command) -> _Command:
    """``--trust``."""
    return click.option(
        "--trust",
        is_flag=True,
        help="Let cargo run in this workspace, this once; `ferrograph trust` does it for good.",
    )(command)


def at_option(command: _Command) -> _Command:
    """``--at FILE:LINE``."""
    return click.option("--at", type=PlaceType(), help="Where the task stands.")(command)
