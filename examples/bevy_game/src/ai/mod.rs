//! How units decide: they look ([`Perception`]), change their mind
//! ([`AiState`]), and their [`Behaviour`] turns both into an [`Intent`].
//!
//! Heroes are steered the same way as monsters; theirs is a behaviour that
//! follows a script.

pub mod behaviour;
pub mod state;

use bevy::prelude::*;

use crate::combat::effects::{ActiveEffects, StatusEffect};
use crate::grid::{Arena, GridPos};
use crate::inventory::{Backpack, Equipment, Item, Quaff};
use crate::schedule::{Cooldown, Phase, Turn};
use crate::units::{Alive, Gauge, Health, Team, UnitId};
pub use behaviour::{Behaviour, Brain};
pub use state::AiState;

/// What a unit is about to do this turn.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// Nothing.
    #[default]
    Wait,
    /// Take a step towards a tile.
    Approach(IVec2),
    /// Take a step away from a tile.
    Retreat(IVec2),
    /// Strike a unit.
    Strike(Entity),
    /// Drink a potion.
    Quaff,
}

/// Another unit, as one sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// Who it is.
    pub entity: Entity,
    /// Where.
    pub position: GridPos,
    /// How far away, in steps.
    pub distance: u32,
    /// Whether one's weapon reaches that far.
    pub in_reach: bool,
}

/// What a unit knows when it decides.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Perception {
    /// The current turn.
    pub turn: u32,
    /// Where one stands.
    pub position: GridPos,
    /// Health left, in `[0, 1]`.
    pub health: f32,
    /// True if there is a potion at hand and time to drink it.
    pub can_quaff: bool,
    /// The nearest foe, if any is left.
    pub foe: Option<Sighting>,
}

impl Perception {
    /// The nearest foe, if it is no farther away than `distance`.
    pub fn foe_within(&self, distance: u32) -> Option<Sighting> {
        self.foe.filter(|foe| foe.distance <= distance)
    }
}

/// Lets every unit look around.
fn sense(
    turn: Res<Turn>,
    arena: Res<Arena>,
    mut observers: Query<
        (
            &Team,
            &GridPos,
            &Health,
            &Equipment,
            &Backpack,
            &Cooldown<Quaff>,
            &mut Perception,
        ),
        Alive,
    >,
    others: Query<(Entity, &UnitId, &Team, &GridPos), Alive>,
) {
    for (team, &position, health, equipment, pack, quaff, mut view) in &mut observers {
        let reach = equipment.weapon.reach;
        let foe = others
            .iter()
            .filter(|&(_, _, side, _)| side != team)
            // The id breaks ties, or the order of archetypes would.
            .min_by_key(|&(_, id, _, &there)| (position.distance(there), id))
            .map(|(entity, _, _, &there)| Sighting {
                entity,
                position: there,
                distance: position.distance(there),
                in_reach: arena.can_strike(position, there, reach),
            });
        *view = Perception {
            turn: turn.0,
            position,
            health: health.fraction(),
            can_quaff: quaff.is_ready() && pack.contains(&Item::Potion),
            foe,
        };
    }
}

/// Moves each state machine on and asks the behaviour what to do.
fn think(
    mut units: Query<
        (
            &Brain,
            &Perception,
            &ActiveEffects,
            &mut AiState,
            &mut Intent,
        ),
        Alive,
    >,
) {
    for (brain, view, effects, mut state, mut intent) in &mut units {
        let next = state.next(view, &brain.temperament());
        state.set_if_neq(next);
        *intent = if effects.has(StatusEffect::Stun) {
            Intent::Wait
        } else {
            brain.decide(next, view)
        };
    }
}

/// Registers perception and decision.
pub struct AiPlugin;

impl Plugin for AiPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            (sense.in_set(Phase::Sense), think.in_set(Phase::Think)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Enemy, Player};

    #[test]
    fn units_see_the_nearest_foe() {
        let mut app = App::new();
        app.init_resource::<Turn>()
            .insert_resource(Arena::parse("........").unwrap())
            .add_systems(Update, sense);
        let at = |x| GridPos(IVec2::new(x, 0));
        let world = app.world_mut();
        let hero = world.spawn((Player, UnitId(1), at(0))).id();
        let near = world.spawn((Enemy::Goblin, UnitId(2), at(3))).id();
        let far = world.spawn((Enemy::Goblin, UnitId(3), at(6))).id();
        app.update();

        let view = |unit| *app.world().get::<Perception>(unit).unwrap();
        assert_eq!(view(hero).foe.map(|foe| foe.entity), Some(near));
        assert_eq!(view(far).foe.map(|foe| foe.entity), Some(hero));
        assert_eq!(view(near).foe_within(2), None);
        assert!(!view(near).foe.unwrap().in_reach);
    }
}
