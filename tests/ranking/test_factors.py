"""Single factors, PageRank, and which items count as copies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import rustworkx
from ferrograph.graph.adjacency import KIND_CODES, PROVENANCE_CODES
from ferrograph.graph.model import GraphItem
from ferrograph.graph.query import Among
from ferrograph.ranking import factors
from ferrograph.ranking import weights as w
from ferrograph.ranking.duplicates import drop_duplicates
from ferrograph.ranking.expand import personalised_pagerank
from ferrograph.ranking.focus import find_focus
from ferrograph.ranking.forms import Forms
from ferrograph.ranking.model import Ranked
from ferrograph.ranking.snapshot import Snapshot
from ferrograph.tests.ranking.conftest import World
from hypothesis import given, settings
from hypothesis import strategies as st


def test_distance_grows_with_every_border(world: World) -> None:
    focus = find_focus(world.store, world.sources, world.cursor("src/rng.rs", "pub fn chance"))
    near = ["Dice::chance", "Dice::below", "rng::Dice", "rules::Rules", "sink::Sink"]
    distances = [factors.distance(world.item(path), focus) for path in near]
    assert distances == sorted(distances, reverse=True)
    assert len(set(distances)) == len(near)
    assert factors.distance(world.item("rules::Rules"), None) == 1.0
    assert factors.distance(world.item("sink::Sink"), None) < 0.5


def test_visibility_from_a_place(world: World) -> None:
    volley = find_focus(world.store, world.sources, world.cursor("src/battle.rs", "pub fn volley"))
    dice = find_focus(world.store, world.sources, world.cursor("src/rng.rs", "pub fn chance"))
    private, public = world.item("battle::roll_damage"), world.item("battle::reload")
    assert factors.visibility(private, volley) == 1.0
    assert factors.visibility(private, dice) == 0.2
    assert factors.visibility(public, dice) == 1.0
    assert factors.visibility(world.item("Sink::push"), dice) == 1.0
    unit = world.item("Dice::unit")
    assert factors.visibility(unit, dice) == 1.0, "private, but of this module"
    assert factors.visibility(unit, volley) == 0.2
    fmt = world.item("ship::Ship::fmt")
    block = world.store.item(fmt.parent or b"")
    assert factors.visibility(fmt, volley, block) == 1.0, "a trait's method is as the trait"
    assert factors.visibility(fmt, volley) == 0.2


def test_test_code(world: World) -> None:
    assert factors.is_test_code(world.item("tests::a_volley_costs_powder"))
    assert factors.is_test_code(world.item("battle::tests"))
    assert not factors.is_test_code(world.item("battle::volley"))


Edges = list[tuple[bytes, str, bytes, str]]


def among(ids: list[bytes], edges: Edges) -> Among:
    return Among(
        np.array([ids.index(source) for source, *_ in edges], np.int32),
        np.array([ids.index(target) for *_, target, _ in edges], np.int32),
        np.array([KIND_CODES[kind] for _, kind, *_ in edges], np.uint8),
        np.array([PROVENANCE_CODES[provenance] for *_, provenance in edges], np.uint8),
    )


def test_pagerank_prefers_what_many_ways_lead_to() -> None:
    ids = [bytes([i]) * 16 for i in range(5)]
    a, b, c, d, far = ids
    edges: Edges = [
        (a, "calls", b, "resolved"),
        (a, "calls", c, "resolved"),
        (b, "uses_type", d, "resolved"),
        (c, "uses_type", d, "resolved"),
        (d, "contains", far, "resolved"),
    ]
    ranks = personalised_pagerank(ids, among(ids, edges), {a: 1.0})
    assert sum(ranks.values()) == pytest.approx(1.0)
    assert ranks[d] > ranks[b] == pytest.approx(ranks[c])
    assert ranks[far] == min(ranks.values())
    weaker: Edges = [(a, "calls", b, "dispatch"), (a, "calls", c, "exact")]
    weak = personalised_pagerank(ids, among(ids, weaker), {a: 1.0})
    assert weak[c] > weak[b]
    assert personalised_pagerank(ids, among(ids, edges), {}) == {}
    alone = personalised_pagerank([], among([], []), {a: 0.5, b: 0.5})
    assert alone == pytest.approx({a: 0.5, b: 0.5})


@given(
    st.sets(
        st.tuples(st.integers(0, 6), st.sampled_from(("calls", "contains")), st.integers(0, 6))
    ),
    st.dictionaries(st.integers(0, 8), st.floats(0.1, 1.0), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_pagerank_is_rustworkx_s(
    edges: set[tuple[int, str, int]], starts: dict[int, float]
) -> None:
    ids = [bytes([i]) * 16 for i in range(9)]
    given = [(ids[s], kind, ids[t], "exact") for s, kind, t in sorted(edges)]
    ours = personalised_pagerank(ids, among(ids, given), {ids[n]: w for n, w in starts.items()})
    graph: rustworkx.PyDiGraph[int, float] = rustworkx.PyDiGraph(multigraph=True)
    graph.add_nodes_from(range(9))
    for s, kind, t in edges:
        graph.add_edge(s, t, w.PAGERANK_KIND[kind])
        graph.add_edge(t, s, w.PAGERANK_KIND[kind] * w.PAGERANK_BACKWARD)
    theirs = rustworkx.pagerank(
        graph, alpha=w.PAGERANK_DAMPING, weight_fn=float, personalization=starts,
        dangling=starts, tol=1e-6,
    )  # fmt: skip
    assert [ours[id] for id in ids] == pytest.approx([theirs[n] for n in range(9)], abs=1e-4)


COPIES = """
//- /src/lib.rs
#[cfg(unix)]
/// Reads the whole file at a path into memory.
pub fn slurp(path: &str) -> Vec<u8> { let mut file = open(path); read(&mut file, LIMIT, true) }
#[cfg(windows)]
/// Reads the whole file at a path into memory, on Windows.
pub fn slurp(path: &str) -> Vec<u8> { let mut file = open(path); read(&mut file, LIMIT, true) }
/// A copy under another name.
pub fn gulp(path: &str) -> Vec<u8> { let mut file = open(path); read(&mut file, LIMIT, true) }
pub struct A;
pub struct B;
impl A { pub fn slurp(&self) -> u8 { 1 } pub fn new() -> A { A } }
impl B { pub fn new() -> B { B } }
"""


def test_near_copies_are_shown_once(own_world: Callable[[str], World]) -> None:
    made = own_world(COPIES)
    items = [i for i in made.store.items_in_file("src/lib.rs") if i.kind in ("function", "method")]

    def left(keep: list[GraphItem]) -> list[str]:
        ranked = [Ranked(item, 1.0 - at / 100, {}) for at, item in enumerate(items)]
        kept = drop_duplicates(ranked, Forms(Snapshot(made.sources)), keep=[i.id for i in keep])
        return [r.item.qualified_path.split("::", 1)[1] for r in kept]

    assert left([]) == ["slurp", "A::slurp", "A::new", "B::new"]
    assert left(items[2:3]) == ["slurp", "gulp", "A::slurp", "A::new", "B::new"]
