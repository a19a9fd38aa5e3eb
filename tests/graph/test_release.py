"""Worlds that are no longer used go at once, without the cycle collector."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ferrograph.graph.impl_table import Impl
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.parsing import Job, parse_one
from ferrograph.graph.symbols import Crate, Definition, Part, Scope
from ferrograph.tests.support.graphs import open_index, write_fixture

KINDS = (Crate, Definition, Impl, Part, Scope)

SOURCE = """\
mod inner {
    pub trait Shape { fn area(&self) -> f32; fn twice(&self) -> f32 { self.area() * 2.0 } }
    pub struct Square(pub f32);
    impl Shape for Square { fn area(&self) -> f32 { self.0 * self.0 } }
    macro_rules! make { ($name:ident) => { pub fn $name() -> Square { Square(1.0) } } }
    make!(unit);
}
use inner::*;
pub fn total() -> f32 {
    use inner::Shape;
    struct Local;
    impl Shape for Local { fn area(&self) -> f32 { vec![1.0].len() as f32 } }
    unit().twice() + Local.area()
}
"""


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def alive() -> Counter[str]:
    """How many objects of a world there are, frozen ones included."""
    gc.unfreeze()
    return Counter(type(o).__name__ for o in gc.get_objects() if isinstance(o, KINDS))


def an_index(folder: Path) -> GraphIndexer:
    write_fixture(folder, SOURCE)
    return open_index(folder)


def worlds(indexer: GraphIndexer) -> int:
    """How often the indexer built its world."""
    return indexer._built  # pyright: ignore[reportPrivateUsage]


def test_a_world_built_anew_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    indexer = an_index(tmp_path)
    indexer.index()
    before = alive()
    assert before["Definition"] > 10
    indexer.store.begin_bulk()  # as one that was stopped halfway: all is built anew
    indexer.index()
    assert worlds(indexer) == 2
    assert alive() == before


def test_an_edit_that_builds_the_world_anew_leaves_at_most_what_it_replaced(tmp_path: Path) -> None:
    indexer = an_index(tmp_path)
    indexer.index()
    before = alive()
    # A macro by another name: edits in place give up.
    (tmp_path / "src/lib.rs").write_text(SOURCE.replace("make", "build"))
    indexer.update(["src/lib.rs"])
    assert worlds(indexer) == 2
    left = alive() - before
    assert left["Definition"] <= 4
    assert not left["Impl"]


def test_a_closed_indexer_leaves_nothing(tmp_path: Path) -> None:
    before = alive()
    indexer = an_index(tmp_path)
    indexer.index()
    assert alive() != before
    indexer.close()
    assert alive() == before


def test_a_parsed_file_leaves_only_its_facts(tmp_path: Path) -> None:
    source = tmp_path / "lib.rs"
    source.write_text(SOURCE)
    parse_one(Job("lib.rs", str(source), len(SOURCE)))
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        parse_one(Job("lib.rs", str(source), len(SOURCE)))
        gc.collect()
        found = Counter(type(o).__name__ for o in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert not found
