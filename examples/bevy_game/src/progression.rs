//! Experience and levels.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::battle_log::{Describe, LogMessages, Names};
use crate::combat::Died;
use crate::schedule::Phase;
use crate::units::{Alive, CombatStats, Enemy, Gauge, Health, Player, Stamina, UnitId};

/// What a hero has learned; the points count from the last level on.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experience {
    /// The current level, from 1.
    pub level: u32,
    /// Points towards the next one.
    pub points: u32,
}

impl Default for Experience {
    fn default() -> Self {
        Self {
            level: 1,
            points: 0,
        }
    }
}

impl Experience {
    /// Points that lead from the current level to the next one.
    pub fn needed(&self) -> u32 {
        20 * self.level
    }

    /// Adds points and returns how many levels they brought.
    pub fn gain(&mut self, points: u32) -> u32 {
        let before = self.level;
        self.points += points;
        while self.points >= self.needed() {
            self.points -= self.needed();
            self.level += 1;
        }
        self.level - before
    }
}

/// Points waiting to be turned into levels at the end of the turn.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct PendingExperience(u32);

impl Enemy {
    /// Points for striking down a monster of this breed.
    pub fn bounty(self) -> u32 {
        match self {
            Self::Goblin => 8,
            Self::Archer => 12,
            Self::Brute => 25,
        }
    }
}

impl CombatStats {
    /// The gains of one level.
    fn improve(&mut self) {
        self.attack_power += 1.0;
        self.defence += 0.5;
        self.accuracy += 0.03;
        self.luck = (self.luck + 0.01).min(1.0);
    }
}

/// A hero reached a new level.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeveledUp {
    /// Who.
    pub hero: Entity,
    /// The level reached.
    pub level: u32,
}

impl Describe for LeveledUp {
    fn describe(&self, names: &Names) -> String {
        format!("{} reaches level {}", names.of(self.hero), self.level)
    }
}

/// Credits a monster's bounty to whoever struck it down.
fn award_experience(
    death: On<Died>,
    fallen: Query<&Enemy>,
    mut heroes: Query<&mut PendingExperience>,
) {
    let (Ok(enemy), Some(killer)) = (fallen.get(death.entity), death.killer) else {
        return;
    };
    if let Ok(mut pending) = heroes.get_mut(killer) {
        pending.0 += enemy.bounty();
    }
}

/// Turns points into levels, and levels into strength.
fn level_up(
    mut heroes: Query<
        (
            Entity,
            &UnitId,
            &mut PendingExperience,
            &mut Experience,
            &mut CombatStats,
            &mut Health,
            &mut Stamina,
        ),
        Alive,
    >,
    mut reached: MessageWriter<LeveledUp>,
) {
    for (hero, _, mut pending, mut experience, mut stats, mut health, mut stamina) in
        heroes.iter_mut().sort::<&UnitId>()
    {
        let levels = experience.gain(std::mem::take(&mut pending.0));
        for _ in 0..levels {
            stats.improve();
            health.grow(4.0);
            stamina.grow(2.0);
        }
        if levels > 0 {
            let level = experience.level;
            reached.write(LeveledUp { hero, level });
        }
    }
}

/// Registers experience and levels.
pub struct ProgressionPlugin;

impl Plugin for ProgressionPlugin {
    fn build(&self, app: &mut App) {
        app.register_required_components::<Player, Experience>()
            .register_required_components::<Player, PendingExperience>()
            .add_logged_message::<LeveledUp>()
            .add_observer(award_experience)
            .add_systems(Update, level_up.in_set(Phase::Aftermath));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battle_log::BattleLogPlugin;
    use crate::schedule::Turn;

    #[test]
    fn points_beyond_a_level_count_towards_the_next() {
        let mut experience = Experience::default();
        assert_eq!(experience.gain(19), 0);
        assert_eq!(experience.gain(1 + 40 + 5), 2);
        assert_eq!((experience.level, experience.points), (3, 5));
    }

    #[test]
    fn the_killer_gets_the_bounty_and_grows() {
        let mut app = App::new();
        app.add_plugins((BattleLogPlugin, ProgressionPlugin))
            .init_resource::<Turn>();
        let world = app.world_mut();
        let hero = world.spawn((Player, UnitId(1))).id();
        let brute = world.spawn(Enemy::Brute).id();
        let before = *world.get::<CombatStats>(hero).unwrap();
        world.trigger(Died {
            entity: brute,
            killer: Some(hero),
        });
        app.update();

        let experience = app.world().get::<Experience>(hero).unwrap();
        assert_eq!((experience.level, experience.points), (2, 5));
        let after = app.world().get::<CombatStats>(hero).unwrap();
        assert!(after.attack_power > before.attack_power);
        assert!(app.world().get::<Health>(hero).unwrap().maximum() > 20.0);
    }
}
