//! The board: tiles, who stands where, ways around walls, and moving along them.

use std::collections::VecDeque;
use std::fmt;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ai::Intent;
use crate::combat::Died;
use crate::combat::attack::attack;
use crate::schedule::Phase;
use crate::units::{Alive, UnitId};

/// The eight directions of a step, straight ones first.
pub const DIRECTIONS: [IVec2; 8] = [
    IVec2::new(0, -1),
    IVec2::new(1, 0),
    IVec2::new(0, 1),
    IVec2::new(-1, 0),
    IVec2::new(1, -1),
    IVec2::new(1, 1),
    IVec2::new(-1, 1),
    IVec2::new(-1, -1),
];

/// The tile that something is on.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GridPos(pub IVec2);

impl GridPos {
    /// Steps between two tiles on an empty board; a diagonal step is one.
    pub fn distance(self, other: GridPos) -> u32 {
        self.0.chebyshev_distance(other.0)
    }
}

/// A rectangle of values, addressed by tile; `(0, 0)` is the top left corner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid<T> {
    size: UVec2,
    cells: Vec<T>,
}

impl<T: Clone> Grid<T> {
    /// A grid with the same value everywhere.
    pub fn filled(size: UVec2, value: T) -> Self {
        let cells = vec![value; (size.x * size.y) as usize];
        Self { size, cells }
    }
}

impl<T> Grid<T> {
    /// Columns and rows.
    pub fn size(&self) -> UVec2 {
        self.size
    }

    /// The value at a tile, or `None` outside the grid.
    pub fn get(&self, tile: IVec2) -> Option<&T> {
        self.index(tile).map(|index| &self.cells[index])
    }

    /// The value at a tile, to be changed, or `None` outside the grid.
    pub fn get_mut(&mut self, tile: IVec2) -> Option<&mut T> {
        self.index(tile).map(|index| &mut self.cells[index])
    }

    /// The rows, from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &[T]> {
        self.cells.chunks(self.size.x.max(1) as usize)
    }

    fn index(&self, tile: IVec2) -> Option<usize> {
        let x = u32::try_from(tile.x).ok()?;
        let y = u32::try_from(tile.y).ok()?;
        (x < self.size.x && y < self.size.y).then(|| (y * self.size.x + x) as usize)
    }
}

/// What a tile is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tile {
    /// Can be walked on, `.` on a map.
    #[default]
    Floor,
    /// Stops steps and arrows, `#` on a map.
    Wall,
}

/// A map that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// A row is longer or shorter than the first one.
    Ragged {
        /// Number of the row, from 0.
        row: usize,
    },
    /// A character that stands for no tile.
    UnknownTile(char),
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ragged { row } => write!(f, "row {row} of the map has another length"),
            Self::UnknownTile(symbol) => write!(f, "`{symbol}` is no tile"),
        }
    }
}

impl std::error::Error for MapError {}

/// The board of the battle: its tiles, and who stands on them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Arena {
    tiles: Grid<Tile>,
    occupants: Grid<Option<Entity>>,
}

impl Arena {
    /// Reads a map of `.` and `#`, one row a line.
    ///
    /// # Errors
    /// If the rows differ in length or hold any other character.
    pub fn parse(map: &str) -> Result<Self, MapError> {
        let rows: Vec<&str> = map.lines().map(str::trim).collect();
        let width = rows.first().map_or(0, |row| row.chars().count());
        let size = UVec2::new(width as u32, rows.len() as u32);
        let mut tiles = Grid::filled(size, Tile::Floor);
        for (y, row) in rows.iter().enumerate() {
            if row.chars().count() != width {
                return Err(MapError::Ragged { row: y });
            }
            for (x, symbol) in row.chars().enumerate() {
                let tile = match symbol {
                    '.' => Tile::Floor,
                    '#' => Tile::Wall,
                    other => return Err(MapError::UnknownTile(other)),
                };
                if let Some(cell) = tiles.get_mut(IVec2::new(x as i32, y as i32)) {
                    *cell = tile;
                }
            }
        }
        Ok(Self {
            tiles,
            occupants: Grid::filled(size, None),
        })
    }

    /// The map that [`Arena::parse`] reads back, without the occupants.
    pub fn to_map(&self) -> String {
        let symbol = |tile: &Tile| match tile {
            Tile::Floor => '.',
            Tile::Wall => '#',
        };
        let rows: Vec<String> = self
            .tiles
            .rows()
            .map(|row| row.iter().map(symbol).collect())
            .collect();
        rows.join("\n")
    }

    /// Who stands on a tile.
    pub fn occupant(&self, tile: IVec2) -> Option<Entity> {
        self.occupants.get(tile).copied().flatten()
    }

    /// True for a floor tile that nobody stands on.
    pub fn is_free(&self, tile: IVec2) -> bool {
        self.is_floor(tile) && self.occupant(tile).is_none()
    }

    /// Puts a unit onto a tile.
    pub fn occupy(&mut self, tile: IVec2, unit: Entity) {
        if let Some(cell) = self.occupants.get_mut(tile) {
            *cell = Some(unit);
        }
    }

    /// Takes a unit off its tile, if it is the one that stands there.
    pub fn vacate(&mut self, tile: IVec2, unit: Entity) {
        if let Some(cell) = self.occupants.get_mut(tile) {
            cell.take_if(|occupant| *occupant == unit);
        }
    }

    /// The units on the eight tiles around one.
    pub fn neighbours(&self, tile: IVec2) -> impl Iterator<Item = Entity> {
        DIRECTIONS
            .into_iter()
            .filter_map(move |step| self.occupant(tile + step))
    }

    /// The tile itself if it is free, or else a free one beside it.
    pub fn free_near(&self, tile: IVec2) -> Option<IVec2> {
        std::iter::once(tile)
            .chain(DIRECTIONS.map(|step| tile + step))
            .find(|&tile| self.is_free(tile))
    }

    /// True if no wall stands between two tiles.
    pub fn line_of_sight(&self, from: IVec2, to: IVec2) -> bool {
        let span = to - from;
        let steps = from.chebyshev_distance(to).max(1) as i32;
        (1..steps).all(|step| {
            // Rounded to the nearest tile; exact halves go away from `from`.
            let along = |length: i32| {
                let doubled = 2 * length * step;
                (doubled + doubled.signum() * steps) / (2 * steps)
            };
            self.is_floor(from + IVec2::new(along(span.x), along(span.y)))
        })
    }

    /// True if a weapon of this reach can strike from one tile at another.
    pub fn can_strike(&self, from: GridPos, to: GridPos, reach: u32) -> bool {
        from.distance(to) <= reach && self.line_of_sight(from.0, to.0)
    }

    /// The first step of a shortest way to a tile, around walls and units.
    ///
    /// The goal itself may be occupied: one walks up to somebody. `None` if
    /// there is no way, or nothing to walk.
    pub fn step_towards(&self, from: IVec2, goal: IVec2) -> Option<IVec2> {
        // The search starts at the goal, so that what reaches `from` is the
        // tile to step on.
        let mut seen = Grid::filled(self.tiles.size(), false);
        let mut frontier = VecDeque::from([goal]);
        *seen.get_mut(goal)? = true;
        while let Some(tile) = frontier.pop_front() {
            for next in DIRECTIONS.map(|step| tile + step) {
                if next == from {
                    return self.is_free(tile).then_some(tile);
                }
                match seen.get_mut(next) {
                    Some(seen) if !*seen && self.is_free(next) => {
                        *seen = true;
                        frontier.push_back(next);
                    }
                    _ => {}
                }
            }
        }
        None
    }

    /// The free neighbouring tile that lies farthest from a threat, if any is
    /// farther than where one stands.
    pub fn step_away(&self, from: IVec2, threat: IVec2) -> Option<IVec2> {
        let gap = |tile: IVec2| tile.distance_squared(threat);
        DIRECTIONS
            .into_iter()
            .map(|step| from + step)
            .filter(|&tile| self.is_free(tile) && gap(tile) > gap(from))
            // The first of equals, so that straight steps are preferred.
            .reduce(|best, tile| if gap(tile) > gap(best) { tile } else { best })
    }

    fn is_floor(&self, tile: IVec2) -> bool {
        self.tiles.get(tile) == Some(&Tile::Floor)
    }
}

/// Carries out the intents that are steps.
fn move_units(
    mut arena: ResMut<Arena>,
    mut units: Query<(Entity, &UnitId, &Intent, &mut GridPos), Alive>,
) {
    for (entity, _, intent, mut position) in units.iter_mut().sort::<&UnitId>() {
        let step = match *intent {
            Intent::Approach(goal) => arena.step_towards(position.0, goal),
            Intent::Retreat(threat) => arena.step_away(position.0, threat),
            Intent::Wait | Intent::Strike(_) | Intent::Quaff => None,
        };
        if let Some(tile) = step {
            arena.vacate(position.0, entity);
            arena.occupy(tile, entity);
            position.0 = tile;
        }
    }
}

/// A unit that enters the world claims its tile.
fn claim_tile(
    arrival: On<Add, UnitId>,
    mut arena: ResMut<Arena>,
    positions: Query<&GridPos, With<UnitId>>,
) {
    if let Ok(position) = positions.get(arrival.entity) {
        arena.occupy(position.0, arrival.entity);
    }
}

/// Who falls is stepped over.
fn free_tile(death: On<Died>, mut arena: ResMut<Arena>, positions: Query<&GridPos>) {
    if let Ok(position) = positions.get(death.entity) {
        arena.vacate(position.0, death.entity);
    }
}

/// Registers the board and the movement on it.
pub struct GridPlugin;

impl Plugin for GridPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Arena>()
            .add_observer(claim_tile)
            .add_observer(free_tile)
            // Blows come first: nobody steps out of one.
            .add_systems(Update, move_units.in_set(Phase::Act).after(attack));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = ".....\n.###.\n.....";

    fn arena() -> Arena {
        Arena::parse(MAP).unwrap()
    }

    #[test]
    fn maps_survive_the_round_trip() {
        assert_eq!(arena().to_map(), MAP);
        assert_eq!(
            Arena::parse("..\n.").unwrap_err(),
            MapError::Ragged { row: 1 }
        );
        assert_eq!(Arena::parse(".?").unwrap_err(), MapError::UnknownTile('?'));
    }

    #[test]
    fn nothing_lies_outside_the_grid() {
        let grid = Grid::filled(UVec2::new(2, 3), 'x');
        assert_eq!(grid.get(IVec2::new(1, 2)), Some(&'x'));
        for tile in [(-1, 0), (0, -1), (2, 0), (0, 3)] {
            assert_eq!(grid.get(IVec2::from(tile)), None, "{tile:?}");
        }
    }

    #[test]
    fn ways_lead_around_walls_and_units() {
        let mut arena = arena();
        let (from, goal) = (IVec2::new(1, 0), IVec2::new(1, 2));
        assert_eq!(arena.step_towards(from, goal), Some(IVec2::new(0, 1)));

        arena.occupy(IVec2::new(0, 1), Entity::PLACEHOLDER);
        assert_eq!(arena.step_towards(from, goal), Some(IVec2::new(2, 0)));

        arena.occupy(IVec2::new(4, 1), Entity::PLACEHOLDER);
        assert_eq!(arena.step_towards(from, goal), None);
    }

    #[test]
    fn one_steps_up_to_an_occupied_goal_but_not_onto_it() {
        let mut arena = arena();
        arena.occupy(IVec2::new(3, 0), Entity::PLACEHOLDER);
        let goal = IVec2::new(3, 0);
        assert_eq!(
            arena.step_towards(IVec2::new(1, 0), goal),
            Some(IVec2::new(2, 0))
        );
        assert_eq!(arena.step_towards(IVec2::new(2, 0), goal), None);
    }

    #[test]
    fn walls_stop_arrows() {
        let arena = arena();
        let at = |x, y| GridPos(IVec2::new(x, y));
        assert!(arena.can_strike(at(0, 0), at(4, 0), 4));
        assert!(!arena.can_strike(at(0, 0), at(4, 0), 3));
        assert!(!arena.can_strike(at(2, 0), at(2, 2), 4));
    }

    #[test]
    fn fleeing_gains_distance_or_stays() {
        let arena = arena();
        let corner = IVec2::new(0, 0);
        assert_eq!(arena.step_away(corner, IVec2::new(1, 1)), None);
        assert_eq!(
            arena.step_away(IVec2::new(1, 0), IVec2::new(0, 0)),
            Some(IVec2::new(2, 0))
        );
    }
}
