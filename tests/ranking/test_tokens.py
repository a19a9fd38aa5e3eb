"""The estimate against real vocabularies trained here, and where it must not break."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.ranking.tokens import estimate_tokens
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def code() -> list[str]:
    """Source of several kinds, as it stands in this repository."""
    files = sorted(ROOT.glob("examples/*/src/**/*.rs")) + sorted(ROOT.glob("parser/*.py"))
    return [file.read_text(encoding="utf-8") for file in files]


@pytest.fixture(scope="module")
def tokenizer(code: list[str]) -> Tokenizer:
    """Byte-pair encoding with merges learned from every other file."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=6000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator(code[::2], trainer)
    return made


def test_it_errs_on_the_high_side_but_not_wildly(code: list[str], tokenizer: Tokenizer) -> None:
    for text in code[1::2]:
        true = len(tokenizer.encode(text).ids)
        assert 0.9 * true <= estimate_tokens(text) <= 2.0 * true


@given(st.text(max_size=300), st.text(max_size=300))
def test_parts_cost_at_least_as_much_as_the_whole(a: str, b: str) -> None:
    assert estimate_tokens(a + b) <= estimate_tokens(a) + estimate_tokens(b) + 2
    assert estimate_tokens(a + b) >= max(estimate_tokens(a), estimate_tokens(b)) - 2


def test_empty_and_foreign_text() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("x") >= 1
    # A vocabulary without the script falls back to bytes.
    assert estimate_tokens("船が沈む") >= len("船が沈む".encode())
