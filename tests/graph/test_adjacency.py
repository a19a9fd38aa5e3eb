"""Edges in memory against the store they are a copy of, through any sequence of writes."""

from __future__ import annotations

import dataclasses

import pytest
from ferrograph.graph import adjacency, lookup
from ferrograph.graph.adjacency import ID_BYTES
from ferrograph.graph.batch import Batch, edge_row, item_row
from ferrograph.graph.errors import Cancelled
from ferrograph.graph.lookup import ways_in
from ferrograph.graph.model import Edge, GraphItem, NodeId
from ferrograph.graph.query import among
from ferrograph.graph.store import GraphStore
from ferrograph.graph.walk import Reach, Walked, walked
from hypothesis import given, settings
from hypothesis import strategies as st

COUNT = 12
KINDS = ("calls", "uses_type", "associated", "contains", "depends")
PROVENANCES = ("exact", "typed", "dispatch")

NODES = st.integers(0, COUNT - 1)
KEYS = st.tuples(NODES, st.sampled_from(KINDS), NODES)
EDGES = st.dictionaries(KEYS, st.sampled_from(PROVENANCES), max_size=30)
ITEMS = st.dictionaries(NODES, st.booleans(), max_size=COUNT)
WRITES = st.lists(st.tuples(EDGES, st.sets(KEYS), ITEMS, st.sets(NODES)), min_size=1, max_size=4)
SEEDS = st.dictionaries(NODES, st.sampled_from((1.0, 0.7, 0.45)), min_size=1, max_size=4)


def node(number: int) -> NodeId:
    # Some end with zeros, which a fixed-width string would lose.
    return bytes((number * 20, 1)) + bytes(ID_BYTES - 3) + bytes((number % 3,))


def item(number: int, *, own: bool) -> GraphItem:
    crate = "own" if own else "lib@1.0.0"
    return GraphItem(
        id=node(number), kind="function", name=f"f{number}", qualified_path=f"c::f{number}",
        crate=crate, file=f"{crate}/f.rs", parent=None, start=0, def_start=0, end=9, name_start=0,
        name_end=1, line=0, end_line=0, signature="", visibility="", doc="", attrs=(), cfg="",
        content_hash=bytes(16),
    )  # fmt: skip


def batch(
    edges: dict[tuple[int, str, int], str],
    gone: set[tuple[int, str, int]],
    items: dict[int, bool],
    lost: set[int],
) -> Batch:
    made = Batch()
    made.drop("edges", [[node(a), kind, node(b)] for a, kind, b in gone])
    made.drop("items", [[node(number)] for number in lost])
    made.add("items", [item_row(item(number, own=own)) for number, own in items.items()])
    made.add(
        "edges",
        [
            edge_row(Edge(source=node(a), kind=k, target=node(b), provenance=p, uses=()))
            for (a, k, b), p in edges.items()
        ],
    )
    return made


def never() -> bool:
    return False


def both_ways(store: GraphStore, seeds: dict[NodeId, float], reach: Reach) -> tuple[Walked, Walked]:
    memory = store.adjacency
    assert memory is not None
    ours = walked(store, seeds, reach=reach)
    store.adjacency = None
    theirs = walked(store, seeds, reach=reach)
    store.adjacency = memory
    return ours, theirs


def edges_among(store: GraphStore, ids: list[NodeId]) -> list[tuple[int, int, int, int]]:
    found = among(store, ids)
    columns = (found.sources, found.targets, found.kinds, found.provenances)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@given(WRITES, st.integers(0, 3), SEEDS, st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_it_follows_every_write(
    writes: list[tuple[dict[tuple[int, str, int], str], set[tuple[int, str, int]], dict[int, bool],
                       set[int]]],
    first: int,
    seeds: dict[int, float],
    limit: int,
) -> None:  # fmt: skip
    with GraphStore.open(None, dimensions=4) as store:
        for at, write in enumerate(writes):
            if at == min(first, len(writes) - 1):
                store.load_adjacency(never)
            store.write(batch(*write))
        given = {node(number): weight for number, weight in seeds.items()}
        ours, theirs = both_ways(store, given, Reach(floor=0.1, limit=limit, width=3))
        assert ours == theirs
        ids = [node(number) for number in range(0, COUNT, 2)]
        memory, store.adjacency = store.adjacency, None
        from_store = edges_among(store, ids)
        store.adjacency = memory
        assert edges_among(store, ids) == from_store


def test_what_is_written_while_it_is_read_counts() -> None:
    with GraphStore.open(None, dimensions=4) as store:
        store.write(batch({(0, "calls", 1): "exact"}, set(), {0: True, 1: True}, set()))
        asked = 0

        def writing() -> bool:
            nonlocal asked
            asked += 1
            if asked == 200:
                store.write(batch({(0, "calls", 2): "exact"}, {(0, "calls", 1)}, {2: True}, set()))
            return False

        store.load_adjacency(writing)
        assert set(walked(store, {node(0): 1.0}).scores) == {node(0), node(2)}


def test_it_is_given_up_where_anything_may_have_changed() -> None:
    with GraphStore.open(None, dimensions=4) as store:
        store.load_adjacency(never)
        store.begin_bulk()
        store.put_bulk("items", [item_row(item(1, own=True))])
        assert store.adjacency is None
        store.write(Batch())
        store.load_adjacency(never)
        store.clear()
        assert store.adjacency is None


def test_it_is_given_up_once_it_is_worn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adjacency, "_MOST_NEW", 2)
    with GraphStore.open(None, dimensions=4) as store:
        store.load_adjacency(never)
        store.write(batch({(0, "calls", n): "exact" for n in (1, 2)}, set(), {}, set()))
        assert store.adjacency is not None
        store.write(batch({(0, "calls", 3): "exact"}, set(), {}, set()))
        assert store.adjacency is None


def test_loading_can_be_stopped() -> None:
    with GraphStore.open(None, dimensions=4) as store:
        with pytest.raises(Cancelled):
            store.load_adjacency(lambda: True)
        assert store.adjacency is None
        store.load_adjacency(never)
        assert store.adjacency is not None


def test_members_are_those_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    with GraphStore.open(None, dimensions=4) as store:
        write = batch(
            {
                (1, "associated", 0): "resolved", (2, "associated", 0): "resolved",
                (3, "contains", 4): "resolved", (5, "calls", 0): "typed",
            },
            set(),
            dict.fromkeys(range(6), True),
            set(),
        )  # fmt: skip
        store.write(write)
        named = {(few, loaded): set[NodeId]() for few in (0, 100) for loaded in (False, True)}
        for few, loaded in named:
            monkeypatch.setattr(lookup, "_FEW", few)
            if loaded:
                store.load_adjacency(never)
            else:
                store.adjacency = None
            assert set(lookup.members_of(store, [node(0), node(3)])) == {node(1), node(2), node(4)}
            found = lookup.members_named(store, [node(0), node(3), node(9)], ["f1", "f4", "f5"])
            named[few, loaded] = set(found)
        assert list(named.values()) == [{node(1), node(4)}] * 4


def test_ways_in_are_those_of_the_store() -> None:
    with GraphStore.open(None, dimensions=4) as store:
        write = Batch()
        write.add("items", [item_row(item(number, own=True)) for number in range(5)])
        write.add(
            "edges",
            [
                edge_row(Edge(source=node(a), kind=k, target=node(b), provenance="resolved", uses=u))
                for a, k, b, u in (
                    (0, "contains", 1, ()), (2, "re_exports", 1, ((3, 9),)),
                    (3, "re_exports", 1, ((1, 2), (5, 6))), (4, "calls", 1, ((7, 8),)),
                    (1, "contains", 4, ()),
                )
            ],
        )  # fmt: skip
        store.write(write)
        asked = [node(1), node(4), node(9)]

        def found() -> set[Edge]:
            return set(ways_in(store, asked))

        from_store = found()
        store.load_adjacency(never)
        assert found() == from_store
        assert len(from_store) == 4


def test_of_many_namesakes_the_likeliest_are_read() -> None:
    with GraphStore.open(None, dimensions=4) as store:
        write = Batch()
        crates = [False, False, False, True, True]
        for number, own in enumerate(crates):
            one = dataclasses.replace(item(number, own=own), name="new")
            write.add("items", [item_row(one)])
        write.add("items", [item_row(dataclasses.replace(item(7, own=False), name="World"))])
        held = Edge(source=node(2), kind="associated", target=node(7), provenance="exact", uses=())
        write.add("edges", [edge_row(held)])
        store.write(write)
        for _ in range(2):

            def ids(*symbols: str, most: int) -> list[NodeId]:
                return [one.id for one in lookup.items_named(store, symbols, most=most)]

            assert set(ids("new", most=9)) == {node(number) for number in range(5)}
            assert set(ids("new", most=2)) == {node(3), node(4)}
            assert set(ids("World::new", most=2)) == {node(2), node(3)}
            assert set(ids("World", "World::new", "Other::new", most=4)) == {
                node(7), *map(node, range(5)),
            }  # fmt: skip
            assert ids("none", most=2) == []
            store.load_adjacency(never)
