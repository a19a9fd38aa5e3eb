//! A headless skirmish game on [Bevy](bevy).
//!
//! Three heroes hold a sunken keep against two waves of monsters. Nothing is
//! drawn: the game is played in turns, one per [`App::update`], and tells what
//! happens through a [battle log](battle_log). Given the same seed, the same
//! rules and the same scenario, a battle always ends the same way, also when it
//! was saved and loaded half way through.
//!
//! Each module brings a plugin that registers its own resources, messages and
//! systems; [`GamePlugin`] is all of them. The order within a turn is fixed by
//! the [`schedule::Phase`] system sets.

pub mod ai;
pub mod battle_log;
pub mod combat;
pub mod grid;
pub mod inventory;
pub mod loot;
pub mod progression;
pub mod rng;
pub mod rules;
pub mod save;
pub mod scenario;
pub mod schedule;
pub mod units;

use bevy::prelude::*;
use bevy::state::app::StatesPlugin;

use battle_log::{BattleLog, LogEntry};
use rng::BattleRng;
use rules::CombatRules;
use schedule::{BattleState, Turn};

/// Everything the game needs, apart from what Bevy brings.
pub struct GamePlugin;

impl Plugin for GamePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            schedule::SchedulePlugin,
            grid::GridPlugin,
            battle_log::BattleLogPlugin,
            // In the order in which a turn is told.
            scenario::ScenarioPlugin,
            ai::AiPlugin,
            inventory::InventoryPlugin,
            combat::CombatPlugin,
            loot::LootPlugin,
            progression::ProgressionPlugin,
        ));
    }
}

/// How a battle stood when [`play`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every monster fell, and no wave is left to come.
    Victory,
    /// Every hero fell.
    Defeat,
    /// The turn limit came first.
    Undecided,
}

/// Builds an app without a window that is ready for a scenario or a saved game.
pub fn headless_app(seed: u64, rules: CombatRules) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatesPlugin, GamePlugin));
    app.insert_resource(BattleRng::from_seed(seed));
    app.insert_resource(rules);
    app.finish();
    app.cleanup();
    app
}

/// Plays until the battle is decided or `last_turn` has been played.
///
/// Each line of the battle log goes to `on_entry` as soon as its turn is over.
pub fn play(app: &mut App, last_turn: u32, mut on_entry: impl FnMut(&LogEntry)) -> Outcome {
    let mut told = app.world().resource::<BattleLog>().len();
    loop {
        let outcome = match app.world().resource::<State<BattleState>>().get() {
            BattleState::Fighting => None,
            BattleState::Victory => Some(Outcome::Victory),
            BattleState::Defeat => Some(Outcome::Defeat),
        };
        if let Some(outcome) = outcome {
            return outcome;
        }
        if app.world().resource::<Turn>().0 >= last_turn {
            return Outcome::Undecided;
        }

        app.update();

        let log = app.world().resource::<BattleLog>();
        log.since(told).iter().for_each(&mut on_entry);
        told = log.len();
    }
}
