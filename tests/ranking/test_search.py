"""Queries without a place, and what finds their items."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.ranking import weights
from ferrograph.ranking.retriever import Retriever
from ferrograph.ranking.search import search
from ferrograph.ranking.seeds import Meaning
from ferrograph.tests.ranking.conftest import World
from ferrograph.tests.support.near import Near

FIRST = [
    ("Dice::chance", "demo::rng::Dice::chance"),
    ("`roll_damage`", "demo::battle::roll_damage"),
    ("damage roll", "demo::battle::roll_damage"),
    ("chance of a hit", "demo::rules::Rules::hit_chance"),
    ("powder", "README.md#Powder"),
    ("Sink", "engine::sink::Sink"),
    ("engine::prelude::Sink", "engine::sink::Sink"),
    ("rng.rs", "demo::rng"),
    ("reloading the cannons", "demo::battle::reload"),
    ("reloads", "demo::battle::reload"),
    ("long name", "demo::rules::LONGEST_NAME"),
    ("damage to the hull", "demo::ship::Hull::damage"),
]


@pytest.mark.parametrize(("query", "path"), FIRST)
def test_the_best_answer_comes_first(world: World, query: str, path: str) -> None:
    found = search(world.retriever(), query, 5)
    assert [r.item.qualified_path for r in found][:1] == [path], found


def test_scores_are_the_weighted_sum_of_their_factors(world: World) -> None:
    found = search(world.retriever(), "hit chance of a volley", 20)
    assert len(found) > 5
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    for r in found:
        assert set(r.factors) == set(weights.SEARCH)
        assert all(0.0 <= value <= 1.0 for value in r.factors.values())
        total = sum(weights.SEARCH[name] * r.factors[name] for name in weights.SEARCH)
        assert math.isclose(r.score, total)


@pytest.mark.parametrize("profile", [weights.CONTEXT, weights.SEARCH])
def test_profiles_add_up_to_one(profile: dict[str, float]) -> None:
    assert math.isclose(sum(profile.values()), 1.0)
    assert min(profile.values()) >= 0.0


def test_a_path_that_is_not_the_items_own_counts_less(world: World) -> None:
    def lexical(query: str) -> float:
        return search(world.retriever(), query, 1)[0].factors["lexical"]

    assert lexical("engine::sink::Sink") == 1.0
    assert lexical("engine::prelude::Sink") == pytest.approx(weights.OTHER_PATH)


def test_fields_and_variants_speak_for_their_type(world: World) -> None:
    found = search(world.retriever(), "base_hit_chance", 3)
    assert found[0].item.qualified_path == "demo::rules::Rules"
    assert all(r.item.kind not in ("field", "variant") for r in found)


def test_tests_come_after_the_rest_unless_asked_for(world: World) -> None:
    def found(query: str) -> dict[str, tuple[float, float]]:
        ranked = search(world.retriever(), query, 30)
        return {r.item.name: (r.score, r.factors["production"]) for r in ranked}

    plain, asked = found("volley costs powder"), found("test that a volley costs powder")
    assert plain["a_volley_costs_powder"][1] == 0.0
    assert plain["volley"][1] == 1.0
    assert {production for _, production in asked.values()} == {1.0}
    gained = asked["a_volley_costs_powder"][0] - plain["a_volley_costs_powder"][0]
    assert gained > asked["volley"][0] - plain["volley"][0]


def test_nothing_is_found_for_nothing(world: World) -> None:
    assert search(world.retriever(), "   ", 5) == []
    assert search(world.retriever(), "zebra", 5) == []
    assert search(world.retriever(), "volley", 0) == []


def test_vectors_find_what_words_do_not(world: World) -> None:
    """An encoder that knows that a buccaneer is about `reload`."""
    target = world.item("battle::reload")

    def encode(text: str) -> list[float]:
        return [1.0 if i == ("buccaneer" in text) else 0.0 for i in range(384)]

    near = Near()
    blind = Retriever(world.store, world.sources, Meaning(encode, near))
    assert search(blind, "buccaneer", 3) == [], "what has no vector is not found by one"
    near.own.put([(target.id, np.array([encode("buccaneer")], np.float32))])
    found = search(Retriever(world.store, world.sources, Meaning(encode, near)), "buccaneer", 3)
    assert found[0].item.id == target.id
    assert found[0].factors["vector"] == 1.0
    assert found[0].factors["lexical"] == 0.0


def test_a_broken_model_leaves_the_rest_working(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def encode(_text: str) -> list[float]:
        raise EmbeddingError("the model is broken")

    retriever = Retriever(world.store, world.sources, Meaning(encode, Near()))
    for _ in range(2):
        assert search(retriever, "Dice::chance", 1)[0].item.name == "chance"
    assert caplog.text.count("the model is broken") == 1


def test_a_symbol_in_a_sentence_is_less_sure_than_alone(world: World) -> None:
    def lexical(query: str) -> float:
        ranked = search(world.retriever(), query, 30)
        return next(r.factors["lexical"] for r in ranked if r.item.name == "Dice")

    alone, told = lexical("Dice"), lexical("a number below a bound, drawn from `Dice`")
    assert alone == 1.0
    assert 0.0 < told < 0.7
    first = search(world.retriever(), "a number below a bound, drawn from `Dice`", 1)[0]
    assert first.item.qualified_path == "demo::rng::Dice::below"


def learned_file(path: Path, search_weights: object, version: int = 1) -> Path:
    path.write_text(json.dumps({"version": version, "search": search_weights}))
    return path


def test_learned_weights_are_taken_from_a_file(tmp_path: Path) -> None:
    plain = weights.PLAIN_SEARCH
    other = dict.fromkeys(plain, 0.0) | {"vector": 0.75, "lexical": 0.25}
    assert weights.learned(learned_file(tmp_path / "w", other), plain) == other


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"vector": 1.0},
        [],
        None,
        dict.fromkeys(weights.PLAIN_SEARCH, 1.0),
        dict.fromkeys(weights.PLAIN_SEARCH, "much"),
        dict(weights.PLAIN_SEARCH) | {"charm": 0.0},
        dict(weights.PLAIN_SEARCH) | {"vector": -0.1, "lexical": 0.76},
    ],
)
def test_odd_weights_are_left_alone(tmp_path: Path, odd: object) -> None:
    plain = weights.PLAIN_SEARCH
    assert weights.learned(learned_file(tmp_path / "w", odd), plain) is plain
    assert weights.learned(tmp_path / "none", plain) is plain
    sound = dict.fromkeys(plain, 1.0 / len(plain))
    assert weights.learned(learned_file(tmp_path / "x", sound, version=0), plain) is plain
