"""Single factors, PageRank, and which items count as copies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ferrograph.graph.model import GraphItem
from ferrograph.ranking import factors
from ferrograph.ranking.duplicates import drop_duplicates
from ferrograph.ranking.expand import personalised_pagerank
from ferrograph.ranking.focus import find_focus
from ferrograph.ranking.model import Ranked
from ferrograph.ranking.snapshot import Snapshot
from ferrograph.tests.ranking.conftest import World


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


def test_pagerank_prefers_what_many_ways_lead_to() -> None:
    a, b, c, d, far = (bytes([i]) * 16 for i in range(5))
    edges = [
        (a, "calls", b, "resolved"),
        (a, "calls", c, "resolved"),
        (b, "uses_type", d, "resolved"),
        (c, "uses_type", d, "resolved"),
        (d, "contains", far, "resolved"),
    ]
    ranks = personalised_pagerank(edges, {a: 1.0})
    assert sum(ranks.values()) == pytest.approx(1.0)
    assert ranks[d] > ranks[b] == pytest.approx(ranks[c])
    assert ranks[far] == min(ranks.values())
    weak = personalised_pagerank([(a, "calls", b, "dispatch"), (a, "calls", c, "exact")], {a: 1.0})
    assert weak[c] > weak[b]
    assert personalised_pagerank(edges, {}) == {}
    assert personalised_pagerank([], {a: 0.5, b: 0.5}) == pytest.approx({a: 0.5, b: 0.5})


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
        kept = drop_duplicates(ranked, Snapshot(made.sources), keep=[i.id for i in keep])
        return [r.item.qualified_path.split("::", 1)[1] for r in kept]

    assert left([]) == ["slurp", "A::slurp", "A::new", "B::new"]
    assert left(items[2:3]) == ["slurp", "gulp", "A::slurp", "A::new", "B::new"]
