"""Hard negatives: texts of the same crate that BM25 takes for what a query is about."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from .pair_file import Pair

_NEAR = 4
_K1, _B = 1.2, 0.75
_MOST_POSTINGS = 400
"""Words that stand in more texts of a crate than this tell nothing apart."""
_WORD = re.compile(r"[a-z]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def with_negatives(
    pairs: Sequence[Pair], *, progress: Callable[[int, int], None] | None = None
) -> list[Pair]:
    """The same pairs in order, each with the places of its nearest wrong texts (`Pair.near`)."""
    crates: dict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        crates[pair.crate].append(at)
    done: list[Pair] = list(pairs)
    count = 0
    for places in crates.values():
        index = _Index([pairs[at].text for at in places])
        for at in places:
            pair = pairs[at]
            found = [
                places[row]
                for row in index.search(pair.query, _NEAR + 8)
                if not _same(pairs[places[row]], pair)
            ]
            done[at] = pair._replace(near=tuple(found[:_NEAR]))
        count += len(places)
        if progress is not None:
            progress(count, len(pairs))
    return done


def _same(one: Pair, other: Pair) -> bool:
    return one.item == other.item or one.text == other.text or one.query == other.query


def _words(text: str) -> list[str]:
    return _WORD.findall(_HUMP.sub(" ", text).lower())


class _Index:
    """BM25 (Robertson and Zaragoza 2009) over the words of a crate's texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths: list[int] = []
        for row, text in enumerate(texts):
            words = _words(text)
            lengths.append(len(words))
            for word, times in Counter(words).items():
                postings[word].append((row, times))
        mean = sum(lengths) / max(1, len(lengths)) or 1.0
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for word, rows in postings.items():
            if len(rows) > max(_MOST_POSTINGS, len(texts) // 20):
                continue
            rarity = math.log(1 + (len(texts) - len(rows) + 0.5) / (len(rows) + 0.5))
            self._postings[word] = [
                (row, rarity * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * lengths[row] / mean)))
                for row, n in rows
            ]

    def search(self, query: str, count: int) -> list[int]:
        """The rows of the best texts, the best first."""
        scores: dict[int, float] = defaultdict(float)
        for word in set(_words(query)):
            for row, score in self._postings.get(word, ()):
                scores[row] += score
        return sorted(scores, key=lambda row: (-scores[row], row))[:count]
