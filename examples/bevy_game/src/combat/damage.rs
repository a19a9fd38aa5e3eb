//! From the swing of a weapon to the damage that is done.
//!
//! [`roll_damage`] says what a blow is worth by itself; a [`DamagePipeline`] of
//! [`DamageModifier`]s then bends it to the circumstances.

use std::fmt;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::inventory::{Armour, Weapon};
use crate::rng::BattleRng;
use crate::rules::CombatRules;
use crate::units::CombatStats;

/// How a weapon hurts. Armour stops some kinds better than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DamageKind {
    /// Blades.
    Slashing,
    /// Arrows and spears.
    Piercing,
    /// Clubs and hammers.
    Crushing,
    /// Venom; no armour helps.
    Poison,
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slashing => "slashing",
            Self::Piercing => "piercing",
            Self::Crushing => "crushing",
            Self::Poison => "poison",
        })
    }
}

/// An amount of damage of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Damage {
    /// Points of health, not yet rounded.
    pub amount: f32,
    /// How it hurts.
    pub kind: DamageKind,
}

impl Damage {
    /// So much damage of this kind.
    pub fn new(amount: f32, kind: DamageKind) -> Self {
        Self { amount, kind }
    }

    /// The same damage, times a factor.
    pub fn scaled(self, factor: f32) -> Self {
        Self {
            amount: self.amount * factor,
            ..self
        }
    }

    /// The same damage less `amount`, but never below zero.
    pub fn reduced(self, amount: f32) -> Self {
        Self {
            amount: (self.amount - amount).max(0.0),
            ..self
        }
    }

    /// At least `minimum`.
    pub fn at_least(self, minimum: f32) -> Self {
        Self {
            amount: self.amount.max(minimum),
            ..self
        }
    }

    /// What is taken off a unit's health: whole points.
    pub fn rounded(self) -> f32 {
        self.amount.round()
    }
}

/// The circumstances of one blow.
#[derive(Clone, Copy, Debug)]
pub struct HitContext<'a> {
    /// The constants of combat.
    pub rules: &'a CombatRules,
    /// What the defender is made of.
    pub defender: &'a CombatStats,
    /// What the defender wears.
    pub armour: Option<&'a Armour>,
    /// What strength the attacker has left, in `[0, 1]`.
    pub stamina: f32,
    /// Allies of the attacker beside the defender, without the attacker.
    pub flankers: usize,
}

/// Something that changes the damage of a blow.
pub trait DamageModifier: Send + Sync + 'static {
    /// The damage after this modifier.
    fn modify(&self, damage: Damage, hit: &HitContext) -> Damage;
}

/// The more of them, the more openings.
pub struct Flanking;

impl DamageModifier for Flanking {
    fn modify(&self, damage: Damage, hit: &HitContext) -> Damage {
        damage.scaled(1.0 + hit.rules.flanking_bonus * hit.flankers as f32)
    }
}

/// Tired arms strike weakly.
pub struct Exhaustion;

impl DamageModifier for Exhaustion {
    fn modify(&self, damage: Damage, hit: &HitContext) -> Damage {
        if hit.stamina < hit.rules.exhausted_below {
            damage.scaled(hit.rules.exhausted_factor)
        } else {
            damage
        }
    }
}

/// Toughness takes off a fixed amount.
pub struct Defence;

impl DamageModifier for Defence {
    fn modify(&self, damage: Damage, hit: &HitContext) -> Damage {
        damage.reduced(hit.defender.defence * hit.rules.defence_weight)
    }
}

/// Armour takes off a share that depends on the kind of damage.
pub struct ArmourAbsorption;

impl DamageModifier for ArmourAbsorption {
    fn modify(&self, damage: Damage, hit: &HitContext) -> Damage {
        let share = hit.armour.map_or(0.0, |armour| armour.absorbs(damage.kind));
        damage.scaled(1.0 - share)
    }
}

/// The modifiers of the game, in the order in which they apply.
#[derive(Resource, Default)]
pub struct DamagePipeline {
    modifiers: Vec<Box<dyn DamageModifier>>,
}

impl DamagePipeline {
    /// What the attacker adds first, then what the defender takes off.
    pub fn standard() -> Self {
        Self::default()
            .with(Flanking)
            .with(Exhaustion)
            .with(Defence)
            .with(ArmourAbsorption)
    }

    /// The same pipeline with one more modifier at its end.
    pub fn with(mut self, modifier: impl DamageModifier) -> Self {
        self.modifiers.push(Box::new(modifier));
        self
    }

    /// The damage of a blow that lands, after all modifiers.
    pub fn apply(&self, damage: Damage, hit: &HitContext) -> Damage {
        self.modifiers
            .iter()
            .fold(damage, |damage, modifier| modifier.modify(damage, hit))
            .at_least(hit.rules.minimum_damage)
    }
}

/// What a blow of this weapon in these hands is worth, before any modifier.
pub fn roll_damage(
    rng: &mut BattleRng,
    attacker: &CombatStats,
    weapon: &Weapon,
    rules: &CombatRules,
) -> Damage {
    let mean = attacker.attack_power + weapon.power;
    let spread = rules.damage_spread;
    Damage::new(mean, weapon.kind).scaled(rng.range(1.0 - spread, 1.0 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(rules: &CombatRules) -> HitContext<'_> {
        const DEFENDER: CombatStats = CombatStats {
            attack_power: 2.0,
            defence: 4.0,
            accuracy: 0.0,
            evasion: 0.0,
            luck: 0.0,
        };
        HitContext {
            rules,
            defender: &DEFENDER,
            armour: None,
            stamina: 1.0,
            flankers: 0,
        }
    }

    #[test]
    fn rolls_stay_within_the_spread() {
        let rules = CombatRules::default();
        let stats = CombatStats::default();
        let weapon = Weapon::longsword();
        let mean = stats.attack_power + weapon.power;
        let mut rng = BattleRng::from_seed(3);
        for _ in 0..500 {
            let damage = roll_damage(&mut rng, &stats, &weapon, &rules);
            assert!((damage.amount / mean - 1.0).abs() <= rules.damage_spread + 1e-6);
            assert_eq!(damage.kind, weapon.kind);
        }
    }

    #[test]
    fn modifiers_apply_in_order() {
        let rules = CombatRules::default();
        let blow = Damage::new(10.0, DamageKind::Slashing);
        let mail = Armour::chain_mail();
        let hit = HitContext {
            armour: Some(&mail),
            flankers: 2,
            ..context(&rules)
        };
        let pipeline = DamagePipeline::standard();
        let expected = (10.0 * 1.3 - 2.0) * (1.0 - mail.absorbs(DamageKind::Slashing));
        assert!((pipeline.apply(blow, &hit).amount - expected).abs() < 1e-4);
    }

    #[test]
    fn exhaustion_weakens_only_the_tired() {
        let rules = CombatRules::default();
        let blow = Damage::new(10.0, DamageKind::Crushing);
        let mut hit = context(&rules);
        assert_eq!(Exhaustion.modify(blow, &hit), blow);
        hit.stamina = 0.1;
        assert!(Exhaustion.modify(blow, &hit).amount < blow.amount);
    }

    #[test]
    fn a_blow_that_lands_always_hurts() {
        let rules = CombatRules::default();
        let scratch = Damage::new(0.2, DamageKind::Slashing);
        let dealt = DamagePipeline::standard().apply(scratch, &context(&rules));
        assert_eq!(dealt.amount, rules.minimum_damage);
    }
}
