//! Who takes part: teams, heroes and monsters, and what they are made of.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::{AiState, Intent, Perception};
use crate::combat::Strike;
use crate::combat::effects::ActiveEffects;
use crate::inventory::{Backpack, Equipment, Quaff};
use crate::schedule::Cooldown;

/// Names a unit for good: in the save file, and wherever order matters.
#[derive(
    Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct UnitId(pub u32);

/// Hands out [`UnitId`]s, each one once.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitIds {
    next: u32,
}

impl UnitIds {
    /// An id that no unit has had before.
    pub fn allocate(&mut self) -> UnitId {
        self.next += 1;
        UnitId(self.next)
    }
}

/// The side a unit fights on.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Team {
    /// They hold the keep.
    Heroes,
    /// They want it.
    #[default]
    Monsters,
}

/// Marks a hero. Heroes gather loot and experience.
#[derive(Component, Clone, Copy, Debug, Default)]
#[require(Unit, Team = Team::Heroes)]
pub struct Player;

/// Marks a monster and says of which breed.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[require(Unit, Team = Team::Monsters)]
pub enum Enemy {
    /// Weak alone, dangerous in numbers.
    Goblin,
    /// Shoots, and keeps its distance.
    Archer,
    /// Slow, strong and thick-skinned.
    Brute,
}

/// Marks anything that fights, and brings along what every fighter needs.
#[derive(Component, Clone, Copy, Debug, Default)]
#[require(
    CombatStats,
    Health,
    Stamina,
    Equipment,
    Backpack,
    ActiveEffects,
    Perception,
    AiState,
    Intent,
    Cooldown<Strike>,
    Cooldown<Quaff>
)]
pub struct Unit;

/// Marks a unit that has fallen this turn; it is despawned in
/// [`Phase::Cleanup`](crate::schedule::Phase::Cleanup).
#[derive(Component, Clone, Copy, Debug)]
pub struct Dead;

/// Query filter for units that are still standing.
pub type Alive = Without<Dead>;

/// What a unit is worth in a fight, before weapons and armour.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CombatStats {
    /// Added to the power of the weapon.
    pub attack_power: f32,
    /// Softens every blow, see `CombatRules::defence_weight`.
    pub defence: f32,
    /// Added to the chance to hit.
    pub accuracy: f32,
    /// Taken off the chance to be hit.
    pub evasion: f32,
    /// Chance, in `[0, 1]`, that fortune smiles: on a roll for loot, say.
    pub luck: f32,
}

impl Default for CombatStats {
    fn default() -> Self {
        Self {
            attack_power: 2.0,
            defence: 1.0,
            accuracy: 0.0,
            evasion: 0.0,
            luck: 0.05,
        }
    }
}

/// Something that is filled and drained, such as health.
pub trait Gauge: Component {
    /// What is left.
    fn current(&self) -> f32;
    /// What there is when full.
    fn maximum(&self) -> f32;
    /// Takes up to `amount` and returns what was really taken.
    fn drain(&mut self, amount: f32) -> f32;
    /// Gives up to `amount` and returns what was really given.
    fn restore(&mut self, amount: f32) -> f32;
    /// Raises the maximum, and what is left by as much.
    fn grow(&mut self, amount: f32);

    /// What is left, as a fraction in `[0, 1]`.
    fn fraction(&self) -> f32 {
        if self.maximum() > 0.0 {
            self.current() / self.maximum()
        } else {
            0.0
        }
    }

    /// True if nothing is left.
    fn is_empty(&self) -> bool {
        self.current() <= 0.0
    }
}

/// Defines a component that is a [`Gauge`]: `gauge!(/// docs Name = maximum)`.
macro_rules! gauge {
    ($(#[$attribute:meta])* $name:ident = $maximum:expr) => {
        $(#[$attribute])*
        #[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            current: f32,
            maximum: f32,
        }

        impl $name {
            /// A full gauge of the given size.
            pub fn full(maximum: f32) -> Self {
                Self { current: maximum, maximum }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::full($maximum)
            }
        }

        impl Gauge for $name {
            fn current(&self) -> f32 {
                self.current
            }

            fn maximum(&self) -> f32 {
                self.maximum
            }

            fn drain(&mut self, amount: f32) -> f32 {
                let taken = amount.clamp(0.0, self.current);
                self.current -= taken;
                taken
            }

            fn restore(&mut self, amount: f32) -> f32 {
                let given = amount.clamp(0.0, self.maximum - self.current);
                self.current += given;
                given
            }

            fn grow(&mut self, amount: f32) {
                self.maximum += amount;
                self.current += amount;
            }
        }
    };
}

gauge! {
    /// A unit falls when this is empty.
    Health = 20.0
}

gauge! {
    /// Spent on strikes; who has none left strikes weakly.
    Stamina = 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_stay_between_empty_and_full() {
        let mut health = Health::full(10.0);
        assert_eq!(health.drain(4.0), 4.0);
        assert_eq!(health.restore(9.0), 4.0);
        assert_eq!(health.drain(25.0), 10.0);
        assert!(health.is_empty());
        assert_eq!(health.drain(-3.0), 0.0);
        assert_eq!(health.fraction(), 0.0);
    }

    #[test]
    fn growth_keeps_wounds() {
        let mut stamina = Stamina::full(10.0);
        stamina.drain(6.0);
        stamina.grow(2.0);
        assert_eq!((stamina.current(), stamina.maximum()), (6.0, 12.0));
    }

    #[test]
    fn a_hero_brings_what_a_unit_needs() {
        let mut world = World::new();
        let hero = world.spawn(Player).id();
        assert_eq!(world.get::<Team>(hero), Some(&Team::Heroes));
        assert!(world.get::<Health>(hero).is_some());
        assert!(world.get::<Cooldown<Strike>>(hero).is_some());
    }

    #[test]
    fn ids_are_never_handed_out_twice() {
        let mut ids = UnitIds::default();
        assert!(ids.allocate() < ids.allocate());
    }
}
