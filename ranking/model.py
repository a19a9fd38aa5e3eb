"""What ranking takes and gives: places, ranked items, contexts. Offsets are bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..graph.model import GraphItem

Level: TypeAlias = Literal["full", "folded", "signature", "name"]
"""How much of an item is shown: its text; its text with bodies as ``{ … }``; its declaration with
the first sentence of its documentation; its name."""

LEVELS: Final[tuple[Level, ...]] = ("name", "signature", "folded", "full")
"""From least to most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A selection or, where ``start == end``, a cursor. ``file`` is the graph's name for it."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item with its score in [0, 1] and the named factors, each in [0, 1], that it sums up."""

    item: GraphItem
    score: float
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ContextItem:
    """An item as the context shows it. ``tokens`` is its share of the whole text's tokens."""

    item: GraphItem
    score: float
    factors: Mapping[str, float]
    level: Level
    tokens: int
    text: str
