"""Retrievals that were made before, kept until something they rest on changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..embedding.ports import unpacked
from ..graph.batch import Batch, row_item
from ..graph.kept_items import Hits
from ..graph.model import GraphItem, NodeId
from ..graph.sources import Sources
from .documents import document, is_indexed
from .model import Place
from .words import SHORTEST_PREFIX

if TYPE_CHECKING:
    from .retriever import Retrieval

_MOST: Final = 64
"""Retrievals; each refers to a few hundred items."""
_MANY: Final = 2000
"""Items. A write that changes more than these changes everything."""
_MARGIN: Final = 0.02
"""Of a cosine: the index of vectors is approximate."""

Key: TypeAlias = tuple[str, Place | None, bytes, int]
"""Text, place, what the place's file says, and how many items are wanted."""
Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a retrieval rests on: a change of anything else leaves it as it is.

    The one exception is how rare words are: every edit shifts that a little, for all of them.
    """

    items: frozenset[NodeId]
    """Everything that was met on the way, whether it was ranked in the end or not."""
    file: str
    """The place's, or ""."""
    names: frozenset[str]
    """Names that the text spells: an item that comes to bear one is found."""
    files: tuple[str, ...]
    """Files that the text names."""
    words: frozenset[str]
    """Words that are asked for: an item that comes to have one, or a name that goes on from one or
    begins one, is found."""
    vectors: Vectors
    """The text's own, a row each."""
    nearest: float
    """An item of the workspace whose vector is nearer than this to any of them is found."""


@dataclass(slots=True)
class Counts:
    """How the kept retrievals fare."""

    hits: Hits
    kept: int
    dropped: int
    """By edits of what they rest on."""


class KeptRetrievals:
    """The latest retrievals by what was asked. Thread-safe."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Support, Retrieval]] = OrderedDict()
        self._writes = 0
        self._hits = Hits()
        self._dropped = 0

    @property
    def counts(self) -> Counts:
        """Hits and misses so far, and how many are kept."""
        with self._lock:
            hits = Hits(self._hits.found, self._hits.missed)
            return Counts(hits, len(self._entries), self._dropped)

    @property
    def writes(self) -> int:
        """Grows with every write: what was begun before one must not be kept after it."""
        return self._writes

    def get(self, key: Key) -> Retrieval | None:
        """What was found before, if it still holds."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self._hits.missed += 1
                return None
            self._hits.found += 1
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: Key, support: Support, found: Retrieval, *, begun: int) -> None:
        """Keep what was found, unless something was written since ``begun``, see `writes`."""
        with self._lock:
            if begun != self._writes:
                return
            self._entries[key] = (support, found)
            while len(self._entries) > _MOST:
                self._entries.popitem(last=False)

    def written(self, batch: Batch | None) -> None:
        """Drop what rested on anything that a write changed; None is all there is."""
        with self._lock:
            self._writes += 1
            if not self._entries:
                return
            change = None if batch is None else _Change(batch, self._sources)
            if change is None or len(change.items) > _MANY:
                self._dropped += len(self._entries)
                self._entries.clear()
                return
            shaken = [key for key, entry in self._entries.items() if change.shakes(entry[0])]
            for key in shaken:
                del self._entries[key]
            self._dropped += len(shaken)


class _Change:
    """What a write changed, as far as retrievals are concerned."""

    def __init__(self, batch: Batch, sources: Sources) -> None:
        self._sources = sources
        self._put = [row_item(row) for row in batch.put.get("items", ())]
        self._files = [row[0] for row in _rows(batch, "files")]
        self._blobs = [row[2] for row in batch.put.get("vectors", ())]
        self.items: set[NodeId] = {row[0] for row in _rows(batch, "items", "unresolved", "vectors")}
        for edge in _rows(batch, "edges"):
            self.items.update((edge[0], edge[2]))
        self._words: tuple[frozenset[str], frozenset[str]] | None = None

    def shakes(self, support: Support) -> bool:
        """Whether a retrieval that rests on this may be another now."""
        if not self.items.isdisjoint(support.items):
            return True
        if any(item.file == support.file or item.name in support.names for item in self._put):
            return True
        if any(path.endswith(name) for name in support.files for path in self._files):
            return True
        if self._blobs and len(support.vectors):
            new = [unpacked(blob, support.vectors.shape[1]) for blob in self._blobs]
            nearest = (float((v @ support.vectors.T).max()) for v in new if v is not None)
            if max(nearest, default=-1.0) >= support.nearest - _MARGIN:
                return True
        words, in_names = self._new_words()
        if not words.isdisjoint(support.words):
            return True
        return any(_alike(a, b) for a in in_names for b in support.words)

    def _new_words(self) -> tuple[frozenset[str], frozenset[str]]:
        """The words of what was put, and those in names and paths."""
        if self._words is None:
            documents = [document(i, self._sources) for i in self._put if is_indexed(i)]
            self._words = (
                _split(text for one in documents for text in one.values()),
                _split(one[field] for one in documents for field in ("name", "path")),
            )
        return self._words


def _split(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


def _alike(a: str, b: str) -> bool:
    shorter, longer = (a, b) if len(a) < len(b) else (b, a)
    return len(shorter) >= SHORTEST_PREFIX and longer.startswith(shorter)


def _rows(batch: Batch, *relations: str) -> Iterable[list[Any]]:
    for relation in relations:
        yield from batch.put.get(relation, ())
        yield from batch.remove.get(relation, ())


def support_of(
    met: Iterable[Collection[NodeId]],
    *,
    file: str,
    symbols: Iterable[str],
    files: tuple[str, ...],
    words: Iterable[str],
    vectors: Iterable[Iterable[float]],
    near: Mapping[NodeId, float],
    asked: int,
) -> Support:
    """The support of a retrieval that met these items, and whose vectors found ``near`` when they
    were asked for so many of the workspace's own."""
    rows = [list(vector) for vector in vectors]
    return Support(
        items=frozenset(id for ids in met for id in ids),
        file=file,
        names=frozenset(symbol.rsplit("::", 1)[-1] for symbol in symbols),
        files=files,
        words=frozenset(words),
        vectors=np.array(rows, np.float32).reshape(len(rows), -1)
        if rows
        else np.zeros((0, 0), np.float32),
        nearest=min(near.values()) if len(near) >= asked else -1.0,
    )


def ids_of(items: Iterable[GraphItem]) -> list[NodeId]:
    """The ids of items."""
    return [item.id for item in items]
