"""What an evaluation found out: figures by system and case, and what is claimed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .bootstrap import Interval, difference, ratio

Values = dict[str, float]
"""Figures of one case by metric; one that says nothing of a system is left out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A system against the best of some baselines, or by itself, by one metric."""

    system: str
    baselines: tuple[str, ...]
    metric: str
    by: Literal["ratio", "points", "value"]
    wanted: float
    """At least this ratio, this many points of a hundred, or this value."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, measured. ``interval`` is a ratio or points, as the claim wants it."""

    claim: Claim
    baseline: str
    interval: Interval


@dataclass(slots=True)
class Evaluation:
    """One task."""

    task: str
    metrics: tuple[str, ...]
    corpora: dict[str, str] = field(default_factory=dict[str, str])
    """The corpus of each case."""
    scores: dict[str, dict[str, Values]] = field(default_factory=dict[str, "dict[str, Values]"])
    """By system and case."""
    claims: list[Claim] = field(default_factory=list[Claim])
    notes: list[str] = field(default_factory=list[str])
    """Sizes: what was searched, how many cases."""

    def add(self, system: str, case: str, corpus: str, values: Mapping[str, float]) -> None:
        """Note a case's figures."""
        self.corpora[case] = corpus
        self.scores.setdefault(system, {})[case] = dict(values)

    def names(self) -> list[str]:
        """The corpora, in the order in which they came."""
        return list(dict.fromkeys(self.corpora.values()))

    def mean(self, system: str, metric: str, corpus: str | None = None) -> float:
        """Over the cases of a corpus, or over all; not a number where nothing is said."""
        values = [
            found[metric]
            for case, found in self.scores[system].items()
            if metric in found and (corpus is None or self.corpora[case] == corpus)
        ]
        return sum(values) / len(values) if values else float("nan")

    def compare(self, claim: Claim) -> Verdict:
        """A claim against the strongest of its baselines."""
        cases = sorted(self.corpora)
        if claim.by == "value":
            alone = [self.scores[claim.system][case][claim.metric] for case in cases]
            nothing = [0.0] * len(alone)
            groups = [self.corpora[case] for case in cases]
            return Verdict(claim, "", difference(alone, nothing, groups))
        baseline = max(claim.baselines, key=lambda name: self.mean(name, claim.metric))
        first, second = (
            [self.scores[name][case][claim.metric] for case in cases]
            for name in (claim.system, baseline)
        )
        groups = [self.corpora[case] for case in cases]
        if claim.by == "ratio":
            return Verdict(claim, baseline, ratio(first, second, groups))
        points = difference(first, second, groups)
        return Verdict(
            claim, baseline, Interval(points.value * 100, points.low * 100, points.high * 100)
        )

    def verdicts(self) -> list[Verdict]:
        """All claims whose systems ran."""
        return [
            self.compare(claim)
            for claim in self.claims
            if {claim.system, *claim.baselines} <= self.scores.keys()
        ]

    def cases(self, corpus: str | None = None) -> Sequence[str]:
        """Ids of the cases."""
        return [case for case, name in self.corpora.items() if corpus in (None, name)]
