"""Byte offsets, and lines with columns in bytes."""

from __future__ import annotations

from bisect import bisect_right


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: bytes) -> None:
        self._size = len(text)
        self._starts = [0]
        at = text.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find(b"\n", at + 1)

    def position(self, offset: int) -> dict[str, int]:
        """The position of a byte, as LSP writes it."""
        offset = min(max(offset, 0), self._size)
        line = bisect_right(self._starts, offset) - 1
        return {"line": line, "character": offset - self._starts[line]}

    def offset(self, line: int, column: int) -> int:
        """The byte at a 0-based line and column; within the text, whatever is asked."""
        if line >= len(self._starts):
            return self._size
        return min(self._starts[max(line, 0)] + max(column, 0), self._size)
