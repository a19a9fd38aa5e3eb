//! Whole battles, played through the public interface.

use bevy::prelude::*;
use bevy_game::battle_log::BattleLog;
use bevy_game::grid::{Arena, GridPos};
use bevy_game::progression::Experience;
use bevy_game::rules::CombatRules;
use bevy_game::save::SaveGame;
use bevy_game::units::{Gauge, Health, UnitId};
use bevy_game::{Outcome, headless_app, play, scenario};

const LAST_TURN: u32 = 300;

fn battle(seed: u64, rules: CombatRules) -> App {
    let mut app = headless_app(seed, rules);
    scenario::sunken_keep(app.world_mut());
    app
}

fn story(app: &App) -> Vec<String> {
    let log = app.world().resource::<BattleLog>();
    log.since(0).iter().map(ToString::to_string).collect()
}

#[test]
fn the_seed_decides_the_battle() {
    let told = |seed| {
        let mut app = battle(seed, CombatRules::default());
        let outcome = play(&mut app, LAST_TURN, |_| ());
        (outcome, story(&app))
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1).1, told(2).1);
}

#[test]
fn every_battle_ends_and_mostly_well() {
    let outcomes: Vec<Outcome> = (0..40)
        .map(|seed| play(&mut battle(seed, CombatRules::default()), LAST_TURN, |_| ()))
        .collect();
    assert!(!outcomes.contains(&Outcome::Undecided), "{outcomes:?}");
    let won = outcomes
        .iter()
        .filter(|&&it| it == Outcome::Victory)
        .count();
    assert!(won > 30, "{outcomes:?}");
}

#[test]
fn a_loaded_game_goes_on_like_the_one_that_was_saved() {
    for break_at in [0, 7, 20] {
        let mut straight = battle(3, CombatRules::default());
        play(&mut straight, break_at, |_| ());
        let text = SaveGame::capture(straight.world_mut()).to_json().unwrap();
        let before = story(&straight).len();

        let mut loaded = headless_app(1234, CombatRules::default());
        let save = SaveGame::from_json(&text).unwrap();
        assert_eq!(save.turn().0, break_at);
        save.restore(loaded.world_mut()).unwrap();

        let expected = play(&mut straight, LAST_TURN, |_| ());
        assert_eq!(play(&mut loaded, LAST_TURN, |_| ()), expected);
        assert_eq!(story(&loaded), story(&straight)[before..]);
    }
}

#[test]
fn each_tile_holds_one_living_unit_at_most() {
    let mut app = battle(5, CombatRules::default());
    for turn in 1..=60 {
        play(&mut app, turn, |_| ());
        let world = app.world_mut();
        let mut units = world.query::<(Entity, &GridPos, &Health, &UnitId)>();
        let arena = world.resource::<Arena>();
        for (entity, position, health, id) in units.iter(world) {
            assert_eq!(arena.occupant(position.0), Some(entity), "{id:?}");
            assert!(!health.is_empty(), "{id:?} walks dead on turn {turn}");
        }
    }
}

#[test]
fn rules_change_the_outcome() {
    let mut rules = CombatRules::default();
    for change in ["minimum_damage=40", "base_hit_chance=1", "max_hit_chance=1"] {
        rules.apply_override(change).unwrap();
    }
    let mut app = battle(1, rules);
    assert_ne!(play(&mut app, LAST_TURN, |_| ()), Outcome::Undecided);
    assert!(app.world().resource::<BattleLog>().len() < 80);
}

#[test]
fn the_heroes_learn_from_it() {
    let mut app = battle(4, CombatRules::default());
    assert_eq!(play(&mut app, LAST_TURN, |_| ()), Outcome::Victory);
    let world = app.world_mut();
    let levels: Vec<u32> = world
        .query::<&Experience>()
        .iter(world)
        .map(|experience| experience.level)
        .collect();
    assert!(levels.iter().any(|&level| level > 1), "{levels:?}");
}
