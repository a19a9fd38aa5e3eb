"""Contexts: what is in them, in which form and order, and never a token too many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.ranking.context import Context, build_context
from ferrograph.ranking.model import LEVELS, Place
from ferrograph.ranking.tokens import estimate_tokens
from ferrograph.tests.ranking.conftest import FIXTURE, World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

Counter = Callable[[str], int]

TASK = "let a hit do critical damage by chance"


def build(
    world: World,
    at: Place | None,
    budget: int,
    *,
    task: str = TASK,
    count: Counter = estimate_tokens,
    include_target: bool = True,
) -> Context:
    return build_context(
        world.retriever(),
        at=at,
        task=task,
        budget=budget,
        count_tokens=count,
        include_target=include_target,
    )


def levels(context: Context) -> dict[str, str]:
    """Level by qualified path."""
    return {one.item.qualified_path: one.level for one in context.items}


# -- the budget -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counters() -> dict[str, Counter]:
    """Ways of counting that disagree: some add up over pieces, some don't."""
    data = Path(__file__).parents[2] / "embedding/data/tokenizer.json"
    wordpiece = Tokenizer.from_file(str(data))
    wordpiece.no_truncation()
    return {
        "estimate": estimate_tokens,
        "bytes/4": lambda text: len(text.encode()) // 4,
        "characters": len,
        "tokenizer": lambda text: len(wordpiece.encode(text, add_special_tokens=True).ids),
        "lines": lambda text: 20 * text.count("\n"),
        "joins cost": lambda text: len(text) // 4 + text.count("\n") ** 2 // 50,
    }


PLACES = st.one_of(
    st.none(),
    st.builds(
        lambda file, start, length: Place(file, start, start + length),
        st.sampled_from(["src/battle.rs", "src/ship.rs", "src/rng.rs", "src/lib.rs"]),
        st.integers(0, 1200),
        st.sampled_from([0, 0, 5, 300]),
    ),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["estimate", "bytes/4", "characters", "tokenizer", "lines", "joins cost"]),
    at=PLACES,
    budget=st.one_of(st.integers(256, 32_000), st.integers(256, 2_000), st.integers(0, 256)),
    task=st.sampled_from([TASK, "", "Dice::chance", "ship"]),
    include_target=st.booleans(),
)
def test_no_context_is_over_its_budget(
    world: World,
    counters: dict[str, Counter],
    name: str,
    at: Place | None,
    budget: int,
    task: str,
    include_target: bool,
) -> None:
    count = counters[name]
    made = build(world, at, budget, task=task, count=count, include_target=include_target)
    assert made.tokens <= budget
    # Some counters see tokens in nothing at all.
    assert made.tokens == min(count(made.text), budget)
    assert sum(one.tokens for one in made.items) == (made.tokens if made.items else 0)
    for one in made.items:
        assert one.level in LEVELS
        if made.mode == "ranked":
            # What opens a block for its members ends in a brace instead.
            block = one.item.kind in ("impl", "trait") and one.level == "signature"
            assert (one.item.signature if block else one.text) in made.text


@settings(max_examples=60, deadline=None)
@given(budget=st.integers(256, 4_000))
def test_declarations_of_what_is_touched_come_before_anything_elses_body(
    world: World, budget: int
) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), budget)
    if made.mode == "workspace":
        return
    touched = {"Rules", "Dice", "Ship", "Sink", "Shot", "chance", "hit_chance", "push", "damage"}
    shown = levels(made)
    declared = {path.rsplit("::", 1)[-1] for path, level in shown.items() if level != "name"}
    bodies = [
        one.item.name
        for one in made.items
        if one.level in ("full", "folded") and one.factors.get("touch") == 0.0
    ]
    assert not bodies or touched <= declared, (bodies, touched - declared)


def test_a_budget_is_used(world: World) -> None:
    at = world.cursor("src/battle.rs", "pub fn volley")
    sizes = [build(world, at, budget).tokens for budget in (300, 500, 700, 900)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 800


def test_the_counter_is_asked_only_a_few_times(world: World) -> None:
    calls: list[str] = []

    def count(text: str) -> int:
        calls.append(text)
        return len(text) // 3

    build(world, world.cursor("src/battle.rs", "pub fn volley"), 900, count=count)
    assert len(calls) <= 8


CROWDED = """
//- /src/lib.rs
pub struct Wide;
/// Touched, and too long to fit.
pub fn wide(%s) -> Wide { Wide }
/// Touched.
pub fn narrow(wide: Wide) {}
pub fn task(first: &First) { wide(%s); narrow(Wide); }
pub struct First { a: u8 }
%s
"""


def crowded() -> str:
    """A task that calls a function with sixty parameters, beside what the words ask for."""
    parameters = ", ".join(f"argument_{i}: [u8; {i}]" for i in range(60))
    arguments = ", ".join(f"[0; {i}]" for i in range(60))
    names = ("critical_hit", "hit_points", "critical_damage", "lucky_hit")
    others = "\n".join(f"/// Hits.\npub fn {name}() {{ launch() }}" for name in names)
    return CROWDED % (parameters, arguments, others)


def test_while_a_touched_declaration_has_no_room_no_body_of_another_has(
    own_world: Callable[[str], World],
) -> None:
    made = own_world(crowded())
    place = made.cursor("src/lib.rs", "pub fn task")
    small = levels(build(made, place, 750, task="critical hit", include_target=False))
    assert small["demo::narrow"] == "signature"
    assert "demo::wide" not in small or small["demo::wide"] == "name"
    others = {level for path, level in small.items() if "hit" in path}
    assert others == {"name"}
    large = levels(build(made, place, 1500, task="critical hit", include_target=False))
    assert large["demo::wide"] in ("signature", "full")
    assert "full" in {level for path, level in large.items() if "hit" in path}


def test_what_the_declaration_mentions_comes_before_what_the_body_does(
    own_world: Callable[[str], World],
) -> None:
    made = own_world(crowded())
    place = made.cursor("src/lib.rs", "pub fn task")
    shown = levels(build(made, place, 40, task="", include_target=False))
    assert {path for path, level in shown.items() if level != "name"} == {"demo::First"}


# -- what is in it --------------------------------------------------------------------------------


def test_the_target_comes_first_and_whole(world: World) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), 900)
    assert made.target is not None
    assert made.items[0].item.id == made.target.id
    assert made.items[0].level == "full"
    assert made.text.startswith("// src/battle.rs:1\nuse engine::prelude::*;")
    shown = levels(made)
    assert shown["engine::sink::Sink"] == "signature"
    assert shown["engine::sink::Sink::push"] == "signature"
    assert shown["demo::rules::Rules"] in ("signature", "full")


def test_a_target_shown_elsewhere_can_be_left_out(world: World) -> None:
    at = world.cursor("src/battle.rs", "pub fn volley")
    made = build(world, at, 900, include_target=False)
    assert made.target is not None
    assert made.target.qualified_path not in levels(made)
    assert "roll_damage" in made.text


def test_methods_stand_in_their_impl_block(world: World) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), 900)
    assert (
        "impl<T> Sink<T> {\n    /// Adds one event.\n    pub fn push(&mut self, event: T);\n}"
    ) in made.text


def test_methods_of_one_block_stand_together(world: World) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), 900)
    assert made.text.count("impl Dice {") == 1
    made = build(world, None, 300, task="Dice::chance Dice::below")
    assert made.text.count("impl Dice {") == 1
    assert "demo::rng::Dice::chance" in levels(made)
    assert "demo::rng::Dice::below" in levels(made)


def test_nothing_is_shown_twice(own_world: Callable[[str], World]) -> None:
    """What a trait or function that is shown in full holds is not shown beside it again."""
    filler = "\n".join(f"pub fn filler_{i}() {{ let x = {i}; }}" for i in range(60))
    made = own_world(
        "//- /src/lib.rs\n"
        "pub trait Fly { fn climb(&self) { soar() } fn sink(&self); }\n"
        "/// Soars.\npub fn soar() { fn inner_wings() {} inner_wings() }\n" + filler
    )
    place = made.cursor("src/lib.rs", "pub fn filler_7")
    shown = build(made, place, 600, task="Fly::climb Fly soar inner_wings")
    assert shown.mode == "ranked"
    for name in ("climb", "inner_wings"):
        assert shown.text.count(f"fn {name}(") == 1, shown.text


def test_an_item_larger_than_the_budget_is_cut_around_the_selection(world: World) -> None:
    body = "\n".join(f"    let value_{i} = input * {i};" for i in range(300))
    world.sources.set_overlay(
        "src/rng.rs", f"pub fn huge(input: u64) -> u64 {{\n{body}\n    value_7\n}}\n".encode()
    )
    try:
        world.indexer.update(["src/rng.rs"])
        for budget in (64, 256, 1000):
            made = build(world, world.selection("src/rng.rs", "value_200"), budget)
            assert 0 < made.tokens <= budget
            assert made.items[0].item.name == "huge"
            if budget >= 256:
                assert made.items[0].level == "folded"
                assert "pub fn huge(input: u64) -> u64 {" in made.text
                assert "value_200" in made.text
                assert "// …" in made.text
    finally:
        world.sources.set_overlay("src/rng.rs", None)
        world.indexer.update(["src/rng.rs"])


def test_a_small_workspace_is_put_in_whole(world: World) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), 8000)
    assert made.mode == "workspace"
    for file, _ in world.retriever().workspace_files():
        if file.endswith(".rs"):
            assert (world.sources.read(file) or b"").decode().strip() in made.text
    shown = levels(made)
    assert shown["engine::sink::Sink::push"] == "signature", "what it doesn't hold is declared"
    assert shown["demo::rng::Dice::unit"] == "full"
    assert made.items[0].item.name == "volley"


def test_without_a_place_a_task_is_a_query(world: World) -> None:
    made = build(world, None, 400, task="how is damage rolled")
    assert made.target is None
    assert made.items[0].item.name == "roll_damage"


def test_what_the_file_does_not_import_comes_with_its_path(world: World) -> None:
    place = world.cursor("src/ship.rs", "pub fn damage")
    made = build(world, place, 900, task="use Dice and Source and Shot")
    assert "// use crate::rng::Dice;" in made.text
    assert "// use crate::battle::Shot;" in made.text
    place = world.cursor("src/battle.rs", "fn roll_damage")
    made = build(world, place, 900, task="use Source and Hull")
    assert "Source<T>" in made.text
    assert "// use" not in made.text, "the prelude's glob and the file's own imports cover all"


def test_import_paths_keep_to_what_is_public(own_world: Callable[[str], World]) -> None:
    """`Source` is defined in a private module; the prelude re-exports it by a glob."""
    fixture = FIXTURE.replace("use engine::prelude::*;", "use engine::prelude::Sink;")
    made = own_world(fixture)
    place = made.cursor("src/battle.rs", "fn roll_damage")
    text = build(made, place, 900, task="use Source and Clock").text
    assert "// use engine::prelude::Source;" in text
    assert "// use engine::Clock;" in text


def test_explain_names_every_factor(world: World) -> None:
    made = build(world, world.cursor("src/battle.rs", "pub fn volley"), 900)
    text = made.explain()
    for one in made.items:
        assert one.item.qualified_path in text
    assert "touch 1.00" in text
    assert "milliseconds: " in text
    assert ", focus " in text
