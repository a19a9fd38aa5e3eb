"""BM25F over split identifiers: the lexical baseline.

Robertson, Zaragoza and Taylor (2004): the counts of a word in each field are divided by how long
the field is beside the average, weighted, and added before they saturate. Words are parts of
identifiers without their endings, and whole identifiers besides, so that a symbol that is spelt
out counts for more than its parts. `PARAMETERS` are the best of those tried on the ``tune`` halves
of *docs* and *questions* (``python -m benchmarks.retrieval.bm25_search``).
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from ferrograph.embedding.identifiers import split_identifier
from ferrograph.ranking.words import stem
from numpy.typing import NDArray

# What English sentences are held together by: rare in code, and so of great weight for nothing.
# A list of words reads as prose, not as 60 quoted strings (SIM905).
STOP_WORDS: Final = frozenset(
    """a about after all also an and any are as at be been before being but by can do does each
    either for from given has have how if in into is it its may more must no not of on only or other
    over same should so some such than that the their them then there these they this those to under
    up use used uses using was we were what when where whether which while who will with within
    without would you your""".split()  # noqa: SIM905
)
FIELDS: Final = ("name", "path", "signature", "doc", "body")
_IDENTIFIER: Final = re.compile(r"\w+")

Fields: TypeAlias = Mapping[str, str]
"""The text of each of `FIELDS` that a document has."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """``weights`` and ``b`` (how much length matters, 0 to 1) by field; ``k1`` is saturation."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "name": 8.0, "path": 8.0, "signature": 2.0, "doc": 2.0, "body": 1.0,
        }
    )  # fmt: skip
    b: Mapping[str, float] = field(
        default_factory=lambda: {
            "name": 0.5, "path": 0.8, "signature": 0.6, "doc": 0.6, "body": 0.75,
        }
    )  # fmt: skip
    k1: float = 8.0
    stopped: frozenset[str] = STOP_WORDS
    """Words of a query that are not looked for."""


PARAMETERS: Final = Parameters()


class Vocabulary:
    """Numbers of words. Shared by several indexes, it remembers what an identifier is made of."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._made: dict[str, tuple[int, ...]] = {}

    def words(self, text: str) -> list[int]:
        """The words of a text, repeats kept."""
        found: list[int] = []
        made = self._made
        for token in _IDENTIFIER.findall(text):
            known = made.get(token)
            if known is None:
                known = made[token] = self._split(token)
            found.extend(known)
        return found

    def _split(self, token: str) -> tuple[int, ...]:
        parts = split_identifier(token)
        words = [stem(part) for part in parts]
        if len(parts) > 1:
            words.append(token.lower())
        return tuple(self.numbers.setdefault(word, len(self.numbers)) for word in words)


Counted: TypeAlias = tuple[bytes, ...]
"""A document's words: for each of `FIELDS` the numbers of its words, packed."""


def counted(vocabulary: Vocabulary, texts: Fields) -> Counted:
    """A document, ready to be indexed; small enough to be kept while it does not change."""
    return tuple(array("I", vocabulary.words(texts.get(name, ""))).tobytes() for name in FIELDS)


TEXTBOOK: Final = Parameters(
    weights=dict.fromkeys(FIELDS, 1.0),
    b=dict.fromkeys(FIELDS, 0.75),
    k1=1.2,
    stopped=frozenset(),
)
"""For documents of one field: BM25 as it is found everywhere."""


def merged(document: Counted) -> Counted:
    """A document whose words all stand in one field."""
    return (*[b""] * (len(FIELDS) - 1), b"".join(document))


class Bm25:
    """An index of documents, asked for the best of them."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        documents: Iterable[Counted],
        parameters: Parameters = PARAMETERS,
    ) -> None:
        self._vocabulary = vocabulary
        self._k1 = parameters.k1
        self._stopped = frozenset(
            word for text in parameters.stopped for word in vocabulary.words(text)
        )
        kept = list(documents)
        self._count = len(kept)
        words, rows, values = _postings(kept, parameters)
        # By word, so that a word's documents are one slice.
        order = np.lexsort((rows, words))
        words, rows, values = words[order], rows[order], values[order]
        first = np.flatnonzero(np.diff(words, prepend=-1) | np.diff(rows, prepend=-1))
        self._rows = rows[first]
        values = np.add.reduceat(values, first) if len(first) else values
        self._gains = values / (self._k1 + values)
        distinct, starts = np.unique(words[first], return_index=True)
        ends = np.append(starts[1:], len(first))[: len(starts)]
        self._slices = dict(
            zip(distinct.tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True)
        )

    def scores(self, query: str) -> NDArray[np.float64]:
        """A score for every document."""
        total = np.zeros(self._count)
        asked: dict[int, int] = {}
        for word in self._vocabulary.words(query):
            if word in self._stopped:
                continue
            asked[word] = asked.get(word, 0) + 1
        for word, times in asked.items():
            start, end = self._slices.get(word, (0, 0))
            if start == end:
                continue
            rarity = math.log(1 + (self._count - (end - start) + 0.5) / (end - start + 0.5))
            total[self._rows[start:end]] += times * rarity * self._gains[start:end]
        return total

    def best(self, query: str, count: int) -> list[tuple[int, float]]:
        """The best documents with their scores; those that share no word are left out."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        # A stable order: equal scores go by the document's number.
        top = found[np.argsort(-scores[found], kind="stable")][:count]
        return [(int(row), float(scores[row])) for row in top]


def _postings(
    documents: Sequence[Counted], parameters: Parameters
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Word, document, weighted count: a row for each mention."""
    words: list[NDArray[np.int64]] = []
    rows: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float64]] = []
    for at, name in enumerate(FIELDS):
        lengths = np.array([len(document[at]) // 4 for document in documents], np.int64)
        if not lengths.any():
            continue
        average = lengths[lengths > 0].mean()
        b = parameters.b[name]
        weight = parameters.weights[name] / (1 - b + b * lengths / average)
        text = np.frombuffer(b"".join(document[at] for document in documents), np.uint32)
        words.append(text.astype(np.int64))
        rows.append(np.repeat(np.arange(len(documents)), lengths))
        values.append(np.repeat(weight, lengths))
    if not words:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    return np.concatenate(words), np.concatenate(rows), np.concatenate(values)
