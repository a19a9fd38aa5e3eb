//! What units carry: items, packs with a fixed number of slots, and gear.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::Intent;
use crate::battle_log::{Describe, LogMessages, Names};
use crate::combat::damage::DamageKind;
use crate::combat::effects::{OnHit, StatusEffect};
use crate::schedule::{Cooldown, Phase, tick_cooldowns};
use crate::units::{Alive, Gauge, Health, UnitId};

/// Health that a potion gives back.
const POTION_HEALING: f32 = 12.0;

/// Turns between two potions.
const POTION_COOLDOWN: u32 = 4;

/// A weapon that reaches farther than this shoots.
const LONGEST_MELEE_REACH: u32 = 2;

/// Marker for the cooldown between two potions.
#[derive(Clone, Copy, Debug)]
pub struct Quaff;

/// Something to strike with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weapon {
    /// What it is called.
    pub name: String,
    /// Mean damage, before the strength of the arm.
    pub power: f32,
    /// How it hurts.
    pub kind: DamageKind,
    /// How far it strikes, in steps.
    pub reach: u32,
    /// Turns from one strike to the next.
    pub cooldown: u32,
    /// What it may do beyond its damage.
    pub on_hit: Option<OnHit>,
}

impl Weapon {
    /// True for what shoots, false for what is swung or thrust.
    pub fn is_ranged(&self) -> bool {
        self.reach > LONGEST_MELEE_REACH
    }
}

/// Something to wear. Shares lie in `[0, 1]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Armour {
    /// What it is called.
    pub name: String,
    /// Share of slashing damage that it stops.
    pub slashing: f32,
    /// Share of piercing damage that it stops.
    pub piercing: f32,
    /// Share of crushing damage that it stops.
    pub crushing: f32,
}

impl Armour {
    /// The share of damage of this kind that it stops.
    pub fn absorbs(&self, kind: DamageKind) -> f32 {
        match kind {
            DamageKind::Slashing => self.slashing,
            DamageKind::Piercing => self.piercing,
            DamageKind::Crushing => self.crushing,
            DamageKind::Poison => 0.0,
        }
    }
}

/// Defines constructors of gear: one function for each entry.
macro_rules! catalogue {
    ($type:ident { $($(#[$attribute:meta])* $entry:ident = $name:literal {
        $($field:ident: $value:expr),* $(,)?
    })* }) => {
        impl $type {
            $(
                $(#[$attribute])*
                pub fn $entry() -> Self {
                    Self { name: $name.to_owned(), $($field: $value),* }
                }
            )*
        }
    };
}

catalogue! {
    Weapon {
        /// What one has without a weapon.
        fists = "fists" {
            power: 1.0, kind: DamageKind::Crushing, reach: 1, cooldown: 1, on_hit: None,
        }
        /// The knight's weapon.
        longsword = "longsword" {
            power: 6.0, kind: DamageKind::Slashing, reach: 1, cooldown: 2, on_hit: None,
        }
        /// Reaches over a friend's shoulder.
        spear = "spear" {
            power: 5.0, kind: DamageKind::Piercing, reach: 2, cooldown: 2, on_hit: None,
        }
        /// Strikes from afar.
        longbow = "longbow" {
            power: 4.0, kind: DamageKind::Piercing, reach: 6, cooldown: 2, on_hit: None,
        }
        /// A goblin's, and not clean.
        rusty_knife = "rusty knife" {
            power: 3.5, kind: DamageKind::Slashing, reach: 1, cooldown: 2,
            on_hit: Some(OnHit { effect: StatusEffect::Poison, chance: 0.3, turns: 3 }),
        }
        /// Small, but barbed.
        shortbow = "shortbow" {
            power: 2.0, kind: DamageKind::Piercing, reach: 5, cooldown: 3,
            on_hit: Some(OnHit { effect: StatusEffect::Bleeding, chance: 0.3, turns: 4 }),
        }
        /// Slow; who is hit sees stars.
        maul = "maul" {
            power: 8.0, kind: DamageKind::Crushing, reach: 1, cooldown: 3,
            on_hit: Some(OnHit { effect: StatusEffect::Stun, chance: 0.35, turns: 1 }),
        }
        /// What every knight hopes to find.
        flaming_blade = "flaming blade" {
            power: 9.0, kind: DamageKind::Slashing, reach: 1, cooldown: 2,
            on_hit: Some(OnHit { effect: StatusEffect::Bleeding, chance: 0.5, turns: 2 }),
        }
    }
}

catalogue! {
    Armour {
        /// Light, and better than nothing.
        leather = "leather jerkin" { slashing: 0.15, piercing: 0.1, crushing: 0.05 }
        /// Turns blades, not clubs.
        chain_mail = "chain mail" { slashing: 0.35, piercing: 0.25, crushing: 0.1 }
        /// A brute's own skin.
        thick_hide = "thick hide" { slashing: 0.2, piercing: 0.1, crushing: 0.3 }
    }
}

/// Anything that can lie in a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// Heals whoever drinks it.
    Potion,
    /// Worth itself.
    Gold,
    /// Can be wielded.
    Weapon(Weapon),
    /// Can be worn.
    Armour(Armour),
}

impl Item {
    /// How many of it fit one slot.
    pub fn stack_limit(&self) -> u32 {
        match self {
            Self::Potion => 3,
            Self::Gold => 100,
            Self::Weapon(_) | Self::Armour(_) => 1,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Potion => "potion",
            Self::Gold => "gold",
            Self::Weapon(weapon) => &weapon.name,
            Self::Armour(armour) => &armour.name,
        }
    }
}

/// Some of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemStack {
    /// Of what.
    pub item: Item,
    /// How many.
    pub count: u32,
}

/// A pack with `N` slots. A slot holds one stack.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ItemStack>", into = "Vec<ItemStack>")]
pub struct Inventory<const N: usize> {
    slots: [Option<ItemStack>; N],
}

/// The pack of a unit.
pub type Backpack = Inventory<6>;

impl<const N: usize> Default for Inventory<N> {
    fn default() -> Self {
        Self {
            slots: [const { None }; N],
        }
    }
}

impl<const N: usize> Inventory<N> {
    /// Puts items in, onto stacks of their kind first, and returns how many
    /// found no room.
    pub fn add(&mut self, item: &Item, count: u32) -> u32 {
        let limit = item.stack_limit();
        let mut left = count;
        for stack in self.slots.iter_mut().flatten() {
            if stack.item == *item {
                let moved = left.min(limit.saturating_sub(stack.count));
                stack.count += moved;
                left -= moved;
            }
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.is_none()) {
            if left == 0 {
                break;
            }
            let count = left.min(limit);
            *slot = Some(ItemStack {
                item: item.clone(),
                count,
            });
            left -= count;
        }
        left
    }

    /// Takes one of an item out; false if there is none.
    pub fn take_one(&mut self, item: &Item) -> bool {
        let holder = self
            .slots
            .iter_mut()
            .find(|slot| slot.as_ref().is_some_and(|stack| stack.item == *item));
        let Some(slot) = holder else {
            return false;
        };
        if let Some(stack) = slot {
            stack.count -= 1;
        }
        slot.take_if(|stack| stack.count == 0);
        true
    }

    /// How many of an item there are.
    pub fn count(&self, item: &Item) -> u32 {
        self.iter()
            .filter(|stack| stack.item == *item)
            .map(|stack| stack.count)
            .sum()
    }

    /// True if there is at least one of an item.
    pub fn contains(&self, item: &Item) -> bool {
        self.count(item) > 0
    }

    /// The stacks, slot by slot.
    pub fn iter(&self) -> impl Iterator<Item = &ItemStack> {
        self.slots.iter().flatten()
    }
}

impl<const N: usize> From<Inventory<N>> for Vec<ItemStack> {
    fn from(inventory: Inventory<N>) -> Self {
        inventory.slots.into_iter().flatten().collect()
    }
}

impl<const N: usize> TryFrom<Vec<ItemStack>> for Inventory<N> {
    type Error = String;

    fn try_from(stacks: Vec<ItemStack>) -> Result<Self, Self::Error> {
        let mut inventory = Self::default();
        for ItemStack { item, count } in stacks {
            if inventory.add(&item, count) > 0 {
                return Err(format!("no room for {count} {} in {N} slots", item.name()));
            }
        }
        Ok(inventory)
    }
}

/// What a unit has in its hands and on its body.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equipment {
    /// In its hands.
    pub weapon: Weapon,
    /// On its body, if anything.
    pub armour: Option<Armour>,
}

impl Default for Equipment {
    fn default() -> Self {
        Self {
            weapon: Weapon::fists(),
            armour: None,
        }
    }
}

/// Somebody drank a potion.
#[derive(Message, Clone, Copy, Debug)]
pub struct PotionDrunk {
    unit: Entity,
    healed: f32,
}

impl Describe for PotionDrunk {
    fn describe(&self, names: &Names) -> String {
        let (name, healed) = (names.of(self.unit), self.healed);
        format!("{name} drinks a potion and regains {healed:.0} health")
    }
}

/// Somebody found a better weapon in the pack.
#[derive(Message, Clone, Debug)]
pub struct WeaponDrawn {
    unit: Entity,
    weapon: String,
}

impl Describe for WeaponDrawn {
    fn describe(&self, names: &Names) -> String {
        format!("{} draws the {}", names.of(self.unit), self.weapon)
    }
}

/// Carries out every [`Intent::Quaff`].
fn quaff(
    mut units: Query<
        (
            Entity,
            &UnitId,
            &Intent,
            &mut Health,
            &mut Backpack,
            &mut Cooldown<Quaff>,
        ),
        Alive,
    >,
    mut drunk: MessageWriter<PotionDrunk>,
) {
    for (unit, _, intent, mut health, mut pack, mut cooldown) in units.iter_mut().sort::<&UnitId>()
    {
        if *intent == Intent::Quaff && cooldown.is_ready() && pack.take_one(&Item::Potion) {
            cooldown.start(POTION_COOLDOWN);
            let healed = health.restore(POTION_HEALING);
            drunk.write(PotionDrunk { unit, healed });
        }
    }
}

/// Swaps the weapon in hand for a stronger one that is wielded the same way.
///
/// Looks at every pack every turn: sorted iteration compares ticks with the
/// world's last one, not the system's, so a `Changed` filter would miss packs.
fn draw_best_weapon(
    mut units: Query<(Entity, &UnitId, &mut Equipment, &mut Backpack), Alive>,
    mut drawn: MessageWriter<WeaponDrawn>,
) {
    for (unit, _, mut equipment, mut pack) in units.iter_mut().sort::<&UnitId>() {
        let held = &equipment.weapon;
        let found = pack
            .iter()
            .filter_map(|stack| match &stack.item {
                Item::Weapon(weapon) => Some(weapon),
                _ => None,
            })
            .filter(|weapon| weapon.is_ranged() == held.is_ranged() && weapon.power > held.power)
            .max_by(|a, b| a.power.total_cmp(&b.power))
            .cloned();
        if let Some(weapon) = found {
            pack.take_one(&Item::Weapon(weapon.clone()));
            drawn.write(WeaponDrawn {
                unit,
                weapon: weapon.name.clone(),
            });
            let sheathed = std::mem::replace(&mut equipment.weapon, weapon);
            // The slot that has just become free takes it.
            pack.add(&Item::Weapon(sheathed), 1);
        }
    }
}

/// Registers what one does with items.
pub struct InventoryPlugin;

impl Plugin for InventoryPlugin {
    fn build(&self, app: &mut App) {
        app.add_logged_message::<PotionDrunk>()
            .add_logged_message::<WeaponDrawn>()
            .add_systems(
                Update,
                (
                    tick_cooldowns::<Quaff>.in_set(Phase::Begin),
                    quaff.in_set(Phase::Act),
                    draw_best_weapon.in_set(Phase::Begin),
                ),
            );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_fill_up_before_a_new_slot_is_used() {
        let mut pack = Inventory::<2>::default();
        assert_eq!(pack.add(&Item::Potion, 2), 0);
        assert_eq!(pack.add(&Item::Potion, 2), 0);
        let counts: Vec<u32> = pack.iter().map(|stack| stack.count).collect();
        assert_eq!(counts, [3, 1]);
        assert_eq!(pack.add(&Item::Gold, 5), 5, "both slots are taken");
        assert_eq!(pack.add(&Item::Potion, 9), 7);
    }

    #[test]
    fn an_emptied_slot_is_free_again() {
        let mut pack = Inventory::<1>::default();
        pack.add(&Item::Potion, 1);
        assert!(pack.take_one(&Item::Potion));
        assert!(!pack.take_one(&Item::Potion));
        assert_eq!(pack.add(&Item::Gold, 3), 0);
        assert_eq!(pack.count(&Item::Gold), 3);
    }

    #[test]
    fn packs_are_saved_as_lists_of_stacks() {
        let mut pack = Inventory::<3>::default();
        pack.add(&Item::Gold, 7);
        pack.add(&Item::Weapon(Weapon::spear()), 1);
        let json = serde_json::to_string(&pack).unwrap();
        assert_eq!(serde_json::from_str::<Inventory<3>>(&json).unwrap(), pack);
        assert!(serde_json::from_str::<Inventory<1>>(&json).is_err());
    }

    #[test]
    fn only_a_stronger_weapon_of_the_same_kind_is_drawn() {
        let mut app = App::new();
        app.add_message::<WeaponDrawn>()
            .add_systems(Update, draw_best_weapon);
        let gear = Equipment {
            weapon: Weapon::longsword(),
            armour: None,
        };
        let knight = app
            .world_mut()
            .spawn((UnitId(1), gear, Backpack::default()));
        let knight = knight.id();
        let wielded = |app: &App| app.world().get::<Equipment>(knight).unwrap().weapon.clone();
        app.update();
        assert_eq!(wielded(&app), Weapon::longsword());

        let mut pack = app.world_mut().get_mut::<Backpack>(knight).unwrap();
        for weapon in [Weapon::longbow(), Weapon::fists(), Weapon::maul()] {
            pack.add(&Item::Weapon(weapon), 1);
        }
        app.update();
        assert_eq!(wielded(&app), Weapon::maul());
        let pack = app.world().get::<Backpack>(knight).unwrap();
        assert!(pack.contains(&Item::Weapon(Weapon::longsword())));
    }
}
