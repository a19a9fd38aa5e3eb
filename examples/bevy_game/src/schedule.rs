//! What a turn is made of: phases, states, the turn counter and cooldowns.

use std::marker::PhantomData;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

/// The phases of a turn, in the order in which they run.
///
/// All of them run in [`Update`], and only while the battle is
/// [`BattleState::Fighting`].
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The turn counter advances, cooldowns tick, reinforcements arrive.
    Begin,
    /// Units look around.
    Sense,
    /// Units decide what to do.
    Think,
    /// Units move, strike and drink.
    Act,
    /// Blows and effects take their toll.
    Resolve,
    /// Loot, experience, and the question of who has won.
    Aftermath,
    /// The log is written.
    Report,
    /// The dead leave the world.
    Cleanup,
}

/// Where the battle stands.
#[derive(States, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BattleState {
    /// Both sides are still in it, or have yet to arrive.
    #[default]
    Fighting,
    /// The heroes hold the keep.
    Victory,
    /// The keep has fallen.
    Defeat,
}

/// The number of the current turn; the first one is 1.
#[derive(
    Resource, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Turn(pub u32);

/// Turns that must pass before a unit can do `A` again.
///
/// `A` is a marker type, so that a unit can have a cooldown for each kind of
/// action and a query says which one it means.
#[derive(Component, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cooldown<A: Send + Sync + 'static> {
    remaining: u32,
    #[serde(skip)]
    action: PhantomData<A>,
}

impl<A: Send + Sync + 'static> Cooldown<A> {
    /// True if the action can be taken now.
    pub fn is_ready(&self) -> bool {
        self.remaining == 0
    }

    /// Starts over: the action is ready again after `turns` more turns.
    pub fn start(&mut self, turns: u32) {
        self.remaining = turns;
    }

    /// One turn has passed.
    pub fn tick(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }
}

// Derived, these would ask the same of the marker type.
impl<A: Send + Sync + 'static> Default for Cooldown<A> {
    fn default() -> Self {
        Self {
            remaining: 0,
            action: PhantomData,
        }
    }
}

impl<A: Send + Sync + 'static> Clone for Cooldown<A> {
    fn clone(&self) -> Self {
        Self {
            remaining: self.remaining,
            action: PhantomData,
        }
    }
}

/// Lets one turn pass for every cooldown of action `A`.
pub fn tick_cooldowns<A: Send + Sync + 'static>(mut cooldowns: Query<&mut Cooldown<A>>) {
    for mut cooldown in &mut cooldowns {
        cooldown.tick();
    }
}

/// Counts the turn that begins.
pub fn advance_turn(mut turn: ResMut<Turn>) {
    turn.0 += 1;
}

/// Registers the phases, the states and the turn counter.
pub struct SchedulePlugin;

impl Plugin for SchedulePlugin {
    fn build(&self, app: &mut App) {
        app.init_state::<BattleState>()
            .init_resource::<Turn>()
            .configure_sets(
                Update,
                (
                    Phase::Begin,
                    Phase::Sense,
                    Phase::Think,
                    Phase::Act,
                    Phase::Resolve,
                    Phase::Aftermath,
                    Phase::Report,
                    Phase::Cleanup,
                )
                    .chain()
                    .run_if(in_state(BattleState::Fighting)),
            )
            .add_systems(Update, advance_turn.in_set(Phase::Begin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Jump;

    #[test]
    fn a_cooldown_is_ready_after_its_turns() {
        let mut cooldown = Cooldown::<Jump>::default();
        assert!(cooldown.is_ready());
        cooldown.start(2);
        cooldown.tick();
        assert!(!cooldown.is_ready());
        cooldown.tick();
        assert!(cooldown.is_ready());
        cooldown.tick();
        assert!(cooldown.is_ready());
    }
}
