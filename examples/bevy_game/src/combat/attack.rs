//! The strike itself.

use bevy::prelude::*;

use super::damage::{DamagePipeline, HitContext, roll_damage};
use super::{AttackMissed, DamageMessage, DamageSource, Strike};
use crate::ai::Intent;
use crate::grid::{Arena, GridPos};
use crate::inventory::Equipment;
use crate::rng::BattleRng;
use crate::rules::CombatRules;
use crate::schedule::Cooldown;
use crate::units::{Alive, CombatStats, Gauge, Stamina, Team, UnitId};

/// Carries out every [`Intent::Strike`] that is in reach and off cooldown.
///
/// A strike costs stamina and starts the weapon's cooldown whether it lands or
/// not. One that lands is rolled by [`roll_damage`], bent by the
/// [`DamagePipeline`] and sent as a [`DamageMessage`]; nobody loses health here,
/// so that units who strike each other in the same turn both do.
pub fn attack(
    rules: Res<CombatRules>,
    arena: Res<Arena>,
    pipeline: Res<DamagePipeline>,
    mut rng: ResMut<BattleRng>,
    mut attackers: Query<
        (
            Entity,
            &UnitId,
            &Intent,
            &GridPos,
            &CombatStats,
            &Equipment,
            &mut Stamina,
            &mut Cooldown<Strike>,
        ),
        Alive,
    >,
    defenders: Query<(&GridPos, &CombatStats, &Equipment, &Team), Alive>,
    mut hits: MessageWriter<DamageMessage>,
    mut misses: MessageWriter<AttackMissed>,
) {
    // By id, so that the dice fall the same way whatever the archetypes.
    for (attacker, _, intent, position, stats, equipment, mut stamina, mut cooldown) in
        attackers.iter_mut().sort::<&UnitId>()
    {
        let &Intent::Strike(target) = intent else {
            continue;
        };
        let Ok((target_position, defence, worn, team)) = defenders.get(target) else {
            continue;
        };
        let weapon = &equipment.weapon;
        if !cooldown.is_ready() || !arena.can_strike(*position, *target_position, weapon.reach) {
            continue;
        }
        cooldown.start(weapon.cooldown);
        let strength = stamina.fraction();
        stamina.drain(rules.strike_cost);

        if !rng.chance(rules.hit_chance(stats.accuracy, defence.evasion)) {
            misses.write(AttackMissed { attacker, target });
            continue;
        }
        let flankers = arena
            .neighbours(target_position.0)
            .filter(|&other| other != attacker)
            .filter(|&other| defenders.get(other).is_ok_and(|(.., side)| side != team))
            .count();
        let hit = HitContext {
            rules: &rules,
            defender: defence,
            armour: worn.armour.as_ref(),
            stamina: strength,
            flankers,
        };
        let damage = roll_damage(&mut rng, stats, weapon, &rules);
        hits.write(DamageMessage {
            target,
            damage: pipeline.apply(damage, &hit),
            source: DamageSource::Strike { attacker },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Enemy, Player};

    /// A knight and a goblin side by side; the knight means to strike.
    fn duel(base_hit_chance: f32) -> (App, Entity, Entity) {
        let mut app = App::new();
        app.insert_resource(CombatRules {
            base_hit_chance,
            min_hit_chance: 0.0,
            max_hit_chance: 1.0,
            ..CombatRules::default()
        })
        .insert_resource(Arena::parse("....").unwrap())
        .insert_resource(DamagePipeline::standard())
        .init_resource::<BattleRng>()
        .add_message::<DamageMessage>()
        .add_message::<AttackMissed>()
        .add_systems(Update, attack);
        let at = |x| GridPos(IVec2::new(x, 0));
        let world = app.world_mut();
        let knight = world.spawn((Player, UnitId(1), at(0))).id();
        let goblin = world.spawn((Enemy::Goblin, UnitId(2), at(1))).id();
        world.entity_mut(knight).insert(Intent::Strike(goblin));
        (app, knight, goblin)
    }

    fn written<M: Message + Clone>(app: &App) -> Vec<M> {
        let messages = app.world().resource::<Messages<M>>();
        messages.iter_current_update_messages().cloned().collect()
    }

    #[test]
    fn a_hit_sends_damage_to_the_target() {
        let (mut app, knight, goblin) = duel(1.0);
        app.update();
        let hits = written::<DamageMessage>(&app);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].target, goblin);
        assert_eq!(hits[0].source, DamageSource::Strike { attacker: knight });
        assert!(hits[0].damage.amount >= 1.0);
    }

    #[test]
    fn a_miss_still_costs_strength_and_time() {
        let (mut app, knight, target) = duel(0.0);
        app.update();
        let misses = written::<AttackMissed>(&app);
        assert_eq!(
            misses,
            [AttackMissed {
                attacker: knight,
                target
            }]
        );
        assert!(written::<DamageMessage>(&app).is_empty());
        let stamina = app.world().get::<Stamina>(knight).unwrap();
        assert!(stamina.fraction() < 1.0);
        let cooldown = app.world().get::<Cooldown<Strike>>(knight).unwrap();
        assert!(!cooldown.is_ready());
    }

    #[test]
    fn nobody_strikes_beyond_the_reach_of_the_weapon() {
        let (mut app, _, goblin) = duel(1.0);
        app.world_mut()
            .entity_mut(goblin)
            .insert(GridPos(IVec2::new(3, 0)));
        app.update();
        assert!(written::<DamageMessage>(&app).is_empty());
        assert!(written::<AttackMissed>(&app).is_empty());
    }
}
