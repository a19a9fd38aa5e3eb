"""After any sequence of edits of real files the graph equals one built from scratch, at little cost.

``python -m benchmarks.fuzz edits`` does the same for as long as one likes.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import ferrograph
import pytest
from ferrograph.graph.errors import Cancelled
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.progress import IndexReport
from ferrograph.tests.support.edits import KINDS, Files, edit
from ferrograph.tests.support.graphs import (
    MANIFEST,
    edge_lines,
    everything,
    open_index,
    write_fixture,
)
from ferrograph.tests.support.lockstep import HOWS, Lockstep, Step, compare
from ferrograph.tests.support.tangle import TANGLE
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLE = Path(ferrograph.__file__).parent / "examples/bevy_game"
PARTS = ("src/lib.rs", "src/main.rs", "src/grid.rs", "src/rng.rs", "src/rules.rs", "src/units.rs")


@cache
def tangle() -> Files:
    """The workspace in which everything leads to everything."""
    with tempfile.TemporaryDirectory() as folder:
        write_fixture(Path(folder), TANGLE)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }


@cache
def half_the_example() -> Files:
    """Half of the example's modules; the other half is missing, as in a checkout under way."""
    combat = [p.relative_to(EXAMPLE).as_posix() for p in (EXAMPLE / "src/combat").glob("*.rs")]
    files = {name: (EXAMPLE / name).read_bytes() for name in (*PARTS, *sorted(combat))}
    return {**files, "Cargo.toml": MANIFEST.encode()}


CHOICES = st.integers(0, 9999)
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.tuples(st.integers(0, KINDS - 1), CHOICES, CHOICES, CHOICES),
        st.integers(0, len(HOWS) - 1),
    ),
    min_size=1,
    max_size=8,
)


def check(files: Files, steps: list[Step]) -> None:
    """Make the edits; the graph, what it reports, and one built from scratch must agree."""
    with tempfile.TemporaryDirectory(prefix="ferrograph-edits-") as folder:
        lockstep = Lockstep(Path(folder), files)
        try:
            for step in steps:
                lockstep.step(step)
            assert lockstep.differences() == []
        finally:
            lockstep.close()


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """Indexers keep the collector from what they hold: here hundreds come and go."""
    yield
    gc.unfreeze()
    gc.collect()


@settings(max_examples=260, deadline=None)
@given(STEPS)
def test_edits_of_a_tangled_workspace(steps: list[Step]) -> None:
    check(tangle(), steps)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_edits_of_real_files(steps: list[Step]) -> None:
    check(half_the_example(), steps)


@pytest.mark.parametrize("kind", range(KINDS))
def test_every_kind_of_edit_changes_something(kind: int) -> None:
    """Otherwise the sequences above would test less than they say."""
    changed = 0
    for number in range(12):
        files = dict(tangle())
        edit(files, (kind, number, number * 7, number * 3), tangle())
        changed += files != tangle()
    # Mending what is whole changes nothing.
    assert changed > 0 or kind == 7


LINES = {
    "#[macro_use]\nmod a;\nmod b;\nm!();": "mod a;\nmod b;\nm!();",
    "mod a;\nmod b;\nuse a::*;\nfn f() { g(); }": "mod a;\nmod b;\nuse b::*;\nfn f() { g(); }",
    "#[macro_use]\nmod a;\n#[macro_use]\nmod b;\nm!();": (
        "#[macro_use]\nmod b;\n#[macro_use]\nmod a;\nm!();"
    ),
    "#[path = \"a.rs\"]\nmod x;\nmod b;\nuse x::g;": "#[path = \"b.rs\"]\nmod x;\nmod b;\nuse x::g;",
}  # fmt: skip


@pytest.mark.parametrize("before", LINES)
def test_edits_that_once_went_wrong(before: str, tmp_path: Path) -> None:
    """One line changes what other files' names mean; there and back again."""
    files = {
        "Cargo.toml": MANIFEST.encode(),
        "src/lib.rs": before.encode(),
        "src/a.rs": b"macro_rules! m { () => { pub struct A; } }\npub fn g() {}\n",
        "src/b.rs": b"macro_rules! m { () => { pub struct B; } }\npub fn g() {}\n",
    }
    lockstep = Lockstep(tmp_path, files)
    for text in (LINES[before], before):
        (tmp_path / "src/lib.rs").write_text(text)
        lockstep.live.update(["src/lib.rs"])
        assert compare(everything(lockstep.store), lockstep.clean()[0]) == []


def test_a_path_attribute_moves_the_modules_of_its_file(tmp_path: Path) -> None:
    """The file stays the same; what stands beside it is looked for in another folder."""
    write_fixture(
        tmp_path,
        "mod a;\n//- /src/a.rs\npub mod inner;\n//- /src/a/inner.rs\npub fn g() {}\n",
    )
    indexer = open_index(tmp_path)
    indexer.index()
    attribute = '#[path = "a.rs"]\n'
    for old, new in (("mod a;", f"{attribute}mod a;"), (attribute, "")):
        change(indexer, tmp_path, "src/lib.rs", old, new)
        clean = open_index(tmp_path)
        clean.index()
        assert compare(everything(indexer.store), everything(clean.store)) == []


MEANINGS = """
mod a;
mod b;
mod c;
mod d;
mod e;
//- /src/a.rs
pub use crate::b::*;
//- /src/b.rs
pub struct Ship;
impl Ship { pub fn fly(&self) {} }
//- /src/c.rs
pub struct Ship;
impl Ship { pub fn fly(&self) {} }
//- /src/d.rs
use crate::a::*;
pub fn make() -> Ship { Ship }
pub struct Dock { pub ship: Ship }
pub trait Sail { fn sail(&self) {} }
impl Sail for crate::a::Ship {}
//- /src/e.rs
use crate::d::*;
pub fn f(dock: Dock) { make().fly(); dock.ship.fly(); dock.ship.sail(); }
"""


def test_what_a_glob_opens_reaches_heads_elsewhere(tmp_path: Path) -> None:
    """A result, a field and an impl mean another type, though no word of them changed."""
    write_fixture(tmp_path, MEANINGS)
    indexer = open_index(tmp_path)
    indexer.index()
    was = edge_lines(indexer.store)
    assert "demo::e::f -calls/typed-> demo::b::Ship::fly" in was
    for old, new in (("b::*", "c::*"), ("c::*", "b::Ship"), ("b::Ship", "b::*")):
        change(indexer, tmp_path, "src/a.rs", old, new)
        clean = open_index(tmp_path)
        clean.index()
        assert compare(everything(indexer.store), everything(clean.store)) == []
    assert edge_lines(indexer.store) == was


def test_a_glob_through_a_module_by_another_name(tmp_path: Path) -> None:
    """The glob's path holds the name that an import gave the module, not the module's own."""
    write_fixture(
        tmp_path,
        "mod a;\nmod c;\npub use a::inner as shown;\n"
        "//- /src/a.rs\npub mod inner { pub fn g() {} }\n"
        "//- /src/c.rs\nuse crate::shown::*;\nfn f() { g(); }\n",
    )
    indexer = open_index(tmp_path)
    indexer.index()
    for old, new, edge in (
        ("mod inner", "mod other", []),
        ("mod other", "mod inner", ["demo::c::f -calls/resolved-> demo::a::inner::g"]),
    ):
        change(indexer, tmp_path, "src/a.rs", old, new)
        assert [line for line in edge_lines(indexer.store) if "::f " in line] == edge


IN_A_BODY = """
mod b;
mod c;
mod d;
pub struct Dock;
pub fn keep() {
    use crate::b::*;
    impl Dock { pub fn ship(&self) -> Ship { Ship } }
}
//- /src/b.rs
pub struct Ship;
impl Ship { pub fn fly(&self) {} }
//- /src/c.rs
pub struct Ship;
impl Ship { pub fn fly(&self) {} }
//- /src/d.rs
use crate::b::Ship;
pub fn f(dock: crate::Dock) { dock.ship().fly(); }
pub fn stranger(ship: Ship) { ship.fly(); }
"""


def test_a_glob_in_a_body_reaches_what_is_declared_there(tmp_path: Path, counted: Counted) -> None:
    """A method declared in the body returns another type; who names that type isn't concerned."""
    write_fixture(tmp_path, IN_A_BODY)
    indexer = open_index(tmp_path)
    indexer.index()
    for old, new in (("b::*", "c::*"), ("c::*", "b::*")):
        counted.take()
        change(indexer, tmp_path, "src/lib.rs", f"use crate::{old}", f"use crate::{new}")
        assert f"demo::d::f -calls/typed-> demo::{new[0]}::Ship::fly" in edge_lines(indexer.store)
        linked = counted.take()
        assert "demo::d::f" in linked
        assert "demo::d::stranger" not in linked


LOCAL = """
mod a;
mod b;
fn probe() { struct Ship; impl Ship { fn sink(&self) {} } Ship.sink(); }
//- /src/a.rs
pub struct Ship;
pub fn takes(ship: Ship) {}
//- /src/b.rs
use crate::a::{Ship, takes};
pub fn caller() { takes(Ship); }
"""


def test_a_type_of_a_body_concerns_nobody_outside_of_it(tmp_path: Path, counted: Counted) -> None:
    """Heads elsewhere that mention the same word mean another type."""
    write_fixture(tmp_path, LOCAL)
    indexer = open_index(tmp_path)
    indexer.index()
    lines = edge_lines(indexer.store)
    for old, new in (("Ship", "Boat"), ("Boat", "Ship")):
        counted.take()
        path = tmp_path / "src/lib.rs"
        path.write_text(path.read_text().replace(old, new))
        indexer.update(["src/lib.rs"])
        assert not {"demo::b::caller", "demo::a::takes"} & set(counted.take())
        clean = open_index(tmp_path)
        clean.index()
        assert compare(everything(indexer.store), everything(clean.store)) == []
    assert edge_lines(indexer.store) == lines


def test_a_glob_in_a_body_opens_what_stands_outside_once_that_in_it_is_gone(tmp_path: Path) -> None:
    """No word tells of what is declared in a body; the globs beside it are opened all the same."""
    write_fixture(
        tmp_path,
        "enum Kind { One }\nfn f() {\n    enum Kind { One }\n    use Kind::*;\n"
        "    struct Of(Kind);\n    let _ = One;\n}\n",
    )
    indexer = open_index(tmp_path)
    indexer.index()
    for old, new in (("    enum Kind", "    enum Sort"), ("    enum Sort", "    enum Kind")):
        change(indexer, tmp_path, "src/lib.rs", old, new)
        clean = open_index(tmp_path)
        clean.index()
        assert compare(everything(indexer.store), everything(clean.store)) == []


def test_a_file_goes_that_looked_more_up_before(tmp_path: Path) -> None:
    """What it looked up once must not bring it back."""
    write_fixture(
        tmp_path,
        "mod a;\nmod b;\n"
        "//- /src/a.rs\nuse crate::b::g;\npub fn f() { g(); }\n//- /src/b.rs\npub fn g() {}\n",
    )
    indexer = open_index(tmp_path)
    indexer.index()
    change(indexer, tmp_path, "src/a.rs", "use crate::b::g;\npub fn f() { g(); }", "fn f() {}")
    (tmp_path / "src/lib.rs").write_text("mod b;\n")
    path = tmp_path / "src/b.rs"
    path.write_text("pub fn h() {}\n")
    indexer.update(["src/lib.rs", "src/b.rs"])
    change(indexer, tmp_path, "src/b.rs", "fn h", "fn g")
    clean = open_index(tmp_path)
    clean.index()
    assert compare(everything(indexer.store), everything(clean.store)) == []


def test_an_update_cancelled_half_way_is_made_up_for(tmp_path: Path) -> None:
    """The world in memory must not run ahead of what is stored."""
    write_fixture(tmp_path, CALLS)
    indexer = open_index(tmp_path)
    indexer.index()
    path = tmp_path / "src/a.rs"
    path.write_text(path.read_text().replace("fn callee(x: u8)", "fn called(x: u8)"))
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    with pytest.raises(Cancelled):
        indexer.update(["src/a.rs"], cancel=stop)
    indexer.update(["src/a.rs"])
    clean = open_index(tmp_path)
    clean.index()
    assert compare(everything(indexer.store), everything(clean.store)) == []


def test_a_glob_that_opened_nothing_goes(tmp_path: Path) -> None:
    """The globs left stand at other positions, which lookups from other modules go by."""
    write_fixture(
        tmp_path,
        "mod a;\nmod b;\n"
        "//- /src/a.rs\nuse missing::*;\npub use crate::b::*;\npub use crate::b::deep::*;\n"
        "//- /src/b.rs\nuse crate::a::*;\nuse far::y;\npub mod deep { pub fn g() {} }\nfn f() { g(); }\n",
    )
    indexer = open_index(tmp_path)
    indexer.index()
    change(indexer, tmp_path, "src/a.rs", "use missing::*;\n", "")
    assert edge_lines(indexer.store) == ["demo::b::f -calls/resolved-> demo::b::deep::g"]


# -- what an edit costs -----------------------------------------------------------------------


class Counted:
    """The definitions linked since it was asked last."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.paths: set[str] = set()
        update = GraphIndexer.update

        def updating(indexer: GraphIndexer, *args: Any, **named: Any) -> IndexReport:
            report = update(indexer, *args, **named)
            self.paths.update(i.qualified_path for i in indexer.store.items(report.linked))
            return report

        patch.setattr(GraphIndexer, "update", updating)

    def take(self) -> list[str]:
        """Their paths, sorted."""
        paths, self.paths = self.paths, set()
        return sorted(paths)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


CALLS = """
mod a;
mod b;
mod c;
//- /src/a.rs
pub fn callee(x: u8) -> u8 { helper(x) }
fn helper(x: u8) -> u8 { x }
//- /src/b.rs
use crate::a::callee;
pub fn caller() -> u8 { callee(1) }
//- /src/c.rs
pub fn stranger() { other(); }
fn other() {}
"""


def change(indexer: GraphIndexer, root: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file and tell the index."""
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    indexer.update([name])


def test_an_edit_of_a_body_links_that_function_alone(tmp_path: Path, counted: Counted) -> None:
    write_fixture(tmp_path, CALLS)
    indexer = open_index(tmp_path)
    indexer.index()
    counted.take()
    change(indexer, tmp_path, "src/a.rs", "{ helper(x) }", "{ helper(helper(x)) }")
    assert counted.take() == ["demo::a", "demo::a::callee"]
    assert "demo::a::callee -calls/resolved-> demo::a::helper x2" in edge_lines(
        indexer.store, spans=True
    )


def test_an_edit_of_a_signature_links_callers_again_and_no_others(
    tmp_path: Path, counted: Counted
) -> None:
    write_fixture(tmp_path, CALLS)
    indexer = open_index(tmp_path)
    indexer.index()
    counted.take()
    change(indexer, tmp_path, "src/a.rs", "callee(x: u8) -> u8", "callee(x: u8) -> u16")
    linked = counted.take()
    assert "demo::b::caller" in linked
    assert not [path for path in linked if path.startswith("demo::c")]


def test_a_rename_links_the_callers_in_a_file_and_not_the_rest_of_it(
    tmp_path: Path, counted: Counted
) -> None:
    write_fixture(
        tmp_path,
        CALLS.replace("pub fn caller", "pub fn beside() { crate::c::stranger() }\npub fn caller"),
    )
    indexer = open_index(tmp_path)
    indexer.index()
    counted.take()
    change(indexer, tmp_path, "src/a.rs", "callee(x: u8)", "called(x: u8)")
    # The module, too: it imports the name.
    assert counted.take() == ["demo::a", "demo::a::called", "demo::b", "demo::b::caller"]


def test_a_space_links_next_to_nothing(tmp_path: Path, counted: Counted) -> None:
    write_fixture(tmp_path, CALLS)
    indexer = open_index(tmp_path)
    indexer.index()
    counted.take()
    change(indexer, tmp_path, "src/c.rs", "pub fn", "\n\npub fn")
    assert counted.take() == ["demo::c"]


def test_an_edit_of_a_real_function_links_few_of_many(tmp_path: Path, counted: Counted) -> None:
    """On the example's own files, whatever the function."""
    for name, text in half_the_example().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text)
    indexer = open_index(tmp_path)
    all_of_them = indexer.index().items
    counted.take()
    for seed in range(40):
        files = dict(half_the_example())
        touched = edit(files, (0, seed, seed * 31, seed * 17), files)
        for name in touched:
            (tmp_path / name).write_bytes(files[name])
        indexer.update(touched)
        # The function, what stands in it, and its module; or its whole impl or trait around it.
        assert len(counted.take()) <= 12 < all_of_them / 20
        for name in touched:
            (tmp_path / name).write_bytes(half_the_example()[name])
        indexer.update(touched)
        counted.take()
