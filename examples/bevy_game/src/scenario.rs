//! The battle for the sunken keep: the map, the heroes and their orders, the
//! waves that come, and who has won.

use std::collections::VecDeque;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::Brain;
use crate::ai::behaviour::{BehaviourKind, Order};
use crate::battle_log::{BattleLog, Describe, LogMessages, Names};
use crate::grid::{Arena, GridPos};
use crate::inventory::{Armour, Backpack, Equipment, Item, Weapon};
use crate::schedule::{BattleState, Phase, Turn};
use crate::units::{Alive, CombatStats, Enemy, Health, Player, Stamina, Team, UnitIds};

const KEEP: &str = "\
....................
......####..####....
......#........#....
......#........#....
...............#....
...............#....
......#........#....
......#........#....
......####..####....
....................";

/// A monster that is about to come, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// Of which breed.
    pub enemy: Enemy,
    /// Where it enters, or beside it if somebody stands there.
    pub tile: IVec2,
}

/// Monsters that come together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// The turn on which they come.
    pub turn: u32,
    /// Who comes.
    pub arrivals: Vec<Arrival>,
}

/// The waves that have yet to come, the next one first.
#[derive(Resource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reinforcements(pub VecDeque<Wave>);

/// A wave has come.
#[derive(Message, Clone, Copy, Debug)]
pub struct WaveArrived {
    monsters: usize,
}

impl Describe for WaveArrived {
    fn describe(&self, _: &Names) -> String {
        format!("A wave of {} monsters arrives", self.monsters)
    }
}

/// What a unit starts with. Everything else is the default of its component.
#[derive(Bundle)]
struct Outfit {
    name: Name,
    stats: CombatStats,
    health: Health,
    stamina: Stamina,
    equipment: Equipment,
    pack: Backpack,
    brain: Brain,
}

impl Outfit {
    fn knight() -> Self {
        Self {
            name: Name::new("Aldric the knight"),
            stats: CombatStats {
                attack_power: 4.0,
                defence: 4.0,
                accuracy: 0.05,
                luck: 0.15,
                ..CombatStats::default()
            },
            health: Health::full(34.0),
            stamina: Stamina::full(16.0),
            equipment: gear(Weapon::longsword(), Some(Armour::chain_mail())),
            pack: potions(2),
            brain: scripted([(1, Order::MoveTo(IVec2::new(7, 4))), (9, Order::Fight)]),
        }
    }

    fn warden() -> Self {
        Self {
            name: Name::new("Brenna the warden"),
            stats: CombatStats {
                attack_power: 3.0,
                defence: 3.0,
                evasion: 0.05,
                luck: 0.1,
                ..CombatStats::default()
            },
            health: Health::full(30.0),
            stamina: Stamina::full(16.0),
            equipment: gear(Weapon::spear(), Some(Armour::leather())),
            pack: potions(2),
            brain: scripted([(1, Order::MoveTo(IVec2::new(7, 5))), (9, Order::Fight)]),
        }
    }

    fn ranger() -> Self {
        Self {
            name: Name::new("Cador the ranger"),
            stats: CombatStats {
                attack_power: 3.0,
                accuracy: 0.15,
                evasion: 0.1,
                luck: 0.2,
                ..CombatStats::default()
            },
            health: Health::full(24.0),
            stamina: Stamina::full(14.0),
            equipment: gear(Weapon::longbow(), Some(Armour::leather())),
            pack: potions(1),
            brain: Brain::from(BehaviourKind::Guardian {
                post: IVec2::new(10, 5),
                leash: 7,
            }),
        }
    }

    fn monster(enemy: Enemy, number: u32) -> Self {
        let (breed, health, stats, equipment, kind) = match enemy {
            Enemy::Goblin => (
                "Goblin",
                14.0,
                CombatStats {
                    evasion: 0.1,
                    ..CombatStats::default()
                },
                gear(Weapon::rusty_knife(), None),
                BehaviourKind::Berserker,
            ),
            Enemy::Archer => (
                "Archer",
                12.0,
                CombatStats {
                    accuracy: 0.05,
                    ..CombatStats::default()
                },
                gear(Weapon::shortbow(), None),
                BehaviourKind::Skirmisher { comfort: 3 },
            ),
            Enemy::Brute => (
                "Brute",
                28.0,
                CombatStats {
                    attack_power: 4.0,
                    defence: 3.0,
                    accuracy: -0.1,
                    ..CombatStats::default()
                },
                gear(Weapon::maul(), Some(Armour::thick_hide())),
                BehaviourKind::Berserker,
            ),
        };
        Self {
            name: Name::new(format!("{breed} {number}")),
            stats,
            health: Health::full(health),
            stamina: Stamina::default(),
            equipment,
            pack: Backpack::default(),
            brain: Brain::from(kind),
        }
    }
}

fn gear(weapon: Weapon, armour: Option<Armour>) -> Equipment {
    Equipment { weapon, armour }
}

fn potions(count: u32) -> Backpack {
    let mut pack = Backpack::default();
    pack.add(&Item::Potion, count);
    pack
}

fn scripted(orders: impl Into<Vec<(u32, Order)>>) -> Brain {
    Brain::from(BehaviourKind::Scripted(orders.into()))
}

fn wave(turn: u32, arrivals: impl IntoIterator<Item = (Enemy, IVec2)>) -> Wave {
    let arrivals = arrivals.into_iter();
    Wave {
        turn,
        arrivals: arrivals
            .map(|(enemy, tile)| Arrival { enemy, tile })
            .collect(),
    }
}

/// Sets up the battle in an empty world: the map, three heroes, two waves.
pub fn sunken_keep(world: &mut World) {
    world.insert_resource(Arena::parse(KEEP).expect("the keep is a well-formed map"));
    let heroes = [
        (Outfit::knight(), IVec2::new(9, 4)),
        (Outfit::warden(), IVec2::new(9, 5)),
        (Outfit::ranger(), IVec2::new(11, 5)),
    ];
    for (outfit, tile) in heroes {
        let id = world.resource_mut::<UnitIds>().allocate();
        world.spawn((Player, id, GridPos(tile), outfit));
    }
    let west = |y| IVec2::new(0, y);
    world.insert_resource(Reinforcements(VecDeque::from([
        wave(
            1,
            [
                (Enemy::Goblin, west(3)),
                (Enemy::Goblin, west(4)),
                (Enemy::Goblin, west(5)),
                (Enemy::Archer, west(6)),
            ],
        ),
        wave(
            18,
            [
                (Enemy::Brute, west(4)),
                (Enemy::Brute, west(5)),
                (Enemy::Goblin, west(6)),
                (Enemy::Archer, IVec2::new(11, 0)),
            ],
        ),
    ])));
}

/// Brings in the waves whose turn has come.
///
/// An exclusive system: a unit claims its tile at once, so that the next one
/// finds it taken.
fn reinforce(world: &mut World) {
    let turn = world.resource::<Turn>().0;
    let due = |wave: &mut Wave| wave.turn <= turn;
    while let Some(wave) = world.resource_mut::<Reinforcements>().0.pop_front_if(due) {
        let mut late = Vec::new();
        let mut monsters = 0;
        for arrival in wave.arrivals {
            let Some(tile) = world.resource::<Arena>().free_near(arrival.tile) else {
                late.push(arrival);
                continue;
            };
            let id = world.resource_mut::<UnitIds>().allocate();
            let outfit = Outfit::monster(arrival.enemy, id.0);
            world.spawn((arrival.enemy, id, GridPos(tile), outfit));
            monsters += 1;
        }
        if monsters > 0 {
            world.write_message(WaveArrived { monsters });
        }
        if !late.is_empty() {
            // Whoever finds no room tries again on the next turn.
            world.resource_mut::<Reinforcements>().0.push_front(Wave {
                turn: turn + 1,
                arrivals: late,
            });
        }
    }
}

/// Ends the battle when one side is gone.
fn judge(
    teams: Query<&Team, Alive>,
    reinforcements: Res<Reinforcements>,
    mut next: ResMut<NextState<BattleState>>,
) {
    let stands = |side| teams.iter().any(|&team| team == side);
    if !stands(Team::Heroes) {
        next.set(BattleState::Defeat);
    } else if !stands(Team::Monsters) && reinforcements.0.is_empty() {
        next.set(BattleState::Victory);
    }
}

fn tell_victory(turn: Res<Turn>, heroes: Query<(), With<Player>>, mut log: ResMut<BattleLog>) {
    let standing = heroes.count();
    log.push(
        *turn,
        format!("The keep holds; heroes left standing: {standing}"),
    );
}

fn tell_defeat(turn: Res<Turn>, mut log: ResMut<BattleLog>) {
    log.push(*turn, "The keep has fallen");
}

/// Registers what every battle has: reinforcements and an end.
pub struct ScenarioPlugin;

impl Plugin for ScenarioPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<UnitIds>()
            .init_resource::<Reinforcements>()
            .add_logged_message::<WaveArrived>()
            .add_systems(OnEnter(BattleState::Victory), tell_victory)
            .add_systems(OnEnter(BattleState::Defeat), tell_defeat)
            .add_systems(
                Update,
                (
                    reinforce
                        .in_set(Phase::Begin)
                        .after(crate::schedule::advance_turn),
                    judge.in_set(Phase::Aftermath),
                ),
            );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitId;

    #[test]
    fn a_wave_without_room_comes_one_turn_later() {
        let mut world = World::new();
        world.insert_resource(Turn(5));
        world.init_resource::<UnitIds>();
        world.init_resource::<Messages<WaveArrived>>();
        // One tile, and without the observer that claims it, claimed by hand.
        let mut arena = Arena::parse(".").unwrap();
        arena.occupy(IVec2::ZERO, Entity::PLACEHOLDER);
        world.insert_resource(arena);
        world.insert_resource(Reinforcements(VecDeque::from([
            wave(5, [(Enemy::Goblin, IVec2::ZERO)]),
            wave(9, [(Enemy::Brute, IVec2::ZERO)]),
        ])));
        reinforce(&mut world);

        assert_eq!(world.query::<&UnitId>().iter(&world).count(), 0);
        let turns: Vec<u32> = world
            .resource::<Reinforcements>()
            .0
            .iter()
            .map(|wave| wave.turn)
            .collect();
        assert_eq!(turns, [6, 9]);

        world.resource_mut::<Turn>().0 = 6;
        world
            .resource_mut::<Arena>()
            .vacate(IVec2::ZERO, Entity::PLACEHOLDER);
        reinforce(&mut world);
        assert_eq!(world.query::<&Enemy>().iter(&world).count(), 1);
    }
}
