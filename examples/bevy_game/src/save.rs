//! Saved games: the whole battle between two turns, as JSON.
//!
//! What can be computed anew is left out: what units see and intend, who stands
//! on which tile. Units are written in the order of their ids, so that equal
//! battles give equal files.

use std::fmt;

use bevy::ecs::query::QueryData;
use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::behaviour::BehaviourKind;
use crate::ai::{AiState, Brain};
use crate::combat::Strike;
use crate::combat::effects::ActiveEffects;
use crate::grid::{Arena, GridPos, MapError};
use crate::inventory::{Backpack, Equipment, ItemStack, Quaff};
use crate::loot::LootDrop;
use crate::progression::Experience;
use crate::rng::BattleRng;
use crate::rules::CombatRules;
use crate::scenario::Reinforcements;
use crate::schedule::{Cooldown, Turn};
use crate::units::{CombatStats, Enemy, Health, Player, Stamina, UnitId, UnitIds};

/// The format that this version of the game writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// Hero or monster; the team follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    Hero(Experience),
    Monster(Enemy),
}

/// One unit.
#[derive(Clone, Serialize, Deserialize)]
struct UnitRecord {
    id: UnitId,
    name: String,
    role: Role,
    position: GridPos,
    stats: CombatStats,
    health: Health,
    stamina: Stamina,
    equipment: Equipment,
    pack: Backpack,
    effects: ActiveEffects,
    behaviour: BehaviourKind,
    state: AiState,
    strike: Cooldown<Strike>,
    quaff: Cooldown<Quaff>,
}

/// Something that lies on the ground.
#[derive(Clone, Serialize, Deserialize)]
struct LootRecord {
    position: GridPos,
    stack: ItemStack,
}

/// A whole battle.
#[derive(Clone, Serialize, Deserialize)]
pub struct SaveGame {
    version: u32,
    turn: Turn,
    rng: BattleRng,
    rules: CombatRules,
    map: String,
    ids: UnitIds,
    reinforcements: Reinforcements,
    units: Vec<UnitRecord>,
    loot: Vec<LootRecord>,
}

/// Why a saved game could not be read.
#[derive(Debug)]
pub enum SaveError {
    /// The text is not a saved game.
    Format(serde_json::Error),
    /// It was written by another version of the game.
    Version {
        /// The version it says it has.
        found: u32,
    },
    /// Its map cannot be read.
    Map(MapError),
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => write!(f, "this is not a saved game: {error}"),
            Self::Version { found } => {
                write!(f, "the game was saved in format {found}, not {VERSION}")
            }
            Self::Map(error) => write!(f, "the saved map is broken: {error}"),
        }
    }
}

impl std::error::Error for SaveError {}

impl From<serde_json::Error> for SaveError {
    fn from(error: serde_json::Error) -> Self {
        Self::Format(error)
    }
}

impl From<MapError> for SaveError {
    fn from(error: MapError) -> Self {
        Self::Map(error)
    }
}

/// The components of a unit that are saved.
#[derive(QueryData)]
struct SavedUnit {
    id: &'static UnitId,
    name: &'static Name,
    experience: Option<&'static Experience>,
    enemy: Option<&'static Enemy>,
    position: &'static GridPos,
    stats: &'static CombatStats,
    health: &'static Health,
    stamina: &'static Stamina,
    equipment: &'static Equipment,
    pack: &'static Backpack,
    effects: &'static ActiveEffects,
    brain: &'static Brain,
    state: &'static AiState,
    strike: &'static Cooldown<Strike>,
    quaff: &'static Cooldown<Quaff>,
}

impl UnitRecord {
    /// `None` for what is neither hero nor monster.
    fn capture(unit: SavedUnitItem) -> Option<Self> {
        let hero = unit.experience.copied().map(Role::Hero);
        let role = hero.or(unit.enemy.copied().map(Role::Monster))?;
        Some(Self {
            id: *unit.id,
            name: unit.name.to_string(),
            role,
            position: *unit.position,
            stats: *unit.stats,
            health: *unit.health,
            stamina: *unit.stamina,
            equipment: unit.equipment.clone(),
            pack: unit.pack.clone(),
            effects: unit.effects.clone(),
            behaviour: unit.brain.kind().clone(),
            state: *unit.state,
            strike: unit.strike.clone(),
            quaff: unit.quaff.clone(),
        })
    }

    fn spawn(self, world: &mut World) {
        let mut unit = match self.role {
            Role::Hero(experience) => world.spawn((Player, experience)),
            Role::Monster(enemy) => world.spawn(enemy),
        };
        unit.insert((
            (Name::new(self.name), self.position, self.stats),
            (self.health, self.stamina, self.equipment, self.pack),
            (self.effects, Brain::from(self.behaviour), self.state),
            (self.strike, self.quaff),
        ));
        // Last, because it makes the unit claim its tile.
        unit.insert(self.id);
    }
}

impl SaveGame {
    /// Takes down the battle as it stands between two turns.
    pub fn capture(world: &mut World) -> Self {
        let mut units: Vec<UnitRecord> = world
            .query::<SavedUnit>()
            .iter(world)
            .filter_map(UnitRecord::capture)
            .collect();
        units.sort_by_key(|unit| unit.id);
        let loot = world
            .query::<(&LootDrop, &GridPos)>()
            .iter(world)
            .map(|(drop, &position)| LootRecord {
                position,
                stack: drop.0.clone(),
            })
            .collect();
        Self {
            version: VERSION,
            turn: *world.resource::<Turn>(),
            rng: world.resource::<BattleRng>().clone(),
            rules: world.resource::<CombatRules>().clone(),
            map: world.resource::<Arena>().to_map(),
            ids: *world.resource::<UnitIds>(),
            reinforcements: world.resource::<Reinforcements>().clone(),
            units,
            loot,
        }
    }

    /// Sets the battle up in the world of a fresh app.
    ///
    /// # Errors
    /// If the map cannot be read; the world is then unchanged.
    pub fn restore(self, world: &mut World) -> Result<(), SaveError> {
        world.insert_resource(Arena::parse(&self.map)?);
        world.insert_resource(self.turn);
        world.insert_resource(self.rng);
        world.insert_resource(self.rules);
        world.insert_resource(self.ids);
        world.insert_resource(self.reinforcements);
        for unit in self.units {
            unit.spawn(world);
        }
        for LootRecord { position, stack } in self.loot {
            world.spawn((LootDrop(stack), position));
        }
        Ok(())
    }

    /// The turn after which the game was saved.
    pub fn turn(&self) -> Turn {
        self.turn
    }

    /// The game as JSON.
    ///
    /// # Errors
    /// Never for a game that was [captured](SaveGame::capture).
    pub fn to_json(&self) -> Result<String, SaveError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Reads what [`SaveGame::to_json`] wrote.
    ///
    /// # Errors
    /// If the text is not a saved game of this [`VERSION`].
    pub fn from_json(text: &str) -> Result<Self, SaveError> {
        /// All versions have this field, so it can be read before the rest.
        #[derive(Deserialize)]
        struct Header {
            version: u32,
        }

        let Header { version } = serde_json::from_str(text)?;
        if version != VERSION {
            return Err(SaveError::Version { found: version });
        }
        Ok(serde_json::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{headless_app, scenario};

    fn opening() -> String {
        let mut app = headless_app(1, CombatRules::default());
        scenario::sunken_keep(app.world_mut());
        SaveGame::capture(app.world_mut()).to_json().unwrap()
    }

    #[test]
    fn a_restored_game_saves_to_the_same_text() {
        let text = opening();
        let mut app = headless_app(99, CombatRules::default());
        let save = SaveGame::from_json(&text).unwrap();
        save.restore(app.world_mut()).unwrap();
        let again = SaveGame::capture(app.world_mut()).to_json().unwrap();
        assert_eq!(again, text);
    }

    #[test]
    fn other_versions_and_other_texts_are_refused() {
        let newer = opening().replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(
            SaveGame::from_json(&newer),
            Err(SaveError::Version { found: 2 })
        ));
        let broken = opening().replace("\"units\"", "\"ants\"");
        assert!(matches!(
            SaveGame::from_json(&broken),
            Err(SaveError::Format(_))
        ));
    }
}
