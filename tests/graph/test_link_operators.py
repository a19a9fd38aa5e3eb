"""Operators, receivers, traits and macros in bodies: small crates and the edges they must have."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.tests.graph.test_link import check
from ferrograph.tests.support.graphs import open_index, write_fixture

CALLS = {
    "operators call the impl that fits both sides": (
        """
        use std::ops::{Add, AddAssign, Mul, Neg, Not};
        #[derive(Clone, Copy)] struct V; struct M;
        impl Add for V { type Output = V; fn add(self, _: V) -> V { V } }
        impl Mul<f32> for V { type Output = V; fn mul(self, _: f32) -> V { V } }
        impl Mul<V> for V { type Output = M; fn mul(self, _: V) -> M { M } }
        impl Neg for V { type Output = V; fn neg(self) -> V { V } }
        impl Not for M { type Output = V; fn not(self) -> V { V } }
        impl AddAssign for V { fn add_assign(&mut self, _: V) {} }
        impl PartialEq for V { fn eq(&self, _: &V) -> bool { true } }
        impl V { fn v(&self) {} }
        impl M { fn m(&self) {} }
        fn f(mut a: V, b: V) -> bool { (a + b).v(); (a * b).m(); (a * 2.0f32).v(); a += -b; a == b }
        fn g(m: M) { (!m).v(); let n = 1 + 2; }
        """,
        """
        demo::f -calls/typed-> demo::M::m
        demo::f -calls/typed-> demo::V::add
        demo::f -calls/typed-> demo::V::add_assign
        demo::f -calls/typed-> demo::V::eq
        demo::f -calls/typed-> demo::V::mul
        demo::f -calls/typed-> demo::V::mul
        demo::f -calls/typed-> demo::V::neg
        demo::f -calls/typed-> demo::V::v
        demo::g -calls/typed-> demo::M::not
        demo::g -calls/typed-> demo::V::v
        """,
    ),
    "indexing and dereferencing, for looking and for changing": (
        """
        use std::ops::{Deref, DerefMut, Index, IndexMut};
        struct Id; struct Unit { hp: u8 } impl Unit { fn see(&self) {} fn hit(&mut self) {} }
        struct Units; struct Guard;
        impl Index<Id> for Units { type Output = Unit; fn index(&self, _: Id) -> &Unit { todo!() } }
        impl IndexMut<Id> for Units { fn index_mut(&mut self, _: Id) -> &mut Unit { todo!() } }
        impl Deref for Guard { type Target = Unit; fn deref(&self) -> &Unit { todo!() } }
        impl DerefMut for Guard { fn deref_mut(&mut self) -> &mut Unit { todo!() } }
        fn look(u: &Units, g: &Guard) { u[Id].see(); let r = &**g; }
        fn change(u: &mut Units, mut g: Guard) { u[Id].hit(); u[Id].hp = 1; *g = Unit { hp: 0 }; }
        """,
        """
        demo::change -calls/typed-> demo::Guard::deref_mut
        demo::change -calls/typed-> demo::Unit::hit
        demo::change -calls/typed-> demo::Units::index_mut
        demo::look -calls/typed-> demo::Guard::deref
        demo::look -calls/typed-> demo::Unit::see
        demo::look -calls/typed-> demo::Units::index
        """,
    ),
    "await polls a future of the workspace": (
        """
        use std::{future::{Future, IntoFuture}, pin::Pin, task::{Context, Poll}};
        struct Page; impl Page { fn text(&self) {} }
        struct Load;
        impl Future for Load {
            type Output = Page;
            fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Page> { Poll::Pending }
        }
        struct Get;
        impl IntoFuture for Get {
            type Output = Page; type IntoFuture = Load;
            fn into_future(self) -> Load { Load }
        }
        async fn f() { Load.await.text(); }
        async fn g() { Get.await.text(); }
        """,
        """
        demo::f -calls/typed-> demo::Load::poll
        demo::f -calls/typed-> demo::Page::text
        demo::g -calls/typed-> demo::Load::poll
        demo::g -calls/typed-> demo::Page::text
        """,
    ),
    "self behind Pin, Rc and Arc: what the pointer leads to, not the pointer": (
        """
        use std::{pin::Pin, sync::Arc, ops::DerefMut};
        trait Write { fn poll(self: Pin<&mut Self>) -> u8; }
        impl<P: DerefMut> Write for Pin<P> { fn poll(self: Pin<&mut Self>) -> u8 { 0 } }
        struct File; struct Task;
        impl Write for File { fn poll(self: Pin<&mut Self>) -> u8 { 1 } }
        impl Task { fn wake(self: &Arc<Self>) {} fn run(self: Arc<Self>) {} }
        fn f(file: Pin<&mut File>, file2: &mut File) { file.poll(); Pin::new(file2).poll(); }
        fn g(task: Arc<Task>) { task.wake(); task.run(); }
        fn h<W: Write>(w: Pin<&mut W>) { w.poll(); }
        """,
        """
        demo::f -calls/typed-> demo::File::poll
        demo::g -calls/typed-> demo::Task::run
        demo::g -calls/typed-> demo::Task::wake
        demo::h -calls/typed-> demo::Write::poll
        """,
    ),
    "an impl for a reference is not one for the other kind of reference": (
        """
        trait Named { fn name(self) -> u8; }
        struct World;
        impl Named for &World { fn name(self) -> u8 { 0 } }
        impl Named for &mut World { fn name(self) -> u8 { 1 } }
        trait Once { fn once(self); }
        impl Once for &mut World { fn once(self) {} }
        fn f(w: &World) { w.name(); }
        fn g(w: &mut World) { w.name(); }
        fn h(mut w: World) { w.once(); }
        """,
        """
        demo::f -calls/typed-> demo::World::name
        demo::g -calls/typed-> demo::World::name
        demo::h -calls/typed-> demo::World::once
        """,
    ),
    "a function named through its trait leads to the impl its types tell": (
        """
        trait Make { fn make() -> Self; fn show(&self) {} fn twice(a: Self) -> Self where Self: Sized { a } }
        struct A; struct B;
        impl Make for A { fn make() -> A { A } fn show(&self) {} }
        impl Make for B { fn make() -> B { B } }
        fn f() -> A { Make::make() }
        fn g(b: B) { Make::show(&A); Make::show(&b); let c: B = Make::make(); }
        """,
        """
        demo::f -calls/typed-> demo::A::make
        demo::g -calls/resolved-> demo::Make::show
        demo::g -calls/typed-> demo::A::show
        demo::g -calls/typed-> demo::B::make
        """,
    ),
    "methods of functions, closures and tuples come from the one trait in scope": (
        """
        mod s { pub trait Chain { fn chain(self); } pub trait Other { fn chain(self); } }
        use s::Chain;
        fn system() {}
        fn f() { system.chain(); (system, system).chain(); (|| 1).chain(); }
        mod both { use crate::s::*; fn f() { (1, 2).chain(); } }
        """,
        """
        demo::f -calls/resolved-> demo::system
        demo::f -calls/typed-> demo::s::Chain::chain
        """,
    ),
    "macros in bodies are expanded: their types, bindings and own calls count": (
        """
        struct S; impl S { fn go(&self) {} fn stop(&self) {} }
        fn make() -> Result<S, u8> { Ok(S) }
        fn log() {}
        macro_rules! ok { ($e:expr) => { match $e { Ok(v) => { crate::log(); v } Err(_) => panic!() } } }
        macro_rules! bind { ($name:ident = $e:expr) => { let $name = $e; } }
        macro_rules! each { ($($e:expr),* $(,)?) => { $( $e.stop(); )* } }
        fn f() { ok!(make()).go(); bind!(x = S); x.go(); }
        fn g(a: S, b: S) { each!(a, b); ok!(ok!(Ok::<_, u8>(make()))).stop(); }
        """,
        """
        demo::f -calls/resolved-> demo::bind
        demo::f -calls/resolved-> demo::log
        demo::f -calls/resolved-> demo::make
        demo::f -calls/resolved-> demo::ok
        demo::f -calls/typed-> demo::S::go
        demo::g -calls/resolved-> demo::each
        demo::g -calls/resolved-> demo::log
        demo::g -calls/resolved-> demo::make
        demo::g -calls/resolved-> demo::ok
        demo::g -calls/typed-> demo::S::stop
        """,
    ),
    "a macro no rule of which fits still has calls in its arguments": (
        """
        fn one() -> u8 { 1 }
        macro_rules! none { (never) => { 0 } }
        fn f() { none!(one()); }
        """,
        """
        demo::f -calls/resolved-> demo::none
        demo::f -calls/resolved-> demo::one
        """,
    ),
    "macros inside impls define methods; cfg inside macros is looked at": (
        """
        macro_rules! on { ($($i:item)*) => { $( #[cfg(all())] $i )* } }
        macro_rules! off { ($($i:item)*) => { $( #[cfg(any())] $i )* } }
        macro_rules! methods { ($($t:tt)*) => { $($t)* } }
        struct S;
        impl S { methods! { pub fn inside(&self) -> u8 { 1 } } }
        off! { fn pick() { never() } }
        on! { fn pick() {} fn never() {} }
        fn f(s: S) { s.inside(); pick(); }
        """,
        """
        demo -calls/resolved-> demo::off
        demo -calls/resolved-> demo::on
        demo::f -calls/resolved-> demo::pick
        demo::f -calls/typed-> demo::S::inside
        demo::pick -calls/resolved-> demo::never
        """,
    ),
    "macros that stand for types, and items kept in a constant": (
        """
        macro_rules! boxed { ($t:ty) => { Box<$t> } }
        macro_rules! proj { ($n:ident) => { const _: () = {
            inner! { $n }
            impl $n { pub fn part(&self) -> Part { Part } }
        }; } }
        macro_rules! inner { ($n:ident) => { pub struct Part; impl Part { pub fn p(&self) {} } } }
        struct S; impl S { fn s(&self) {} }
        proj! { S }
        struct Holder { held: boxed!(S) }
        fn f(h: Holder) { h.held.s(); h.held.part().p(); }
        """,
        """
        demo -calls/resolved-> demo::proj
        demo::_ -calls/resolved-> demo::inner
        demo::f -calls/typed-> demo::S::s
        demo::f -calls/typed-> demo::_::Part::p
        demo::f -calls/typed-> demo::_::S::part
        """,
    ),
    "a crate that names itself is known by that name everywhere": (
        """
        extern crate self as own;
        pub mod a { pub fn one() {} }
        mod b { use own::a::*; fn f() { one(); own::a::one(); } }
        """,
        "demo::b::f -calls/resolved-> demo::a::one",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(tmp_path: Path, name: str) -> None:
    """Call edges, and only those."""
    fixture, expected = CALLS[name]
    check(tmp_path, fixture, expected)


def test_associated_types_are_used_where_they_are_named(tmp_path: Path) -> None:
    """``Self::State``, ``Trait<Item = T>`` and ``Trait<Item: Bound>`` name what the trait declares."""
    check(
        tmp_path,
        """
        trait Fetch { type State; }
        trait Data: Fetch { type Item; fn get(s: &Self::State) -> Self::Item; }
        struct Q; struct St;
        impl Fetch for Q { type State = St; }
        impl Data for Q { type Item = u8; fn get(s: &Self::State) -> Self::Item { 0 } }
        fn f<D: Data<Item = u8>>() {}
        fn g<D: Data<Item: Copy, State = St>>() {}
        """,
        """
        demo::Data -uses_type/resolved-> demo::Fetch
        demo::Data::get -uses_type/resolved-> demo::Data::Item
        demo::Data::get -uses_type/resolved-> demo::Fetch::State
        demo::Q::State -uses_type/resolved-> demo::St
        demo::Q::get -uses_type/resolved-> demo::Data::Item
        demo::Q::get -uses_type/resolved-> demo::Fetch::State
        demo::<impl Data for Q> -uses_type/resolved-> demo::Q
        demo::<impl Fetch for Q> -uses_type/resolved-> demo::Q
        demo::f -uses_type/resolved-> demo::Data
        demo::f -uses_type/resolved-> demo::Data::Item
        demo::g -uses_type/resolved-> demo::Data
        demo::g -uses_type/resolved-> demo::Data::Item
        demo::g -uses_type/resolved-> demo::Fetch::State
        demo::g -uses_type/resolved-> demo::St
        """,
        ("uses_type",),
    )


def test_operators_and_expansions_say_where(tmp_path: Path) -> None:
    """An operator's use is its sign; a use that a macro's call wrote stands in the call."""
    source = """
    use std::ops::Add;
    struct V; struct S; impl S { fn go(&self) {} }
    impl Add for V { type Output = V; fn add(self, _: V) -> V { V } }
    macro_rules! twice { (@ $e:expr) => { { $e.go(); $e } }; ($e:expr) => { twice!(@ $e) } }
    fn f(é: S) { V + V + V; twice!(é).go(); }
    """
    write_fixture(tmp_path, source)
    indexer = open_index(tmp_path)
    indexer.index()
    store = indexer.store
    text = (tmp_path / "src/lib.rs").read_bytes()
    edges = store.edges([store.find("f")[0].id], kinds=["calls"])
    found = {text[start:end] for edge in edges for start, end in edge.uses}
    assert found == {b"+", b"twice", b"go"}
    assert max(len(edge.uses) for edge in edges) == 2


def test_impls_for_tuples_of_every_size(tmp_path: Path) -> None:
    """What ``variadics_please`` repeats is there for inference: Bevy's queries stand on it."""
    check(
        tmp_path,
        """
//- /Cargo.toml
[workspace]
members = ["variadics_please", "ecs"]
resolver = "2"
//- /variadics_please/Cargo.toml
[package]
name = "variadics_please"
version = "1.0.0"
edition = "2021"
[lib]
proc-macro = true
//- /variadics_please/src/lib.rs
#[proc_macro]
pub fn all_tuples(input: TokenStream) -> TokenStream { input }
//- /ecs/Cargo.toml
[package]
name = "ecs"
version = "0.1.0"
edition = "2021"
[dependencies]
variadics_please = { path = "../variadics_please" }
//- /ecs/src/lib.rs
use variadics_please::all_tuples;
pub trait Component: Send + Sync + 'static {}
pub trait Data { type Item; }
impl<T: Component> Data for &T { type Item = Self; }
pub struct Mut<T>(T);
impl<T> std::ops::Deref for Mut<T> { type Target = T; fn deref(&self) -> &T { todo!() } }
impl<T: Component> Data for &mut T { type Item = Mut<T>; }
macro_rules! tuple_data {
    ($(#[$meta:meta])* $($name:ident),*) => {
        impl<$($name: Data),*> Data for ($($name,)*) { type Item = ($($name::Item,)*); }
    };
}
all_tuples!(#[doc(fake_variadic)] tuple_data, 0, 15, F);
pub struct Query<D>(D);
impl<D: Data> Query<D> { pub fn items(&self) -> Vec<D::Item> { todo!() } }
struct Health; impl Component for Health {} impl Health { fn heal(&self) {} }
struct Place; impl Component for Place {} impl Place { fn near(&self) {} }
fn system(query: Query<(&mut Health, &Place)>, one: Query<(&Place,)>) {
    for (health, place) in query.items() { health.heal(); place.near(); }
    for (place,) in one.items() { place.near(); }
}
        """,
        """
        ecs -calls/resolved-> variadics_please::all_tuples
        ecs::system -calls/typed-> ecs::Health::heal
        ecs::system -calls/typed-> ecs::Place::near
        ecs::system -calls/typed-> ecs::Query::items
        """,
        ("calls",),
    )


def test_a_foreign_type_s_own_method_is_not_taken_for_the_one_that_wraps_it(
    tmp_path: Path,
) -> None:
    """Not all methods of the standard library's types are known; a call of itself is none."""
    check(
        tmp_path,
        """
        trait Wait { fn weigh(&self) -> u8; fn id(&self) -> u32; }
        impl Wait for std::process::Child {
            fn weigh(&self) -> u8 { self.weigh() }
            fn id(&self) -> u32 { self.id() }
        }
        fn f(c: &std::process::Child) { c.weigh(); c.id(); }
        """,
        "demo::f -calls/typed-> demo::Child::weigh",
    )
