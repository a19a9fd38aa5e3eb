"""Figures of one case. Ranks count from 1; 0 is "not found"."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def first_rank(ranked: Sequence[str], expected: Collection[str]) -> int:
    """Where the first right answer stands."""
    return next((at for at, found in enumerate(ranked, 1) if found in expected), 0)


def last_rank(ranked: Sequence[str], expected: Collection[str]) -> int:
    """Where the last right answer stands; 0 where one is not found, or none is to be."""
    places = {found: at for at, found in reversed(list(enumerate(ranked, 1)))}
    if not expected or any(one not in places for one in expected):
        return 0
    return max(places[one] for one in expected)


def reciprocal(rank: int, depth: int) -> float:
    """1 / rank, or 0 beyond ``depth``. Its mean is MRR@depth."""
    return 1.0 / rank if 0 < rank <= depth else 0.0


def within(rank: int, depth: int) -> float:
    """Whether the first right answer is among the first ``depth``. Its mean is Acc@depth, and
    recall@depth where one answer is all there is."""
    return float(0 < rank <= depth)


def recall(ranked: Sequence[str], expected: Collection[str], depth: int) -> float:
    """The share of the right answers among the first ``depth``."""
    if not expected:
        raise ValueError("a case has to expect something")
    return len(set(ranked[:depth]) & set(expected)) / len(expected)


def ndcg(ranked: Sequence[str], expected: Collection[str], depth: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).

    An answer that is named twice counts once.
    """
    gain = 0.0
    left = set(expected)
    for at, found in enumerate(ranked[:depth], 1):
        if found in left:
            left.discard(found)
            gain += 1.0 / math.log2(at + 1)
    ideal = sum(1.0 / math.log2(at + 1) for at in range(1, min(depth, len(expected)) + 1))
    return gain / ideal
