"""What a text names, and which words are alike."""

from __future__ import annotations

import pytest
from ferrograph.ranking.mentions import read_mentions
from ferrograph.ranking.terms import terms
from ferrograph.ranking.words import stem

SYMBOLS = [
    ("call World::spawn twice", ("World::spawn",)),
    ("make `chance` generic", ("chance",)),
    ("use roll_damage and DamagePipeline", ("roll_damage", "DamagePipeline")),
    ("an HTTPServer, on iOS", ("HTTPServer", "iOS")),
    ("what does println!(…) print", ("println",)),
    ("why does reset() fail", ("reset",)),
    ("std::mem::take::<T> and r#type::X", ("std::mem::take", "type::X")),
    ("Add a critical hit, please. The ship sinks.", ()),
]


@pytest.mark.parametrize(("text", "symbols"), SYMBOLS)
def test_symbols_are_what_is_spelt_as_code(text: str, symbols: tuple[str, ...]) -> None:
    assert read_mentions(text).symbols == symbols


def test_files_are_recognised_and_are_no_symbols() -> None:
    found = read_mentions("move it from ./src/combat/attack.rs to combat.rs, see README.md.")
    assert found.files == ("src/combat/attack.rs", "combat.rs", "README.md")
    assert found.symbols == ()


def test_words_are_split_and_free_of_instructions() -> None:
    found = read_mentions("add a critical-hit chance to the attack system")
    assert found.words == ("critical", "hit", "chance", "attack", "system")
    assert found.identifiers == found.words


def test_what_the_index_of_words_is_asked_for() -> None:
    found = read_mentions("Add the message writers of `roll_damage` to combat.rs")
    assert list(found.terms) == ["add", "message", "writer", "roll", "damage", "rolldamage",
                                 "combat"]  # fmt: skip
    assert found.terms["writer"] == 1.0
    assert 0.0 < found.terms["add"] < 1.0, "tasks are given with this word"
    assert "messagewriters" in found.joined


def test_stop_words_ask_for_nothing() -> None:
    assert read_mentions("what is it that should be used for this").terms == {}


IDENTIFIERS = [
    ("MessageWriter", "message writer messagewriter"),
    ("message_writer", "message writer messagewriter"),
    ("parseHTTPRequests", "parse http request parsehttprequests"),
    ("the Größe of Übermaß_x", "the größe of übermaß x übermaßx"),
    ("x" * 65 + " y", " y"),
    ("r#type", "r type"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "words"), IDENTIFIERS)
def test_words_of_a_text(text: str, words: str) -> None:
    assert terms(text) == words


@pytest.mark.parametrize("text", ["", "   ", "é", "::", "``", "`" * 300, "(" * 1000, "a" * 10_000])
def test_odd_texts_are_read(text: str) -> None:
    read_mentions(text)


@pytest.mark.parametrize(
    "words",
    [
        ("rules", "rule"),
        ("attacks", "attack"),
        ("enemies", "enemy"),
        ("boxes", "box"),
        ("dropped", "drop"),
        ("rolled", "roll"),
        ("spawning", "spawn"),
        ("status", "status"),
        ("as", "as"),
    ],
)
def test_stems(words: tuple[str, str]) -> None:
    assert stem(words[0]) == stem(words[1])
