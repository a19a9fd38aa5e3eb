"""The task's own item where it is longer than its share of the budget."""

from __future__ import annotations

from typing import Final

GAP: Final = "// …"


def trim(text: str, *, head: int, first: int, last: int, room: int) -> str:
    """``text`` cut to about ``room`` characters: its declaration and the lines around a selection.

    ``head`` lines of declaration come first; lines ``first`` to ``last`` (0-based) are what the
    selection covers. Lines around it are added above and below by turns; left-out lines become one
    ``// …``. The closing line stays where there is room for it. Never longer than ``text``, but
    possibly longer than ``room``: the first line is always kept.
    """
    lines = text.split("\n")
    kept = {0}
    used = len(lines[0])
    first, last = max(0, min(first, len(lines) - 1)), max(0, min(last, len(lines) - 1))
    spare = 3 * (len(GAP) + 8)

    def take(at: int) -> bool:
        nonlocal used
        if at in kept:
            return True
        if used + len(lines[at]) + 1 + spare > room:
            return False
        kept.add(at)
        used += len(lines[at]) + 1
        return True

    wanted = [*range(min(head, len(lines))), len(lines) - 1, *range(first, last + 1)]
    for at in wanted:
        if not take(at):
            break
    above, below = first - 1, last + 1
    growing = True
    while growing:
        growing = False
        if above >= 0 and take(above):
            above -= 1
            growing = True
        if below < len(lines) and take(below):
            below += 1
            growing = True
    return _joined(lines, sorted(kept))


def _joined(lines: list[str], kept: list[int]) -> str:
    out: list[str] = []
    before = -1
    for at in kept:
        if at > before + 1:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            out.append(f"{indent}{GAP}")
        out.append(lines[at])
        before = at
    if before < len(lines) - 1:
        out.append(GAP)
    return "\n".join(out)
