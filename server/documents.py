"""The documents that the editor has open, as bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .positions import Encoding, LineIndex, local_path

if TYPE_CHECKING:
    from lsprotocol.types import TextDocumentContentChangeEvent


@dataclass(frozen=True, slots=True)
class Document:
    """One open document at one version. ``uri`` is spelled as the client spelled it."""

    uri: str
    path: Path
    version: int
    lines: LineIndex

    @property
    def text(self) -> bytes:
        """The document in UTF-8."""
        return self.lines.text


class Documents:
    """Open documents by path: editors spell one file's URI in several ways. Thread-safe."""

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self._open: dict[Path, Document] = {}
        self._lock = threading.Lock()

    def open(self, uri: str, version: int, text: str) -> Document | None:
        """Take a document in; None where it is no file."""
        path = local_path(uri)
        if path is None:
            return None
        document = Document(uri, path, version, LineIndex(_bytes(text), self.encoding))
        with self._lock:
            self._open[path] = document
        return document

    def change(
        self, uri: str, version: int, changes: Iterable[TextDocumentContentChangeEvent]
    ) -> Document | None:
        """Apply changes in their order; None where the document is not open."""
        from lsprotocol.types import TextDocumentContentChangePartial

        document = self.get(uri)
        if document is None:
            return None
        lines = document.lines
        for change in changes:
            new = _bytes(change.text)
            if isinstance(change, TextDocumentContentChangePartial):
                start, end = lines.span_of(change.range)
                new = lines.text[:start] + new + lines.text[end:]
            lines = LineIndex(new, self.encoding)
        document = Document(document.uri, document.path, version, lines)
        with self._lock:
            self._open[document.path] = document
        return document

    def close(self, uri: str) -> Document | None:
        """Forget a document; gives what it was."""
        path = local_path(uri)
        with self._lock:
            return None if path is None else self._open.pop(path, None)

    def get(self, uri: str) -> Document | None:
        """The open document of a URI."""
        path = local_path(uri)
        return None if path is None else self.at(path)

    def at(self, path: Path) -> Document | None:
        """The open document at a path."""
        with self._lock:
            return self._open.get(path)

    def all(self) -> list[Document]:
        """Every open document."""
        with self._lock:
            return list(self._open.values())


def _bytes(text: str) -> bytes:
    # JSON can carry lone surrogates, which UTF-8 can't; each is one column in both worlds.
    return text.encode("utf-8", "replace")
