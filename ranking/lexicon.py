"""The workspace's names by the words they are made of, for finding items by name."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from ..embedding.identifiers import split_identifier
from ..graph.lookup import workspace_names
from ..graph.model import NodeId
from ..graph.store import GraphStore
from .words import PREFIX_QUALITY, SHORTEST_PREFIX, stem

_MOST_EXTENSIONS: Final = 40
"""Longer words tried for one that may be their prefix."""


_REST: Final = 20.0
"""While someone types, every edit is a revision: names are read again after this many times what
reading them took, so that it takes a twentieth of the time at most."""


class Lexicon:
    """The distinct names of a workspace, split into stemmed words. Thread-safe.

    Follows the store's revision; only names that are new are split. Dependencies have a hundred
    times as many names: those are found by spelling (`mentions.Mentions.spellings`) and by vector.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._revision = -1
        self._due = 0.0
        self._ids: dict[str, list[NodeId]] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, set[str]] = {}
        self._vocabulary: list[str] = []

    def refresh(self) -> None:
        """Catch up with the store."""
        with self._lock:
            revision, now = self._store.revision, time.monotonic()
            if revision == self._revision:
                return
            if now < self._due:
                return
            current: dict[str, list[NodeId]] = {}
            for name, id in workspace_names(self._store):
                if _is_name(name):
                    current.setdefault(name, []).append(id)
            self._ids = current
            for name in self._words.keys() - current.keys():
                for word in self._words.pop(name):
                    self._names[word].discard(name)
            for name in current.keys() - self._words.keys():
                words = tuple(dict.fromkeys(stem(word) for word in split_identifier(name)))
                self._words[name] = words
                for word in words:
                    self._names.setdefault(word, set()).add(name)
            self._vocabulary = sorted(word for word, names in self._names.items() if names)
            self._revision = revision
            done = time.monotonic()
            self._due = done + _REST * (done - now)

    def ids(self, name: str) -> list[NodeId]:
        """The workspace's items of this name."""
        return self._ids.get(name, [])

    def rarity(self, word: str) -> float:
        """How much a stemmed word tells: 1 for one that no name or one name has, near 0 for the
        commonest (inverse document frequency over names, scaled to [0, 1])."""
        total = len(self._words) + 1
        frequency = len(self._names.get(word, ())) + 1
        return math.log(total / frequency + 1.0) / math.log(total + 1.0)

    def search(self, words: Sequence[str], *, limit: int) -> list[tuple[str, float]]:
        """Names made of the stemmed ``words``, best first, with scores in (0, 1].

        The cosine between the words of the query and of the name, each weighted by its rarity; a
        word that only begins or continues another counts `PREFIX_QUALITY`.
        """
        self.refresh()
        with self._lock:
            asked = {word: self.rarity(word) for word in words}
            norm = math.sqrt(sum(weight * weight for weight in asked.values()))
            if norm == 0.0:
                return []
            matched: dict[str, dict[str, float]] = {}
            for word, weight in asked.items():
                for alike, quality in self._alike(word):
                    for name in self._names.get(alike, ()):
                        best = matched.setdefault(name, {})
                        value = weight * self.rarity(alike) * quality
                        best[word] = max(best.get(word, 0.0), value)
            scored = [
                (name, min(1.0, sum(best.values()) / (norm * self._norm(name))))
                for name, best in matched.items()
            ]
        scored.sort(key=lambda pair: (-pair[1], len(pair[0]), pair[0]))
        return scored[:limit]

    def _norm(self, name: str) -> float:
        return math.sqrt(sum(self.rarity(word) ** 2 for word in self._words[name]))

    def _alike(self, word: str) -> Iterable[tuple[str, float]]:
        """Words of the vocabulary that answer ``word``, with how well."""
        if word in self._names:
            yield word, 1.0
        for length in range(SHORTEST_PREFIX, len(word)):
            if word[:length] in self._names:
                yield word[:length], PREFIX_QUALITY
        if len(word) >= SHORTEST_PREFIX:
            at = bisect_left(self._vocabulary, word)
            for longer in self._vocabulary[at : at + _MOST_EXTENSIONS]:
                if longer.startswith(word) and longer != word:
                    yield longer, PREFIX_QUALITY


def _is_name(name: str) -> bool:
    """Impl blocks are named by what they implement and for what; those aren't identifiers."""
    return name.isidentifier()
