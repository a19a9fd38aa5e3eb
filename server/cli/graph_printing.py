"""Rows, trees and closing remarks of ``ferrograph graph``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from ...graph.model import GraphItem
from ...graph.ties import Tie
from ..explain import label
from .graph_asking import Asking
from .output import console, say

_WIDEST: Final = 72
"""Columns; a longer cell moves the rest of its own row alone."""


def where(item: GraphItem) -> str:
    """``file:line`` of an item, from 1."""
    return f"{item.file}:{item.line + 1}"


def called(item: GraphItem) -> str:
    """An item as people say it: its path; an impl by what it is an impl of."""
    return label(item) if item.kind == "impl" else item.qualified_path


def print_rows(rows: Iterable[Sequence[str]], *, dim: int = -1, out: Console | None = None) -> None:
    """Rows in columns of one width each, the last as it is; the ``dim`` one fainter."""
    listed = [tuple(row) for row in rows]
    out = out or console()
    if not listed:
        return
    dim %= len(listed[0])
    widths = [min(max(len(row[at]) for row in listed), _WIDEST) for at in range(len(listed[0]))]
    widths[-1] = 0
    for row in listed:
        pieces: list[str | tuple[str, str]] = []
        for at, cell in enumerate(row):
            text = cell.ljust(widths[at]) + ("  " if at < len(row) - 1 else "")
            pieces.append((text, "dim") if at == dim else text)
        line = Text.assemble(*pieces)
        line.rstrip()
        out.print(line)


def tie_words(at: Asking, ties: Sequence[Tie], most: int = 3) -> tuple[str, str]:
    """(kinds, provenance) and the places of the uses of some ties between two items."""
    kinds = ", ".join(dict.fromkeys(f"{tie.kind}, {tie.provenance}" for tie in ties))
    places = [place for tie in ties for place in at.uses(tie, most)]
    total = sum(len(tie.uses) for tie in ties)
    shown = _shortened(list(dict.fromkeys(places))[:most])
    more = f" and {total - most} more" if total > most else ""
    return kinds, f"at {shown}{more}" if shown else ""


def _shortened(places: Sequence[str]) -> str:
    """Places of one file after each other name it once."""
    words: list[str] = []
    before = ""
    for place in places:
        file, _, rest = place.partition(".rs:")
        words.append(f":{rest}" if file == before and rest else place)
        before = file
    return ", ".join(words)


def close(at: Asking, *, verbose: bool) -> None:
    """With ``--verbose``, how long the graph took."""
    if verbose:
        say(f"The graph took {at.seconds * 1000:.1f} ms.")
