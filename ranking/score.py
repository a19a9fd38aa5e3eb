"""Factors of the candidates, weighed and summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def score(pool: Pool, evidence: Evidence) -> list[Ranked]:
    """Every candidate outside the focus with its factors, best first; ties go by path."""
    focus = evidence.focus
    own = focus.member_ids if focus is not None else frozenset[NodeId]()
    profile = w.CONTEXT if focus is not None else w.SEARCH
    weigh = _Scales(pool, evidence, own)
    found: list[Ranked] = []
    for item in pool.items.values():
        if item.id in own:
            continue
        values = weigh.factors(item)
        total = sum(profile[name] * value for name, value in values.items())
        found.append(Ranked(item, total, {str(name): value for name, value in values.items()}))
    found.sort(key=lambda r: (-r.score, r.item.qualified_path, r.item.id))
    return found


class _Scales:
    def __init__(self, pool: Pool, evidence: Evidence, own: frozenset[NodeId]) -> None:
        self.evidence = evidence
        self.holders = pool.holders
        self.graph = pool.roll(evidence.reached)
        self.ranks = pool.roll(evidence.ranks)
        self.top = max((r for id, r in self.ranks.items() if id not in own), default=0.0)
        self.spelt = pool.roll(evidence.seeds.spelt)
        self.words = pool.roll(evidence.words)
        self.habits: dict[w.Factor, dict[NodeId, float]] = {
            name: pool.roll(of) for name, of in evidence.habits.values.items()
        }
        self.tests_welcome = f.wants_tests(evidence.mentions, evidence.focus)

    def factors(self, item: GraphItem) -> dict[w.Factor, float]:
        """All factors of one candidate."""
        evidence = self.evidence
        touch = evidence.touched.get(item.id)
        cosine = evidence.cosines.get(item.id)
        # Ranks fall off steeply; the root spreads what is not the very top.
        rank = (self.ranks.get(item.id, 0.0) / self.top) ** 0.5 if self.top else 0.0
        habits: dict[w.Factor, float] = {
            name: min(1.0, of.get(item.id, 0.0)) for name, of in self.habits.items()
        }
        return {
            "touch": touch.weight if touch is not None else 0.0,
            "graph": min(1.0, self.graph.get(item.id, 0.0)),
            "pagerank": min(1.0, rank),
            "lexical": max(self.spelt.get(item.id, 0.0), self.words.get(item.id, 0.0)),
            "vector": similarity_factor(cosine) if cosine is not None else 0.0,
            "documentation": f.documentation(item),
            "visibility": f.visibility(item, evidence.focus, self.holders.get(item.parent or b"")),
            "distance": f.distance(item, evidence.focus),
            "kind": f.kind(item),
            "production": 1.0 if self.tests_welcome or not f.is_test_code(item) else 0.0,
            **habits,
        }
