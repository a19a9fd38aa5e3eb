"""What a text names, and which words are alike."""

from __future__ import annotations

import pytest
from ferrograph.ranking.mentions import read_mentions
from ferrograph.ranking.words import PREFIX_QUALITY, likeness, stem

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


def test_neighbouring_words_are_spelt_together() -> None:
    spellings = dict(read_mentions("the message writer").spellings)
    assert spellings["MessageWriter"] == 2
    assert spellings["message_writer"] == 2
    assert spellings["Message"] == 1


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


def test_likeness() -> None:
    assert likeness("attack", "attack") == 1.0
    assert likeness("critical", "crit") == likeness("crit", "critical") == PREFIX_QUALITY
    assert likeness("in", "inventory") == 0.0
    assert likeness("attack", "defend") == 0.0
