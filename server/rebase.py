"""Edits that were made for a text which has changed since."""

from __future__ import annotations

from collections.abc import Sequence

from ..generation.replacement import Replacement


def rebase(
    replacements: Sequence[Replacement], *, old: bytes, new: bytes, keep: tuple[int, int]
) -> list[Replacement] | None:
    """The replacements for ``new`` instead of ``old``, or None where that isn't safe.

    Safe is a text that changed on one side of everything the edit reads and writes: its
    replacements and ``keep``, the span of the item it was made from.
    """
    if old == new:
        return list(replacements)
    low = min([keep[0], *(r.start for r in replacements)])
    high = max([keep[1], *(r.end for r in replacements)])
    if new[:high] == old[:high]:
        return list(replacements)
    tail = len(old) - low
    if len(new) >= tail and new[len(new) - tail :] == old[low:]:
        shift = len(new) - len(old)
        return [Replacement(r.start + shift, r.end + shift, r.new_text) for r in replacements]
    return None
