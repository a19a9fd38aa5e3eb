//! The state machine that every unit runs.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::Perception;

/// What a unit is up to, over several turns.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AiState {
    /// Nobody to fight.
    #[default]
    Idle,
    /// A foe is in sight, but out of reach.
    Chase,
    /// A foe is in reach.
    Fight,
    /// Too badly hurt to go on.
    Flee,
}

/// Where a unit draws its lines. Fractions of health lie in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temperament {
    /// How far it sees a foe, in steps.
    pub sight: u32,
    /// It flees once its health is below this fraction.
    pub flee_below: f32,
    /// It comes back once its health is above this fraction.
    pub rally_above: f32,
}

impl AiState {
    /// The state that follows, given what the unit sees.
    ///
    /// Fleeing ends at a higher health than it begins at, or when no foe is in
    /// sight any more; without that gap a unit would dither at the threshold.
    pub fn next(self, view: &Perception, temperament: &Temperament) -> Self {
        let Some(foe) = view.foe_within(temperament.sight) else {
            return Self::Idle;
        };
        let still_afraid = self == Self::Flee && view.health <= temperament.rally_above;
        if still_afraid || view.health < temperament.flee_below {
            Self::Flee
        } else if foe.in_reach {
            Self::Fight
        } else {
            Self::Chase
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::Sighting;
    use crate::grid::GridPos;

    const WARY: Temperament = Temperament {
        sight: 6,
        flee_below: 0.3,
        rally_above: 0.6,
    };

    fn view(health: f32, distance: u32) -> Perception {
        Perception {
            health,
            foe: Some(Sighting {
                entity: Entity::PLACEHOLDER,
                position: GridPos(IVec2::new(distance as i32, 0)),
                distance,
                in_reach: distance <= 1,
            }),
            ..Perception::default()
        }
    }

    #[test]
    fn transitions() {
        use AiState::{Chase, Fight, Flee, Idle};
        let cases = [
            (Idle, view(1.0, 9), Idle),
            (Idle, view(1.0, 5), Chase),
            (Chase, view(1.0, 1), Fight),
            (Fight, view(0.29, 1), Flee),
            // Between the two thresholds it depends on where one comes from.
            (Flee, view(0.45, 1), Flee),
            (Fight, view(0.45, 1), Fight),
            (Flee, view(0.7, 5), Chase),
            (Flee, view(0.1, 9), Idle),
            (Chase, Perception::default(), Idle),
        ];
        for (from, view, expected) in cases {
            assert_eq!(from.next(&view, &WARY), expected, "{from:?} {view:?}");
        }
    }
}
