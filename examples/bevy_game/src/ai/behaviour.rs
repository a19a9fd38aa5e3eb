//! Ways to act on what one sees.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::state::{AiState, Temperament};
use super::{Intent, Perception};

/// A way to decide. Implementations hold no state that changes: what a unit
/// remembers is its [`AiState`].
pub trait Behaviour: Send + Sync + 'static {
    /// Where the state machine draws its lines.
    fn temperament(&self) -> Temperament;

    /// What to do this turn.
    fn decide(&self, state: AiState, view: &Perception) -> Intent;
}

/// Goes for the nearest foe and never looks back.
pub struct Berserker;

impl Behaviour for Berserker {
    fn temperament(&self) -> Temperament {
        Temperament {
            sight: u32::MAX,
            flee_below: 0.0,
            rally_above: 0.0,
        }
    }

    fn decide(&self, _: AiState, view: &Perception) -> Intent {
        match view.foe {
            Some(foe) if foe.in_reach => Intent::Strike(foe.entity),
            Some(foe) => Intent::Approach(foe.position.0),
            None => Intent::Wait,
        }
    }
}

/// Strikes from afar, keeps its distance and runs when hurt.
pub struct Skirmisher {
    /// Foes that come closer than this are backed away from.
    pub comfort: u32,
}

impl Behaviour for Skirmisher {
    fn temperament(&self) -> Temperament {
        Temperament {
            sight: 12,
            flee_below: 0.35,
            rally_above: 0.6,
        }
    }

    fn decide(&self, state: AiState, view: &Perception) -> Intent {
        let Some(foe) = view.foe else {
            return Intent::Wait;
        };
        match state {
            AiState::Idle | AiState::Chase => Intent::Approach(foe.position.0),
            AiState::Flee if view.can_quaff => Intent::Quaff,
            AiState::Flee => Intent::Retreat(foe.position.0),
            // Backing away every turn would be no fight at all.
            AiState::Fight if foe.distance < self.comfort && view.turn.is_multiple_of(2) => {
                Intent::Retreat(foe.position.0)
            }
            AiState::Fight => Intent::Strike(foe.entity),
        }
    }
}

/// Holds a post and leaves it only for foes that come near.
pub struct Guardian {
    /// Where it stands when there is nothing to do.
    pub post: IVec2,
    /// How far a foe may come before it is met.
    pub leash: u32,
}

impl Behaviour for Guardian {
    fn temperament(&self) -> Temperament {
        Temperament {
            sight: self.leash,
            flee_below: 0.4,
            rally_above: 0.5,
        }
    }

    fn decide(&self, state: AiState, view: &Perception) -> Intent {
        let home = if view.position.0 == self.post {
            Intent::Wait
        } else {
            Intent::Approach(self.post)
        };
        let Some(foe) = view.foe_within(self.leash) else {
            return home;
        };
        match state {
            AiState::Flee if view.can_quaff => Intent::Quaff,
            // A guardian with its back to the post fights on.
            AiState::Flee | AiState::Fight if foe.in_reach => Intent::Strike(foe.entity),
            AiState::Chase => Intent::Approach(foe.position.0),
            _ => home,
        }
    }
}

/// One line of a [`Scripted`] behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Stay, and strike what comes in reach.
    Hold,
    /// Walk to a tile, and strike what comes in reach.
    MoveTo(IVec2),
    /// Seek out the nearest foe.
    Fight,
}

/// Follows orders, each from its turn on until the next one; drinks when it
/// must.
pub struct Scripted {
    /// Orders and the turns they come into force, in ascending order.
    pub orders: Vec<(u32, Order)>,
}

impl Scripted {
    /// The order in force on a turn; before the first one it is to hold.
    pub fn order_at(&self, turn: u32) -> Order {
        let given = self.orders.partition_point(|&(from, _)| from <= turn);
        given
            .checked_sub(1)
            .map_or(Order::Hold, |i| self.orders[i].1)
    }
}

impl Behaviour for Scripted {
    fn temperament(&self) -> Temperament {
        Temperament {
            sight: u32::MAX,
            flee_below: 0.35,
            rally_above: 0.35,
        }
    }

    fn decide(&self, state: AiState, view: &Perception) -> Intent {
        if state == AiState::Flee && view.can_quaff {
            return Intent::Quaff;
        }
        if let Some(foe) = view.foe.filter(|foe| foe.in_reach) {
            return Intent::Strike(foe.entity);
        }
        match (self.order_at(view.turn), view.foe) {
            (Order::MoveTo(tile), _) if tile != view.position.0 => Intent::Approach(tile),
            (Order::Fight, Some(foe)) => Intent::Approach(foe.position.0),
            _ => Intent::Wait,
        }
    }
}

/// A behaviour as data: what a scenario lists and a saved game holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BehaviourKind {
    /// [`Berserker`].
    Berserker,
    /// [`Skirmisher`].
    Skirmisher {
        /// See [`Skirmisher::comfort`].
        comfort: u32,
    },
    /// [`Guardian`].
    Guardian {
        /// See [`Guardian::post`].
        post: IVec2,
        /// See [`Guardian::leash`].
        leash: u32,
    },
    /// [`Scripted`].
    Scripted(Vec<(u32, Order)>),
}

impl BehaviourKind {
    fn build(&self) -> Box<dyn Behaviour> {
        match self {
            Self::Berserker => Box::new(Berserker),
            &Self::Skirmisher { comfort } => Box::new(Skirmisher { comfort }),
            &Self::Guardian { post, leash } => Box::new(Guardian { post, leash }),
            Self::Scripted(orders) => Box::new(Scripted {
                orders: orders.clone(),
            }),
        }
    }
}

/// The behaviour of a unit, and the data it was made from.
#[derive(Component)]
pub struct Brain {
    kind: BehaviourKind,
    behaviour: Box<dyn Behaviour>,
}

impl Brain {
    /// What this brain was made from.
    pub fn kind(&self) -> &BehaviourKind {
        &self.kind
    }

    /// See [`Behaviour::temperament`].
    pub fn temperament(&self) -> Temperament {
        self.behaviour.temperament()
    }

    /// See [`Behaviour::decide`].
    pub fn decide(&self, state: AiState, view: &Perception) -> Intent {
        self.behaviour.decide(state, view)
    }
}

impl From<BehaviourKind> for Brain {
    fn from(kind: BehaviourKind) -> Self {
        let behaviour = kind.build();
        Self { kind, behaviour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::Sighting;
    use crate::grid::GridPos;

    fn view(distance: u32, reach: u32) -> Perception {
        Perception {
            turn: 2,
            health: 1.0,
            foe: Some(Sighting {
                entity: Entity::PLACEHOLDER,
                position: GridPos(IVec2::new(distance as i32, 0)),
                distance,
                in_reach: distance <= reach,
            }),
            ..Perception::default()
        }
    }

    const STRIKE: Intent = Intent::Strike(Entity::PLACEHOLDER);

    #[test]
    fn a_skirmisher_keeps_its_distance() {
        let archer = Skirmisher { comfort: 3 };
        let fight = |distance| archer.decide(AiState::Fight, &view(distance, 5));
        assert_eq!(fight(2), Intent::Retreat(IVec2::new(2, 0)));
        assert_eq!(fight(4), STRIKE);
    }

    #[test]
    fn a_guardian_returns_to_its_post() {
        let post = IVec2::new(0, 3);
        let guard = Guardian { post, leash: 2 };
        let far = guard.decide(AiState::Idle, &view(5, 1));
        assert_eq!(far, Intent::Approach(post));
        assert_eq!(guard.decide(AiState::Fight, &view(1, 1)), STRIKE);
    }

    #[test]
    fn the_wounded_drink_before_they_fight() {
        let hurt = Perception {
            health: 0.2,
            can_quaff: true,
            ..view(1, 1)
        };
        let hero = Scripted { orders: Vec::new() };
        assert_eq!(hero.decide(AiState::Flee, &hurt), Intent::Quaff);
        assert_eq!(Berserker.decide(AiState::Flee, &hurt), STRIKE);
    }

    #[test]
    fn orders_hold_from_their_turn_on() {
        let script = Scripted {
            orders: vec![(3, Order::MoveTo(IVec2::ONE)), (7, Order::Fight)],
        };
        let orders = [2, 3, 6, 7].map(|turn| script.order_at(turn));
        let walk = Order::MoveTo(IVec2::ONE);
        assert_eq!(orders, [Order::Hold, walk, walk, Order::Fight]);
    }
}
