"""Search for files by words: each file of the workspace is a document of its own.

A file has words that none of its items has (its path, what it imports, what stands between items),
and all the words of a question together where its items have one each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from blake3 import blake3

from ..graph.errors import Cancelled
from ..graph.lookup import items_in_files
from ..graph.model import NodeId
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .errors import WordsBroken
from .file_names import subject
from .mentions import Mentions
from .question import question
from .shape import PARTS
from .terms import terms
from .word_folder import WordFolder
from .word_index import Shape, WordIndex

FIELDS: Final = ("name", "path", "defines", "text")
SHAPE: Final = Shape(FIELDS, 1.0)
"""Of the documents of files."""
_MOST_TEXT: Final = 400_000
"""Bytes of a file that are read; what is longer was written by a program."""
_BATCH: Final = 50
"""Files whose items are read at once."""


class FileWords:
    """Finds files by words. Reading is safe from any thread; writing is for one at a time.

    ``WordsBroken`` comes out of every method where the files of the index can't be used.
    """

    def __init__(self, store: GraphStore, sources: Sources, folder: Path | None) -> None:
        """``folder`` is for the index alone, None keeps it in memory."""
        self._store = store
        self._sources = sources
        self._folder = None if folder is None else WordFolder(folder, SHAPE)
        self._index: WordIndex | None = None

    def best(self, mentions: Mentions, limit: int) -> dict[NodeId, float]:
        """The best files for a text, by all that they hold, with their scores, at least 0."""
        return self._best(mentions, w.FILE_FIELDS, limit)

    def best_paths(self, mentions: Mentions, limit: int) -> dict[NodeId, float]:
        """As `best`, by what files are called alone: a word of many texts may be rare there."""
        return self._best(mentions, w.PATH_FIELDS, limit)

    def _best(
        self, mentions: Mentions, by_field: Mapping[str, float], limit: int
    ) -> dict[NodeId, float]:
        index = self._index
        if index is None:
            return {}
        return dict(index.best(question(index, mentions, by_field).words, limit, own=True))

    def catch_up(self, cancel: Callable[[], bool]) -> None:
        """Put what came or changed, and remove what went. Raises `Cancelled`, `GraphError`."""
        folder, index = self._folder, self._index
        if index is None:
            index = WordIndex(None, SHAPE) if folder is None else folder.open()
            self._index = index
        files = {path: record.hash for path, record in self._store.files().items()}
        wanted = {document_id(path): (path, hash) for path, hash in files.items()}
        known = index.digests()
        changed = {
            path: hash for id, (path, hash) in wanted.items() if known.get(id) != _digest(hash)
        }
        gone = known.keys() - wanted.keys()
        if not changed and not gone:
            return
        with index.writing() as to:
            to.remove([*gone, *(document_id(path) for path in changed)])
            for path, texts in self._documents(list(changed)):
                if cancel():
                    raise Cancelled("It was cancelled.")
                digest = _digest(changed[path])
                to.put(document_id(path), texts, digest=digest, own=True)
        if folder is not None:
            folder.mark("files", index.count)

    def follow(self) -> None:
        """Read what the process that writes has committed last."""
        if self._folder is not None:
            self._index = self._folder.read(self._index)

    def drop(self) -> None:
        """Let go of the index and remove its files: the next `catch_up` makes another."""
        self.close()
        if self._folder is not None:
            self._folder.destroy()

    def close(self) -> None:
        """Let go of the files."""
        self._index = None

    def _documents(self, paths: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            defined: dict[str, list[str]] = {}
            for item in items_in_files(self._store, batch):
                if item.kind not in PARTS and item.kind not in ("crate", "impl"):
                    defined.setdefault(item.file, []).append(item.name)
            for path in batch:
                source = self._sources.read(path) or b""
                yield (
                    path,
                    {
                        "name": terms(subject(path)),
                        "path": terms(PurePosixPath(path).with_suffix("").as_posix()),
                        "defines": terms(" ".join(defined.get(path, ()))),
                        "text": terms(source[:_MOST_TEXT].decode("utf-8", "replace")),
                    },
                )


def document_id(path: str) -> NodeId:
    """What a file is known by in the index."""
    return blake3(path.encode()).digest(16)


def _digest(hash: bytes) -> int:
    return int.from_bytes(hash[:8], "little")


__all__ = ["FileWords", "WordsBroken", "document_id"]
