"""Scoring, averaging, and how texts are packed, with no model and no torch."""

from pathlib import Path

import numpy as np
import pytest
from ferrograph.benchmarks.training.bert import _blocks  # pyright: ignore[reportPrivateUsage]
from ferrograph.benchmarks.training.check import Task, averaged, read_task, score
from ferrograph.benchmarks.training.export import calibration_texts
from ferrograph.benchmarks.training.pair_file import Pair
from ferrograph.benchmarks.training.train import _cut  # pyright: ignore[reportPrivateUsage]
from safetensors.numpy import load, save


class FakeEncoder:
    """Vectors by text."""

    def __init__(self, vectors: dict[str, list[float]]) -> None:
        self._vectors = vectors

    def encode(self, texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.array([self._vectors[text] for text in texts], np.float32)


def test_a_score_is_the_reciprocal_rank_within_ten_and_the_share_found() -> None:
    vectors = {f"t{row}": [float(row), 1.0] for row in range(60)}
    vectors |= {"up": [1.0, 0.0], "down": [-1.0, 0.0]}
    task = Task(
        [f"t{row}" for row in range(60)], [("up", 59), ("up", 56), ("down", 30), ("down", 9)]
    )
    found = score(FakeEncoder(vectors), task)  # pyright: ignore[reportArgumentType]
    assert (found.queries, found.candidates) == (4, 60)
    assert found.mrr == pytest.approx((1 + 1 / 4 + 0 + 1 / 10) / 4)
    assert (found.recall10, found.recall50) == (0.75, 1.0)


def test_a_task_asks_for_documented_items_among_all_without_their_docs(tmp_path: Path) -> None:
    source = tmp_path / "tool" / "src" / "lib.rs"
    source.parent.mkdir(parents=True)
    (tmp_path / "tool" / "Cargo.toml").write_text('[package]\nname = "tool"\n')
    source.write_text(
        "/// Sharpens a blunt blade on stone.\npub fn sharpen() {}\npub fn blunt() {}\n"
        "const SMALL: u8 = 1;\n#[cfg(test)]\nmod tests {\n    fn help() {}\n}\n"
    )
    task = read_task(tmp_path)
    assert task.queries == [("Sharpens a blunt blade on stone.", 0)]
    assert [text.splitlines()[0] for text in task.texts] == [
        "function sharpen in tool",
        "function blunt in tool",
    ]
    assert "stone" not in task.texts[0]


def test_averaging_goes_so_far_from_one_to_the_other() -> None:
    one = save({"a": np.array([0.0, 2.0], np.float32), "ids": np.array([1])})
    other = save({"a": np.array([4.0, 2.0], np.float32), "b": np.array([1.0], np.float32)})
    found = load(averaged(one, other, 0.25))
    assert set(found) == {"a"}
    assert found["a"].tolist() == [1.0, 2.0]


def test_blocks_hold_texts_of_similar_length_and_all_of_them() -> None:
    lengths = sorted([5, 5, 6, 6, 7, 7, 7, 9, 20, 21, 22, 23, 24, 24, 24, 128])
    blocks = _blocks(lengths)
    assert sum(rows for rows, _ in blocks) == len(lengths)
    assert blocks[-1][1] == 128
    at = 0
    for rows, longest in blocks:
        assert max(lengths[at : at + rows]) == longest
        at += rows
    padded = sum(rows * longest for rows, longest in blocks)
    assert padded < len(lengths) * 128 / 2


def test_a_long_text_keeps_the_token_that_ends_it() -> None:
    assert _cut([101, 7, 8, 102], 4) == [101, 7, 8, 102]
    assert _cut([101, 7, 8, 9, 102], 4) == [101, 7, 8, 102]


def test_ranges_are_observed_on_texts_and_queries_from_all_over_the_pairs() -> None:
    pairs = [Pair("doc", f"q{n}", f"t{n}", "c", "p", "i") for n in range(5000)]
    texts = calibration_texts(pairs)
    assert len(texts) == len(set(texts)) == 1000
    assert {"q0", "t0", "t4990"} <= set(texts)
    assert calibration_texts([]) == []
