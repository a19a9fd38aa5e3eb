"""The index of words: what it finds, and how it keeps up with the graph."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ferrograph.graph.errors import Cancelled
from ferrograph.ranking import lexical as module
from ferrograph.ranking.lexical import Lexical
from ferrograph.ranking.mentions import read_mentions
from ferrograph.ranking.question import question
from ferrograph.ranking.word_index import Shape, WordIndex
from ferrograph.tests.ranking.conftest import World, index_fixture

SMALL = """
//- /src/lib.rs
pub mod gamma;
/// Opens the gate.
pub fn alpha_beta() { let zebra_crossing = 1; }
pub struct Gate { pub hinge_count: u32 }
//- /src/gamma.rs
pub fn delta() {}
"""


def paths(world: World, lexical: Lexical, query: str, *, own: bool = True) -> list[str]:
    """Qualified paths of the best items, without the crate."""
    lexical.refresh(soon=True)
    found = lexical.best(lexical.question(read_mentions(query)), 5, own=own)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 < score <= 1.0 for score in scores)
    return [
        item.qualified_path.partition("::")[2] for item in world.store.items(i for i, _ in found)
    ]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    """A world of its own, to be changed."""
    made = index_fixture(tmp_path / "world", SMALL)
    yield made
    made.indexer.close()
    made.store.close()


FIRST = [
    ("alpha", "alpha_beta"),
    ("AlphaBeta", "alpha_beta"),
    ("alpha_beta", "alpha_beta"),
    ("beta alpha", "alpha_beta"),
    ("what opens it", "alpha_beta"),
    ("zebra crossing", "alpha_beta"),
    ("hinges", "Gate"),
    ("alph", "alpha_beta"),
    ("alphabetical", "alpha_beta"),
    ("gamma.rs", "gamma"),
]


@pytest.mark.parametrize(("query", "path"), FIRST)
def test_words_find_names_docs_bodies_and_files(small: World, query: str, path: str) -> None:
    assert paths(small, Lexical(small.store, small.sources), query)[:1] == [path]


@pytest.mark.parametrize("query", ["", "  ", "what is it for", "::", "quux", "é", "\0", "a" * 9999])
def test_nothing_is_found_for_nothing(small: World, query: str) -> None:
    assert paths(small, Lexical(small.store, small.sources), query) == []


def test_names_count_more_than_docs_and_bodies(world: World) -> None:
    lexical = Lexical(world.store, world.sources)
    found = paths(world, lexical, "damage")
    assert {"battle::roll_damage", "ship::Hull::damage"} == set(found[:2])


def test_dependencies_are_asked_for_apart(world: World) -> None:
    lexical = Lexical(world.store, world.sources)
    assert paths(world, lexical, "second sentence", own=False)[0] == "sink::Sink"
    assert paths(world, lexical, "sink", own=True) == ["battle::volley"]


def test_scores_of_given_items(world: World) -> None:
    lexical = Lexical(world.store, world.sources)
    lexical.refresh()
    question = lexical.question(read_mentions("roll the damage"))
    best = dict(lexical.best(question, 50, own=True))
    wanted = [world.item("battle::roll_damage").id, world.item("rng::Dice").id, b"\0" * 16]
    found = lexical.scores(question, wanted)
    assert found == {wanted[0]: pytest.approx(best[wanted[0]])}
    assert lexical.scores(question, []) == {}


def edit(world: World, text: str, file: str = "src/lib.rs") -> tuple[int, int, frozenset[bytes]]:
    """Put unsaved text over a file; gives the revisions and all that changed."""
    before = world.store.revision
    world.sources.set_overlay(file, text.encode())
    report = world.indexer.update([file])
    return before, world.store.revision, report.changed | report.removed


@pytest.mark.parametrize("told", [True, False])
def test_it_follows_edits(small: World, tmp_path: Path, told: bool) -> None:
    lexical = Lexical(small.store, small.sources, tmp_path / "words")
    assert paths(small, lexical, "alpha") == ["alpha_beta"]
    before, after, changed = edit(small, "pub mod gamma;\npub fn omega_beta() { let okapi = 1; }")
    if told:
        lexical.note(before, after, changed)
    assert lexical.is_behind
    assert not lexical.refresh(), "while someone types, it rests"
    assert paths(small, lexical, "beta") == ["omega_beta"]
    assert paths(small, lexical, "okapi") == ["omega_beta"]
    assert paths(small, lexical, "alpha") == []
    assert paths(small, lexical, "delta") == ["gamma::delta"]
    assert not lexical.is_behind
    lexical.close()


def test_only_what_changed_is_written_again(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexical = Lexical(small.store, small.sources, tmp_path / "words")
    lexical.refresh()
    lexical.close()
    made: list[str] = []
    document = module.document

    def spy(item, sources):  # type: ignore[no-untyped-def]
        made.append(item.name)
        return document(item, sources)

    monkeypatch.setattr(module, "document", spy)
    again = Lexical(small.store, small.sources, tmp_path / "words")
    again.refresh()
    assert made == [], "nothing changed"
    was = (small.sources.root / "src/lib.rs").read_text()
    edit(small, was.replace("gate", "door"))
    again.refresh(soon=True)
    assert set(made) == {"alpha_beta"}
    assert paths(small, again, "door") == ["alpha_beta"]
    again.close()


def test_dependencies_come_and_go(own_world: Callable[[str], World], tmp_path: Path) -> None:
    text = (
        SMALL
        + """
//- /vendor/engine/Cargo.toml
[package]
name = "engine"
version = "1.2.0"
edition = "2021"
//- /vendor/engine/src/lib.rs
pub struct Piston;
"""
    )
    made = own_world(text)
    lexical = Lexical(made.store, made.sources, tmp_path / "words")
    assert paths(made, lexical, "piston", own=False) == ["Piston"]
    lexical.close()
    without = own_world(SMALL)
    other = Lexical(without.store, without.sources, tmp_path / "words")
    assert paths(without, other, "piston", own=False) == []
    assert paths(without, other, "alpha") == ["alpha_beta"]
    other.close()


def damaged(folder: Path) -> None:
    for file in (folder / "index").iterdir():
        if file.suffix in (".term", ".idx", ".fast"):
            file.write_bytes(b"\1" * 40)


def truncated(folder: Path) -> None:
    for file in (folder / "index").iterdir():
        if file.suffix in (".term", ".store"):
            file.write_bytes(file.read_bytes()[:7])


def without_meta(folder: Path) -> None:
    (folder / "index" / "meta.json").unlink()


def odd_meta(folder: Path) -> None:
    (folder / "index" / "meta.json").write_text("{")


def other_schema(folder: Path) -> None:
    meta = json.loads((folder / "index" / "meta.json").read_text())
    meta["schema"] = meta["schema"][:2]
    (folder / "index" / "meta.json").write_text(json.dumps(meta))


def without_index(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def other_version(folder: Path) -> None:
    state = json.loads((folder / "made-of.json").read_text())
    (folder / "made-of.json").write_text(json.dumps({**state, "version": 0}))


def odd_state(folder: Path) -> None:
    (folder / "made-of.json").write_bytes(b"\xff[")


@pytest.mark.parametrize(
    "harm",
    [damaged, truncated, without_meta, odd_meta, other_schema, without_index, other_version,
     odd_state],
)  # fmt: skip
def test_what_cant_be_used_is_made_anew(
    small: World, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    first = Lexical(small.store, small.sources, tmp_path / "words")
    first.refresh()
    first.close()
    harm(tmp_path / "words")
    second = Lexical(small.store, small.sources, tmp_path / "words")
    assert paths(small, second, "alpha") == ["alpha_beta"]
    assert paths(small, second, "delta") == ["gamma::delta"]
    second.close()


def test_a_folder_that_cant_be_written_means_memory(small: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    lexical = Lexical(small.store, small.sources, tmp_path / "file" / "words")
    assert paths(small, lexical, "alpha") == ["alpha_beta"]


def test_a_build_that_is_stopped_goes_on_where_it_was(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    document = module.document

    def spy(item, sources):  # type: ignore[no-untyped-def]
        made.append(item.name)
        return document(item, sources)

    monkeypatch.setattr(module, "document", spy)
    lexical = Lexical(small.store, small.sources, tmp_path / "words")
    with pytest.raises(Cancelled):
        lexical.refresh(lambda: len(made) == 2)
    assert len(made) == 2
    lexical.refresh(soon=True)
    assert len(made) == len(set(made)), "nothing was made twice"
    assert paths(small, lexical, "alpha") == ["alpha_beta"]
    assert paths(small, lexical, "delta") == ["gamma::delta"]
    lexical.close()


def test_who_does_not_write_reads_what_is_committed(small: World, tmp_path: Path) -> None:
    follower = Lexical(small.store, small.sources, tmp_path / "words", writes=lambda: False)
    assert paths(small, follower, "alpha") == [], "there is none yet"
    owner = Lexical(small.store, small.sources, tmp_path / "words")
    owner.refresh()
    assert paths(small, follower, "alpha") == ["alpha_beta"]
    owner.note(*edit(small, "pub mod gamma;\npub fn omega() {}"))
    owner.refresh(soon=True)
    assert paths(small, follower, "omega") == ["omega"]
    assert paths(small, follower, "alpha") == []
    owner.close()
    other_version(tmp_path / "words")
    assert paths(small, follower, "omega") == [], "of another version"


def test_who_takes_over_writes_only_what_changed(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Lexical(small.store, small.sources, tmp_path / "words")
    owner.refresh()
    writes: list[bool] = []
    follower = Lexical(small.store, small.sources, tmp_path / "words", writes=lambda: bool(writes))
    assert paths(small, follower, "alpha") == ["alpha_beta"]
    owner.close()
    writes.append(True)
    made: list[str] = []
    document = module.document

    def spy(item, sources):  # type: ignore[no-untyped-def]
        made.append(item.name)
        return document(item, sources)

    monkeypatch.setattr(module, "document", spy)
    follower.refresh(soon=True)
    assert made == []
    follower.note(*edit(small, "pub mod gamma;\npub fn omega() {}"))
    assert paths(small, follower, "omega") == ["omega"]
    assert made == ["omega"]
    follower.close()


def test_closing_keeps_what_was_noted(small: World, tmp_path: Path) -> None:
    first = Lexical(small.store, small.sources, tmp_path / "words")
    first.refresh()
    first.note(*edit(small, "pub mod gamma;\npub fn omega() {}"))
    first.close()
    second = Lexical(small.store, small.sources, tmp_path / "words", writes=lambda: False)
    assert paths(small, second, "omega") == ["omega"]


def test_who_keeps_it_is_left_what_takes_long(small: World) -> None:
    lexical = Lexical(small.store, small.sources)
    lexical.is_kept = True
    assert not lexical.refresh()
    assert lexical.count is None
    assert lexical.refresh(soon=True)
    assert lexical.count == 4


READER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from ferrograph.ranking.lexical import Lexical
from ferrograph.ranking.mentions import read_mentions
from ferrograph.ranking.question import question
from ferrograph.ranking.word_index import Shape, WordIndex
follower = Lexical(SimpleNamespace(revision=0), None, Path(sys.argv[1]), writes=lambda: False)
for line in sys.stdin:
    follower.refresh()
    found = follower.best(follower.question(read_mentions(line)), 5, own=True)
    print(" ".join(id.hex() for id, _ in found), flush=True)
"""


def test_two_processes_read_while_one_writes(small: World, tmp_path: Path) -> None:
    owner = Lexical(small.store, small.sources, tmp_path / "words")
    owner.refresh()
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(tmp_path / "words")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    try:
        for step in range(6):
            name = f"omega{'abcdef'[step]}"
            owner.note(*edit(small, f"pub mod gamma;\npub fn {name}() {{}}"))
            owner.refresh(soon=True)
            wanted = small.item(f"::{name}").id.hex()
            for reader in readers:
                assert reader.stdin is not None
                assert reader.stdout is not None
                print(name, file=reader.stdin, flush=True)
                assert reader.stdout.readline().split() == [wanted]
    finally:
        owner.close()
        for reader in readers:
            reader.communicate()


def test_a_word_of_all_documents_weighs_little_but_something_after_edits() -> None:
    """Removed documents are in a word's frequency until they are merged away."""
    index = WordIndex(None, Shape(("name", "path"), 1.0))
    for edited in (range(9), range(8)):
        ids = [bytes([at]) * 16 for at in edited]
        with index.writing() as to:
            to.remove(ids)
            for id in ids:
                to.put(id, {"name": "zebra"}, digest=0, own=True)
    assert index.frequency("name", "zebra") > index.count
    asked = question(index, read_mentions("zebra"), {"name": 1.0, "path": 1.0})
    assert min(asked.weights.values()) > 0.0
