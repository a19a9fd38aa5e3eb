"""Shortest paths between two items: a breadth-first search from both ends, with bounded cost.

Items use few others but may be used by thousands, so the search prefers to go forward. CozoDB's
`ShortestPathBFS` takes its edges as one relation, which for a choice of kinds has to be made first:
on half a million lines that alone is ten times slower than a search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .model import GraphItem, NodeId
from .steps import DISPATCH, step
from .store import GraphStore
from .ties import Tie, ties_between

PATH_KINDS: Final = (
    "calls", "uses_type", "implements", "overrides", "associated", "derives", "imports",
    "re_exports", "expands_to", "depends",
)  # fmt: skip
"""What ties an item to one it needs. `contains` is no need, and `tests` repeats `calls`."""

_CONTAINERS: Final = frozenset(("crate", "module"))
_BACKWARD_COST: Final = 16
"""A step backwards is taken from a front that is this many times smaller."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of a path, and everything that ties its two items."""

    source: GraphItem
    target: GraphItem
    ties: tuple[Tie, ...]
    """Of kind `calls` and so on; for a `dispatch` step the `overrides` that goes the other way."""


@dataclass(frozen=True, slots=True)
class Paths:
    """What a search found: all of one length, which is the least there is."""

    steps: tuple[tuple[PathStep, ...], ...]
    """Of each path its steps; one path without steps where both ends are one item."""
    more: bool
    """Whether there are more paths of that length than were asked for."""
    cut_off: bool
    """Whether the search left something out because there was too much: paths may be missing."""


def default_kinds(start: GraphItem) -> tuple[str, ...]:
    """`PATH_KINDS`; a module or crate reaches what it contains as well."""
    return (*PATH_KINDS, "contains") if start.kind in _CONTAINERS else PATH_KINDS


def shortest_paths(
    store: GraphStore,
    start: NodeId,
    end: NodeId,
    *,
    kinds: Collection[str] = PATH_KINDS,
    max_length: int = 12,
    most: int = 3,
    limit: int = 6_000,
) -> Paths:
    """At most ``most`` of the shortest paths of at most ``max_length`` steps, along the edges.

    ``limit`` bounds the ties looked at in all. ``kinds`` may hold `steps.DISPATCH`.
    """
    if start == end:
        return Paths(((),), more=False, cut_off=False)
    search = _Search(store, start, end, frozenset(kinds), limit)
    met = search.run(max_length)
    chains: list[tuple[NodeId, ...]] = []
    for chain in search.chains(met):
        chains.append(chain)
        if len(chains) > most:
            break
    return Paths(
        _described(store, chains[:most], kinds), more=len(chains) > most, cut_off=search.cut_off
    )


class _Search:
    def __init__(
        self, store: GraphStore, start: NodeId, end: NodeId, kinds: frozenset[str], limit: int
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._left = limit
        self.cut_off = False
        # Of each item reached, where it was reached from; whole levels at a time.
        self._before: dict[NodeId, list[NodeId]] = {start: []}
        self._after: dict[NodeId, list[NodeId]] = {end: []}
        self._fronts = ([start], [end])

    def run(self, max_length: int) -> list[NodeId]:
        """Where the two halves meet first; [] if they don't."""
        for _ in range(max_length):
            forward, backward = self._fronts
            if not forward or not backward or self._left <= 0:
                self.cut_off |= self._left <= 0
                break
            incoming = len(forward) > _BACKWARD_COST * len(backward)
            met = self._expand(incoming)
            if met:
                return met
        return []

    def _expand(self, incoming: bool) -> list[NodeId]:
        reached, others = (self._after, self._before) if incoming else (self._before, self._after)
        front = self._fronts[incoming]
        took = step(self._store, front, kinds=self._kinds, incoming=incoming, limit=self._left)
        self._left -= len(took.pairs)
        self.cut_off |= took.cut_off
        new: dict[NodeId, list[NodeId]] = {}
        for source, target in took.pairs:
            here, there = (target, source) if incoming else (source, target)
            if there not in reached:
                new.setdefault(there, []).append(here)
        reached.update(new)
        front[:] = new
        return [id for id in new if id in others]

    def chains(self, met: Iterable[NodeId]) -> Iterator[tuple[NodeId, ...]]:
        """The paths through the items where the halves met."""
        for middle in sorted(met):
            for head in _back(self._before, middle):
                for tail in _back(self._after, middle):
                    yield (*reversed(head), *tail[1:])


def _back(reached: dict[NodeId, list[NodeId]], id: NodeId) -> Iterator[tuple[NodeId, ...]]:
    """Every way from an item back to where the search began, the item first."""
    if not reached[id]:
        yield (id,)
        return
    for previous in sorted(reached[id]):
        for rest in _back(reached, previous):
            yield (id, *rest)


def _described(
    store: GraphStore, chains: list[tuple[NodeId, ...]], kinds: Collection[str]
) -> tuple[tuple[PathStep, ...], ...]:
    pairs = {pair for chain in chains for pair in pairwise(chain)}
    ties = ties_between(store, pairs, [kind for kind in kinds if kind != DISPATCH])
    if DISPATCH in kinds:
        turned = [(b, a) for a, b in pairs if (a, b) not in ties]
        for (b, a), found in ties_between(store, turned, ["overrides"]).items():
            ties[(a, b)] = found
    items = {item.id: item for item in store.items(id for chain in chains for id in chain)}
    return tuple(
        tuple(PathStep(items[a], items[b], tuple(ties.get((a, b), ()))) for a, b in pairwise(chain))
        for chain in chains
        if all(id in items for id in chain)
    )
