//! The numbers behind the fighting, in one place, so that they can be tuned.

use std::fmt;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

/// Constants of combat. Chances and fractions lie in `[0, 1]`.
#[derive(Resource, Reflect, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CombatRules {
    /// Chance of a blow to land between equals.
    pub base_hit_chance: f32,
    /// No matchup gives less than this chance.
    pub min_hit_chance: f32,
    /// No matchup gives more than this chance.
    pub max_hit_chance: f32,
    /// Rolled damage lies within this fraction around its mean.
    pub damage_spread: f32,
    /// What a blow that lands deals at least, whatever the armour.
    pub minimum_damage: f32,
    /// Factor on the damage of a critical hit.
    pub crit_multiplier: f32,
    /// Part of a defender's `defence` that is taken off each blow.
    pub defence_weight: f32,
    /// Bonus for each ally of the attacker that stands beside the defender.
    pub flanking_bonus: f32,
    /// Below this fraction of stamina a unit strikes weakly.
    pub exhausted_below: f32,
    /// Factor on the damage of an exhausted unit.
    pub exhausted_factor: f32,
    /// Stamina that one strike costs.
    pub strike_cost: f32,
    /// Stamina that every unit gets back each turn.
    pub stamina_per_turn: f32,
    /// Health that a unit gets back each turn while it rests or flees.
    pub rest_healing: f32,
}

impl Default for CombatRules {
    fn default() -> Self {
        Self {
            base_hit_chance: 0.75,
            min_hit_chance: 0.1,
            max_hit_chance: 0.95,
            damage_spread: 0.25,
            minimum_damage: 1.0,
            crit_multiplier: 1.75,
            defence_weight: 0.5,
            flanking_bonus: 0.15,
            exhausted_below: 0.25,
            exhausted_factor: 0.6,
            strike_cost: 2.0,
            stamina_per_turn: 1.0,
            rest_healing: 0.5,
        }
    }
}

impl CombatRules {
    /// Chance that an attacker of this `accuracy` hits a defender of this `evasion`.
    pub fn hit_chance(&self, accuracy: f32, evasion: f32) -> f32 {
        (self.base_hit_chance + accuracy - evasion).clamp(self.min_hit_chance, self.max_hit_chance)
    }

    /// Changes one rule by the name of its field, as in `base_hit_chance=0.9`.
    ///
    /// # Errors
    /// If the text has no `=`, names no rule, or its value is not a finite number.
    pub fn apply_override(&mut self, text: &str) -> Result<(), RuleError> {
        let malformed = || RuleError::Malformed(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(malformed)?;
        let value: f32 = value.trim().parse().map_err(|_| malformed())?;
        if !value.is_finite() {
            return Err(malformed());
        }
        let name = name.trim();
        let field = self
            .field_mut(name)
            .and_then(|field| field.try_downcast_mut::<f32>())
            .ok_or_else(|| RuleError::Unknown(name.to_owned()))?;
        *field = value;
        Ok(())
    }
}

/// Why a rule could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// The text is not of the form `name=number`.
    Malformed(String),
    /// There is no rule of this name.
    Unknown(String),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => write!(f, "`{text}` is not of the form name=number"),
            Self::Unknown(name) => write!(f, "there is no rule `{name}`"),
        }
    }
}

impl std::error::Error for RuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_chance_stays_within_the_rules() {
        let rules = CombatRules::default();
        assert_eq!(rules.hit_chance(5.0, 0.0), rules.max_hit_chance);
        assert_eq!(rules.hit_chance(0.0, 5.0), rules.min_hit_chance);
        assert_eq!(rules.hit_chance(0.2, 0.2), rules.base_hit_chance);
    }

    #[test]
    fn overrides_go_by_field_name() {
        let mut rules = CombatRules::default();
        rules.apply_override("flanking_bonus = 0.4").unwrap();
        assert_eq!(rules.flanking_bonus, 0.4);
        assert_eq!(
            rules.apply_override("flanking=1"),
            Err(RuleError::Unknown("flanking".into()))
        );
        for text in [
            "flanking_bonus",
            "flanking_bonus=much",
            "flanking_bonus=inf",
        ] {
            assert_eq!(
                rules.apply_override(text),
                Err(RuleError::Malformed(text.into()))
            );
        }
    }
}
