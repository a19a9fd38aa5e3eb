"""Weights that say how likely an item is needed: logistic regression over its factors.

Every factor is made to speak for an item, so that no weight is below 0; and weights are drawn
towards given ones, so that a factor that the cases never show keeps its weight. Newton's method,
with the weights that would fall below 0 held there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PULL: Final = 100.0
"""How strongly weights are drawn towards the given ones, beside a sum over the cases. With less, a
hundred cases of two corpora make weights that hold less in a third."""
_CASE: Final = 8.0
"""What the needed items of a case count for together, however many there are."""
_STEPS: Final = 12
_LONGEST: Final = 4.0
_SETTLED: Final = 1e-3
_ROUNDS: Final = 30


@dataclass(frozen=True, slots=True)
class Held:
    """The candidates of one case: (candidates, factors), which are needed, what each takes."""

    corpus: str
    factors: Floats
    needed: NDArray[np.bool_]
    missing: int
    """Needed items that are no candidates."""
    tokens: Floats


@dataclass(frozen=True, slots=True)
class Odds:
    """The logarithm of the odds: ``factors @ weights + bias``."""

    weights: Floats
    bias: float


def learn(cases: Sequence[Held], start: Odds, kept: NDArray[np.bool_]) -> Odds:
    """The odds that fit best; ``start`` is what they are drawn towards, and where ``kept`` stay."""
    known = [case for case in cases if case.needed.any()]
    rows = np.concatenate([case.factors for case in known])
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    right = np.concatenate([case.needed for case in known]).astype(np.float64)
    counts = np.concatenate(
        [np.full(len(case.needed), _CASE / case.needed.sum()) for case in known]
    )
    towards = np.append(start.weights, start.bias)
    pull = np.append(np.full(len(start.weights), PULL), 1e-6)
    found = towards.copy()
    free = np.append(~kept, True)
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ found, -30.0, 30.0)))
            slope = rows.T @ (counts * (chance - right)) + pull * (found - towards)
            inside = rows[:, free]
            bend = (inside * (counts * chance * (1.0 - chance))[:, None]).T @ inside
            step = np.linalg.solve(bend + np.diag(pull[free]), slope[free])
            longest = float(np.abs(step).max())
            found[free] -= step * min(1.0, _LONGEST / max(longest, _SETTLED))
            if longest < _SETTLED:
                break
        below = found < 0.0
        below[-1] = False
        if not below.any():
            break
        found[below] = 0.0
        free &= ~below
    return Odds(found[:-1], float(found[-1]))


def held(cases: Sequence[Held], odds: Odds, budget: float) -> float:
    """The mean share of what is needed among the items that bring most for their tokens."""
    shares: list[float] = []
    for case in cases:
        chance = 1.0 / (1.0 + np.exp(-(case.factors @ odds.weights + odds.bias)))
        order = np.argsort(-chance / case.tokens, kind="stable")
        taken = order[np.cumsum(case.tokens[order]) <= budget]
        shares.append(case.needed[taken].sum() / max(1, case.needed.sum() + case.missing))
    return float(np.mean(shares)) if shares else 0.0
