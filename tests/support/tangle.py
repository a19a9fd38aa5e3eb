"""A small workspace in which everything leads to everything: what edits are most likely to tear.

Two crates; traits with blanket impls, defaults and associated types; globs in circles; macros that
make items; ``#[path]``; definitions that exclude one another by ``cfg``; re-exports under other
names; a library and a program that share a file.
"""

from __future__ import annotations

TANGLE = """
//- /Cargo.toml
[workspace]
members = ["core", "game"]
//- /core/Cargo.toml
[package]
name = "core-lib"
version = "0.1.0"
edition = "2021"
//- /core/src/lib.rs
//! Shapes and what can be done with them.
#[macro_use]
mod macros;
pub mod shapes;
pub mod traits;
mod sys;
pub mod prelude {
    pub use crate::shapes::*;
    pub use crate::traits::{Area, Named as HasName};
    pub use crate::*;
}
pub use shapes::Square as Quad;
pub use sys::clock;
unit!(Meter, Second);

pub fn total(shapes: &[Square]) -> u32 {
    let mut sum = 0;
    for shape in shapes {
        sum += shape.area() + shape.double();
    }
    sum
}
use traits::*;
use shapes::Square;
//- /core/src/macros.rs
macro_rules! unit {
    ($($name:ident),*) => {
        $(
            #[derive(Clone, Default)]
            pub struct $name(pub u32);
            impl $name {
                pub fn value(&self) -> u32 { self.0 }
            }
        )*
    };
}
#[macro_export]
macro_rules! area_of {
    ($e:expr) => { $crate::traits::Area::area(&$e) };
}
//- /core/src/shapes.rs
use super::traits::{Area, Named};
use super::*;

#[derive(Clone, Copy, Default)]
pub struct Square { pub side: u32 }

pub enum Shape { Square(Square), Round { radius: u32 }, Nothing }

impl Square {
    pub fn new(side: u32) -> Self { Self { side } }
    pub fn grown(&self, by: u32) -> Square { Square::new(self.side + by) }
}

impl Area for Square {
    fn area(&self) -> u32 { self.side * self.side }
}

impl Area for Shape {
    fn area(&self) -> u32 {
        match self {
            Shape::Square(square) => square.area(),
            Shape::Round { radius } => radius * radius * 3,
            Self::Nothing => 0,
        }
    }
}

impl Named for Square {
    type Name = Meter;
    fn name(&self) -> Self::Name { Meter(self.side) }
}

impl std::ops::Add for Square {
    type Output = Square;
    fn add(self, other: Square) -> Square { self.grown(other.side) }
}

pub fn joined() -> u32 { (Square::new(1) + Square::new(2)).grown(1).name().value() }
//- /core/src/traits.rs
pub trait Area {
    fn area(&self) -> u32;
    fn double(&self) -> u32 { self.area() * 2 }
}

pub trait Named {
    type Name;
    fn name(&self) -> Self::Name;
}

/// Every shape can be described.
pub trait Describe: Area {
    fn describe(&self) -> u32 { self.double() }
}
impl<T: Area> Describe for T {}

impl<T: Area> Area for Vec<T> {
    fn area(&self) -> u32 { self.iter().map(|shape| shape.area()).sum() }
}
//- /core/src/sys/mod.rs
#[cfg(unix)]
#[path = "unix.rs"]
mod imp;
#[cfg(not(unix))]
#[path = "other.rs"]
mod imp;
pub use imp::clock;
#[cfg(unix)]
pub fn name() -> u32 { clock().value() }
#[cfg(not(unix))]
pub fn name() -> u32 { 0 }
//- /core/src/sys/unix.rs
use crate::Second;
pub fn clock() -> Second { Second(1) }
//- /core/src/sys/other.rs
pub fn clock() -> crate::Second { crate::Second::default() }
//- /game/Cargo.toml
[package]
name = "game"
version = "0.1.0"
edition = "2021"
[dependencies]
core-lib = { path = "../core" }
//- /game/src/lib.rs
pub mod world;
mod shared;
pub use core_lib::prelude::*;
pub use world::{Thing, World as Realm};
pub fn run() -> u32 { shared::help() + Realm::new().step() }
//- /game/src/main.rs
mod shared;
use game::*;
fn main() {
    let mut realm = Realm::new();
    realm.step();
    shared::help();
    run();
}
//- /game/src/shared.rs
use core_lib::{area_of, Quad};
pub fn help() -> u32 { area_of!(Quad::new(3)) + nested::deep() }
mod nested {
    use super::*;
    pub fn deep() -> u32 { Quad::new(1).side }
}
//- /game/src/world.rs
use core_lib::prelude::*;
use core_lib::{clock, traits::Describe};
use std::ops::Deref;

pub struct Thing { shape: Square }
impl Deref for Thing {
    type Target = Square;
    fn deref(&self) -> &Square { &self.shape }
}
#[derive(Default)]
pub struct World { things: Vec<Thing> }
impl World {
    pub fn new() -> World { World::default() }
    pub fn step(&mut self) -> u32 {
        let first = self.things.first().map(|thing| thing.grown(1).describe());
        let held = Held(Square::new(2));
        first.unwrap_or(0) + clock().value() + held.get().area() + held.describe_all()
    }
}
pub struct Held<T>(pub T);
impl<T: Area + Clone> Held<T> {
    pub fn get(&self) -> T { self.0.clone() }
}
pub trait All { fn describe_all(&self) -> u32; }
impl<T: Describe> All for Held<T> {
    fn describe_all(&self) -> u32 { self.0.describe() }
}
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn steps() { assert_eq!(World::new().step(), 4); }
}
//- /README.md
# Game

A world of shapes.

## Running

Call `run`.
"""
