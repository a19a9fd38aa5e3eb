"""Source text as it stood when a context was begun."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from ..graph.ids import content_hash
from ..graph.kept_items import Hits
from ..graph.model import GraphItem
from ..graph.sources import Sources

_MOST_SHAPES: Final = 4096
_LONGEST: Final = 4000
"""Characters of a text that is kept: all of them together are 16 MB at most, 2 MB mostly."""
_HEAD: Final = 120
"""Bytes of a declaration that are compared."""


class Shapes:
    """Texts that were made of items, by what they were made of. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, str | None] = OrderedDict()
        self.hits = Hits()

    def get(self, key: Hashable, make: Callable[[], str | None]) -> str | None:
        """The text under a key, made now if it is new."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                self.hits.found += 1
                return self._made[key]
            self.hits.missed += 1
        made = make()
        if made is None or len(made) <= _LONGEST:
            with self._lock:
                self._made[key] = made
                while len(self._made) > _MOST_SHAPES:
                    self._made.popitem(last=False)
        return made


class Snapshot:
    """Reads every file once: what a context shows is of one moment, and a hundred items of ten
    files cost ten reads."""

    def __init__(self, sources: Sources, shapes: Shapes | None = None) -> None:
        """``shapes`` are kept from one context to the next."""
        self._sources = sources
        self.shapes = Shapes() if shapes is None else shapes
        self._files: dict[str, bytes | None] = {}
        self._intact: dict[bytes, bool] = {}

    def read(self, file: str) -> bytes | None:
        """The file's bytes, or None where it can't be read."""
        if file not in self._files:
            self._files[file] = self._sources.read(file)
        return self._files[file]

    def text(self, item: GraphItem) -> bytes | None:
        """The item's text, or None where it has none of its own or the file has moved on.

        What a macro defines stands nowhere but in the call. The graph may lag behind the editor:
        spans are trusted only while the text has the hash that was indexed.
        """
        text = self.span(item)
        return text if text is not None and _is_written(text, item) else None

    def span(self, item: GraphItem) -> bytes | None:
        """What stands where the item does: its text, or the macro call that defines it."""
        source = self.read(item.file)
        if source is None:
            return None
        text = source[item.start : item.end]
        intact = self._intact.get(item.id)
        if intact is None:
            intact = self._intact[item.id] = content_hash(text) == item.content_hash
        return text if intact else None


def _is_written(text: bytes, item: GraphItem) -> bool:
    """Whether the text holds the declaration that the item has."""
    if item.kind == "section" or not item.signature:
        return True
    head = text[item.def_start - item.start :][:_HEAD].decode("utf-8", "replace").split()
    return all(a == b for a, b in zip(head[:-1], item.signature.split(), strict=False))
