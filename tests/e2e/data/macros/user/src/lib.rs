//! Uses macros of each kind.

use marks::{twice, unit, Marked};

/// What is marked.
pub trait Marked {
    /// Its mark.
    fn mark(&self) -> u32;
}

/// Where all marks begin.
pub fn base_mark() -> u32 {
    40
}

#[derive(Marked)]
pub struct Größe;

#[twice]
pub fn once() -> u32 {
    1
}

unit!(Unit);

macro_rules! constant {
    ($name:ident, $value:expr) => {
        pub fn $name() -> u32 {
            $value + base_mark()
        }
    };
}

constant!(two, 2);

/// Calls what only expansions define.
pub fn all() -> u32 {
    Größe.mark() + once_twice() + Unit.call() + two()
}
