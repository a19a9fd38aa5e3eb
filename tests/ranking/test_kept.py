"""Kept retrievals: gone when what they rest on changes, kept otherwise, never another answer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.embedding.ports import packed
from ferrograph.graph.batch import Batch
from ferrograph.graph.model import NodeId
from ferrograph.graph.vectors import put_vectors
from ferrograph.ranking import weights
from ferrograph.ranking.errors import UnknownPlace
from ferrograph.ranking.lexical import Lexical
from ferrograph.ranking.model import Place, Ranked
from ferrograph.ranking.retriever import Retrieval, Retriever
from ferrograph.ranking.seeds import Meaning
from ferrograph.tests.ranking.conftest import FIXTURE, World, index_fixture
from ferrograph.tests.support.edits import Numbers, edit
from ferrograph.tests.support.near import Near
from hypothesis import example, given, settings
from hypothesis import strategies as st

ASKED: list[tuple[str, tuple[str, str] | None]] = [
    ("how likely is a hit", None),
    ("Ship::new", None),
    ("what is in rules.rs", None),
    ("cost powder for a miss", ("src/battle.rs", "for cannon")),
    ("", ("src/rng.rs", "self.unit() <")),
    ("added twice", ("src/ship.rs", "self.planks =")),
]


class Shop:
    """A world that is edited, with a retriever that keeps what it found."""

    def __init__(self, root: Path, encode: Callable[[str], list[float]] | None = None) -> None:
        self.world = index_fixture(root, FIXTURE)
        self.lexical = Lexical(self.world.store, self.world.sources)
        self.encode = encode
        self.near = Near()
        self.retriever = self.other()
        self.lexical.refresh(soon=True)

    def other(self) -> Retriever:
        meaning = None if self.encode is None else Meaning(self.encode, self.near)
        return Retriever(self.world.store, self.world.sources, meaning, self.lexical)

    def put_vector(self, id: NodeId, vector: list[float]) -> None:
        """As the index of vectors does it: in memory, then in the store."""
        row = np.array([vector], np.float32)
        self.near.own.put([(id, row)])
        put_vectors(self.world.store, [(id, b"h" * 16, packed(row))])

    def change(self, files: dict[str, bytes | None]) -> None:
        world = self.world
        for name, text in files.items():
            path = world.sources.path_of(name)
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
        before = world.store.revision
        report = world.indexer.update(list(files))
        self.lexical.note(before, world.store.revision, report.changed | report.removed)
        self.lexical.refresh(soon=True)

    def replace(self, file: str, old: str, new: str) -> None:
        text = self.world.sources.path_of(file).read_text(encoding="utf-8")
        assert old in text
        self.change({file: text.replace(old, new, 1).encode()})

    def place(self, file: str, text: str) -> Place | None:
        at = (self.world.sources.read(file) or b"").find(text.encode())
        return Place(file, at, at) if at >= 0 else None

    def hits(self) -> int:
        return self.retriever.kept.counts.hits.found

    def close(self) -> None:
        self.world.indexer.close()
        self.world.store.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


def ask(retriever: Retriever, text: str, at: Place | None) -> Retrieval | None:
    try:
        return retriever.retrieve(text, at)
    except UnknownPlace:
        return None


def same(ours: Retrieval | None, theirs: Retrieval | None) -> None:
    assert (ours is None) == (theirs is None)
    if ours is None or theirs is None:
        return
    assert ours.focus == theirs.focus
    assert ours.touched == theirs.touched
    # How rare a word is differs a little after any edit; in a workspace this small, a little more.
    # So an item that a walk only just reached, or only just missed, may be in one of them alone.
    left = {r.item.id: r for r in ours.ranked}
    right = {r.item.id: r for r in theirs.ranked}
    for id in left.keys() ^ right.keys():
        alone = (left.get(id) or right[id]).factors
        assert 0 < alone["graph"] < 1.2 * weights.EXPANSION_FLOOR, alone
        assert alone["lexical"] == alone["vector"] == 0.0
    both = left.keys() & right.keys()
    assert {id: left[id].item for id in both} == {id: right[id].item for id in both}
    scores = {id: right[id].score for id in both}
    assert {id: left[id].score for id in both} == pytest.approx(scores, abs=0.08)


NUMBERS = st.tuples(*(st.integers(0, 10_000),) * 4)


@given(st.lists(NUMBERS, min_size=1, max_size=5))
@example([(457, 388, 1489, 4068), (1419, 4094, 8087, 1227), (9151, 154, 0, 0)])
@settings(max_examples=12, deadline=None)
def test_kept_answers_are_those_one_would_get(edits: list[Numbers]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        try:
            originals = {
                name: shop.world.sources.path_of(name).read_bytes()
                for name in shop.world.store.files()
                if name.startswith("src/")
            }
            files = dict(originals)
            for numbers in [None, *edits]:
                if numbers is not None:
                    touched = edit(files, numbers, originals)
                    shop.change({name: files.get(name) for name in touched})
                for text, where in ASKED:
                    at = None if where is None else shop.place(*where)
                    ours = ask(shop.retriever, text, at)
                    same(ours, ask(shop.other(), text, at))
        finally:
            shop.close()


def test_an_edit_elsewhere_keeps_it(shop: Shop) -> None:
    at = shop.place("src/rng.rs", "self.unit() <")
    first = shop.retriever.retrieve("", at)
    assert shop.hits() == 0
    assert shop.retriever.retrieve("", at).ranked == first.ranked
    assert shop.hits() == 1
    shop.replace("README.md", "A game.", "An amusement.")
    assert shop.retriever.retrieve("", at).ranked == first.ranked
    assert shop.hits() == 2
    assert "kept" in shop.retriever.retrieve("", at).seconds


def test_an_edit_of_what_it_rests_on_drops_it(shop: Shop) -> None:
    at = shop.place("src/battle.rs", "for cannon")
    before = shop.retriever.retrieve("", at)
    shop.replace("src/rules.rs", "target: &Ship) -> f32", "target: &Ship, wind: f32) -> f32")
    after = shop.retriever.retrieve("", at)
    assert shop.hits() == 0
    assert shop.retriever.kept.counts.dropped == 1

    def signature(found: Retrieval) -> str:
        return next(r.item.signature for r in found.ranked if r.item.name == "hit_chance")

    assert "wind" not in signature(before)
    assert "wind" in signature(after)


def test_a_new_item_is_found_by_name_and_by_words(shop: Shop) -> None:
    for query in ("spyglass_range", "what is the spyglass for"):
        assert not any(r.item.name == "spyglass_range" for r in ranked(shop, query))
    shop.replace(
        "src/rules.rs", "/// The longest", "pub fn spyglass_range() -> u32 { 3 }\n\n/// The longest"
    )
    for query in ("spyglass_range", "what is the spyglass for"):
        assert ranked(shop, query)[0].item.name == "spyglass_range"


def ranked(shop: Shop, query: str) -> list[Ranked]:
    return list(shop.retriever.retrieve(query).ranked)


def test_a_nearer_vector_is_found(tmp_path: Path) -> None:
    def encode(_text: str) -> list[float]:
        return [1.0] + [0.0] * 383

    shop = Shop(tmp_path, encode)
    try:
        far, near = shop.world.item("ship::Hull"), shop.world.item("rng::Dice")
        shop.put_vector(far.id, [0.5, 0.866] + [0.0] * 382)
        assert cosine(shop, near.id) == 0.0
        shop.put_vector(near.id, encode(""))
        assert cosine(shop, near.id) == 1.0
    finally:
        shop.close()


def cosine(shop: Shop, id: NodeId) -> float:
    found = shop.retriever.retrieve("zzz")
    return next((r.factors["vector"] for r in found.ranked if r.item.id == id), 0.0)


def test_nothing_is_kept_while_words_lag_behind(shop: Shop) -> None:
    shop.world.store.write(Batch())
    shop.lexical.is_kept = True
    shop.retriever.retrieve("powder")
    shop.retriever.retrieve("powder")
    assert shop.hits() == 0


def test_few_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ferrograph.ranking.kept._MOST", 2)
    retriever = world.retriever()
    retriever.lexical.refresh(soon=True)
    for text in ("ship", "rules", "dice", "ship"):
        retriever.retrieve(text)
    counts = retriever.kept.counts
    assert (counts.hits.found, counts.hits.missed, counts.kept) == (0, 4, 2)


def test_what_was_found_without_the_model_is_not_kept(tmp_path: Path) -> None:
    failing = True

    def encode(_text: str) -> list[float]:
        if failing:
            raise EmbeddingError("no memory")
        return [1.0] + [0.0] * 383

    shop = Shop(tmp_path, encode)
    try:
        (item,) = shop.world.store.find("Dice")
        shop.put_vector(item.id, [1.0] + [0.0] * 383)
        text = "of no word that is there"
        shop.retriever.retrieve(text)
        failing = False
        found = shop.retriever.retrieve(text)
        assert shop.hits() == 0
        assert [r.factors["vector"] for r in found.ranked if r.item.id == item.id] == [1.0]
    finally:
        shop.close()
