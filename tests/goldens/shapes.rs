//- /Cargo.toml
[workspace]
members = ["app", "shapes"]
resolver = "2"
//- /shapes/Cargo.toml
[package]
name = "shapes"
version = "0.1.0"
edition = "2021"
[features]
default = ["metric"]
metric = []
//- /shapes/src/lib.rs
//! Shapes with areas: generics, operators, associated types, trait objects.
pub mod area;
mod parse;
pub use area::{Area, Unit as Measure};
pub use parse::{parse, ParseError};
use std::collections::HashMap;
use std::fmt;
use std::ops::{Add, Index, Mul};

pub trait Shape {
    type Side: Copy + Into<f64>;
    const SIDES: usize;
    fn side(&self) -> Self::Side;
    fn area(&self) -> Area;
    fn perimeter(&self) -> f64 {
        self.side().into() * Self::SIDES as f64
    }
    fn boxed(self) -> Box<dyn Drawn>
    where
        Self: Sized + Drawn + 'static,
    {
        Box::new(self)
    }
}

pub trait Drawn {
    fn draw(&self, canvas: &mut Canvas);
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Square {
    pub side: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tri(pub f32);

impl Shape for Square {
    type Side = f32;
    const SIDES: usize = 4;
    fn side(&self) -> Self::Side {
        self.side
    }
    fn area(&self) -> Area {
        Area::new((self.side * self.side) as f64)
    }
}

impl Shape for Tri {
    type Side = f32;
    const SIDES: usize = 3;
    fn side(&self) -> Self::Side {
        self.0
    }
    fn area(&self) -> Area {
        Area::new(0.433 * (self.0 * self.0) as f64)
    }
}

impl<S: Shape + fmt::Debug> Drawn for S {
    fn draw(&self, canvas: &mut Canvas) {
        canvas.put(format!("{:?} {}", self, self.area().value()));
    }
}

impl Mul<f32> for Square {
    type Output = Square;
    fn mul(self, by: f32) -> Square {
        Square { side: self.side * by }
    }
}

#[derive(Default)]
pub struct Canvas {
    lines: Vec<String>,
    named: HashMap<String, Square>,
}

impl Canvas {
    pub fn new() -> Self {
        Self::default()
    }
    fn put(&mut self, line: String) -> &mut Self {
        self.lines.push(line);
        self
    }
    pub fn name(&mut self, name: &str, square: Square) {
        self.named.insert(name.to_string(), square);
        self.put(name.into()).put(String::new());
    }
    pub fn find(&self, name: &str) -> Option<&Square> {
        self.named.get(name)
    }
    pub fn lines(&self) -> impl Iterator<Item = &String> + '_ {
        self.lines.iter().filter(|line| !line.is_empty())
    }
}

impl Index<usize> for Canvas {
    type Output = String;
    fn index(&self, at: usize) -> &String {
        &self.lines[at]
    }
}

pub fn total<'a, S: Shape + 'a>(shapes: impl IntoIterator<Item = &'a S>) -> Area {
    shapes.into_iter().map(Shape::area).fold(Area::default(), |sum, area| sum + area)
}

pub fn largest<S>(shapes: &[S]) -> Option<&S>
where
    S: Shape,
{
    let mut best = shapes.first()?;
    for shape in &shapes[1..] {
        if shape.area() > best.area() {
            best = shape;
        }
    }
    Some(best)
}

impl Add<Square> for Canvas {
    type Output = Canvas;
    fn add(mut self, square: Square) -> Canvas {
        square.draw(&mut self);
        self
    }
}
//- /shapes/src/area.rs
use std::ops::{Add, AddAssign};

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Area {
    value: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Unit {
    #[default]
    Metre,
    Foot,
}

impl Unit {
    pub fn factor(self) -> f64 {
        use Unit::*;
        match self {
            Metre => 1.0,
            Foot => 0.0929,
        }
    }
}

impl Area {
    pub const ZERO: Area = Area { value: 0.0, unit: Unit::Metre };
    pub fn new(value: f64) -> Self {
        Area { value, unit: default_unit() }
    }
    pub fn value(&self) -> f64 {
        self.value * self.unit.factor()
    }
    pub fn unit(&self) -> Unit {
        self.unit
    }
}

#[cfg(feature = "metric")]
fn default_unit() -> Unit {
    Unit::Metre
}

#[cfg(not(feature = "metric"))]
fn default_unit() -> Unit {
    Unit::Foot
}

impl Add for Area {
    type Output = Area;
    fn add(self, other: Area) -> Area {
        Area { value: self.value() + other.value(), unit: Unit::default() }
    }
}

impl AddAssign for Area {
    fn add_assign(&mut self, other: Area) {
        *self = *self + other;
    }
}
//- /shapes/src/parse.rs
use crate::{Shape as _, Square, Tri};
use std::{fmt, str::FromStr};

#[derive(Debug)]
pub enum ParseError {
    Empty,
    Number(std::num::ParseFloatError),
    Unknown { kind: String },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "empty"),
            Self::Number(error) => error.fmt(f),
            ParseError::Unknown { kind } => write!(f, "no {kind}"),
        }
    }
}

impl From<std::num::ParseFloatError> for ParseError {
    fn from(error: std::num::ParseFloatError) -> Self {
        Self::Number(error)
    }
}

pub enum Parsed {
    Square(Square),
    Tri(Tri),
}

impl FromStr for Parsed {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, size) = text.split_once(' ').ok_or(ParseError::Empty)?;
        let side: f32 = size.parse()?;
        Ok(match kind {
            "square" => Parsed::Square(Square { side }),
            "tri" => Parsed::Tri(Tri(side)),
            other => return Err(ParseError::Unknown { kind: other.to_owned() }),
        })
    }
}

pub fn parse(text: &str) -> Result<f64, ParseError> {
    let parsed: Parsed = text.parse()?;
    let area = match &parsed {
        Parsed::Square(square) => square.area(),
        Parsed::Tri(tri) => tri.area(),
    };
    Ok(area.value())
}
//- /app/Cargo.toml
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
geo = { path = "../shapes", package = "shapes" }
//- /app/src/main.rs
use geo::{largest, parse, total, Area, Canvas, Drawn, Measure, Shape, Square, Tri};
use std::rc::Rc;

struct Scene {
    canvas: Canvas,
    things: Vec<Box<dyn Drawn>>,
    shared: Rc<Square>,
}

impl Scene {
    fn add(&mut self, thing: impl Shape + Drawn + 'static) -> &mut Self {
        self.things.push(thing.boxed());
        self
    }
    fn draw(&mut self) {
        for thing in self.things.iter() {
            thing.draw(&mut self.canvas);
        }
        self.shared.draw(&mut self.canvas);
    }
}

fn report(area: Area) -> String {
    let Measure::Metre = area.unit() else {
        return "feet".to_string();
    };
    format!("{:.1} m²", area.value())
}

fn main() {
    let squares = vec![Square { side: 1.0 }, Square::default(), Square { side: 2.0 } * 3.0];
    let sum = total(&squares);
    let mut all = Area::ZERO;
    all += sum;
    if let Some(big) = largest(&squares) {
        println!("{} {}", report(big.area()), big.perimeter());
    }
    let mut scene = Scene { canvas: Canvas::new(), things: Vec::new(), shared: Rc::new(squares[0]) };
    scene.add(Tri(2.0)).add(squares[1]).draw();
    scene.canvas.name("first", squares[0]);
    let side = scene.canvas.find("first").map(|square| square.side()).unwrap_or_default();
    let canvas = scene.canvas + Square { side };
    println!("{} {}", canvas[0], canvas.lines().count());
    match parse("square 2") {
        Ok(area) => println!("{area} {}", report(all)),
        Err(error) => eprintln!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_metres() {
        assert_eq!(report(Area::new(1.0)), "1.0 m²");
        assert!(parse("").is_err(), "{}", report(Area::default()));
    }
}
