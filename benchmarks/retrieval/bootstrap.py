"""How sure a difference is: the paired bootstrap (Efron and Tibshirani, 1993).

Cases are drawn with replacement, within each corpus, the same ones for both systems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

ROUNDS = 5000
_SEED = 1
_TAILS = (2.5, 97.5)

_Means: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95% interval."""

    value: float
    low: float
    high: float


def difference(a: Sequence[float], b: Sequence[float], groups: Sequence[str]) -> Interval:
    """The mean of ``a`` minus that of ``b``. Row i of all three is one case."""
    return _interval(a, b, groups, lambda x, y: x - y)


def ratio(a: Sequence[float], b: Sequence[float], groups: Sequence[str]) -> Interval:
    """The mean of ``a`` by that of ``b``; not a number where the latter is 0."""

    def divided(x: _Means, y: _Means) -> _Means:
        return np.divide(x, y, out=np.full_like(x, np.nan), where=y != 0)

    return _interval(a, b, groups, divided)


def _interval(
    a: Sequence[float],
    b: Sequence[float],
    groups: Sequence[str],
    tell: Callable[[_Means, _Means], _Means],
) -> Interval:
    if not len(a) == len(b) == len(groups) or not a:
        raise ValueError("both systems need the same cases, and at least one")
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    chance = np.random.default_rng(_SEED)
    sums = np.zeros((2, ROUNDS))
    names = np.asarray(groups)
    for name in sorted(set(groups)):
        rows = np.flatnonzero(names == name)
        # How often each case is drawn, in each round: so no round needs memory for its rows.
        counts = chance.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), ROUNDS)
        sums[0] += counts @ first[rows]
        sums[1] += counts @ second[rows]
    means = sums / len(first)
    value = tell(first.mean(keepdims=True), second.mean(keepdims=True))[0]
    low, high = np.nanpercentile(tell(means[0], means[1]), _TAILS)
    return Interval(float(value), float(low), float(high))
