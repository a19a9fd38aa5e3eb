"""Reading TOML that people wrote: what can be read of a broken file, and values of any shape."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias, cast

import tomli  # the standard library's parser, compiled: a workspace has hundreds of manifests

from .sources import read_source

Table: TypeAlias = dict[str, object]

_LARGEST = 16_000_000
_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_MOST_ATTEMPTS = 400


def read_toml(path: Path, *, shown: str) -> tuple[Table | None, str | None]:
    """The table in a file, and one sentence if something is wrong with it.

    Of a file with a mistake, what stands above the mistake is read: while a manifest is being
    edited, the package keeps its name. None where nothing could be read at all. ``shown`` is what
    the sentence calls the file.
    """
    data, problem = read_source(path, limit=_LARGEST)
    if data is None:
        return None, (problem or "").replace(str(path), shown)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, f"{shown}, line {line}: not UTF-8, so it was left out"
    try:
        return cast("Table", tomli.loads(text)), None
    except (tomli.TOMLDecodeError, RecursionError) as error:
        message = str(error)
        lines = text.splitlines()
        found = _LINE.search(message)
        line = int(found[1]) if found is not None and found[1] else max(len(lines), 1)
        what = _LINE.sub("", message)
        what = what[:1].lower() + what[1:]
        return _above(
            lines[: line - 1]
        ), f"{shown}, line {line}: {what}; what stands above was read"


def _above(lines: list[str]) -> Table:
    """The longest run of whole lines from the top that is TOML."""
    lowest = max(0, len(lines) - _MOST_ATTEMPTS)
    for end in range(len(lines), lowest, -1):
        try:
            return cast("Table", tomli.loads("\n".join(lines[:end]) + "\n"))
        except (tomli.TOMLDecodeError, RecursionError):
            continue
    return {}


def table(value: object) -> Table:
    """The value if it is a table, else an empty one."""
    return cast("Table", value) if isinstance(value, dict) else {}


def string(value: object, default: str = "") -> str:
    """The value if it is a string, else the default."""
    return value if isinstance(value, str) else default


def strings(value: object) -> list[str]:
    """The strings of an array; anything else in it is passed over."""
    if not isinstance(value, list):
        return []
    return [item for item in cast("list[object]", value) if isinstance(item, str)]


def tables(value: object) -> list[Table]:
    """The tables of an array of tables; a lone table counts as an array of one."""
    if isinstance(value, dict):
        return [cast("Table", value)]
    if not isinstance(value, list):
        return []
    return [cast("Table", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def flag(value: object, default: bool) -> bool:
    """The value if it is a boolean, else the default."""
    return value if isinstance(value, bool) else default
