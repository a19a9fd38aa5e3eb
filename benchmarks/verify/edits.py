"""The scripted edits: read, looked over, applied."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


class EditError(Exception):
    """An edit can't be applied; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one file."""

    name: str
    kind: str
    wrong: bool
    file: str
    changes: tuple[tuple[str, str], ...]
    """What stands exactly once in the file, and what takes its place."""
    code: str = ""
    """The compiler's code for a wrong one, "" where it gives none."""
    line: str = ""
    """What stands in the line that the compiler points at."""

    def apply(self, text: str) -> str:
        """The file's text with the edit. Raises `EditError`."""
        for find, replace in self.changes:
            count = text.count(find)
            if count != 1:
                first = find.strip().splitlines()[0]
                raise EditError(f"{self.name}: `{first}` stands {count} times in {self.file}")
            text = text.replace(find, replace)
        return text


def scripted() -> list[Edit]:
    """All of them, the right ones first."""
    return [*_read("right"), *_read("wrong")]


def chosen(only: str | None, name: str | None) -> list[Edit]:
    """Those asked for. Raises `EditError` where there is none of that name."""
    edits = [e for e in scripted() if only is None or e.wrong == (only == "wrong")]
    if name is None:
        return edits
    named = [e for e in edits if e.name == name]
    if not named:
        raise EditError(f"there is no edit named {name}; the names stand in {_FOLDER}/*.toml")
    return named


def look_over(edits: list[Edit], root: Path) -> None:
    """See that every edit can be applied, and that names are unique. Raises `EditError`."""
    names = [edit.name for edit in edits]
    for name in set(names):
        if names.count(name) > 1:
            raise EditError(f"two edits are named {name}")
    for edit in edits:
        text = (root / edit.file).read_text(encoding="utf-8")
        changed = edit.apply(text)
        if changed == text:
            raise EditError(f"{edit.name} changes nothing")


def _read(which: str) -> list[Edit]:
    listed = tomllib.loads((_FOLDER / f"{which}.toml").read_text(encoding="utf-8"))["edits"]
    return [_edit(entry, wrong=which == "wrong") for entry in listed]


def _edit(entry: dict[str, Any], *, wrong: bool) -> Edit:
    return Edit(
        name=entry["name"],
        kind=entry["kind"],
        wrong=wrong,
        file=entry["file"],
        changes=tuple((change["find"], change["replace"]) for change in entry["changes"]),
        code=entry["code"] if wrong else "",
        line=entry["line"] if wrong else "",
    )
