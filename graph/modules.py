"""Cycles between modules: those that need each other, directly or round about.

Strongly connected components (Tarjan, 1972) by rustworkx. CozoDB's own
`StronglyConnectedComponents` was stopped after three minutes on the 1,500 modules of bevy.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import rustworkx

from .model import GraphItem, NodeId
from .store import GraphStore
from .ties import Tie, ties_between

CYCLE_KINDS: Final = (
    "calls", "uses_type", "implements", "overrides", "associated", "derives", "imports",
)  # fmt: skip
"""A re-export is how a module shows what another one has: no need of it."""

_MODULES: Final = frozenset(("crate", "module"))


@dataclass(frozen=True, slots=True)
class ModuleTie:
    """How much of one module needs another: ``edges`` counts, ``example`` is one of them."""

    source: GraphItem
    target: GraphItem
    edges: int
    example: Tie | None


@dataclass(frozen=True, slots=True)
class ModuleCycle:
    """Modules each of which reaches all others, by path, and a shortest way round."""

    modules: tuple[GraphItem, ...]
    shortest: tuple[ModuleTie, ...]
    edges: int
    """Between these modules, in all."""


def module_cycles(
    store: GraphStore,
    *,
    kinds: Collection[str] = CYCLE_KINDS,
    nested: bool = False,
    crate: str | None = None,
) -> list[ModuleCycle]:
    """The workspace's cycles, largest first; ``crate`` (a key) keeps those that touch it.

    A module and the modules inside it make one whole: what ties them to each other counts only
    with ``nested``. Reads all edges of the workspace once.
    """
    home, parents = _homes(store)
    edges = store.run(
        "own[id] := *items{id, crate}, !str_includes(crate, '@') "
        "?[source, target] := own[source], *edges{source, kind, target}, is_in(kind, $kinds)",
        {"kinds": list(kinds)},
        immutable=True,
    )
    count: Counter[tuple[NodeId, NodeId]] = Counter()
    example: dict[tuple[NodeId, NodeId], tuple[NodeId, NodeId]] = {}
    for source, target in edges:
        a, b = home.get(source), home.get(target)
        if a is None or b is None or a == b:
            continue
        count[a, b] += 1
        example.setdefault((a, b), (source, target))
    if not nested:
        for a, b in [pair for pair in count if _inside(*pair, parents)]:
            del count[a, b]
    found: list[ModuleCycle] = []
    for group in strong_components(count):
        items = {item.id: item for item in store.items(group)}
        if crate is not None and all(item.crate != crate for item in items.values()):
            continue
        among = {pair: n for pair, n in count.items() if pair[0] in items and pair[1] in items}
        ring = shortest_ring(among)
        first = min(range(len(ring)), key=lambda at: items[ring[at][0]].qualified_path)
        ring = ring[first:] + ring[:first]
        ties = ties_between(store, [example[pair] for pair in ring], kinds)
        found.append(
            ModuleCycle(
                tuple(sorted(items.values(), key=lambda i: (i.crate, i.qualified_path))),
                tuple(
                    ModuleTie(
                        items[a],
                        items[b],
                        among[a, b],
                        _first(ties.get(example[a, b])),
                    )
                    for a, b in ring
                ),
                sum(among.values()),
            )
        )
    found.sort(key=lambda c: (-len(c.modules), c.modules[0].crate, c.modules[0].qualified_path))
    return found


def _first(ties: list[Tie] | None) -> Tie | None:
    return ties[0] if ties else None


def _homes(store: GraphStore) -> tuple[dict[NodeId, NodeId], dict[NodeId, NodeId | None]]:
    """The innermost module around every item of the workspace, and every module's parent."""
    rows = store.run(
        "?[id, parent, kind] := *items{id, parent, kind, crate}, !str_includes(crate, '@')",
        immutable=True,
    )
    parent: dict[NodeId, NodeId | None] = {row[0]: row[1] for row in rows}
    home: dict[NodeId, NodeId] = {row[0]: row[0] for row in rows if row[2] in _MODULES}
    modules = {id: parent[id] for id in home}
    for id in parent:
        chain: list[NodeId] = []
        at: NodeId | None = id
        while at is not None and at not in home:
            chain.append(at)
            at = parent.get(at)
        if at is not None:
            home.update(dict.fromkeys(chain, home[at]))
    # A module declared in a function's body hangs on the module around that.
    outer: dict[NodeId, NodeId | None] = {
        id: home.get(up) if up is not None else None for id, up in modules.items()
    }
    return home, outer


def _inside(a: NodeId, b: NodeId, parents: Mapping[NodeId, NodeId | None]) -> bool:
    """Whether one of the modules holds the other."""
    return a in _around(b, parents) or b in _around(a, parents)


def _around(id: NodeId, parents: Mapping[NodeId, NodeId | None]) -> list[NodeId]:
    found: list[NodeId] = []
    at = parents.get(id)
    while at is not None:
        found.append(at)
        at = parents.get(at)
    return found


def strong_components(pairs: Iterable[tuple[NodeId, NodeId]]) -> list[list[NodeId]]:
    """Sets of at least two that all reach each other."""
    graph: rustworkx.PyDiGraph[NodeId, None] = rustworkx.PyDiGraph()
    index: dict[NodeId, int] = {}
    arcs: list[tuple[int, int]] = []
    for pair in pairs:
        for id in pair:
            if id not in index:
                index[id] = graph.add_node(id)
        arcs.append((index[pair[0]], index[pair[1]]))
    graph.add_edges_from_no_data(arcs)
    components = rustworkx.strongly_connected_components(graph)
    return [[graph[at] for at in group] for group in components if len(group) > 1]


def shortest_ring(pairs: Collection[tuple[NodeId, NodeId]]) -> list[tuple[NodeId, NodeId]]:
    """The pairs of a shortest way from anywhere back to itself; [] if there is none."""
    after: dict[NodeId, list[NodeId]] = {}
    for a, b in sorted(pairs):
        after.setdefault(a, []).append(b)
    best: list[tuple[NodeId, NodeId]] = []
    for start in after:
        ring = _ring_through(start, after)
        if ring and (not best or len(ring) < len(best)):
            best = ring
            if len(best) == 2:
                break
    return best


def _ring_through(
    start: NodeId, after: Mapping[NodeId, list[NodeId]]
) -> list[tuple[NodeId, NodeId]]:
    before: dict[NodeId, NodeId] = {}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        for then in after.get(at, ()):
            if then == start:
                ring = [(at, start)]
                while at != start:
                    ring.append((before[at], at))
                    at = before[at]
                return ring[::-1]
            if then not in before:
                before[then] = at
                queue.append(then)
    return []
