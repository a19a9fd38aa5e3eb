"""Source text as it stood when a context was begun."""

from __future__ import annotations

from typing import Final

from ..graph.ids import content_hash
from ..graph.model import GraphItem, NodeId
from ..graph.sources import Sources

_HEAD: Final = 120
"""Bytes of a declaration that are compared."""


class Snapshot:
    """Reads every file once: what a context shows is of one moment, and a hundred items of ten
    files cost ten reads."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._files: dict[str, bytes | None] = {}
        self._spans: dict[NodeId, bytes | None] = {}
        self._texts: dict[NodeId, bytes | None] = {}

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
        if item.id not in self._texts:
            text = self.span(item)
            written = text is not None and _is_written(text, item)
            self._texts[item.id] = text if written else None
        return self._texts[item.id]

    def span(self, item: GraphItem) -> bytes | None:
        """What stands where the item does: its text, or the macro call that defines it."""
        if item.id not in self._spans:
            source = self.read(item.file)
            text = None if source is None else source[item.start : item.end]
            intact = text is not None and content_hash(text) == item.content_hash
            self._spans[item.id] = text if intact else None
        return self._spans[item.id]


def _is_written(text: bytes, item: GraphItem) -> bool:
    """Whether the text holds the declaration that the item has."""
    if item.kind == "section" or not item.signature:
        return True
    head = text[item.def_start - item.start :][:_HEAD].decode("utf-8", "replace").split()
    return all(a == b for a, b in zip(head[:-1], item.signature.split(), strict=False))
