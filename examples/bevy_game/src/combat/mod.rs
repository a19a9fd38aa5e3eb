//! Fighting: who strikes whom, what it costs them, and who falls.
//!
//! A blow goes through three stages. [`attack::attack`] rolls it and writes a
//! [`DamageMessage`]; [`effects`] may add poison or a stun, and write damage of
//! its own; [`apply_damage`] takes the sum off the target's health and triggers
//! [`Died`], which other modules observe.

pub mod attack;
pub mod damage;
pub mod effects;

use bevy::prelude::*;

use crate::ai::AiState;
use crate::battle_log::{Describe, LogMessages, Names};
use crate::rules::CombatRules;
use crate::schedule::{Phase, tick_cooldowns};
use crate::units::{Alive, Dead, Gauge, Health, Stamina};
use damage::{Damage, DamagePipeline};
use effects::StatusEffect;

/// Marker for the cooldown between two strikes.
#[derive(Clone, Copy, Debug)]
pub struct Strike;

/// Where damage comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageSource {
    /// Somebody struck.
    Strike {
        /// Who did.
        attacker: Entity,
    },
    /// An effect took its toll.
    Effect(StatusEffect),
}

/// A unit is about to lose health.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct DamageMessage {
    /// Who is hurt.
    pub target: Entity,
    /// How much, after armour and every other modifier.
    pub damage: Damage,
    /// By whom or what.
    pub source: DamageSource,
}

/// A strike went wide.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttackMissed {
    /// Who struck.
    pub attacker: Entity,
    /// At whom.
    pub target: Entity,
}

/// A unit has fallen. Triggered once, in the turn it happens, while the entity
/// still has all its components.
#[derive(EntityEvent, Clone, Copy, Debug)]
pub struct Died {
    /// Who fell.
    pub entity: Entity,
    /// Who dealt the last blow, if it was a blow.
    pub killer: Option<Entity>,
}

/// A unit has fallen, as the log tells it.
#[derive(Message, Clone, Copy, Debug)]
pub struct DeathNotice(Entity);

impl Describe for DamageMessage {
    fn describe(&self, names: &Names) -> String {
        let target = names.of(self.target);
        let Damage { kind, .. } = self.damage;
        let amount = self.damage.rounded();
        match self.source {
            DamageSource::Strike { attacker } => {
                let attacker = names.of(attacker);
                format!("{attacker} hits {target} for {amount} {kind} damage")
            }
            DamageSource::Effect(effect) => {
                format!("{target} takes {amount} damage from {effect}")
            }
        }
    }
}

impl Describe for AttackMissed {
    fn describe(&self, names: &Names) -> String {
        let (attacker, target) = (names.of(self.attacker), names.of(self.target));
        format!("{attacker} misses {target}")
    }
}

impl Describe for DeathNotice {
    fn describe(&self, names: &Names) -> String {
        format!("{} falls", names.of(self.0))
    }
}

/// Takes the turn's damage off the targets' health, in the order it was dealt.
pub fn apply_damage(
    mut commands: Commands,
    mut incoming: MessageReader<DamageMessage>,
    mut targets: Query<&mut Health, Alive>,
    mut notices: MessageWriter<DeathNotice>,
) {
    for message in incoming.read() {
        let Ok(mut health) = targets.get_mut(message.target) else {
            continue;
        };
        // `Dead` arrives with the next flush: a second blow in the same turn
        // must not kill a second time.
        if health.is_empty() {
            continue;
        }
        health.drain(message.damage.rounded());
        if health.is_empty() {
            let killer = match message.source {
                DamageSource::Strike { attacker } => Some(attacker),
                DamageSource::Effect(_) => None,
            };
            let entity = message.target;
            notices.write(DeathNotice(entity));
            commands.entity(entity).insert(Dead);
            commands.trigger(Died { entity, killer });
        }
    }
}

/// Everybody catches some breath, and those out of the fight bind their wounds.
fn recover(
    rules: Res<CombatRules>,
    mut units: Query<(&AiState, &mut Stamina, &mut Health), Alive>,
) {
    for (state, mut stamina, mut health) in &mut units {
        stamina.restore(rules.stamina_per_turn);
        if matches!(state, AiState::Idle | AiState::Flee) {
            health.restore(rules.rest_healing);
        }
    }
}

fn despawn_the_dead(mut commands: Commands, dead: Query<Entity, With<Dead>>) {
    for entity in &dead {
        commands.entity(entity).despawn();
    }
}

/// Registers combat: its rules, its messages and its systems.
pub struct CombatPlugin;

impl Plugin for CombatPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<CombatRules>()
            .insert_resource(DamagePipeline::standard())
            .add_logged_message::<AttackMissed>()
            .add_logged_message::<DamageMessage>()
            .add_logged_message::<effects::EffectInflicted>()
            .add_logged_message::<DeathNotice>()
            .add_systems(
                Update,
                (
                    (tick_cooldowns::<Strike>, recover).in_set(Phase::Begin),
                    attack::attack.in_set(Phase::Act),
                    (
                        effects::tick_effects,
                        effects::inflict_effects,
                        apply_damage,
                    )
                        .chain()
                        .in_set(Phase::Resolve),
                    despawn_the_dead.in_set(Phase::Cleanup),
                ),
            );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combat::damage::DamageKind;

    #[derive(Resource, Default)]
    struct Deaths(Vec<Option<Entity>>);

    #[test]
    fn a_unit_dies_once_and_by_the_first_deadly_blow() {
        let mut app = App::new();
        app.init_resource::<Deaths>()
            .add_message::<DamageMessage>()
            .add_message::<DeathNotice>()
            .add_observer(|death: On<Died>, mut deaths: ResMut<Deaths>| {
                deaths.0.push(death.killer);
            })
            .add_systems(Update, apply_damage);

        let [first, second] = [(); 2].map(|()| app.world_mut().spawn_empty().id());
        let target = app.world_mut().spawn(Health::full(5.0)).id();
        for attacker in [first, second] {
            app.world_mut().write_message(DamageMessage {
                target,
                damage: Damage::new(9.0, DamageKind::Slashing),
                source: DamageSource::Strike { attacker },
            });
        }
        app.update();

        assert_eq!(app.world().resource::<Deaths>().0, [Some(first)]);
        assert!(app.world().get::<Dead>(target).is_some());
    }
}
