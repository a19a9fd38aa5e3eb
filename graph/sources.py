"""Source text behind the graph's file names: the editor's unsaved text first, then the disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from .model import GraphItem

_KEPT = 64
"""Files kept in memory; contexts read the same few again and again."""


class Sources:
    """Reads files by the names the graph uses: relative paths, ``name@version/…`` for dependencies.

    ``overlay`` holds unsaved text by the same names and wins over the disk. Thread-safe.
    """

    def __init__(self, root: Path, dependency_roots: Mapping[str, Path] | None = None) -> None:
        self.root = root
        self.dependency_roots: dict[str, Path] = dict(dependency_roots or {})
        self._overlay: dict[str, bytes] = {}
        self._cache: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def path_of(self, file: str) -> Path:
        """Where a file of the graph stands on this machine."""
        head, _, rest = file.partition("/")
        if "@" in head and head in self.dependency_roots:
            return self.dependency_roots[head] / rest
        return self.root / file

    def name_of(self, path: Path) -> str | None:
        """The graph's name for a path, or None where it is outside everything known."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            pass
        for key, root in self.dependency_roots.items():
            if path.is_relative_to(root):
                return f"{key}/{path.relative_to(root).as_posix()}"
        return None

    def set_overlay(self, file: str, text: bytes | None) -> None:
        """Put unsaved text over a file, or take it away."""
        with self._lock:
            if text is None:
                self._overlay.pop(file, None)
            else:
                self._overlay[file] = text

    def overlay(self) -> dict[str, bytes]:
        """A copy of all unsaved text."""
        with self._lock:
            return dict(self._overlay)

    def read(self, file: str) -> bytes | None:
        """The file's bytes, or None where it can't be read."""
        with self._lock:
            if file in self._overlay:
                return self._overlay[file]
        path = self.path_of(file)
        try:
            mtime = path.stat().st_mtime_ns
        except OSError:
            return None
        with self._lock:
            kept = self._cache.get(file)
            if kept is not None and kept[0] == mtime:
                self._cache.move_to_end(file)
                return kept[1]
        try:
            text = path.read_bytes()
        except OSError:
            return None
        with self._lock:
            self._cache[file] = (mtime, text)
            while len(self._cache) > _KEPT:
                self._cache.popitem(last=False)
        return text

    def text(self, item: GraphItem) -> str | None:
        """An item's source text, documentation included, or None where the file can't be read."""
        source = self.read(item.file)
        return None if source is None else source[item.start : item.end].decode("utf-8", "replace")
