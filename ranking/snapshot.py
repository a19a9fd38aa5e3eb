"""Source text as it stood when a context was begun."""

from __future__ import annotations

from ..graph.ids import content_hash
from ..graph.model import GraphItem
from ..graph.sources import Sources


class Snapshot:
    """Reads every file once: what a context shows is of one moment, and a hundred items of ten
    files cost ten reads."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._files: dict[str, bytes | None] = {}
        self._intact: dict[bytes, bool] = {}

    def read(self, file: str) -> bytes | None:
        """The file's bytes, or None where it can't be read."""
        if file not in self._files:
            self._files[file] = self._sources.read(file)
        return self._files[file]

    def text(self, item: GraphItem) -> bytes | None:
        """The item's text, or None where the file has moved on since it was indexed.

        The graph may lag behind the editor: spans are trusted only while the text has the hash
        that was indexed.
        """
        source = self.read(item.file)
        if source is None:
            return None
        text = source[item.start : item.end]
        intact = self._intact.get(item.id)
        if intact is None:
            intact = self._intact[item.id] = content_hash(text) == item.content_hash
        return text if intact else None
