"""A machine's store of published crates, and workspaces that depend on them, without Cargo."""

from __future__ import annotations

from pathlib import Path

from .files import write_files

CRATES = """
//- registry/src/index/engine-1.2.0/Cargo.toml
[package]
name = "engine"
version = "1.2.0"
edition = "2021"
[dependencies]
gears = "0.3"
//- registry/src/index/engine-1.2.0/src/lib.rs
mod sink;
mod private;
pub use crate::sink::Sink;
pub use crate::private::Hidden;
pub struct Clock { pub day: u64, ticks: Ticks }
struct Ticks { pub count: u64, pub of: Clock }
enum State { Idle, Busy(Clock), Done { pub_at: Clock } }
pub enum Event { Tick { at: Clock } }
pub(crate) trait Internal { type Out; fn run(&self, clock: Clock) -> Ticks; const N: usize; }
impl Internal for Clock {
    type Out = Ticks;
    fn run(&self, clock: Clock) -> Ticks { helper() }
    const N: usize = 3;
}
impl Ticks { pub fn add(&mut self, state: &State) {} }
fn helper() -> Ticks { panic!() }
macro_rules! make { ($name:ident) => { pub struct $name { pub inner: Ticks } }; }
#[macro_export]
macro_rules! make_public { ($name:ident) => { pub struct $name; }; }
make!(Made);
make_public!(MadePublicly);
pub fn wind(clock: &Clock, state: State) -> gears::Gear { make!(Inner); gears::gear() }
//- registry/src/index/engine-1.2.0/src/sink.rs
use super::{helper, Ticks};
pub(super) use super::Clock as Watch;
/// Where events go.
pub struct Sink<T> { inner: Vec<T> }
impl<T> Sink<T> { pub fn push(&mut self, event: T) {} fn clear(&mut self, ticks: Ticks) {} }
//- registry/src/index/engine-1.2.0/src/private.rs
pub struct Hidden;
struct Deeper;
impl From<Deeper> for Hidden { fn from(from: Deeper) -> Hidden { Hidden } }
//- registry/src/index/gears-0.3.1/Cargo.toml
[package]
name = "gears"
version = "0.3.1"
edition = "2021"
//- registry/src/index/gears-0.3.1/src/lib.rs
pub struct Gear;
pub fn gear() -> Gear { Gear }
"""

LOCK = """\
version = 4

[[package]]
name = "engine"
version = "1.2.0"
source = "sparse+index"
dependencies = ["gears"]

[[package]]
name = "gears"
version = "0.3.1"
source = "sparse+index"

[[package]]
name = "NAME"
version = "0.1.0"
dependencies = ["engine"]
"""

LIB = """\
use engine::{Clock, Event, Made, Sink};

engine::make_public!(Ours);

pub fn play(sink: &mut Sink<u32>, clock: Clock) -> gears_of::Gear {
    sink.push(1);
    engine::wind(&clock, todo!());
    let _ = Event::Tick { at: clock };
    todo!()
}
"""


def write_crates(cargo_home: Path) -> Path:
    """Two crates as Cargo unpacks them, ``engine`` and ``gears``; gives ``cargo_home``."""
    return write_files(cargo_home, CRATES)


def write_user(root: Path, name: str) -> Path:
    """A workspace of one crate that is pinned to both; gives ``root``."""
    manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(f'{manifest}[dependencies]\nengine = "1.2"\n')
    (root / "Cargo.lock").write_text(LOCK.replace("NAME", name))
    (root / "src" / "lib.rs").write_text(LIB)
    return root
