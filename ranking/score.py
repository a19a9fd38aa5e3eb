"""Factors of the candidates, weighed and summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter, mul
from typing import Final

from ..graph.model import GraphItem, NodeId
from . import factors as f
from . import weights as w
from .focus import Focus
from .habits import Habits
from .mentions import Mentions
from .model import Ranked
from .pool import Pool
from .seeds import Seeds, similarity_factor
from .touch import Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the steps of a retrieval found out, by item."""

    focus: Focus | None
    mentions: Mentions
    seeds: Seeds
    reached: Mapping[NodeId, float]
    ranks: Mapping[NodeId, float]
    cosines: Mapping[NodeId, float]
    touched: Mapping[NodeId, Touch]
    words: Mapping[NodeId, float]
    habits: Habits


def score(pool: Pool, evidence: Evidence, limit: int) -> list[Ranked]:
    """The best ``limit`` candidates outside the focus with their factors, best first; ties go by
    path."""
    focus = evidence.focus
    own = focus.member_ids if focus is not None else frozenset[NodeId]()
    profile = w.CONTEXT if focus is not None else w.SEARCH
    weigh = _Scales(pool, evidence, own)
    weights = [profile[name] for name in weigh.names]
    found: list[tuple[float, str, NodeId, GraphItem, list[float]]] = []
    for id, item in pool.items.items():
        if id not in own:
            values = weigh.factors(item)
            total = sum(map(mul, weights, values))
            found.append((-total, item.qualified_path, id, item, values))
    found.sort(key=itemgetter(0, 1, 2))
    names = [str(name) for name in weigh.names]
    return [
        Ranked(item, -negative, dict(zip(names, values, strict=True)))
        for negative, _, _, item, values in found[:limit]
    ]


_FIRST: Final[tuple[w.Factor, ...]] = (
    "touch", "graph", "pagerank", "lexical", "vector", "documentation", "visibility", "distance",
    "kind", "production",
)  # fmt: skip


class _Scales:
    def __init__(self, pool: Pool, evidence: Evidence, own: frozenset[NodeId]) -> None:
        self.evidence = evidence
        self.holders = pool.holders
        self.graph = pool.roll(evidence.reached)
        self.ranks = pool.roll(evidence.ranks)
        self.top = max((r for id, r in self.ranks.items() if id not in own), default=0.0)
        self.spelt = pool.roll(evidence.seeds.spelt)
        self.words = pool.roll(evidence.words)
        habits = evidence.habits.values
        self.names: tuple[w.Factor, ...] = (*_FIRST, *habits)
        """Of the factors, in their order."""
        self.habits = [pool.roll(of) for of in habits.values()]
        self.tests_welcome = f.wants_tests(evidence.mentions, evidence.focus)

    def factors(self, item: GraphItem) -> list[float]:
        """All factors of one candidate."""
        evidence = self.evidence
        focus = evidence.focus
        id = item.id
        touch = evidence.touched.get(id)
        cosine = evidence.cosines.get(id)
        # Ranks fall off steeply; the root spreads what is not the very top.
        rank = (self.ranks.get(id, 0.0) / self.top) ** 0.5 if self.top else 0.0
        holder = None if item.parent is None else self.holders.get(item.parent)
        values = [
            touch.weight if touch is not None else 0.0,
            min(1.0, self.graph.get(id, 0.0)),
            min(1.0, rank),
            max(self.spelt.get(id, 0.0), self.words.get(id, 0.0)),
            similarity_factor(cosine) if cosine is not None else 0.0,
            f.documentation(item),
            f.visibility(item, focus, holder),
            f.distance(item, focus),
            f.kind(item),
            1.0 if self.tests_welcome or not f.is_test_code(item) else 0.0,
        ]
        for of in self.habits:
            value = of.get(id, 0.0)
            values.append(value if value < 1.0 else 1.0)
        return values
