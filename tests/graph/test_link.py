"""Linking by Rust's rules: each case is a small crate and the call edges it must have, no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.tests.support.graphs import edge_lines, open_index, write_fixture


def check(tmp_path: Path, fixture: str, expected: str, kinds: tuple[str, ...] = ("calls",)) -> None:
    """Index a fixture and compare its edges of some kinds, each side a sorted list of lines."""
    write_fixture(tmp_path, fixture)
    indexer = open_index(tmp_path)
    indexer.index()
    wanted = sorted(line.strip() for line in expected.strip().split("\n") if line.strip())
    assert edge_lines(indexer.store, kinds) == wanted


CALLS = {
    "a function in another module, by path, import, alias and glob": (
        """
        mod a { pub fn one() {} pub fn two() {} pub fn three() {} pub fn four() {} }
        use a::two;
        use a::three as drei;
        mod b { use super::a::*; pub fn go() { four(); } }
        fn main() { a::one(); two(); drei(); crate::b::go(); self::a::one(); }
        """,
        """
        demo::b::go -calls/resolved-> demo::a::four
        demo::main -calls/resolved-> demo::a::one
        demo::main -calls/resolved-> demo::a::two
        demo::main -calls/resolved-> demo::a::three
        demo::main -calls/resolved-> demo::b::go
        """,
    ),
    "re-exports are followed to the definition": (
        """
        mod deep { pub mod er { pub fn f() {} } pub use er::f as g; }
        pub use deep::g as h;
        fn main() { h(); }
        """,
        "demo::main -calls/resolved-> demo::deep::er::f",
    ),
    "a private name is not seen through a glob, a local shadows a function": (
        """
        mod a { fn hidden() {} pub fn seen() {} }
        use a::*;
        fn main() { let seen = || 1; seen(); hidden(); }
        """,
        "",
    ),
    "methods by the receiver's declared, constructed, returned and field type": (
        """
        struct Ship { hull: Hull }
        struct Hull;
        impl Ship { fn new() -> Self { Ship { hull: Hull } } fn hull(&self) -> &Hull { &self.hull } }
        impl Hull { fn patch(&self) {} }
        struct Other;
        impl Other { fn patch(&self) {} }
        fn a(h: &Hull) { h.patch(); }
        fn b() { let s = Ship::new(); s.hull.patch(); s.hull().patch(); }
        fn c() { let s = Ship { hull: Hull }; s.hull().patch() }
        fn d(x: &Unknown) { x.patch(); }
        """,
        """
        demo::a -calls/typed-> demo::Hull::patch
        demo::b -calls/resolved-> demo::Ship::new
        demo::b -calls/typed-> demo::Hull::patch
        demo::b -calls/typed-> demo::Ship::hull
        demo::c -calls/typed-> demo::Hull::patch
        demo::c -calls/typed-> demo::Ship::hull
        """,
    ),
    "std receivers never bind to the project's methods of the same name": (
        """
        struct Stack;
        impl Stack { fn push(&mut self, _: u8) {} fn len(&self) -> usize { 0 } fn get(&self) {} }
        fn f(v: Vec<u8>, m: std::collections::HashMap<u8, u8>) {
            let mut v = v; v.push(1); v.len(); m.get(&1); "x".len();
            let mut w = Vec::new(); w.push(Stack); w[0].get();
        }
        """,
        "demo::f -calls/typed-> demo::Stack::get",
    ),
    "iterators, closures and options carry their item types": (
        """
        struct Unit { hp: u32 }
        impl Unit { fn alive(&self) -> bool { true } fn heal(&mut self) {} fn name(&self) -> Name { Name } }
        struct Name;
        impl Name { fn show(&self) {} }
        fn f(units: &[Unit], mut more: Vec<Unit>) {
            units.iter().filter(|u| u.alive()).map(|u| u.name()).for_each(|n| n.show());
            for u in &mut more { u.heal(); }
            if let Some(first) = units.first() { first.alive(); }
            let last = more.pop().unwrap(); last.name();
            for (i, u) in more.iter().enumerate() { u.alive(); }
        }
        """,
        """
        demo::f -calls/typed-> demo::Unit::alive
        demo::f -calls/typed-> demo::Unit::name
        demo::f -calls/typed-> demo::Name::show
        demo::f -calls/typed-> demo::Unit::heal
        """,
    ),
    "smart pointers dereference, guards and boxes included": (
        """
        use std::sync::{Arc, Mutex};
        struct Core;
        impl Core { fn tick(&self) {} }
        fn f(a: Arc<Mutex<Core>>, b: Box<Core>) { a.lock().unwrap().tick(); b.tick(); }
        """,
        "demo::f -calls/typed-> demo::Core::tick",
    ),
    "generic bounds, impl Trait and dyn Trait lead to the trait's method": (
        """
        trait Shape { fn area(&self) -> f32; fn twice(&self) -> f32 { self.area() * 2.0 } }
        struct Sq;
        impl Shape for Sq { fn area(&self) -> f32 { 1.0 } }
        fn a<T: Shape>(t: &T) { t.area(); }
        fn b(t: &dyn Shape) { t.area(); }
        fn c(t: impl Shape) { t.area(); }
        fn d<T>(t: T) where T: Shape { t.twice(); }
        fn e() { Sq.area(); Sq.twice(); }
        """,
        """
        demo::Shape::twice -calls/typed-> demo::Shape::area
        demo::a -calls/typed-> demo::Shape::area
        demo::b -calls/typed-> demo::Shape::area
        demo::c -calls/typed-> demo::Shape::area
        demo::d -calls/typed-> demo::Shape::twice
        demo::e -calls/typed-> demo::Sq::area
        demo::e -calls/typed-> demo::Shape::twice
        """,
    ),
    "a trait's method needs the trait in scope, and a receiver": (
        """
        mod t { pub trait Fly { fn fly(&self) {} fn make() {} } }
        struct Duck;
        impl t::Fly for Duck {}
        mod far { pub fn f(d: &crate::Duck) { d.fly(); } }
        mod near { use crate::t::Fly as _; pub fn f(d: &crate::Duck) { d.fly(); d.make(); } }
        """,
        "demo::near::f -calls/typed-> demo::t::Fly::fly",
    ),
    "Self, associated functions, UFCS and qualified paths": (
        """
        trait Make { fn make() -> Self; }
        struct A;
        impl Make for A { fn make() -> Self { A } }
        impl A { const N: u8 = 1; fn new() -> Self { Self::build() } fn build() -> Self { A } fn go(&self) {} }
        fn f() { A::make(); <A as Make>::make(); A::go(&A::new()); }
        """,
        """
        demo::A::new -calls/resolved-> demo::A::build
        demo::f -calls/resolved-> demo::A::go
        demo::f -calls/resolved-> demo::A::make
        demo::f -calls/resolved-> demo::A::new
        """,
    ),
    "? and let-else and match arms keep types": (
        """
        struct Conf; struct Err;
        impl Conf { fn check(&self) {} }
        fn load() -> Result<Conf, Err> { Ok(Conf) }
        fn opt() -> Option<Conf> { None }
        fn f() -> Result<(), Err> {
            load()?.check();
            let Some(c) = opt() else { return Ok(()) };
            c.check();
            match load() { Ok(x) => x.check(), Err(_) => {} }
            Ok(())
        }
        """,
        """
        demo::f -calls/resolved-> demo::load
        demo::f -calls/resolved-> demo::opt
        demo::f -calls/typed-> demo::Conf::check
        """,
    ),
    "calls inside the arguments of macros": (
        """
        struct S; impl S { fn n(&self) -> u8 { 0 } }
        fn one() -> u8 { 1 }
        fn f(s: S) { println!("{} {}", one(), s.n()); assert_eq!(one(), 1, "x"); let v = vec![one(); 3]; }
        """,
        """
        demo::f -calls/resolved-> demo::one
        demo::f -calls/typed-> demo::S::n
        """,
    ),
    "derived and blanket implementations": (
        """
        trait Loud { fn shout(&self) {} }
        impl<T: Quiet> Loud for T {}
        trait Quiet {}
        struct Mouse; impl Quiet for Mouse {}
        struct Cat;
        #[derive(Clone)] struct Copyable;
        impl Copyable { fn own(&self) {} }
        fn f(m: Mouse, c: Cat, k: &Copyable) { m.shout(); c.shout(); k.clone().own(); }
        """,
        """
        demo::f -calls/typed-> demo::Loud::shout
        demo::f -calls/typed-> demo::Copyable::own
        """,
    ),
    "macros among items define what they expand to, at the call's own places": (
        """
        macro_rules! gauge { ($($name:ident = $max:expr),*) => { $(
            pub struct $name;
            impl $name { pub fn full() -> Self { $name } pub fn drain(&self) -> u8 { $max } }
        )* }; }
        gauge! { Health = limit(), Stamina = 3 }
        fn limit() -> u8 { 1 }
        fn f() { Health::full().drain(); Stamina::full(); }
        """,
        """
        demo -calls/resolved-> demo::gauge
        demo::Health::drain -calls/resolved-> demo::limit
        demo::f -calls/resolved-> demo::Health::full
        demo::f -calls/resolved-> demo::Stamina::full
        demo::f -calls/typed-> demo::Health::drain
        """,
    ),
    "async functions and awaits": (
        """
        struct Page; impl Page { fn text(&self) {} }
        async fn get() -> Page { Page }
        async fn f() { get().await.text(); let p = async { get().await }; p.await.text(); }
        """,
        """
        demo::f -calls/resolved-> demo::get
        demo::f -calls/typed-> demo::Page::text
        """,
    ),
    "type aliases and associated types are seen through": (
        """
        struct W; impl W { fn w(&self) {} }
        type Alias = Box<W>;
        trait Has { type Out; fn out(&self) -> Self::Out; }
        struct H; impl Has for H { type Out = W; fn out(&self) -> W { W } }
        fn f(a: Alias, h: H) { a.w(); h.out().w(); }
        fn g<T: Has<Out = W>>(t: T) { t.out().w(); }
        """,
        """
        demo::f -calls/typed-> demo::W::w
        demo::f -calls/typed-> demo::H::out
        demo::g -calls/typed-> demo::Has::out
        demo::g -calls/typed-> demo::W::w
        """,
    ),
    "of two definitions under cfg the one this machine compiles is meant": (
        """
        #[cfg(not(windows))] fn os() {}
        #[cfg(windows)] fn os() {}
        fn f() { os(); }
        """,
        "demo::f -calls/resolved-> demo::os",
    ),
    "items inside functions, and functions as values": (
        """
        fn outer() { fn inner() {} inner(); let g = helper; apply(helper); }
        fn helper() {}
        fn apply(f: fn()) { f(); }
        """,
        """
        demo::outer -calls/resolved-> demo::outer::inner
        demo::outer -calls/resolved-> demo::helper
        demo::outer -calls/resolved-> demo::apply
        """,
    ),
    "modules in files, path attributes and mod.rs": (
        """
//- /src/lib.rs
mod plain;
mod dir;
#[path = "odd/place.rs"] mod moved;
fn f() { plain::p(); dir::sub::s(); moved::m(); }
//- /src/plain.rs
pub fn p() {}
//- /src/dir/mod.rs
pub mod sub;
//- /src/dir/sub.rs
pub fn s() { super::super::plain::p() }
//- /src/odd/place.rs
pub fn m() {}
        """,
        """
        demo::f -calls/resolved-> demo::plain::p
        demo::f -calls/resolved-> demo::dir::sub::s
        demo::f -calls/resolved-> demo::moved::m
        demo::dir::sub::s -calls/resolved-> demo::plain::p
        """,
    ),
    "non-ASCII names, CRLF and raw identifiers": (
        "fn größe() {}\r\nfn r#match() {}\r\nfn f() { größe(); r#match(); }\r\n",
        """
        demo::f -calls/resolved-> demo::größe
        demo::f -calls/resolved-> demo::match
        """,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(tmp_path: Path, name: str) -> None:
    """Call edges, and only those."""
    fixture, expected = CALLS[name]
    check(tmp_path, fixture, expected)


def test_workspace_members_and_renamed_dependencies(tmp_path: Path) -> None:
    """Crates of one workspace reach each other by the names their manifests give."""
    check(
        tmp_path,
        """
//- /Cargo.toml
[workspace]
members = ["app", "core-lib"]
resolver = "2"
//- /app/Cargo.toml
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
base = { path = "../core-lib", package = "core-lib" }
//- /app/src/main.rs
use base::tool::Tool;
fn main() { base::run(); Tool::new().work(); }
//- /core-lib/Cargo.toml
[package]
name = "core-lib"
version = "0.2.0"
edition = "2021"
//- /core-lib/src/lib.rs
pub mod tool { pub struct Tool; impl Tool { pub fn new() -> Self { Tool } pub fn work(&self) {} } }
pub fn run() {}
        """,
        """
        app -depends/resolved-> core_lib
        app::main -calls/resolved-> core_lib::run
        app::main -calls/resolved-> core_lib::tool::Tool::new
        app::main -calls/typed-> core_lib::tool::Tool::work
        """,
        ("calls", "depends"),
    )


def test_structure_edges(tmp_path: Path) -> None:
    """Impls, overrides, derives, imports and tests each have their kind."""
    check(
        tmp_path,
        """
        pub mod t { pub trait Run { fn run(&self); } }
        pub use t::Run;
        #[derive(Clone)]
        pub struct Car;
        trait Mine {}
        impl Mine for Car {}
        impl Run for Car { fn run(&self) {} }
        impl Car { fn go(&self) {} }
        #[cfg(test)]
        mod tests {
            use super::*;
            #[test]
            fn drives() { Car.go(); }
        }
        """,
        """
        demo -re_exports/resolved-> demo::t::Run
        demo::<impl Mine for Car> -implements/resolved-> demo::Mine
        demo::<impl Mine for Car> -associated/resolved-> demo::Car
        demo::<impl Run for Car> -implements/resolved-> demo::t::Run
        demo::<impl Run for Car> -associated/resolved-> demo::Car
        demo::<impl Car> -associated/resolved-> demo::Car
        demo::Car::go -associated/resolved-> demo::Car
        demo::Car::run -overrides/resolved-> demo::t::Run::run
        demo::tests -imports/resolved-> demo
        demo::tests::drives -tests/typed-> demo::Car::go
        """,
        ("implements", "associated", "overrides", "derives", "imports", "re_exports", "tests"),
    )


def test_use_spans_are_the_names_themselves(tmp_path: Path) -> None:
    """A stranger can check any edge: each use is the byte span of the name, in macros too."""
    source = 'fn größe() {}\nfn f() { größe(); println!("é {}", größe()); }\n'
    write_fixture(tmp_path, source)
    indexer = open_index(tmp_path)
    indexer.index()
    store = indexer.store
    caller = store.find("f")[0]
    edges = store.edges([caller.id], kinds=["calls"])
    text = (tmp_path / "src/lib.rs").read_bytes()
    found = [text[start:end].decode() for edge in edges for start, end in edge.uses]
    assert found == ["größe", "größe"]
