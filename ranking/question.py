"""A text as what is asked of the index of words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from . import weights as w
from .mentions import Mentions
from .terms import terms
from .word_index import WordIndex
from .words import SHORTEST_PREFIX

_MOST_CONTINUED: Final = 12
"""Longer words tried for one that may be their beginning."""


@dataclass(frozen=True, slots=True)
class Question:
    """(field, word, weight) for everything that is looked for, and the sum that a name made of all
    the words would have."""

    words: tuple[tuple[str, str, float], ...]
    whole: float
    weights: Mapping[str, float]
    """What each of the text's own words weighs."""

    def share(self, symbol: str) -> float:
        """How much of what is asked a symbol's words are, in [0, 1]; 1 where nothing is known."""
        total = sum(self.weights.values())
        if not total:
            return 1.0
        return sum(self.weights.get(word, 0.0) for word in set(terms(symbol).split())) / total


NOTHING: Final = Question((), 1.0, {})


def question(index: WordIndex, mentions: Mentions, by_field: Mapping[str, float]) -> Question:
    """What a text asks for. ``by_field`` is what a word counts by where it stands; ``name`` is a
    field.

    Each word weighs by its rarity, wherever in an item it stands; tantivy counts rarity by field,
    so that a common word of bodies that no name has but one would outweigh everything: its factor
    is divided out.
    """
    count = index.written
    asked: list[tuple[str, str, float]] = []
    weights: dict[str, float] = {}

    def ask(word: str, share: float, fields: Iterable[str] = by_field) -> float:
        found = {field: index.frequency(field, word) for field in fields}
        weight = share * _rarity(count, max(found.values()))
        asked.extend(
            (field, word, weight * by_field[field] / _rarity(count, frequency))
            for field, frequency in found.items()
            if frequency and by_field[field]
        )
        return weight

    words = mentions.terms
    for word, times in words.items():
        weights[word] = ask(word, times)
        if w.CONTINUED_WORD and len(word) >= SHORTEST_PREFIX:
            for other in _alike(index, word):
                if other not in words:
                    ask(other, times * w.CONTINUED_WORD, ("name", "path"))
    for joined in mentions.joined:
        if joined not in words:
            ask(joined, w.JOINED_WORDS, ("name",))
    whole = sum(weights.values()) * by_field["name"]
    return Question(tuple(asked), whole, weights) if asked else NOTHING


def _alike(index: WordIndex, word: str) -> list[str]:
    """Words of names that begin with ``word``, or that it begins with."""
    longer = [other for other in index.continued("name", word, _MOST_CONTINUED) if other != word]
    shorter = [word[:length] for length in range(SHORTEST_PREFIX, len(word))]
    return longer + shorter


def _rarity(count: int, frequency: int) -> float:
    """Inverse document frequency, as tantivy has it (Robertson and Spärck Jones, 1976)."""
    return math.log(1.0 + (count - frequency + 0.5) / (frequency + 0.5))
