//! The one source of chance in the game.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

/// A small, fast, deterministic generator (SplitMix64).
///
/// Every die in the game is rolled here, so that a seed decides a whole battle.
/// Systems that draw from it must visit entities in a fixed order (by
/// [`UnitId`](crate::units::UnitId)); archetype order changes when a component
/// is added, and with it the order of a plain query.
#[derive(Resource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BattleRng {
    state: u64,
}

impl BattleRng {
    /// A generator whose whole sequence follows from `seed`.
    pub fn from_seed(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A uniform number in `[0, 1)`.
    pub fn unit(&mut self) -> f32 {
        // 24 bits are what an f32 mantissa holds, so no value rounds up to 1.
        (self.next_u64() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// True with the given probability: never at 0, always at 1.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// A uniform number in `[low, high)`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A uniform whole number in `0..bound`, or zero if `bound` is zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The high half of a 64-bit product; the bias is at most 2^-32.
        ((u64::from(bound) * (self.next_u64() >> 32)) >> 32) as u32
    }
}

impl Default for BattleRng {
    fn default() -> Self {
        Self::from_seed(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_sequences() {
        let mut a = BattleRng::from_seed(7);
        let mut b = BattleRng::from_seed(7);
        let mut c = BattleRng::from_seed(8);
        let draw = |rng: &mut BattleRng| [rng.next_u64(), rng.next_u64(), rng.next_u64()];
        assert_eq!(draw(&mut a), draw(&mut b));
        assert_ne!(draw(&mut b), draw(&mut c));
    }

    #[test]
    fn chance_honours_its_bounds_and_its_rate() {
        let mut rng = BattleRng::from_seed(1);
        assert!((0..1_000).all(|_| rng.chance(1.0)));
        assert!(!(0..1_000).any(|_| rng.chance(0.0)));
        let hits = (0..10_000).filter(|_| rng.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits} of 10000");
    }

    #[test]
    fn below_reaches_every_value_and_no_other() {
        let mut rng = BattleRng::from_seed(2);
        let mut seen = [0_u32; 6];
        for _ in 0..600 {
            seen[rng.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 60), "{seen:?}");
        assert_eq!(rng.below(0), 0);
    }
}
