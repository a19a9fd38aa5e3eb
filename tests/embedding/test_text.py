import itertools

import pytest
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.text import (
    embedding_text,
    embedding_windows,
    estimate_tokens,
    first_sentence,
    outline_text,
)

ATTACK = {
    "crate": "bevy-game",
    "module_path": "bevy_game::combat::melee",
    "name": "attack_enemy",
    "kind": "function",
    "owner": "CombatSystem",
    "signature": "pub fn attack_enemy(&mut self, target: Entity) -> u32",
    "doc": "Hits [`Target`](x) once, e.g. with a sword. Returns the damage.\n\n# Panics\n\nNever.",
    "body": """
        pub fn attack_enemy(
            &mut self, target: Entity) -> u32 {
            // secret remark
            let baseDamage = self.weapon.roll();
            return baseDamage;
        }""",
}


def test_text_is_place_signature_first_sentence_and_body_words() -> None:
    assert embedding_text(**ATTACK).splitlines() == [
        "function attack enemy of combat system in bevy game combat melee",
        "fn attack_enemy(&mut self, target: Entity) -> u32",
        "Hits Target once, e.g. with a sword.",
        "base damage weapon roll base damage",
    ]


def test_text_of_an_item_of_which_little_is_known() -> None:
    assert embedding_text(crate="x", module_path="", name="MAX", kind="constant") == (
        "constant max in x"
    )


def test_a_crate_whose_name_begins_the_module_is_not_cut_from_it() -> None:
    text = embedding_text(crate="bevy", module_path="bevy_ecs::world", name="World", kind="struct")
    assert text == "struct world in bevy bevy ecs world"


def test_prose_keeps_the_words_that_are_keywords_in_code() -> None:
    text = embedding_text(
        crate="x", module_path="", name="Guide", kind="section", body="Use it for\n\nloops."
    )
    assert text.endswith("Use it for loops.")


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("One. Two.", "One."),
        ("Wraps\nlines here! And more", "Wraps lines here!"),
        ("# Title\n\nThe point.", "The point."),
        ("```\nlet x = 1;\n\n```\nThe point.", "The point."),
        ("Version 1.2 of it is out", "Version 1.2 of it is out"),
        ("", ""),
    ],
)
def test_first_sentence(doc: str, sentence: str) -> None:
    assert first_sentence(doc) == sentence


def test_a_short_item_is_one_window_and_equals_its_text() -> None:
    assert embedding_windows(**ATTACK) == [embedding_text(**ATTACK)]


def test_windows_cover_a_long_body_overlap_and_fit(encoder: Encoder) -> None:
    words = [f"word{letter}{other}" for letter in "abcdefgh" for other in "abcdefghijklmnopqrst"]
    windows = embedding_windows(**{**ATTACK, "body": " ".join(words)}, tokens=96, overlap=16)
    bodies = [window.splitlines()[-1].split() for window in windows]
    assert windows[0].startswith(embedding_text(**{**ATTACK, "body": ""}))
    assert all(window.startswith("function attack enemy of") for window in windows)
    for before, after in itertools.pairwise(bodies):
        shared = next(
            n for n in range(len(after), -1, -1) if before[len(before) - n :] == after[:n]
        )
        assert 1 <= shared < len(before)
    assert list(dict.fromkeys(word for body in bodies for word in body)) == words
    assert max(encoder.count_tokens(window) for window in windows) <= encoder.max_tokens


def test_a_generated_body_has_a_bounded_number_of_windows() -> None:
    windows = embedding_windows(**{**ATTACK, "body": "entry(1); " * 500_000})
    assert len(windows) == 8


def test_the_estimate_of_tokens_is_near_the_tokenizer(encoder: Encoder) -> None:
    text = embedding_text(**ATTACK)
    assert estimate_tokens(text) == pytest.approx(encoder.count_tokens(text) - 2, rel=0.2)


def test_outline_names_the_members_and_the_beginning_of_the_docs() -> None:
    text = outline_text(
        crate="game",
        module_path="game::combat",
        name="combat",
        kind="module",
        doc="Fighting. Rolls dice! Is fair? No.",
        members=["attackEnemy", "CritChance"],
    )
    assert text.splitlines() == [
        "module combat in game combat",
        "Fighting. Rolls dice! Is fair?",
        "attack enemy, crit chance",
    ]
