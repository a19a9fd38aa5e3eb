"""What is meant at a place, and the card of what was found. ``$0`` is the cursor."""

from __future__ import annotations

import pytest
from ferrograph.server.explain import card, first_paragraph, label, symbols_at
from ferrograph.tests.support.graphs import open_index, write_fixture

FIXTURE = """
//- /src/lib.rs
//! A game.
pub mod unit;
use unit::{Health, Unit};

/// Wounds a unit.
///
/// More on this.
pub fn wound(unit: &mut Unit, by: u32) -> bool {
    unit.hurt(by);
    unit.is_down()
}

pub fn heal(unit: &mut Unit) {
    unit.health = Health(10);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wounds_hurt() {
        let mut unit = Unit::new();
        assert!(!wound(&mut unit, 1));
    }
}
//- /src/unit.rs
pub struct Health(pub u32);

/// Who fights.
#[derive(Clone)]
pub struct Unit {
    /// What is left.
    pub health: Health,
}

pub trait Fragile {
    fn is_down(&self) -> bool;
}

impl Unit {
    pub fn new() -> Self {
        Unit { health: Health(10) }
    }

    pub fn hurt(&mut self, by: u32) {
        self.health.0 -= by;
    }
}

impl Fragile for Unit {
    fn is_down(&self) -> bool {
        self.health.0 == 0
    }
}
"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    root = tmp_path_factory.mktemp("game")
    write_fixture(root, FIXTURE)
    index = open_index(root)
    index.index()
    yield index
    index.store.close()


def at(graph, file, text, into=0):
    source = (graph.workspace.root / file).read_bytes()
    found = symbols_at(graph.store, file, source.index(text.encode()) + into)
    return [item.qualified_path for item in found]


def card_of(graph, name):
    return card(graph.store, graph.store.find(name)[0])


def group(card, key):
    return [label(tie.item) for tie in card.group(key)]


@pytest.mark.parametrize(
    ("file", "text", "into", "meant"),
    [
        ("src/lib.rs", "wound(unit: &mut", 2, ["demo::wound"]),
        ("src/lib.rs", "wound(unit: &mut", 0, ["demo::wound"]),
        ("src/lib.rs", "wound(&mut unit, 1)", 3, ["demo::wound"]),
        ("src/lib.rs", "hurt(by)", 1, ["demo::unit::Unit::hurt"]),
        ("src/lib.rs", "hurt(by)", 4, ["demo::unit::Unit::hurt"]),
        ("src/lib.rs", "Unit, by", 1, ["demo::unit::Unit"]),
        ("src/lib.rs", "Unit::new()", 6, ["demo::unit::Unit::new"]),
        ("src/lib.rs", "Unit::new()", 1, ["demo::unit::Unit"]),
        ("src/lib.rs", "Health(10)", 1, ["demo::unit::Health"]),
        ("src/unit.rs", "Fragile for", 1, ["demo::unit::Fragile"]),
        ("src/lib.rs", "by: u32", 0, []),
        ("src/lib.rs", "//! A game", 4, []),
    ],
)
def test_the_symbol_under_the_cursor(graph, file, text, into, meant):
    assert at(graph, file, text, into)[:1] == meant


def test_a_file_that_the_graph_does_not_know(graph):
    assert symbols_at(graph.store, "src/none.rs", 3) == []


def test_the_card_of_a_function(graph):
    found = card_of(graph, "wound")
    assert group(found, "callers") == ["tests::wounds_hurt"]
    assert group(found, "callees")[:1] == ["unit::Unit::hurt"]
    assert group(found, "tests") == ["tests::wounds_hurt"]
    assert (found.crate, found.version) == ("demo", "")
    assert sum(found.provenance.values()) == sum(len(g.ties) for g in found.groups)
    assert set(found.provenance) <= {"exact", "resolved", "typed", "dispatch"}


def test_the_card_of_a_trait(graph):
    assert group(card_of(graph, "Fragile"), "implementations") == ["impl Fragile for Unit"]


def test_the_card_as_markdown(graph):
    text = card_of(graph, "wound").markdown(lambda item: f"file:///{item.file}#L{item.line + 1}")
    assert text.startswith(
        "```rust\npub fn wound(unit: &mut Unit, by: u32) -> bool\n```\n\nWounds a unit.\n\n"
    )
    assert "More on this" not in text
    assert "- **Called by** (1): [`tests::wounds_hurt`](file:///src/lib.rs#L22)" in text
    assert text.endswith(("typed", "resolved"))
    assert "`demo::wound` · demo · src/lib.rs:8" in text


def test_many_ties_are_cut_for_people_and_whole_for_programs(graph):
    found = card_of(graph, "Unit")
    users = found.group("users")
    assert len(users) >= 2
    assert f"**Used by** ({len(users)})" in found.markdown()
    assert len(found.as_json()["ties"]["users"]) == len(users)


def test_the_first_paragraph():
    assert first_paragraph("\n One.\nTwo.\n\nThree.") == "One.\nTwo."
    assert first_paragraph("") == ""
