"""Which items get a vector, when, and from which text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.embedding.index import VectorIndexer, place_of, text_hash
from ferrograph.embedding.ports import Problem, Vector
from ferrograph.graph.vectors import vector_hashes
from ferrograph.tests.ranking.conftest import World, index_fixture


class ToyEncoder:
    """A vector for each text, equal texts equal vectors; remembers what it was asked."""

    name = "toy"

    def __init__(self, dimensions: int = 384) -> None:
        self.dimensions = dimensions
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None) -> Vector:
        self.texts += texts
        rows = [np.frombuffer(blake3(t.encode()).digest(self.dimensions), np.uint8) for t in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


class Kept(dict[bytes, Vector]):
    """A cache in memory."""

    def get_many(self, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
        return {h: self[h] for h in hashes if h in self}

    put_many = dict.update


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = index_fixture(tmp_path)
    yield made
    made.indexer.close()
    made.store.close()


@pytest.fixture
def encoder() -> ToyEncoder:
    return ToyEncoder()


def embedded(world: World) -> set[str]:
    """Qualified paths of the items that have a vector."""
    return {i.qualified_path for i in world.store.items(vector_hashes(world.store))}


def drained(indexer: VectorIndexer) -> None:
    assert indexer.drain()
    assert indexer.pending == 0


def test_the_workspace_and_what_it_touches(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule()
    drained(indexer)
    found = embedded(world)
    assert {
        "demo::battle::volley",
        "demo::rng::Dice",
        "demo::rng::Dice::chance",
        "demo::battle",
        "demo::rules::LONGEST_NAME",
        "README.md#Powder",
        "engine::sink::Sink",
        "engine::sink::Sink::push",
    } <= found
    for path in ("demo::ship::Ship::name", "demo::battle::Shot::Missed", "engine::sink::Source"):
        assert path not in found, "parts have none, and what nobody touches waits"
    assert not any("<impl" in path for path in found)


def test_dependencies_can_be_left_out(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule(dependencies=False)
    drained(indexer)
    assert not any(path.startswith("engine") for path in embedded(world))


def test_open_files_come_first_and_dependencies_last(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule(first={"src/ship.rs"})
    drained(indexer)
    order = [text.split("\n", 1)[0] for text in encoder.texts]
    ship = order.index("method damage of hull in demo ship")
    other = order.index("method chance of dice in demo rng")
    library = order.index("method push of sink in engine sink")
    assert ship < other < library


def test_only_what_changed_is_embedded_again(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule()
    drained(indexer)
    assert indexer.schedule() == 0
    encoder.texts.clear()
    source = (world.sources.read("src/rng.rs") or b"").decode()
    changed = source.replace("self.unit() < probability", "self.unit() <= probability.abs()")
    world.sources.set_overlay("src/rng.rs", changed.encode())
    report = world.indexer.update(["src/rng.rs"])
    indexer.schedule(report.changed, removed=report.removed)
    drained(indexer)
    assert [text.split("\n", 1)[0] for text in encoder.texts] == [
        "method chance of dice in demo rng"
    ], "neither what only moved down nor the module, whose names are the same"
    # Another process, or the next start, comes to the same conclusion.
    again = VectorIndexer(world.store, world.sources, encoder)
    assert again.schedule() == 0


def test_vanished_items_lose_their_vectors(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule()
    drained(indexer)
    world.sources.set_overlay("src/rng.rs", b"//! Chance.\n")
    report = world.indexer.update(["src/rng.rs"])
    encoder.texts.clear()
    indexer.schedule(report.changed, removed=report.removed)
    drained(indexer)
    assert not any("Dice" in path for path in embedded(world))
    assert len(vector_hashes(world.store)) == len(embedded(world))
    assert [t.split("\n", 1)[0] for t in encoder.texts] == ["module rng in demo"], (
        "a module is described by the names in it"
    )


def test_jobs_of_vanished_items_are_cancelled(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    before = indexer.schedule()
    world.sources.set_overlay("src/rng.rs", b"")
    report = world.indexer.update(["src/rng.rs"])
    indexer.schedule(report.changed, removed=report.removed)
    assert indexer.pending < before
    drained(indexer)
    assert encoder.texts
    assert not any("dice in demo rng" in text for text in encoder.texts)


def test_a_text_that_moved_on_is_not_embedded_under_the_old_hash(
    world: World, encoder: ToyEncoder
) -> None:
    """The cache is shared by all workspaces of the machine: a wrong entry would never go away."""
    problems: list[Problem] = []
    cache = Kept()
    indexer = VectorIndexer(world.store, world.sources, encoder, cache, on_problem=problems.append)
    indexer.schedule()
    world.sources.set_overlay("src/rng.rs", b"// freshly written\n" * 50)
    drained(indexer)
    assert not any("freshly" in text for text in encoder.texts)
    assert problems
    assert "src/rng.rs has changed" in problems[0].message
    assert text_hash(world.item("Dice::chance")) not in cache
    assert text_hash(world.item("Hull::damage")) in cache


def test_the_cache_saves_the_encoder(world: World, encoder: ToyEncoder, tmp_path: Path) -> None:
    cache = Kept()
    first = VectorIndexer(world.store, world.sources, encoder, cache)
    first.schedule()
    drained(first)
    other = index_fixture(tmp_path / "other")
    idle = ToyEncoder()
    second = VectorIndexer(other.store, other.sources, idle, cache)
    second.schedule()
    drained(second)
    assert idle.texts == []
    assert embedded(other) == embedded(world)
    other.store.close()


def test_progress_cancel_pause(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    total = indexer.schedule()
    assert indexer.drain(cancel=lambda: True) is False
    assert indexer.pending == total
    indexer.pause()
    assert indexer.drain() is False
    indexer.resume()
    told: list[tuple[int, int]] = []
    assert indexer.drain(progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (total, total)
    assert indexer.clear() == 0


def test_queries_are_compared_with_items(world: World, encoder: ToyEncoder) -> None:
    indexer = VectorIndexer(world.store, world.sources, encoder)
    indexer.schedule()
    drained(indexer)
    query = encoder.encode([encoder.texts[3]])
    assert list(indexer.nearest(query.tolist(), 1, own=True).values()) == [
        pytest.approx(1, abs=1e-3)
    ]
    assert not {
        i.crate for i in world.store.items(indexer.nearest(query.tolist(), 50, own=True))
    } & {"engine@1.2.0"}
    foreign = indexer.nearest(query.tolist(), 50, own=False)
    assert {i.crate for i in world.store.items(foreign)} == {"engine@1.2.0"}
    again = VectorIndexer(world.store, world.sources, encoder)
    assert again.nearest(query.tolist(), 50, own=False) == pytest.approx(foreign, abs=1e-3)


def test_a_model_of_another_size_is_refused(world: World) -> None:
    with pytest.raises(EmbeddingError, match="8 numbers"):
        VectorIndexer(world.store, world.sources, ToyEncoder(8))


def test_places_and_hashes(world: World) -> None:
    assert place_of(world.item("Dice::chance")) == ("demo", "rng", "Dice")
    assert place_of(world.item("battle::volley")) == ("demo", "battle", None)
    section = world.store.items_in_file("README.md")[-1]
    assert place_of(section) == ("", "README.md", None)
    a, b = world.item("Dice::chance"), world.item("Dice::below")
    assert text_hash(a) == text_hash(a) != text_hash(b)
    module = next(i for i in world.store.find("rng") if i.kind == "module")
    assert text_hash(module, ["a"]) != text_hash(module, ["b"])
