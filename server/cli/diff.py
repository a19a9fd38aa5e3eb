"""Changes as unified diffs."""

from __future__ import annotations

import difflib
from typing import Final

from rich.console import Console

_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


def unified(file: str, old: bytes, new: bytes) -> str:
    """What `git apply` takes."""
    before = old.decode("utf-8", "replace").splitlines(keepends=True)
    after = new.decode("utf-8", "replace").splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{file}", f"b/{file}"))


def show_diff(out: Console, diff: str) -> None:
    """A diff in colours, where there are any."""
    for line in diff.splitlines():
        out.print(line, style=_STYLES.get(line[:1], ""))
