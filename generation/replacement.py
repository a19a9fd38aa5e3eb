"""Replacing stretches of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put ``new_text`` in place of the bytes from ``start`` to ``end`` of the file as it was."""

    start: int
    end: int
    new_text: bytes


def apply(source: bytes, replacements: Iterable[Replacement]) -> bytes:
    """The file after all of them. They must not overlap; of two insertions at one place, the first
    in order comes first."""
    parts: list[bytes] = []
    at = 0
    for one in sorted(replacements, key=lambda r: (r.start, r.end)):
        if one.start < at:
            raise ValueError("replacements overlap")
        parts += [source[at : one.start], one.new_text]
        at = one.end
    return b"".join([*parts, source[at:]])


def trimmed(source: bytes, replacement: Replacement) -> Replacement:
    """The same change without the whole lines that it leaves as they are."""
    old = source[replacement.start : replacement.end].splitlines(keepends=True)
    new = replacement.new_text.splitlines(keepends=True)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Replacement(
        start=replacement.start + sum(map(len, old[:head])),
        end=replacement.end - sum(map(len, old[len(old) - tail :])),
        new_text=b"".join(new[head : len(new) - tail]),
    )
