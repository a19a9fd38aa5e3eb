"""Unsaved text of several editors over the sources of one workspace."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from ..graph.sources import Sources

OWN: Final = b""
"""This process; the others are called by their session."""


class Overlays:
    """Who has which text over which file. The last edit of a file wins. Thread-safe.

    Text that is what the disk holds is no edit: opening a file in a second editor hides nothing
    that is typed in the first.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._clock = 0
        self._texts: dict[str, dict[bytes, tuple[int, bytes]]] = {}

    def put(self, who: bytes, texts: Mapping[str, bytes | None]) -> None:
        """Put text over these files of the graph, or (None) take it away."""
        with self._lock:
            for name, text in texts.items():
                self._put(who, name, text)

    def replace(self, who: bytes, texts: Mapping[str, bytes]) -> None:
        """Put text over these files, and take it away from all others."""
        with self._lock:
            for name in [n for n, given in self._texts.items() if who in given and n not in texts]:
                self._put(who, name, None)
            for name, text in texts.items():
                self._put(who, name, text)

    def drop(self, who: bytes) -> list[str]:
        """Take all text of somebody away; gives the files that it stood over."""
        with self._lock:
            names = [name for name, given in self._texts.items() if who in given]
            for name in names:
                self._put(who, name, None)
            return names

    def of(self, who: bytes) -> dict[str, bytes]:
        """Somebody's text by file."""
        with self._lock:
            return {n: given[who][1] for n, given in self._texts.items() if who in given}

    def _put(self, who: bytes, name: str, text: bytes | None) -> None:
        given = self._texts.setdefault(name, {})
        if text is None:
            given.pop(who, None)
        elif who not in given or given[who][1] != text:
            self._clock += 1
            alone = not (given.keys() - {who})
            given[who] = (self._clock if alone or text != self._saved(name) else 0, text)
        if not given:
            del self._texts[name]
        best = max(given.values(), default=None)
        self._sources.set_overlay(name, best[1] if best is not None else None)

    def _saved(self, name: str) -> bytes | None:
        try:
            return self._sources.path_of(name).read_bytes()
        except OSError:
            return None
