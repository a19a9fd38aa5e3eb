"""Batches hold hard negatives, and nothing counts as a negative that is none."""

import random
from collections import Counter

from ferrograph.benchmarks.training.batches import epoch, positives
from ferrograph.benchmarks.training.negatives import with_negatives
from ferrograph.benchmarks.training.pair_file import Pair


def pair(crate: int, module: int, item: int, **fields: object) -> Pair:
    place = f"c{crate}::m{module}"
    made = Pair("doc", f"query {crate} {module} {item}", f"text {crate} {module} {item}",
                f"c{crate}", place, f"{place}::i{item}")  # fmt: skip
    return made._replace(**fields)


PAIRS = [pair(c, m, i) for c in range(6) for m in range(10) for i in range(8)]


def batches(pairs: list[Pair], seed: int = 3) -> list[list[int]]:
    return list(epoch(pairs, size=64, group=32, random_=random.Random(seed)))


def test_an_epoch_takes_each_pair_at_most_once_and_drops_less_than_a_batch() -> None:
    taken = Counter(at for batch in batches(PAIRS) for at in batch)
    assert set(taken.values()) == {1}
    assert len(PAIRS) - sum(taken.values()) < 64
    assert all(len(batch) == 64 for batch in batches(PAIRS))


def test_the_same_seed_gives_the_same_batches_and_another_others() -> None:
    assert batches(PAIRS) == batches(PAIRS)
    assert batches(PAIRS) != batches(PAIRS, seed=4)


def test_every_query_meets_others_of_its_crate_and_most_one_of_its_module() -> None:
    alone = 0
    for batch in batches(PAIRS):
        crates = Counter(PAIRS[at].crate for at in batch)
        assert min(crates.values()) >= 8
        modules = Counter(PAIRS[at].place for at in batch)
        alone += sum(count for count in modules.values() if count == 1)
    assert alone < len(PAIRS) / 5


def test_what_bm25_finds_comes_into_the_same_batch() -> None:
    near = [p._replace(near=((at + 200) % 480,)) for at, p in enumerate(PAIRS)]
    near = [p._replace(crate="c") for p in near]
    together = 0
    for batch in batches(near):
        together += sum(near[at].near[0] in batch for at in batch)
    assert together > 80  # by chance it would be 58


def test_pairs_of_one_item_one_text_or_one_query_are_no_negatives() -> None:
    batch = [
        pair(0, 0, 0),
        pair(0, 0, 0, query="other words"),
        pair(0, 0, 1, text="text 0 0 0"),
        pair(1, 0, 0, query="Query  0 0 0"),
        pair(2, 0, 0),
    ]
    assert positives(batch) == [
        [True, True, True, True, False],
        [True, True, True, False, False],
        [True, True, True, False, False],
        [True, False, False, True, False],
        [False, False, False, False, True],
    ]


def test_negatives_are_texts_of_the_same_crate_that_share_the_querys_words() -> None:
    def made(crate: str, item: str, query: str, text: str) -> Pair:
        return Pair("doc", query, text, crate, "p", item)

    pairs = [
        made("a", "1", "opens the log file", "function open log file log"),
        made("a", "2", "rotates a log file by size", "function rotate log file"),
        made("a", "3", "parses a colour", "function parse colour rgb"),
        made("a", "1", "log file open", "function open log file log"),
        made("b", "4", "opens the log file elsewhere", "function open log file"),
    ]
    found = with_negatives(pairs)
    assert [p._replace(near=()) for p in found] == pairs
    assert found[0].near == (1,)
    assert set(found[1].near) == {0, 3}
    assert found[2].near == ()
    assert found[4].near == ()
