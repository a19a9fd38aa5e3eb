"""What a place touches, and how."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ferrograph.ranking.context import build_context
from ferrograph.ranking.errors import UnknownPlace
from ferrograph.ranking.focus import find_focus
from ferrograph.ranking.model import Place
from ferrograph.ranking.shape import shape
from ferrograph.ranking.snapshot import Snapshot
from ferrograph.ranking.tokens import estimate_tokens
from ferrograph.tests.ranking.conftest import World


def manners(world: World, place: Place) -> dict[str, str]:
    """Touched items by name, with the manner."""
    focus = find_focus(world.store, world.sources, place)
    items = world.store.items(focus.touched)
    return {i.qualified_path.split("::", 2)[-1]: focus.touched[i.id].manner for i in items}


def test_declaration_and_body_are_told_apart(world: World) -> None:
    found = manners(world, world.cursor("src/battle.rs", "pub fn volley"))
    assert found["Rules"] == found["Ship"] == found["Dice"] == "signature"
    assert found["Sink"] == "signature"
    assert found["roll_damage"] == "body"
    assert found["Dice::chance"] == found["Rules::hit_chance"] == "body"
    assert found["Sink::push"] == "body"
    assert "volley" not in found


def test_what_is_selected_comes_before_the_rest_of_the_body(world: World) -> None:
    place = world.selection("src/battle.rs", "let damage = roll_damage(dice, rules);")
    found = manners(world, place)
    assert found["roll_damage"] == "selection"
    assert found["Dice::chance"] == "body"


def test_a_cursor_in_a_field_or_variant_is_about_the_type(world: World) -> None:
    for file, text, name in (
        ("src/ship.rs", "powder: u32", "Ship"),
        ("src/battle.rs", "Missed(u32)", "Shot"),
    ):
        focus = find_focus(world.store, world.sources, world.cursor(file, text))
        assert focus.target is not None
        assert focus.target.name == name


def test_a_method_touches_its_own_type(world: World) -> None:
    place = world.cursor("src/rng.rs", "pub fn chance")
    focus = find_focus(world.store, world.sources, place)
    assert focus.owner is not None
    assert focus.owner.signature == "impl Dice"
    assert manners(world, place)["Dice"] == "signature"


def test_several_selected_items_are_all_members(world: World) -> None:
    text = (world.sources.read("src/battle.rs") or b"").decode()
    start, end = text.index("fn roll_damage"), text.index("It went wide")
    focus = find_focus(world.store, world.sources, Place("src/battle.rs", start, end))
    assert focus.target is None
    names = {i.name for i in focus.members}
    assert {"roll_damage", "Shot"} <= names
    assert "volley" not in names


def test_between_items_there_is_a_module_and_no_target(world: World) -> None:
    focus = find_focus(world.store, world.sources, Place("src/battle.rs", 0, 0))
    assert focus.target is None
    assert focus.module is not None
    assert focus.module.name == "battle"


def test_calls_that_found_no_target_are_looked_up_in_touched_types(world: World) -> None:
    """``ships[0]`` has no inferred type here, but `Ship` is mentioned and has a ``hull``."""
    text = "use crate::ship::Ship;\npub fn f(x: &Ship, y: impl Fn() -> u8) { mystery(y).new(1) }\n"
    world.sources.set_overlay("src/rng.rs", text.encode())
    try:
        world.indexer.update(["src/rng.rs"])
        found = manners(world, world.cursor("src/rng.rs", "pub fn f"))
        assert found["Ship::new"] == "body"
    finally:
        world.sources.set_overlay("src/rng.rs", None)
        world.indexer.update(["src/rng.rs"])


def test_what_a_called_function_gives_back_is_touched(
    own_world: Callable[[str], World],
) -> None:
    made = own_world(
        "//- /src/lib.rs\n"
        "pub struct Damage { pub amount: f32 }\n"
        "pub struct Dice;\n"
        "pub fn roll(dice: &Dice) -> Option<Damage> { None }\n"
        "pub fn attack() { let hit = roll(&Dice).unwrap(); drop(hit.amount); }\n"
    )
    found = manners(made, made.cursor("src/lib.rs", "pub fn attack"))
    assert found["Damage"] == "result"
    assert found["Dice"] == "body"


def test_the_items_of_a_macro_call_are_one_target(own_world: Callable[[str], World]) -> None:
    made = own_world(
        "//- /src/lib.rs\n"
        "macro_rules! unit { ($n:ident) => { pub struct $n { size: u32 } "
        "impl $n { pub fn grow(&mut self) {} } }; }\n"
        "unit! { Ship }\n"
    )
    focus = find_focus(made.store, made.sources, made.cursor("src/lib.rs", "unit! { Ship"))
    assert focus.target is not None
    assert (focus.target.kind, focus.target.name) == ("struct", "Ship")
    assert {"Ship", "grow"} <= {i.name for i in focus.members}
    snapshot = Snapshot(made.sources)
    assert shape(snapshot, focus.target, "signature") == "pub struct Ship { … }"
    assert shape(snapshot, focus.target, "full") is None, "its text is nowhere in the file"
    context = build_context(
        made.retriever(),
        at=made.cursor("src/lib.rs", "unit! { Ship"),
        task="add a field",
        budget=60,
        count_tokens=estimate_tokens,
    )
    assert context.items[0].text == "unit! { Ship }"


def test_an_unknown_file_is_an_error_in_words(world: World) -> None:
    with pytest.raises(UnknownPlace, match=r"nothing of src/none\.rs"):
        find_focus(world.store, world.sources, Place("src/none.rs", 0, 0))
