"""Odds that are learned: what tells counts, what speaks against nothing, what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from ferrograph.benchmarks.learning import odds
from ferrograph.benchmarks.learning.odds import Held, Odds, held, learn


def cases(count: int) -> list[Held]:
    """The first factor tells what is needed, the second what isn't, the third nothing."""
    random = np.random.default_rng(7)
    made: list[Held] = []
    for _ in range(count):
        needed = random.random(60) < 0.1
        needed[0] = True
        noise = random.random((60, 3)) * 0.3
        noise[needed, 0] += 0.7
        noise[~needed, 1] += 0.7
        made.append(Held("made up", noise, needed, 0, np.full(60, 10.0)))
    return made


def test_what_tells_counts_and_nothing_counts_against(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odds, "PULL", 1.0)
    start = Odds(np.array([1.0, 1.0, 1.0]), -2.0)
    known = cases(20)
    found = learn(known, start, np.zeros(3, np.bool_))
    assert found.weights[0] > 3.0
    assert found.weights[1] == 0.0
    assert held(known, found, 100.0) > held(known, start, 100.0)


def test_a_weight_that_is_kept_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odds, "PULL", 1.0)
    start = Odds(np.array([1.0, 1.0, 1.0]), -2.0)
    found = learn(cases(20), start, np.array([False, True, False]))
    assert found.weights[1] == 1.0
    assert found.weights[0] > 3.0


def test_what_is_no_candidate_counts_as_missing() -> None:
    one = Held(
        "made up", np.array([[1.0], [0.0]]), np.array([True, False]), 1, np.array([5.0, 5.0])
    )
    assert held([one], Odds(np.array([1.0]), 0.0), 5.0) == 0.5
    assert held([one], Odds(np.array([1.0]), 0.0), 4.0) == 0.0
