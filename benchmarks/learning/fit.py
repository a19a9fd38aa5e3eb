"""Weights that put right answers first: a softmax over the candidates of each case.

The probability of a candidate is its exponentiated score among those of all candidates; what is
made small is the mean negative logarithm of the right ones' share (listwise ranking; Cao et al.,
2007). Weights are never below 0, since every factor is made to speak for an item, and are drawn
towards given ones, so that a factor of which the cases say nothing keeps its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEPS: Final = 400
RATE: Final = 0.1
"""Of Adam (Kingma and Ba, 2015)."""
PULL: Final = 0.02
"""How strongly weights are drawn towards the given ones, beside a mean over the cases."""
SCALE: Final = 14.0
"""What weights add up to while they are learned: how sharply a difference of scores decides. Only
their proportions are kept."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates of one case: (candidates, factors) and which of them are right."""

    corpus: str
    factors: NDArray[np.float64]
    right: NDArray[np.bool_]
    groups: NDArray[np.int64]
    """Candidates of one group are one answer: items of a file, where files are asked for."""


def learn(cases: Sequence[Judged], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that add up to 1, from ones that do."""
    known = [case for case in cases if case.right.any() and not case.right.all()]
    towards = start * SCALE
    free = _unfold(np.maximum(towards, 0.05))
    mean, square = np.zeros_like(free), np.zeros_like(free)
    for step in range(1, STEPS + 1):
        weights = np.logaddexp(0.0, free)
        slope = PULL * (weights - towards)
        for case in known:
            slope += _slope(case, weights) / len(known)
        slope /= 1.0 + np.exp(-free)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope * slope
        free -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    weights = np.logaddexp(0.0, free)
    return weights / weights.sum()


def _slope(case: Judged, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = case.factors @ weights
    share = np.exp(scores - scores.max())
    right = share * case.right
    return case.factors.T @ (share / share.sum() - right / right.sum())


def _unfold(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of the logarithm of 1 + e^x, which keeps weights above 0."""
    return np.log(np.expm1(weights))


def mean_reciprocal(cases: Sequence[Judged], weights: NDArray[np.float64], depth: int) -> float:
    """MRR at a depth; a case without a right candidate counts 0."""
    total = 0.0
    for case in cases:
        if not case.right.any():
            continue
        order = np.argsort(-(case.factors @ weights), kind="stable")
        first = order[np.argmax(case.right[order])]
        before = order[: np.flatnonzero(order == first)[0]]
        rank = 1 + len(np.unique(case.groups[before]))
        total += 1.0 / rank if rank <= depth else 0.0
    return total / len(cases)
