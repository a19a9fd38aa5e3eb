"""Queries over random graphs against plain implementations over the same edges."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable
from functools import cache

from ferrograph.graph.batch import Batch, edge_row, item_row
from ferrograph.graph.calls import callees, callers
from ferrograph.graph.export import GraphPart
from ferrograph.graph.model import Edge, GraphItem
from ferrograph.graph.modules import shortest_ring, strong_components
from ferrograph.graph.neighbours import neighbours
from ferrograph.graph.paths import shortest_paths
from ferrograph.graph.query import NEIGHBOURHOOD_DECAY, PROVENANCE_WEIGHT
from ferrograph.graph.store import GraphStore
from ferrograph.graph.walk import STRUCTURE, Reach
from hypothesis import given, settings
from hypothesis import strategies as st

KINDS = ("calls", "uses_type", "associated", "overrides")
COUNT = 9

# At most nine items, so that paths meet and circles close.
EDGES = st.sets(
    st.tuples(st.integers(0, COUNT - 1), st.sampled_from(KINDS), st.integers(0, COUNT - 1)),
    max_size=28,
)
NODES = st.integers(0, COUNT - 1)
Triple = tuple[int, str, int]


def node(number: int) -> bytes:
    # Spread over all pages of the export.
    return bytes((number * 255 // (COUNT - 1),)) + bytes(14) + bytes((number,))


def number(id: bytes) -> int:
    return id[-1]


@cache
def _store() -> GraphStore:
    """One store for all examples: making one takes longer than asking it.

    Items with an odd number belong to a dependency.
    """
    store = GraphStore.open(None, dimensions=4)
    batch = Batch()
    for n in range(COUNT):
        crate = "own" if n % 2 == 0 else "lib@1.0.0"
        item = GraphItem(
            id=node(n), kind="function", name=f"f{n}", qualified_path=f"c::f{n}", crate=crate,
            file=f"{crate}/f.rs", parent=None, start=10 * n, def_start=10 * n, end=10 * n + 9,
            name_start=0, name_end=1, line=n, end_line=n, signature="", visibility="", doc="",
            attrs=(), cfg="", content_hash=bytes(16),
        )  # fmt: skip
        batch.add("items", [item_row(item)])
    store.write(batch)
    return store


def filled(edges: Iterable[Triple]) -> GraphStore:
    """The store with these edges and no others."""
    store = _store()
    batch = Batch()
    batch.drop("edges", [list(row) for row in _keys(store)])
    for source, kind, target in edges:
        edge = Edge(
            source=node(source), kind=kind, target=node(target), provenance="typed", uses=((1, 2),)
        )
        batch.add("edges", [edge_row(edge)])
    store.write(batch)
    assert len(_keys(store)) == len(list(edges))
    return store


def _keys(store: GraphStore) -> list[list[bytes]]:
    return store.run("?[source, kind, target] := *edges{source, kind, target}")


def exported(store: GraphStore) -> set[Triple]:
    return {(number(t.source), t.kind, number(t.target)) for t in GraphPart(store).edges()}


def levels(arcs: set[tuple[int, int]], start: int, depth: int) -> dict[int, int]:
    """Distances from an item, breadth first."""
    distance = {start: 0}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        for a, b in arcs:
            if a == at and b not in distance and distance[at] < depth:
                distance[b] = distance[at] + 1
                queue.append(b)
    return distance


def every_shortest(arcs: set[tuple[int, int]], start: int, end: int) -> set[tuple[int, ...]]:
    """All shortest paths as items, by trying every chain of a length before longer ones."""
    chains = [(start,)]
    while chains:
        there = {chain for chain in chains if chain[-1] == end}
        if there:
            return there
        chains = [(*c, b) for c in chains for a, b in arcs if a == c[-1] and b not in c]
    return set()


@given(EDGES)
@settings(max_examples=15, deadline=None)
def test_the_export_has_every_edge(edges: set[Triple]) -> None:
    store = filled(edges)
    assert exported(store) == edges
    assert [number(item.id) for item in GraphPart(store).items()] == list(range(COUNT))
    part = GraphPart(store, only=[node(0), node(1), node(2)])
    assert {(number(t.source), t.kind, number(t.target)) for t in part.edges()} == {
        e for e in edges if e[0] < 3 and e[2] < 3
    }


@given(EDGES, NODES, NODES, st.sets(st.sampled_from((*KINDS, "dispatch")), min_size=1))
@settings(max_examples=250, deadline=None)
def test_paths(edges: set[Triple], start: int, end: int, kinds: set[str]) -> None:
    store = filled(edges)
    found = shortest_paths(store, node(start), node(end), kinds=kinds, most=10_000)
    arcs = {(a, b) for a, kind, b in edges if kind in kinds}
    if "dispatch" in kinds:
        arcs |= {(b, a) for a, kind, b in edges if kind == "overrides"}
    arcs = {(a, b) for a, b in arcs if a != b}
    chains = {(start, *(number(step.target.id) for step in steps)) for steps in found.steps}
    assert chains == every_shortest(arcs, start, end)
    assert not found.cut_off
    for step in itertools.chain(*found.steps):
        ends = {(number(t.source), t.kind, number(t.target)) for t in step.ties}
        a, b = number(step.source.id), number(step.target.id)
        straight = {(a, kind, b) for kind in kinds if (a, kind, b) in edges}
        assert ends == (straight or {(b, "overrides", a)})


@given(EDGES, NODES, st.integers(1, 5), st.booleans(), st.booleans())
@settings(max_examples=250, deadline=None)
def test_callers_and_callees(
    edges: set[Triple], start: int, depth: int, incoming: bool, dispatch: bool
) -> None:
    store = filled(edges)
    item = store.item(node(start))
    assert item is not None
    ask = callers if incoming else callees
    found = ask(store, item, depth=depth, dispatch=dispatch)
    arcs = {(a, b) for a, kind, b in edges if kind == "calls"}
    if dispatch:
        arcs |= {(b, a) for a, kind, b in edges if kind == "overrides"}
    if incoming:
        arcs = {(b, a) for a, b in arcs}
    expected = levels(arcs, start, depth)
    del expected[start]
    assert {number(one.item.id): one.depth for one in found.reached} == expected
    for one in found.reached:
        assert one.ties
        for tie in one.ties:
            pair = (number(tie.source), number(tie.target))
            assert (*pair[:1], tie.kind, pair[1]) in edges
            assert number(one.item.id) in pair


@given(EDGES, NODES, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_neighbours(edges: set[Triple], start: int, hops: int) -> None:
    reach = Reach(hops=hops, floor=0.05)
    store = filled(edges)
    item = store.item(node(start))
    assert item is not None
    found = neighbours(store, item, reach=reach, limit=100)
    typed = PROVENANCE_WEIGHT["typed"]
    best = {start: 1.0}
    for _ in range(hops):
        reached = dict(best)
        for source, kind, target in edges:
            decay = NEIGHBOURHOOD_DECAY[kind]
            if source in best:
                out = best[source] * (reach.foreign if source % 2 else 1.0)
                score = out * decay.forward * typed
                if score >= reach.floor:
                    reached[target] = max(reached.get(target, 0.0), score)
            if target in best and (kind in STRUCTURE or target % 2 == 0):
                score = best[target] * decay.backward
                if score >= reach.floor:
                    reached[source] = max(reached.get(source, 0.0), score)
        best = reached
    got = {number(one.item.id): round(one.score, 9) for one in found.found}
    assert got == {n: round(s, 9) for n, s in best.items() if n != start}
    assert all(one.tie is not None for one in found.found)


@given(st.sets(st.tuples(NODES, NODES).filter(lambda pair: pair[0] != pair[1]), max_size=20))
@settings(max_examples=200, deadline=None)
def test_circles(arcs: set[tuple[int, int]]) -> None:
    def reaches(a: int, b: int) -> bool:
        return b in levels(arcs, a, COUNT)

    pairs = [(node(a), node(b)) for a, b in arcs]
    groups = {frozenset(map(number, group)) for group in strong_components(pairs)}
    touched = {n for arc in arcs for n in arc}
    expected = {frozenset(b for b in touched if reaches(a, b) and reaches(b, a)) for a in touched}
    assert groups == {group for group in expected if len(group) > 1}
    ring = [(number(a), number(b)) for a, b in shortest_ring(pairs)]
    assert set(ring) <= arcs
    assert all(one[1] == then[0] for one, then in itertools.pairwise([*ring, *ring[:1]]))
    lengths = [1 + levels(arcs, b, COUNT)[a] for a, b in arcs if reaches(b, a)]
    assert len(ring) == min(lengths, default=0)
