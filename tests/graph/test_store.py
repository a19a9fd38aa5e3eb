"""What goes into the store comes out again, and what walks over it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ferrograph.graph.batch import Batch, edge_row, item_row
from ferrograph.graph.database import destroy
from ferrograph.graph.errors import GraphError, StoreLocked, StoreMismatch
from ferrograph.graph.lookup import (
    items_in_files,
    items_named,
    members_named,
    members_of,
    touched_dependencies,
    unresolved_names,
    workspace_files,
)
from ferrograph.graph.model import Edge, GraphItem, NodeId
from ferrograph.graph.query import Decay, subgraph
from ferrograph.graph.store import GraphStore
from ferrograph.graph.vectors import drop_orphans, put_vectors, read_vectors, vector_hashes
from ferrograph.graph.walk import Reach, walk
from hypothesis import given
from hypothesis import strategies as st


def node(name: str) -> NodeId:
    """An id that tells its name."""
    return name.encode().ljust(16, b"\0")


def item(path: str, *, crate: str = "c", file: str = "src/lib.rs", **rest: object) -> GraphItem:
    """An item with defaults; its name is the path's last part."""
    name = path.rsplit("::", 1)[-1]
    plain = GraphItem(
        id=node(name), kind="function", name=name, qualified_path=f"{crate}::{path}", crate=crate,
        file=file, parent=None, start=0, def_start=0, end=10, name_start=3, name_end=4, line=0,
        end_line=1, signature=f"fn {name}()", visibility="pub", doc="", attrs=(), cfg="",
        content_hash=bytes(16),
    )  # fmt: skip
    return replace(plain, **rest)  # type: ignore[arg-type]


def edge(source: str, kind: str, target: str, provenance: str = "resolved") -> Edge:
    """An edge between items by name."""
    return Edge(
        source=node(source), kind=kind, target=node(target), provenance=provenance, uses=((1, 2),)
    )


def fill(store: GraphStore, items: list[GraphItem], edges: list[Edge] | None = None) -> None:
    """Write items and edges; files without ``@`` become the workspace's."""
    batch = Batch()
    batch.add("items", [item_row(i) for i in items])
    batch.add("edges", [edge_row(e) for e in edges or []])
    own = {i.file for i in items if "@" not in i.crate}
    batch.add("files", [[f, b"", 0, 100, 5, "c", "[]"] for f in sorted(own)])
    store.write(batch)


@pytest.fixture
def store() -> Iterator[GraphStore]:
    """An empty store in memory, with short vectors."""
    with GraphStore.open(None, model="m", dimensions=4) as opened:
        yield opened


# -- rows -----------------------------------------------------------------------------------------


def test_items_and_edges_come_back_as_they_were(store: GraphStore) -> None:
    full = item(
        "m::f", parent=node("p"), attrs=("inline", 'cfg(a = "b")'), cfg='a = "b"', doc="é\n`"
    )
    bare = item("g", visibility="")
    uses = Edge(
        source=full.id, kind="calls", target=bare.id, provenance="typed",
        uses=((3, 4), (70_000, 2_000_000_000)),
    )  # fmt: skip
    fill(store, [full, bare], [uses])
    assert store.items([bare.id, full.id, node("none")]) == [bare, full]
    assert store.item(node("none")) is None
    assert store.edges([full.id]) == [uses]
    assert store.edges([bare.id], incoming=True) == [uses]
    assert store.edges([full.id], kinds=["uses_type"]) == []
    assert store.edges([]) == []


def test_two_kinds_tie_the_same_pair(store: GraphStore) -> None:
    fill(store, [item("a"), item("b")], [edge("a", "calls", "b"), edge("a", "tests", "b")])
    assert {e.kind for e in store.edges([node("a")])} == {"calls", "tests"}
    assert store.counts().edges == 2


def test_enclosing_items_come_innermost_first(store: GraphStore) -> None:
    outer = item("outer", start=0, end=100)
    inner = item("inner", start=10, end=20)
    beside = item("beside", start=20, end=30)
    elsewhere = item("elsewhere", file="src/b.rs", start=0, end=100)
    fill(store, [outer, inner, beside, elsewhere])
    assert store.enclosing("src/lib.rs", 12) == [inner, outer]
    assert store.enclosing("src/lib.rs", 12, 25) == [outer]
    assert store.enclosing("src/lib.rs", 20)[0] in (inner, beside)
    assert store.enclosing("src/none.rs", 1) == []
    assert store.items_in_file("src/lib.rs") == [outer, inner, beside]
    assert items_in_files(store, ["src/b.rs", "src/lib.rs"])[0] == elsewhere


def test_names_are_found_by_the_end_of_their_path(store: GraphStore) -> None:
    own = item("World::spawn")
    other = item("Thread::spawn", crate="std@1.0.0", file="std@1.0.0/a.rs", id=node("2"))
    fill(store, [own, other])
    assert store.find("spawn") == [own, other]
    assert store.find("Thread::spawn") == [other]
    assert store.find("d::spawn") == []
    assert store.find("::") == []


def test_a_batch_removes_before_it_puts_and_counts_as_one_revision(store: GraphStore) -> None:
    fill(store, [item("a")])
    before = store.revision
    batch = Batch()
    batch.drop("items", [[node("a")]])
    batch.add("items", [item_row(item("a", doc="new"))])
    store.write(batch)
    assert store.revision == before + 1
    assert [i.doc for i in store.items([node("a")])] == ["new"]


def test_a_batch_is_all_or_nothing(store: GraphStore) -> None:
    fill(store, [item("a")])
    before = store.revision
    batch = Batch()
    batch.drop("items", [[node("a")]])
    batch.add("edges", [["not an edge"]])
    with pytest.raises(GraphError):
        store.write(batch)
    assert store.item(node("a")) is not None
    assert store.revision == before


def test_clearing_keeps_vectors(store: GraphStore) -> None:
    fill(store, [item("a")], [edge("a", "calls", "a")])
    put_vectors(store, [(node("a"), b"h", b"one")])
    store.clear()
    counts = store.counts()
    assert (counts.items, counts.edges, counts.files, counts.vectors) == (0, 0, 0, 1)
    fill(store, [item("a")])
    assert store.find("a") == [item("a")], "the indexes are there again"


# -- on disk --------------------------------------------------------------------------------------


def test_a_store_on_disk_is_locked_kept_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "graph"
    with GraphStore.open(path, model="m", dimensions=4) as first:
        fill(first, [item("a")])
        put_vectors(first, [(node("a"), b"h", b"one")])
        with pytest.raises(StoreLocked):
            GraphStore.open(path, model="m", dimensions=4)
    with GraphStore.open(path, model="m", dimensions=4) as again:
        assert (again.revision, again.counts().vectors) == (1, 1)
    with GraphStore.open(path, model="another", dimensions=8) as other:
        assert other.counts().items == 1, "only the vectors were of the other model"
        assert other.counts().vectors == 0
        put_vectors(other, [(node("a"), b"h", b"other")])
        assert list(read_vectors(other)) == [(node("a"), False, b"other")]
        other.put("meta", [["schema", "0"]])
    with pytest.raises(StoreMismatch, match="schema version 0"):
        GraphStore.open(path, model="another", dimensions=8)
    destroy(path)
    with GraphStore.open(path, model="m", dimensions=4) as new:
        assert new.counts().items == 0


def test_a_closed_store_says_so(store: GraphStore) -> None:
    store.close()
    store.close()
    with pytest.raises(GraphError, match="closed"):
        store.find("a")


# -- walks ----------------------------------------------------------------------------------------

DECAY = {"calls": Decay(0.5, 0.4), "contains": Decay(0.5, 0.5)}


def names(found: dict[NodeId, float] | list[tuple[NodeId, float]]) -> dict[str, float]:
    """Rounded scores by name."""
    pairs = found.items() if isinstance(found, dict) else found
    return {id.rstrip(b"\0").decode(): round(score, 4) for id, score in pairs}


CHAIN = [item(name) for name in "abcd"]
CHAIN_EDGES = [
    edge("a", "calls", "b"),
    edge("b", "calls", "c", "dispatch"),
    edge("c", "calls", "d"),
    edge("a", "derives", "d"),
]


FAR = Reach(hops=9, floor=0.01)


def test_scores_decay_by_kind_direction_and_provenance(store: GraphStore) -> None:
    fill(store, CHAIN, CHAIN_EDGES)
    near = walk(store, {node("a"): 1.0}, reach=FAR, decay=DECAY)
    assert names(near) == {"a": 1.0, "b": 0.5, "c": 0.15, "d": 0.075}
    back = walk(store, {node("c"): 1.0}, reach=FAR, decay=DECAY)
    assert names(back) == {"c": 1.0, "d": 0.5, "b": 0.4, "a": 0.16}
    assert names(walk(store, {node("a"): 1.0}, reach=Reach(hops=9, floor=0.4), decay=DECAY)) == {
        "a": 1.0,
        "b": 0.5,
    }
    assert walk(store, {}, decay=DECAY) == {}


def test_cycles_end(store: GraphStore) -> None:
    fill(store, CHAIN, [*CHAIN_EDGES, edge("d", "calls", "a")])
    assert len(walk(store, {node("a"): 1.0}, reach=FAR, decay=DECAY)) == 4


def test_a_walk_ends_after_its_hops(store: GraphStore) -> None:
    fill(store, CHAIN, CHAIN_EDGES)
    one = walk(store, {node("a"): 1.0}, reach=Reach(hops=1, floor=0.01), decay=DECAY)
    assert names(one) == {"a": 1.0, "b": 0.5}
    none = walk(store, {node("a"): 1.0}, reach=FAR, decay={"tests": DECAY["calls"]})
    assert names(none) == {"a": 1.0}


def test_nobody_walks_from_a_library_to_its_users(store: GraphStore) -> None:
    library = [
        item(name, crate="lib@1.0.0", file="lib@1.0.0/src/lib.rs") for name in ("hub", "inner")
    ]
    users = [item(f"user{i}") for i in range(20)]
    fill(
        store,
        [*library, *users],
        [edge("hub", "calls", "inner"), edge("hub", "contains", "inner")]
        + [edge(user.name, "calls", "hub") for user in users],
    )
    seeds = {node("hub"): 1.0}
    found = names(walk(store, seeds, reach=Reach(floor=0.1), decay=DECAY))
    assert found == {"hub": 1.0, "inner": 0.25}, "halved on the way out of a dependency"
    # What holds an item is near, in a library as well.
    found = names(walk(store, {node("inner"): 1.0}, reach=Reach(hops=1), decay=DECAY))
    assert found == {"inner": 1.0, "hub": 0.5}
    # From the workspace's own item its users are near.
    found = names(walk(store, {node("user0"): 1.0}, reach=Reach(hops=1), decay=DECAY))
    assert found == {"user0": 1.0, "hub": 0.5}


def test_a_walk_goes_on_from_the_best_only(store: GraphStore) -> None:
    items = [item("a")] + [item(f"{kind}{i}") for kind in "bc" for i in range(5)]
    edges = [edge("a", "calls", f"b{i}", "resolved" if i == 0 else "dispatch") for i in range(5)]
    edges += [edge(f"b{i}", "calls", f"c{i}") for i in range(5)]
    fill(store, items, edges)
    reach = Reach(hops=2, floor=0.01, width=1)
    found = names(walk(store, {node("a"): 1.0}, reach=reach, decay=DECAY))
    assert {name for name in found if name.startswith("c")} == {"c0"}
    reach = Reach(hops=1, floor=0.01, limit=2)
    assert len(walk(store, {node("a"): 1.0}, reach=reach, decay=DECAY)) == 3


def test_a_subgraph_has_the_edges_among_its_items(store: GraphStore) -> None:
    fill(store, CHAIN, CHAIN_EDGES)
    assert subgraph(store, [node("a"), node("b"), node("d")]) == [
        (node("a"), "calls", node("b"), "resolved"),
        (node("a"), "derives", node("d"), "resolved"),
    ]


# -- look-ups -------------------------------------------------------------------------------------


@pytest.fixture
def library(store: GraphStore) -> GraphStore:
    """A workspace's function, and a library's type with members."""
    foreign = {"crate": "lib@1.0.0", "file": "lib@1.0.0/src/lib.rs"}
    fill(
        store,
        [
            item("caller"),
            item("push", **foreign),  # type: ignore[arg-type]
            item("Sink", kind="struct", **foreign),  # type: ignore[arg-type]
            item("Drain", kind="trait", **foreign),  # type: ignore[arg-type]
            item("drain", kind="method", **foreign),  # type: ignore[arg-type]
        ],
        [
            edge("caller", "uses_type", "Sink"),
            edge("caller", "calls", "caller"),
            edge("caller", "contains", "push"),
            edge("push", "associated", "Sink"),
            edge("Drain", "contains", "drain"),
        ],
    )
    store.put("unresolved", [[node("caller"), "calls", "push", 7, "push"]])
    return store


def test_names_of_the_workspace_and_of_dependencies(library: GraphStore) -> None:
    assert workspace_files(library) == [("src/lib.rs", 100)]
    every = {i.name for i in items_named(library, ["caller", "push", "Sink", "none"])}
    assert every == {"caller", "push", "Sink"}
    assert items_named(library, []) == []


def test_members_of_types_and_traits(library: GraphStore) -> None:
    owners = [node("Sink"), node("Drain")]
    assert set(members_of(library, owners)) == {node("push"), node("drain")}
    assert members_named(library, owners, ["push", "caller"]) == [node("push")]
    assert members_named(library, owners, []) == []
    assert unresolved_names(library, [node("caller"), node("push")]) == {"push"}
    assert touched_dependencies(library, ["calls", "uses_type"]) == [node("Sink")]


# -- vectors --------------------------------------------------------------------------------------


def test_vectors_follow_their_items(store: GraphStore) -> None:
    fill(store, [item("a"), item("b")])
    put_vectors(store, [(node(n), b"1", b"old") for n in "ab"])
    put_vectors(store, [(node("a"), b"2", b"new")])
    assert vector_hashes(store) == {node("a"): b"2", node("b"): b"1"}
    assert {id: of for id, _, of in read_vectors(store)} == {node("a"): b"new", node("b"): b"old"}
    batch = Batch()
    batch.drop("items", [[node("b")]])
    store.write(batch)
    assert drop_orphans(store) == [node("b")]
    assert drop_orphans(store) == []
    assert list(read_vectors(store)) == [(node("a"), False, b"new")]


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)), max_size=20))
def test_use_spans_of_any_size_are_kept(spans: list[tuple[int, int]]) -> None:
    from ferrograph.graph.uses import pack_uses, unpack_uses

    assert unpack_uses(pack_uses(spans)) == tuple(spans)
