"""What functions around a place use, and what its types offer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.ranking import weights
from ferrograph.ranking.focus import find_focus
from ferrograph.ranking.habits import Habits, find_habits
from ferrograph.ranking.mentions import read_mentions
from ferrograph.ranking.seeds import vector_queries
from ferrograph.tests.ranking.conftest import World

SHOP = """
//- /src/lib.rs
pub mod till;
pub mod stock;
//- /src/till.rs
use crate::stock::{Item, Shelf};
pub struct Till { shelf: Shelf, coins: Coins }
pub struct Coins { pub count: u32 }
impl Coins { pub fn add(&mut self) { round() } }
pub fn round() {}
pub fn tidy() {}
impl Till {
    pub fn sell(&mut self, item: &Item) { todo!() }
    pub fn refund(&mut self) { round(); self.shelf.restock() }
    pub fn close(&mut self) { round() }
}
impl crate::stock::Count for Till { fn count(&self) -> u32 { todo!() } }
pub fn distant() { tidy() }
//- /src/stock.rs
pub struct Item { pub price: Price }
impl Item { pub fn label(&self) {} }
pub struct Price(pub u32);
impl Price { pub fn doubled(&self) {} }
pub struct Shelf;
impl Shelf { pub fn restock(&self) {} pub fn empty(&self) {} }
pub trait Count { fn count(&self) -> u32; }
impl Count for Shelf { fn count(&self) -> u32 { measure() } }
pub fn measure() -> u32 { 1 }
"""


@pytest.fixture
def shop(own_world: Callable[[str], World]) -> World:
    return own_world(SHOP)


def habits_at(world: World, text: str, near: dict[bytes, float] | None = None) -> Habits:
    focus = find_focus(world.store, world.sources, world.cursor("src/till.rs", text))
    return find_habits(world.store, focus, near or {})


def by_name(world: World, habits: Habits, factor: weights.Factor) -> dict[str, float]:
    values = habits.values[factor]
    return {item.name: values[item.id] for item in world.store.items(values)}


def test_methods_of_the_type_tell_what_it_uses(shop: World) -> None:
    kin = by_name(shop, habits_at(shop, "pub fn sell"), "kin")
    assert kin["round"] > kin["restock"] > 0.0
    assert "tidy" not in kin


def test_the_same_method_of_another_type_tells_most(shop: World) -> None:
    habits = habits_at(shop, "fn count(&self) -> u32 { todo")
    assert "measure" in by_name(shop, habits, "twin")
    assert by_name(shop, habits_at(shop, "pub fn sell"), "twin") == {}


def test_functions_of_the_file_count_less_with_distance(shop: World) -> None:
    beside = by_name(shop, habits_at(shop, "pub fn sell"), "beside")
    assert beside["round"] > beside["tidy"] > 0.0


def test_functions_alike_count_by_their_likeness(shop: World) -> None:
    measure, distant = (shop.item(f"{n}").id for n in ("Shelf::count", "till::distant"))
    habits = habits_at(shop, "pub fn sell", {measure: 0.9, distant: 0.1})
    alike = by_name(shop, habits, "alike")
    assert alike["measure"] > alike["tidy"] > 0.0


def test_types_in_reach_offer_their_methods(shop: World) -> None:
    member = by_name(shop, habits_at(shop, "pub fn sell"), "member")
    assert member["label"] > member["doubled"] > 0.0, "of a parameter; of its field's type"
    assert {"add", "restock", "empty"} <= member.keys(), "of the fields of Self"
    part = by_name(shop, habits_at(shop, "pub fn sell"), "part")
    assert {"Till", "Coins", "Shelf", "Price"} <= part.keys()


def test_every_value_is_in_bounds_and_no_place_has_none(shop: World) -> None:
    habits = habits_at(shop, "pub fn sell")
    for values in habits.values.values():
        assert all(0.0 <= value <= 1.0 for value in values.values())
    assert set(habits.values) <= set(weights.CONTEXT)
    assert shop.item("Till::refund").id in habits.rests_on
    assert find_habits(shop.store, None, {}) == Habits()


def test_a_place_is_described_where_the_task_names_nothing(shop: World) -> None:
    place = shop.cursor("src/till.rs", "pub fn sell")
    focus = find_focus(shop.store, shop.sources, place)
    bare = "Write what todo!() stands for."
    assert read_mentions(bare).is_bare
    assert vector_queries(bare, read_mentions(bare), focus) == [
        "sell\npub fn sell(&mut self, item: &Item)\n"
    ]
    task = "take the price off the till"
    assert vector_queries(task, read_mentions(task), focus)[0] == task
    assert vector_queries(bare, read_mentions(bare), None) == [bare]


def test_what_siblings_use_is_in_the_context(shop: World) -> None:
    found = shop.retriever().retrieve(
        "Write what todo!() stands for.", shop.cursor("src/till.rs", "pub fn sell")
    )
    factors = {one.item.name: one.factors for one in found.ranked}
    assert factors["round"]["kin"] > 0.0
    assert factors["label"]["member"] == 1.0
    order = [one.item.name for one in found.ranked if one.item.kind in ("function", "method")]
    assert order.index("round") < order.index("tidy")


def profile_file(path: Path, found: object) -> Path:
    path.write_text(json.dumps(found))
    return path


def test_the_weights_of_contexts_are_taken_from_a_file(tmp_path: Path) -> None:
    plain = weights.Profile(weights.PLAIN_CONTEXT, weights.PLAIN_SLOPE, weights.PLAIN_BIAS)
    even = dict.fromkeys(plain.weights, 1.0 / len(plain.weights))
    sound: dict[str, object] = {
        "version": weights.CONTEXT_VERSION,
        "weights": even,
        "slope": 9.0,
        "bias": -3.0,
    }
    made = weights.learned_context(profile_file(tmp_path / "w", sound), plain)
    assert made == weights.Profile(even, 9.0, -3.0)
    assert made.chance(0.0) < made.chance(0.5) < made.chance(1.0) < 1.0
    odd_ones: list[object] = [
        {**sound, "version": 0},
        {**sound, "slope": -1.0},
        {**sound, "weights": {**even, "touch": 0.9}},
        {**sound, "weights": {**even, "charm": 0.0}},
        [],
    ]
    for odd in odd_ones:
        assert weights.learned_context(profile_file(tmp_path / "x", odd), plain) is plain
    assert weights.learned_context(tmp_path / "none", plain) is plain
