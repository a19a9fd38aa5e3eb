"""Filters for text that arrives in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def held_back(text: str, markers: Sequence[str]) -> int:
    """Length of the longest end of ``text`` that begins, but does not complete, a marker."""
    longest = 0
    for marker in markers:
        for size in range(min(len(marker) - 1, len(text)), longest, -1):
            if text.endswith(marker[:size]):
                longest = size
                break
    return longest


class StopFilter:
    """Cuts a stream at the first of several stop strings, which itself is never shown."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._tail = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What can be shown now. Once ``stopped`` is set, nothing more comes."""
        if self.stopped:
            return ""
        text = self._tail + piece
        cuts = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if cuts:
            self.stopped = True
            self._tail = ""
            return text[: min(cuts)]
        keep = held_back(text, self._stops)
        self._tail = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back in case a stop string would complete."""
        tail, self._tail = self._tail, ""
        return tail


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """Drop the ``<think>…</think>`` sections of a stream, wherever its pieces break."""
    opening, closing = "<think>", "</think>"
    buffer = ""
    thinking = False
    for piece in pieces:
        buffer += piece
        while True:
            marker = closing if thinking else opening
            before, found, after = buffer.partition(marker)
            if found:
                if before and not thinking:
                    yield before
                buffer = after
                thinking = not thinking
                continue
            keep = held_back(buffer, (marker,))
            shown, buffer = buffer[: len(buffer) - keep], buffer[len(buffer) - keep :]
            if shown and not thinking:
                yield shown
            break
    if buffer and not thinking:
        yield buffer
