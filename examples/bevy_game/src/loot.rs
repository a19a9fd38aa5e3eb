//! What the fallen leave behind, and who picks it up.

use bevy::prelude::*;

use crate::battle_log::{Describe, LogMessages, Names};
use crate::combat::Died;
use crate::grid::GridPos;
use crate::inventory::{Armour, Backpack, Item, ItemStack, Weapon};
use crate::rng::BattleRng;
use crate::schedule::Phase;
use crate::units::{Alive, CombatStats, Enemy, Player, UnitId};

/// How far away a hero still picks things up, in steps.
const PICK_UP_RANGE: u32 = 1;

/// Values with weights; a value of twice the weight comes up twice as often.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedTable<T> {
    entries: Vec<(u32, T)>,
}

impl<T> WeightedTable<T> {
    /// A table of these weights and values.
    pub fn new(entries: impl IntoIterator<Item = (u32, T)>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
        }
    }

    /// A value by chance, or `None` if all weights are zero.
    pub fn roll(&self, rng: &mut BattleRng) -> Option<&T> {
        let total = self.entries.iter().map(|(weight, _)| weight).sum();
        let mut left = rng.below(total);
        self.entries.iter().find_map(|(weight, value)| {
            if left < *weight {
                Some(value)
            } else {
                left -= weight;
                None
            }
        })
    }
}

/// A [`WeightedTable`] of loot: `loot_table![weight => count of item, …]`, where
/// `weight => nothing` is the chance to go away empty-handed.
macro_rules! loot_table {
    (@entry nothing) => { None };
    (@entry $count:literal of $item:expr) => {
        Some(ItemStack { item: $item, count: $count })
    };
    ($($weight:literal => $($word:ident)? $($count:literal of $item:expr)?),+ $(,)?) => {
        WeightedTable::new([
            $(($weight, loot_table!(@entry $($word)? $($count of $item)?))),+
        ])
    };
}

impl Enemy {
    /// What a monster of this breed may leave behind.
    pub fn loot(self) -> WeightedTable<Option<ItemStack>> {
        match self {
            Self::Goblin => loot_table![
                50 => nothing,
                30 => 4 of Item::Gold,
                20 => 1 of Item::Potion,
            ],
            Self::Archer => loot_table![
                30 => nothing,
                40 => 8 of Item::Gold,
                20 => 1 of Item::Potion,
                10 => 1 of Item::Armour(Armour::leather()),
            ],
            Self::Brute => loot_table![
                50 => 25 of Item::Gold,
                30 => 2 of Item::Potion,
                20 => 1 of Item::Weapon(Weapon::flaming_blade()),
            ],
        }
    }
}

/// Something that lies on a tile.
#[derive(Component, Clone, Debug, PartialEq)]
#[require(GridPos)]
pub struct LootDrop(pub ItemStack);

/// A hero picked something up.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct ItemCollected {
    /// Who did.
    pub collector: Entity,
    /// What, and how many.
    pub stack: ItemStack,
}

impl Describe for ItemCollected {
    fn describe(&self, names: &Names) -> String {
        let ItemStack { item, count } = &self.stack;
        let collector = names.of(self.collector);
        format!("{collector} picks up {count} x {}", item.name())
    }
}

/// Rolls what a fallen monster leaves behind.
fn drop_loot(
    death: On<Died>,
    mut commands: Commands,
    mut rng: ResMut<BattleRng>,
    fallen: Query<(&Enemy, &GridPos)>,
    killers: Query<&CombatStats>,
) {
    let Ok((enemy, &position)) = fallen.get(death.entity) else {
        return;
    };
    let table = enemy.loot();
    let mut loot = table.roll(&mut rng).cloned().flatten();
    let luck = death
        .killer
        .and_then(|killer| killers.get(killer).ok())
        .map_or(0.0, |stats| stats.luck);
    // Fortune gives those who went away empty-handed a second look.
    if loot.is_none() && rng.chance(luck) {
        loot = table.roll(&mut rng).cloned().flatten();
    }
    if let Some(stack) = loot {
        commands.spawn((LootDrop(stack), position));
    }
}

/// Heroes pick up what lies beside them, as far as they have room.
fn collect_loot(
    mut commands: Commands,
    mut drops: Query<(Entity, &mut LootDrop, &GridPos)>,
    mut heroes: Query<(Entity, &UnitId, &GridPos, &mut Backpack), (With<Player>, Alive)>,
    mut collected: MessageWriter<ItemCollected>,
) {
    for (collector, _, position, mut pack) in heroes.iter_mut().sort::<&UnitId>() {
        for (drop, mut loot, place) in &mut drops {
            if loot.0.count == 0 || position.distance(*place) > PICK_UP_RANGE {
                continue;
            }
            let left = pack.add(&loot.0.item, loot.0.count);
            let taken = loot.0.count - left;
            if taken > 0 {
                loot.0.count = left;
                collected.write(ItemCollected {
                    collector,
                    stack: ItemStack {
                        item: loot.0.item.clone(),
                        count: taken,
                    },
                });
            }
            if left == 0 {
                commands.entity(drop).despawn();
            }
        }
    }
}

/// Registers loot.
pub struct LootPlugin;

impl Plugin for LootPlugin {
    fn build(&self, app: &mut App) {
        app.add_logged_message::<ItemCollected>()
            .add_observer(drop_loot)
            .add_systems(Update, collect_loot.in_set(Phase::Aftermath));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decide_how_often_a_value_comes_up() {
        let table = WeightedTable::new([(1, 'a'), (0, 'b'), (3, 'c')]);
        let mut rng = BattleRng::from_seed(5);
        let mut seen = [0_u32; 3];
        for _ in 0..4_000 {
            let value = *table.roll(&mut rng).unwrap();
            seen[usize::from(value as u8 - b'a')] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((850..1_150).contains(&seen[0]), "{seen:?}");
        assert_eq!(WeightedTable::<char>::default().roll(&mut rng), None);
    }

    #[test]
    fn heroes_take_what_fits_and_leave_the_rest() {
        let mut app = App::new();
        app.add_message::<ItemCollected>()
            .add_systems(Update, collect_loot);
        let mut pack = Backpack::default();
        for weapon in [Weapon::spear(), Weapon::longbow(), Weapon::maul()] {
            pack.add(&Item::Weapon(weapon), 1);
        }
        pack.add(&Item::Potion, 9 - 1);
        let world = app.world_mut();
        let hero = world
            .spawn((Player, UnitId(1), GridPos::default(), pack))
            .id();
        let stack = |item, count| LootDrop(ItemStack { item, count });
        let near = world.spawn(stack(Item::Potion, 2)).id();
        let far = GridPos(IVec2::new(2, 0));
        world.spawn((stack(Item::Potion, 1), far));
        app.update();

        let world = app.world();
        assert_eq!(world.get::<Backpack>(hero).unwrap().count(&Item::Potion), 9);
        assert_eq!(world.get::<LootDrop>(near).unwrap().0.count, 1);
    }
}
