"""A small workspace with a dependency, indexed for real, and ways to point into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.model import GraphItem
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.workspace import Dependency, Package, Target
from ferrograph.ranking.model import Place
from ferrograph.ranking.retriever import Retriever
from ferrograph.tests.support.graphs import write_fixture

FIXTURE = """
//- /src/lib.rs
//! A game of ships.
pub mod battle;
pub mod rng;
pub mod rules;
pub mod ship;
//- /src/battle.rs
//! Who shoots whom.
use engine::prelude::*;

use crate::rng::Dice;
use crate::rules::Rules;
use crate::ship::{Hull, Ship};

/// Fires every cannon of one ship at another.
///
/// A shot that misses costs its powder all the same.
pub fn volley(rules: &Rules, dice: &mut Dice, attacker: &Ship, target: &mut Ship, out: &mut Sink<Shot>) {
    for cannon in 0..attacker.cannons {
        if !dice.chance(rules.hit_chance(attacker, target)) {
            out.push(Shot::Missed(cannon));
            continue;
        }
        let damage = roll_damage(dice, rules);
        target.hull.damage(damage);
        out.push(Shot::Hit { cannon, damage });
    }
}

/// What one cannon ball does to a hull.
fn roll_damage(dice: &mut Dice, rules: &Rules) -> u32 {
    rules.ball + dice.below(rules.spread)
}

/// What became of a shot.
#[derive(Clone, Debug)]
pub enum Shot {
    /// It went wide.
    Missed(u32),
    /// It struck home.
    Hit { cannon: u32, damage: u32 },
}

/// Loads the cannons again.
pub fn reload(ship: &mut Ship) {
    ship.powder -= ship.cannons;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volley_costs_powder() {
        let mut ship = Ship::new(4);
        reload(&mut ship);
        assert_eq!(ship.powder, 96);
    }
}
//- /src/rng.rs
//! Chance.

/// The only source of chance.
pub struct Dice {
    state: u64,
}

impl Dice {
    /// True with a probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: u32) -> u32 {
        (self.unit() * bound as f32) as u32
    }

    fn unit(&mut self) -> f32 {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (self.state >> 40) as f32 / (1u32 << 24) as f32
    }
}
//- /src/rules.rs
//! Numbers to tune.
use crate::ship::Ship;

/// The constants of a battle.
pub struct Rules {
    /// What a ball does at least.
    pub ball: u32,
    /// What chance adds to it.
    pub spread: u32,
    /// Chance of a hit between equals.
    pub base_hit_chance: f32,
}

impl Rules {
    /// Chance that one ship hits another.
    pub fn hit_chance(&self, attacker: &Ship, target: &Ship) -> f32 {
        self.base_hit_chance * attacker.cannons as f32 / (1 + target.hull.planks) as f32
    }
}

/// The longest name of a ship, in letters.
pub const LONGEST_NAME: usize = 24;
//- /src/ship.rs
//! Ships and their parts.

/// A ship under sail.
#[derive(Clone)]
pub struct Ship {
    /// Painted on the stern.
    pub name: String,
    pub cannons: u32,
    pub powder: u32,
    pub hull: Hull,
}

/// What keeps the water out.
#[derive(Clone)]
pub struct Hull {
    pub planks: u32,
}

impl Hull {
    /// Takes planks away.
    pub fn damage(&mut self, amount: u32) {
        self.planks = self.planks.saturating_sub(amount);
    }
}

impl Ship {
    /// A ship fresh from the yard.
    pub fn new(cannons: u32) -> Ship {
        Ship { name: String::new(), cannons, powder: 100, hull: Hull { planks: 20 } }
    }
}

impl std::fmt::Display for Ship {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}
//- /README.md
# Ships

A game.

## Powder

Cannons need powder.
//- /vendor/engine/Cargo.toml
[package]
name = "engine"
version = "1.2.0"
edition = "2021"
//- /vendor/engine/src/lib.rs
//! The engine.
mod sink;
pub mod prelude {
    pub use crate::sink::*;
    pub use crate::Clock;
}
/// Counts the turns.
pub struct Clock {
    turns: u64,
    pub(crate) ticks: u64,
    /// Turns a day.
    pub day: u64,
}
//- /vendor/engine/src/sink.rs
/// Where events go. A second sentence.
pub struct Sink<T> {
    inner: Vec<T>,
}

impl<T> Sink<T> {
    /// Adds one event.
    pub fn push(&mut self, event: T) {
        self.inner.push(event);
    }
}

/// Where events come from.
pub struct Source<T> {
    inner: Vec<T>,
}
"""

DEPENDENCY = "engine@1.2.0"


@dataclasses.dataclass(slots=True)
class World:
    """The indexed fixture."""

    store: GraphStore
    sources: Sources
    indexer: GraphIndexer

    def retriever(self) -> Retriever:
        """One without vectors."""
        return Retriever(self.store, self.sources)

    def item(self, path: str) -> GraphItem:
        """The only item whose qualified path ends so."""
        found = self.store.find(path)
        assert len(found) == 1, f"{path}: {[i.qualified_path for i in found]}"
        return found[0]

    def cursor(self, file: str, text: str) -> Place:
        """A cursor before the first such text."""
        at = (self.sources.read(file) or b"").index(text.encode())
        return Place(file, at, at)

    def selection(self, file: str, text: str) -> Place:
        """A selection of the first such text."""
        at = (self.sources.read(file) or b"").index(text.encode())
        return Place(file, at, at + len(text.encode()))


def index_fixture(root: Path, fixture: str = FIXTURE) -> World:
    """Write a fixture and index it; what stands in ``vendor/engine`` is a pinned dependency."""
    write_fixture(root, fixture)
    workspace = load_workspace(root, trusted=False)
    vendored = workspace.root / "vendor/engine"
    engine = Package(
        name="engine",
        version="1.2.0",
        root=vendored,
        edition="2021",
        source="registry",
        targets=(Target(kind="lib", name="engine", path=vendored / "src/lib.rs", edition="2021"),),
    )
    needs = Dependency(name="engine", package=engine.key, kind="normal")
    key = workspace.members[0]
    packages = {
        key: dataclasses.replace(workspace.packages[key], dependencies=(needs,)),
        engine.key: engine,
    }
    workspace = dataclasses.replace(workspace, packages=packages, members=(key,))
    store, sources = GraphStore.open(None), Sources(workspace.root)
    indexer = GraphIndexer(store, workspace, sources, workers=1)
    indexer.index()
    return World(store, sources, indexer)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The fixture, indexed once; tests that change it make their own."""
    made = index_fixture(tmp_path_factory.mktemp("world"))
    yield made
    made.indexer.close()
    made.store.close()


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[Callable[[str], World]]:
    """Index another fixture."""
    made: list[World] = []

    def index(fixture: str) -> World:
        made.append(index_fixture(tmp_path / str(len(made)), fixture))
        return made[-1]

    yield index
    for one in made:
        one.indexer.close()
        one.store.close()
