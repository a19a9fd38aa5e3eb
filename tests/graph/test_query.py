"""Questions to the graph of small workspaces, with known answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ferrograph.graph.calls import Calls, callees, callers
from ferrograph.graph.dependents import crate_named, dependents
from ferrograph.graph.duplicates import duplicates
from ferrograph.graph.errors import AmbiguousItem, UnknownItem
from ferrograph.graph.export import GraphPart, dot_pieces, json_pieces
from ferrograph.graph.implementors import implementors
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.modules import module_cycles
from ferrograph.graph.names import fitting, resolve, suggestions
from ferrograph.graph.neighbours import neighbours
from ferrograph.graph.paths import PATH_KINDS, default_kinds, shortest_paths
from ferrograph.graph.stats import graph_stats
from ferrograph.graph.steps import DISPATCH
from ferrograph.graph.store import GraphStore
from ferrograph.graph.unused import unused
from ferrograph.graph.walk import Reach
from ferrograph.tests.support.graphs import open_index, write_fixture

Index = Callable[[str], GraphIndexer]

SHAPES = """
//- /src/lib.rs
pub mod shapes;
mod geometry;

pub fn main_area() -> f64 {
    helper() + helper()
}

fn helper() -> f64 {
    shapes::total(&[&shapes::Square { side: 2.0 }])
}
//- /src/shapes.rs
pub trait Shape {
    fn area(&self) -> f64;
}
#[derive(Clone)]
pub struct Square {
    pub side: f64,
}
pub struct Circle {
    pub radius: f64,
}
impl Shape for Square {
    fn area(&self) -> f64 {
        crate::geometry::squared(self.side)
    }
}
impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * crate::geometry::squared(self.radius)
    }
}
pub fn total(shapes: &[&dyn Shape]) -> f64 {
    let mut sum = 0.0;
    for shape in shapes {
        sum += shape.area();
    }
    sum
}
//- /src/geometry.rs
pub fn squared(x: f64) -> f64 {
    x * x
}
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Indexes a fixture; the graph is closed in the end."""
    opened: list[GraphIndexer] = []

    def make(fixture: str) -> GraphIndexer:
        write_fixture(tmp_path, fixture)
        indexer = open_index(tmp_path)
        opened.append(indexer)
        indexer.index()
        return indexer

    yield make
    for indexer in opened:
        indexer.close()
        indexer.store.close()


@pytest.fixture
def shapes(index: Index) -> GraphStore:
    return index(SHAPES).store


def described(found: Calls) -> list[tuple[str, int, list[str]]]:
    return [
        (one.item.qualified_path, one.depth, sorted({tie.kind for tie in one.ties}))
        for one in found.reached
    ]


# -- names ----------------------------------------------------------------------------------------


def test_names_paths_and_ends_of_paths_mean_items(shapes: GraphStore) -> None:
    for text in ("helper", "demo::helper", "crate::helper"):
        assert resolve(shapes, text).qualified_path == "demo::helper"
    assert resolve(shapes, "Square::area").qualified_path == "demo::shapes::Square::area"
    # The struct, not its impls; the crate is no function.
    assert resolve(shapes, "Square").kind == "struct"
    assert resolve(shapes, "shapes").kind == "module"
    assert resolve(shapes, "Shape::area", kinds=["method"]).qualified_path.endswith("Shape::area")


def test_an_ambiguous_name_lists_what_to_type(shapes: GraphStore) -> None:
    with pytest.raises(AmbiguousItem) as raised:
        resolve(shapes, "area")
    lines = str(raised.value).splitlines()
    assert lines[0] == "'area' may be any of 3 items. Type one of these instead:"
    assert [line.split()[:2] for line in lines[1:]] == [
        ["method", "demo::shapes::Circle::area"],
        ["method", "demo::shapes::Shape::area"],
        ["method", "demo::shapes::Square::area"],
    ]
    # What it says to type works.
    for line in lines[1:]:
        assert resolve(shapes, line.split()[1]).name == "area"


def test_namesakes_at_one_path_are_told_apart_by_their_place(index: Index) -> None:
    store = index("#[cfg(unix)]\nfn f() {}\n#[cfg(not(unix))]\nfn f() {}\n").store
    with pytest.raises(AmbiguousItem, match=r"src/lib\.rs:2 .*\n.*src/lib\.rs:4"):
        resolve(store, "f")
    assert len(fitting(store, "f")) == 2


def test_an_unknown_name_suggests_the_nearest(shapes: GraphStore) -> None:
    with pytest.raises(UnknownItem, match="nearest: helper"):
        resolve(shapes, "helpr")
    assert suggestions(shapes, "Square::total") == ["demo::shapes::total"]
    with pytest.raises(UnknownItem, match="no name is near"):
        resolve(shapes, "zzzzzzzz")
    with pytest.raises(UnknownItem):
        resolve(shapes, "::")


# -- paths and calls ------------------------------------------------------------------------------


def test_the_shortest_path_has_its_ties_and_their_places(shapes: GraphStore) -> None:
    start, end = resolve(shapes, "main_area"), resolve(shapes, "total")
    found = shortest_paths(shapes, start.id, end.id, kinds=["calls"])
    [steps] = found.steps
    assert [(s.source.name, s.target.name) for s in steps] == [
        ("main_area", "helper"),
        ("helper", "total"),
    ]
    [tie] = steps[0].ties
    text = SHAPES.split("//- /src/lib.rs\n")[1].encode()
    assert [text[a:b] for a, b in tie.uses] == [b"helper", b"helper"]
    assert (tie.file, tie.provenance) == ("src/lib.rs", "resolved")
    assert (found.more, found.cut_off) == (False, False)
    assert shortest_paths(shapes, end.id, start.id).steps == ()
    assert shortest_paths(shapes, start.id, start.id).steps == ((),)
    assert shortest_paths(shapes, start.id, end.id, kinds=["calls"], max_length=1).steps == ()


def test_dispatch_leads_from_a_trait_s_method_to_its_implementations(shapes: GraphStore) -> None:
    start, end = resolve(shapes, "total"), resolve(shapes, "squared")
    assert shortest_paths(shapes, start.id, end.id, kinds=["calls"]).steps == ()
    found = shortest_paths(shapes, start.id, end.id, kinds=["calls", DISPATCH])
    assert len(found.steps) == 2, "through the square's area and through the circle's"
    for steps in found.steps:
        assert [step.ties[0].kind for step in steps] == ["calls", "overrides", "calls"]
        assert steps[1].source.qualified_path == "demo::shapes::Shape::area"
    one = shortest_paths(shapes, start.id, end.id, kinds=["calls", DISPATCH], most=1)
    assert (len(one.steps), one.more) == (1, True)


def test_a_search_says_when_it_was_cut_off(shapes: GraphStore) -> None:
    start, end = resolve(shapes, "main_area"), resolve(shapes, "total")
    found = shortest_paths(shapes, start.id, end.id, kinds=["calls"], limit=1)
    assert found.steps == ()
    assert found.cut_off


def test_only_a_module_reaches_what_it_contains(shapes: GraphStore) -> None:
    module, end = resolve(shapes, "shapes"), resolve(shapes, "squared")
    assert default_kinds(end) == PATH_KINDS
    found = shortest_paths(shapes, module.id, end.id, kinds=default_kinds(module))
    assert {steps[0].ties[0].kind for steps in found.steps} == {"contains"}


def test_callers_and_callees_by_depth(shapes: GraphStore) -> None:
    total = resolve(shapes, "total")
    assert described(callers(shapes, total)) == [("demo::helper", 1, ["calls"])]
    deep = callers(shapes, total, depth=9)
    assert described(deep)[1:] == [("demo::main_area", 2, ["calls"])]
    assert len(deep.reached[1].ties[0].uses) == 2
    area = resolve(shapes, "Square::area")
    assert described(callers(shapes, area)) == []
    assert described(callers(shapes, area, depth=2, dispatch=True)) == [
        ("demo::shapes::Shape::area", 1, ["overrides"]),
        ("demo::shapes::total", 2, ["calls"]),
    ]
    assert described(callees(shapes, total, depth=3)) == [
        ("demo::shapes::Shape::area", 1, ["calls"])
    ]
    assert [d[:2] for d in described(callees(shapes, total, depth=3, dispatch=True))] == [
        ("demo::shapes::Shape::area", 1),
        ("demo::shapes::Square::area", 2),
        ("demo::shapes::Circle::area", 2),
        ("demo::geometry::squared", 3),
    ]


def test_a_limit_says_how_many_it_left_out(index: Index) -> None:
    users = "\n".join(f"fn user{n}() {{ hub() }}" for n in range(7))
    store = index(f"fn hub() {{}}\n{users}\n").store
    found = callers(store, resolve(store, "hub"), limit=3, depth=5)
    assert [one.item.name for one in found.reached] == ["user0", "user1", "user2"]
    assert found.left_out == 4


def test_recursion_ends(index: Index) -> None:
    store = index("fn a() { b(); a() }\nfn b() { a() }\n").store
    found = callers(store, resolve(store, "a"), depth=50)
    assert described(found) == [("demo::b", 1, ["calls"])]


def test_implementors_are_impls_and_derives(index: Index) -> None:
    store = index(
        """
pub trait Show {}
pub struct A;
impl Show for A {}
impl<T: Copy> Show for Vec<T> {}
mod other { impl super::Show for super::B {} }
pub struct B;
"""
    ).store
    trait = resolve(store, "Show")
    found = implementors(store, trait)
    assert [(i.how, i.type.name if i.type else None, i.place.line) for i in found.found] == [
        ("implements", "A", 2),
        ("implements", None, 3),
        ("implements", "B", 4),
    ]
    assert all(i.tie is not None and i.tie.uses for i in found.found)
    assert implementors(store, trait, limit=1).left_out == 2


def test_neighbours_say_what_their_score_came_over(shapes: GraphStore) -> None:
    found = neighbours(shapes, resolve(shapes, "helper"), reach=Reach(hops=2), limit=100)
    by_name = {one.item.qualified_path: one for one in found.found}
    total = by_name["demo::shapes::total"]
    assert total.tie is not None
    assert (total.tie.kind, total.score) == ("calls", pytest.approx(0.7))
    caller = by_name["demo::main_area"]
    assert caller.tie is not None
    assert (caller.tie.target, caller.score) == (found.start.id, pytest.approx(0.45))
    scores = [one.score for one in found.found]
    assert scores == sorted(scores, reverse=True)
    assert all(one.tie is not None for one in found.found)
    few = neighbours(shapes, found.start, limit=2)
    assert (len(few.found), few.left_out) == (2, len(neighbours(shapes, found.start).found) - 2)
    only = neighbours(shapes, found.start, kinds=["calls"])
    assert {one.tie.kind for one in only.found if one.tie} == {"calls"}


# -- the whole ------------------------------------------------------------------------------------

CYCLES = """
//- /src/lib.rs
mod a;
mod b;
mod c;
mod outer;
//- /src/a.rs
pub fn one() { crate::b::two() }
//- /src/b.rs
pub fn two() { crate::c::three() }
//- /src/c.rs
pub fn three() { crate::a::one(); crate::outer::whole() }
//- /src/outer.rs
mod inner { pub fn part() { super::whole() } }
pub fn whole() { inner::part() }
"""


def test_modules_in_a_circle(index: Index) -> None:
    store = index(CYCLES).store
    [cycle] = module_cycles(store)
    assert [m.name for m in cycle.modules] == ["a", "b", "c"]
    assert [(t.source.name, t.target.name, t.edges) for t in cycle.shortest] == [
        ("a", "b", 1),
        ("b", "c", 1),
        ("c", "a", 1),
    ]
    assert all(t.example is not None and t.example.kind == "calls" for t in cycle.shortest)
    both = module_cycles(store, nested=True)
    assert [[m.name for m in c.modules] for c in both] == [["a", "b", "c"], ["outer", "inner"]]
    assert module_cycles(store, kinds=["imports"]) == []
    assert len(module_cycles(store, crate="demo")) == 1
    assert module_cycles(store, crate="other") == []


WORKSPACE = """
//- /Cargo.toml
[workspace]
members = ["top", "middle", "base"]
resolver = "2"
//- /top/Cargo.toml
[package]
name = "top"
version = "0.1.0"
edition = "2021"
[dependencies]
middle = { path = "../middle" }
base = { path = "../base" }
//- /top/src/lib.rs
pub fn top() { middle::middle() }
//- /middle/Cargo.toml
[package]
name = "middle"
version = "0.1.0"
edition = "2021"
[dependencies]
base = { path = "../base" }
//- /middle/src/lib.rs
pub fn middle() { base::base() }
//- /base/Cargo.toml
[package]
name = "base"
version = "0.3.0"
edition = "2021"
//- /base/src/lib.rs
pub fn base() {}
"""


def test_why_a_crate_is_here(index: Index) -> None:
    store = index(WORKSPACE).store
    found = dependents(store, crate_named(store, "base"))
    assert [(c.item.name, c.depth) for c in found.crates] == [
        ("base", 0), ("middle", 1), ("top", 1),
    ]  # fmt: skip
    ids = {c.item.name: c.item.id for c in found.crates}
    needs = {c.item.name: set(c.needs) for c in found.crates}
    assert needs == {"base": set(), "middle": {ids["base"]}, "top": {ids["base"], ids["middle"]}}
    assert [c.item.name for c in found.needed_by(ids["middle"])] == ["top"]
    assert found.start.record.version == "0.3.0"
    with pytest.raises(UnknownItem, match="nearest: middle"):
        crate_named(store, "midle")


UNUSED = """
pub fn exported() { used(); let _ = Used::new(); }
fn used() {}
fn lonely() { lonely() }
struct Forgotten { x: u32 }
impl Forgotten { fn new() -> Self { Forgotten { x: 0 } } }
struct Used;
impl Used { fn new() -> Self { Used } fn never(&self) {} }
impl Drop for Used { fn drop(&mut self) {} }
#[allow(dead_code)]
fn excused() {}
#[no_mangle]
extern "C" fn for_c() {}
#[test]
fn a_test() {}
#[some_macro]
fn attributed() {}
const _CHECK: u32 = 1;
macro_rules! call { () => { in_macro() } }
fn in_macro() {}
fn calls_macro() { unknown_macro! { somewhere => in_unknown } }
fn in_unknown() {}
#[cfg(target_os = "none")]
fn elsewhere() {}
/// Not a use of [`lonely`].
const NEVER_READ: &str = "text"; // NEVER_READ
macro_rules! never_called { () => {} }
"""


def test_items_that_nothing_refers_to(index: Index) -> None:
    indexer = index(UNUSED)
    found = unused(indexer.store, indexer.sources)
    assert [i.qualified_path.removeprefix("demo::") for i in found.items] == [
        "lonely", "Forgotten", "Forgotten::new", "Used::never", "call", "calls_macro", "NEVER_READ", "never_called",
    ]  # fmt: skip
    assert found.left_out == {
        "public": 1, "called from outside": 2, "trait": 1, "allowed": 2, "attribute": 1,
        "condition": 1, "mentioned": 2,
    }  # fmt: skip
    public = unused(indexer.store, indexer.sources, public=True)
    assert "exported" in {i.name for i in public.items}


BODY = """
    let mut total = start;
    for (index, value) in {values}.iter().enumerate() {{
        if index % 2 == 0 {{
            total += *value * {number};
        }} else {{
            total -= helper(*value, "{text}");
        }}
    }}
    total
"""


def body(values: str, number: int, text: str) -> str:
    return BODY.format(values=values, number=number, text=text)


def test_near_copies_whatever_their_names(index: Index) -> None:
    renamed = body("items", 9, "b").replace("total", "sum").replace("index", "i")
    longer = body("values", 2, "a").replace("    total\n", "    println!();\n    total\n")
    other = "let a = vec![1, 2]; a.iter().map(|x| { if *x > 1 { 3 } else { 4 } }).filter(|y| *y != 3).sum::<i32>() + 12 + a.len() as i32 - start * 4"
    indexer = index(
        f"fn first(start: i32, values: &[i32]) -> i32 {{{body('values', 2, 'a')}}}\n"
        f"fn second(start: i32, items: &[i32]) -> i32 {{{renamed}}}\n"
        f"// {body('values', 2, 'a')}\n".replace("\n", " ")
        + "\n"
        f"fn third(start: i32, values: &[i32]) -> i32 {{{longer}}}\n"
        f"fn other(start: i32) -> i32 {{{other}}}\n"
        f"fn short() -> i32 {{ 1 }}\nfn short2() -> i32 {{ 1 }}\n"
        f"#[test]\nfn a_test(start: i32, values: &[i32]) -> i32 {{{body('values', 2, 'a')}}}\n"
    )
    found = duplicates(indexer.store, indexer.sources, least_similarity=0.7)
    [group] = found.groups
    assert [copy.item.name for copy in group] == ["first", "second", "third"]
    assert [copy.similarity == 1.0 for copy in group] == [True, True, False]
    assert found.compared == 4
    exact = duplicates(indexer.store, indexer.sources, least_similarity=1.0, tests=True)
    assert [c.item.name for c in exact.groups[0]] == ["first", "second", "a_test"]


# -- export ---------------------------------------------------------------------------------------


def test_the_export_can_be_checked_against_the_source(shapes: GraphStore, tmp_path: Path) -> None:
    exported = json.loads("".join(json_pieces(GraphPart(shapes))))
    counts = shapes.counts()
    assert len(exported["items"]) == counts.items
    assert len(exported["edges"]) == counts.edges
    items = {item["id"]: item for item in exported["items"]}
    texts = {i["path"]: (tmp_path / i["path"]).read_bytes() for i in items.values()}

    def text(item: dict[str, object], span: list[int]) -> str:
        return texts[str(item["path"])][slice(*span)].decode()

    for item in items.values():
        if item["kind"] not in ("impl", "crate", "module"):
            assert text(item, item["name_span"]) == item["name"]
            assert item["name"] in text(item, item["definition"])
            assert texts[item["path"]][: item["definition"][0]].count(b"\n") + 1 == item["line"]
        assert item["parent"] is None or item["parent"] in items
    uses = {
        (items[e["source"]]["name"], e["kind"], items[e["target"]]["name"]): [
            text(items[e["source"]], span) for span in e["uses"]
        ]
        for e in exported["edges"]
    }
    assert uses["helper", "calls", "total"] == ["total"]
    assert uses["main_area", "calls", "helper"] == ["helper", "helper"]
    assert uses["area", "calls", "squared"] == ["squared"]
    assert uses["helper", "uses_type", "Square"] == ["Square"]
    assert {e["provenance"] for e in exported["edges"]} == {"resolved", "typed"}


def test_a_part_holds_the_edges_among_its_items(shapes: GraphStore) -> None:
    ids = {resolve(shapes, name).id for name in ("helper", "total", "main_area")}
    part = GraphPart(shapes, only=ids, kinds=["calls"])
    exported = json.loads("".join(json_pieces(part)))
    assert {item["name"] for item in exported["items"]} == {"helper", "total", "main_area"}
    assert len(exported["edges"]) == 2
    assert (part.items_given, part.edges_given) == (3, 2)
    kinds = json.loads("".join(json_pieces(GraphPart(shapes, kinds=["derives", "overrides"]))))
    assert {edge["kind"] for edge in kinds["edges"]} == {"overrides"}


def test_dot_quotes_and_names_only_what_has_edges(index: Index) -> None:
    store = index(
        "trait T<const N: char> {}\nstruct S;\nimpl T<'\"'> for S {}\nfn alone() {}\n"
    ).store
    dot = "".join(dot_pieces(GraphPart(store, kinds=["implements"])))
    lines = dot.splitlines()
    assert (lines[0], lines[-1]) == ("digraph ferrograph {", "}")
    assert sum(" -> " in line for line in lines) == 1
    labels = [line for line in lines if "label=" in line and " -> " not in line]
    assert len(labels) == 2
    assert any('\\"' in line for line in labels)
    assert "alone" not in dot


def test_counts_add_up(shapes: GraphStore) -> None:
    found = graph_stats(shapes, hubs=3)
    assert sum(found.items.values()) == found.counts.items
    assert sum(n for known in found.edges.values() for n in known.values()) == found.counts.edges
    assert found.items["struct"] == 2
    assert found.hubs[0][1] >= found.hubs[1][1] >= found.hubs[2][1] > 0
