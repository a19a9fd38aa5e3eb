//! What stays after a blow: poison, stuns and the like.

use std::fmt;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::damage::{Damage, DamageKind};
use super::{DamageMessage, DamageSource};
use crate::battle_log::{Describe, Names};
use crate::inventory::Equipment;
use crate::rng::BattleRng;
use crate::units::{Alive, UnitId};

/// Something that ails a unit for some turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StatusEffect {
    /// Hurts each turn.
    Poison,
    /// Hurts each turn, less than poison.
    Bleeding,
    /// Keeps a unit from doing anything.
    Stun,
}

impl StatusEffect {
    /// What it deals at the end of each turn.
    pub fn damage_per_turn(self) -> Option<Damage> {
        match self {
            Self::Poison => Some(Damage::new(2.0, DamageKind::Poison)),
            Self::Bleeding => Some(Damage::new(1.0, DamageKind::Slashing)),
            Self::Stun => None,
        }
    }
}

impl fmt::Display for StatusEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poison => "poison",
            Self::Bleeding => "bleeding",
            Self::Stun => "a stun",
        })
    }
}

/// What a weapon may do beyond its damage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnHit {
    /// What it does.
    pub effect: StatusEffect,
    /// How likely, in `[0, 1]`.
    pub chance: f32,
    /// For how many turns.
    pub turns: u32,
}

/// An effect and the turns that it has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveEffect {
    effect: StatusEffect,
    turns: u32,
}

/// What ails a unit at the moment; each effect at most once.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActiveEffects(Vec<ActiveEffect>);

impl ActiveEffects {
    /// Adds an effect; if it is there already, the longer of the two counts.
    pub fn add(&mut self, effect: StatusEffect, turns: u32) {
        match self.0.iter_mut().find(|active| active.effect == effect) {
            Some(active) => active.turns = active.turns.max(turns),
            None => self.0.push(ActiveEffect { effect, turns }),
        }
    }

    /// True if this effect is at work.
    pub fn has(&self, effect: StatusEffect) -> bool {
        self.0.iter().any(|active| active.effect == effect)
    }

    /// The effects at work, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = StatusEffect> {
        self.0.iter().map(|active| active.effect)
    }

    /// One turn has passed: drops what has run out.
    pub fn tick(&mut self) {
        self.0.retain_mut(|active| {
            active.turns = active.turns.saturating_sub(1);
            active.turns > 0
        });
    }
}

/// A weapon did more than hurt.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectInflicted {
    /// Who suffers it.
    pub target: Entity,
    /// What it is.
    pub effect: StatusEffect,
}

impl Describe for EffectInflicted {
    fn describe(&self, names: &Names) -> String {
        format!("{} suffers {}", names.of(self.target), self.effect)
    }
}

/// Rolls the side effects of this turn's strikes.
///
/// Runs after [`tick_effects`], so that what begins now lasts for its full turns.
pub fn inflict_effects(
    mut rng: ResMut<BattleRng>,
    mut hits: MessageReader<DamageMessage>,
    attackers: Query<&Equipment>,
    mut targets: Query<&mut ActiveEffects, Alive>,
    mut inflicted: MessageWriter<EffectInflicted>,
) {
    for &DamageMessage { target, source, .. } in hits.read() {
        let DamageSource::Strike { attacker } = source else {
            continue;
        };
        let on_hit = attackers.get(attacker).ok().and_then(|it| it.weapon.on_hit);
        let (Some(on_hit), Ok(mut effects)) = (on_hit, targets.get_mut(target)) else {
            continue;
        };
        if rng.chance(on_hit.chance) {
            effects.add(on_hit.effect, on_hit.turns);
            let effect = on_hit.effect;
            inflicted.write(EffectInflicted { target, effect });
        }
    }
}

/// Lets every effect take its toll and run down by a turn.
pub fn tick_effects(
    mut units: Query<(Entity, &UnitId, &mut ActiveEffects), Alive>,
    mut damage: MessageWriter<DamageMessage>,
) {
    for (target, _, mut effects) in units.iter_mut().sort::<&UnitId>() {
        let tolls = effects
            .iter()
            .filter_map(|effect| Some((effect, effect.damage_per_turn()?)));
        damage.write_batch(tolls.map(|(effect, damage)| DamageMessage {
            target,
            damage,
            source: DamageSource::Effect(effect),
        }));
        effects.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_run_out_and_do_not_stack() {
        let mut effects = ActiveEffects::default();
        effects.add(StatusEffect::Poison, 2);
        effects.add(StatusEffect::Stun, 1);
        effects.add(StatusEffect::Poison, 1);
        assert_eq!(effects.iter().count(), 2);
        effects.tick();
        assert!(effects.has(StatusEffect::Poison) && !effects.has(StatusEffect::Stun));
        effects.tick();
        assert_eq!(effects, ActiveEffects::default());
    }

    #[test]
    fn poison_sends_damage_each_turn() {
        let mut app = App::new();
        app.add_message::<DamageMessage>()
            .add_systems(Update, tick_effects);
        let mut effects = ActiveEffects::default();
        effects.add(StatusEffect::Poison, 2);
        app.world_mut().spawn((UnitId(1), effects));
        let mut dealt = 0;
        for _ in 0..4 {
            app.update();
            let messages = app.world().resource::<Messages<DamageMessage>>();
            dealt += messages.iter_current_update_messages().count();
        }
        assert_eq!(dealt, 2);
    }
}
