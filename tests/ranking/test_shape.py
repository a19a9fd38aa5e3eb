"""Items at the four levels of detail."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.graph.sources import Sources
from ferrograph.ranking.forms import Forms
from ferrograph.ranking.model import Level
from ferrograph.ranking.shape import first_sentence, shape, signature_end
from ferrograph.ranking.snapshot import Snapshot
from ferrograph.ranking.trim import trim
from ferrograph.tests.ranking.conftest import World


def shaped(world: World, path: str, level: Level) -> str | None:
    return shape(Snapshot(world.sources), world.item(path), level)


def test_a_function(world: World) -> None:
    assert shaped(world, "battle::roll_damage", "full") == (
        "/// What one cannon ball does to a hull.\n"
        "fn roll_damage(dice: &mut Dice, rules: &Rules) -> u32 {\n"
        "    rules.ball + dice.below(rules.spread)\n"
        "}"
    )
    assert shaped(world, "battle::volley", "folded") == (
        "/// Fires every cannon of one ship at another.\n"
        "///\n"
        "/// A shot that misses costs its powder all the same.\n"
        "pub fn volley(rules: &Rules, dice: &mut Dice, attacker: &Ship, target: &mut Ship, "
        "out: &mut Sink<Shot>) { … }"
    )
    assert shaped(world, "battle::roll_damage", "signature") == (
        "/// What one cannon ball does to a hull.\n"
        "fn roll_damage(dice: &mut Dice, rules: &Rules) -> u32;"
    )
    assert shaped(world, "battle::roll_damage", "name") == "battle::roll_damage"


def test_a_method_keeps_its_indent(world: World) -> None:
    assert shaped(world, "Dice::chance", "signature") == (
        "    /// True with a probability.\n    pub fn chance(&mut self, probability: f32) -> bool;"
    )
    full = shaped(world, "Dice::chance", "full")
    assert full is not None
    assert full.startswith("    /// True")
    assert full.endswith("\n    }")


def test_types_show_their_fields_and_variants(world: World) -> None:
    assert shaped(world, "battle::Shot", "signature") == (
        "/// What became of a shot.\n"
        "pub enum Shot { Missed(u32), Hit { cannon: u32, damage: u32 } }"
    )
    assert shaped(world, "ship::Ship", "folded") == (
        "/// A ship under sail.\n"
        "#[derive(Clone)]\n"
        "pub struct Ship {\n"
        "    pub name: String,\n"
        "    pub cannons: u32,\n"
        "    pub powder: u32,\n"
        "    pub hull: Hull,\n"
        "}"
    )


def test_private_fields_of_a_dependency_stay_private(world: World) -> None:
    assert shaped(world, "sink::Sink", "signature") == (
        "/// Where events go.\npub struct Sink<T> { … }"
    )
    assert shaped(world, "sink::Sink", "folded") is None
    assert shaped(world, "engine::Clock", "signature") == (
        "/// Counts the turns.\npub struct Clock { pub day: u64, … }"
    )
    assert shaped(world, "engine::Clock", "folded") == (
        "/// Counts the turns.\npub struct Clock {\n    …\n    pub day: u64,\n}"
    )
    assert shaped(world, "rng::Dice", "signature") == (
        "/// The only source of chance.\npub struct Dice { state: u64 }"
    )


def test_a_constant_shows_its_value_and_a_module_has_no_body(world: World) -> None:
    assert shaped(world, "LONGEST_NAME", "signature") == (
        "/// The longest name of a ship, in letters.\npub const LONGEST_NAME: usize = 24;"
    )
    module = next(i for i in world.store.find("rng") if i.kind == "module")
    assert shape(Snapshot(world.sources), module, "signature") == "/// Chance.\npub mod rng;"
    assert shape(Snapshot(world.sources), module, "full") is None


FOLDS = [
    (
        "impl X {\n    // why\n    fn a(&self) -> u8 { fn b() {} 1 }\n\n    const C: u8 = 1;\n}",
        "impl X {\n    fn a(&self) -> u8 { … }\n    const C: u8 = 1;\n}",
    ),
    (
        "/// Flies. High.\npub trait Fly {\n    /// Up.\n    fn up(&self) { loop {} }\n"
        "    fn down(&self);\n}",
        "/// Flies.\npub trait Fly {\n    fn up(&self) { … }\n    fn down(&self);\n}",
    ),
    (
        "macro_rules! twice {\n    ($e:expr) => {\n        $e; $e\n    };\n}",
        "macro_rules! twice {\n    ($e:expr) => { … };\n}",
    ),
    ("static S: [u8; 3] = [" + "1, " * 40 + "2];", "static S: [u8; 3] = …;"),
    ("union U {\n    // one\n    a: u8,\n    b: u16,\n}", "union U {\n    a: u8,\n    b: u16,\n}"),
    ("fn f();", None),
]


@pytest.mark.parametrize(("source", "folded"), FOLDS, ids=[f[0][:12] for f in FOLDS])
def test_folding(source: str, folded: str | None, tmp_path: Path) -> None:
    from ferrograph.tests.ranking.conftest import index_fixture

    made = index_fixture(tmp_path, f"//- /src/lib.rs\n{source}")
    item = next(i for i in made.store.items_in_file("src/lib.rs") if i.kind != "crate")
    assert shape(Snapshot(made.sources), item, "folded") == folded


def test_text_that_moved_on_is_not_shown(world: World) -> None:
    """The graph is a moment behind the editor; spans then point anywhere."""
    item = world.item("battle::roll_damage")
    moved = Sources(world.sources.root)
    moved.set_overlay(item.file, b"// a new line\n" + (world.sources.read(item.file) or b""))
    edited = Sources(world.sources.root)
    text = (world.sources.read(item.file) or b"").replace(b"rules.ball +", b"rules.ball *")
    edited.set_overlay(item.file, text)
    for sources in (moved, edited, Sources(world.sources.root / "nowhere")):
        snapshot = Snapshot(sources)
        assert shape(snapshot, item, "full") is None
        assert shape(snapshot, item, "folded") is None
        assert shape(snapshot, item, "signature") == (
            "/// What one cannon ball does to a hull.\n"
            "fn roll_damage(dice: &mut Dice, rules: &Rules) -> u32;"
        )


def test_ladders_grow_and_leave_out_what_is_not_worth_a_step(world: World) -> None:
    forms = Forms(Snapshot(world.sources))
    for item in world.store.items_in_file("src/battle.rs"):
        ladder = forms.ladder(item)
        assert ladder
        tokens = [form.tokens for form in ladder]
        assert tokens == sorted(set(tokens))
    # One sentence of documentation and one line of declaration: folding would say the same.
    assert [f.level for f in forms.ladder(world.item("battle::roll_damage"))] == [
        "signature",
        "signature",
        "full",
    ]


def test_a_signature_ends_before_the_body(world: World) -> None:
    item = world.item("battle::volley")
    source = world.sources.read(item.file) or b""
    assert source[: signature_end(source, item)].endswith(b"out: &mut Sink<Shot>)")
    assert signature_end(b"something else", item) == item.name_end
    assert signature_end(None, item) == item.name_end


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("Adds one. And more.", "Adds one."),
        ("Adds e.g. one thing\nto another.\n\nMore.", "Adds e.g. one thing to another."),
        ("# Title\n\nText.", "Text."),
        ("```\ncode\n```", "code"),
        ("", ""),
        ("x" * 50 + " " + "y" * 300, "x" * 50 + " …"),
    ],
)
def test_first_sentences(doc: str, sentence: str) -> None:
    assert first_sentence(doc) == sentence


def test_a_long_item_is_cut_around_the_selection() -> None:
    text = "\n".join(["fn f(", "    a: u8,", ") {", *(f"    line{i};" for i in range(90)), "}"])
    cut = trim(text, head=3, first=40, last=41, room=300)
    assert len(cut) <= 300
    lines = cut.split("\n")
    assert lines[:4] == ["fn f(", "    a: u8,", ") {", "    // …"]
    assert lines[-1] == "}"
    assert "    line37;" in lines
    assert "    line38;" in lines
    assert "    line80;" not in lines
    assert trim(text, head=3, first=0, last=0, room=10_000) == text
    assert trim(text, head=3, first=40, last=41, room=10) == "fn f(\n// …"
