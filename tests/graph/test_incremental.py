"""After any sequence of edits the graph equals one built from scratch."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.graph.batch import Batch
from ferrograph.tests.support.graphs import edge_lines, everything, open_index, write_fixture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FILES = {
    "src/lib.rs": [
        "pub mod a;\nmod b;\npub use a::Ship;\npub fn top() { b::go(); }\n",
        "pub mod a;\nmod b;\nuse b::*;\npub fn top() { go(); }\n",
        "pub mod a;\npub fn top() { a::Ship::new().fly(); }\n",
        "pub mod a;\nmod b { pub fn go() {} }\npub fn top() { b::go( }\n",
    ],
    "src/a.rs": [
        "/// A ship.\npub struct Ship;\nimpl Ship { pub fn new() -> Ship { Ship } pub fn fly(&self) {} }\n",
        "pub struct Ship { pub hull: Hull }\npub struct Hull;\n"
        "impl Hull { pub fn fly(&self) {} }\nimpl Ship { pub fn new() -> Hull { Hull } }\n",
        "pub enum Ship { Big, Small(u8) }\nimpl Ship { pub fn new() -> Ship { Ship::Big } }\n"
        "pub trait Fly { fn fly(&self) {} }\nimpl Fly for Ship {}\n",
        "pub struct Ship;\n#[cfg(unix)]\nimpl Ship { pub fn new() -> Ship { Ship } }\n"
        "impl Ship { pub fn fly(&self) { crate::top() } }\n",
        None,
    ],
    "src/b.rs": [
        "use crate::a::Ship;\npub fn go() { Ship::new().fly(); helper(); }\nfn helper() {}\n",
        "use crate::a::*;\npub fn go() { let s = Ship::new(); s.fly(); }\npub mod inner { pub fn x() { super::go() } }\n",
        'pub fn go() { println!("{}", crate::top()); }\n',
        None,
    ],
    "README.md": ["# Title\n\nWords.\n\n## Part\n\nMore.\n", "# Title\n\n## Other\n", None],
}


def write(root: Path, name: str, text: str | None) -> None:
    """Write a file, or remove it."""
    path = root / name
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text)


EDIT = st.sampled_from([(name, version) for name, all_ in FILES.items() for version in all_])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(st.tuples(EDIT, st.booleans()), min_size=1, max_size=6))
def test_edits_equal_a_clean_build(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[tuple[str, str | None], bool]],
) -> None:
    """Edits saved one by one or together, files appearing and vanishing, syntax broken and mended."""
    root = tmp_path_factory.mktemp("edits")
    write_fixture(root, "")
    for name, versions in FILES.items():
        write(root, name, versions[0])
    live = open_index(root)
    live.index()
    pending: list[str] = []
    for (name, version), now in edits:
        write(root, name, version)
        pending.append(name)
        if now:
            live.update(pending)
            pending.clear()
    live.update(pending)
    clean = open_index(root)
    clean.index()
    assert everything(live.store) == everything(clean.store)


def test_unsaved_text_wins_over_the_disk(tmp_path: Path) -> None:
    """The editor's buffer is what counts until it is closed."""
    write_fixture(tmp_path, "pub fn a() {}\npub fn b() { a(); }\n")
    indexer = open_index(tmp_path)
    indexer.index()
    before = everything(indexer.store)
    indexer.sources.set_overlay("src/lib.rs", b"pub fn c() {}\npub fn b() { c(); }\n")
    report = indexer.update(["src/lib.rs"])
    assert edge_lines(indexer.store) == ["demo::b -calls/resolved-> demo::c"]
    assert len(report.removed) == 1
    indexer.sources.set_overlay("src/lib.rs", None)
    indexer.update(["src/lib.rs"])
    assert everything(indexer.store) == before


def test_an_edit_elsewhere_moves_no_id(tmp_path: Path) -> None:
    """Ids follow names, not places."""
    write_fixture(tmp_path, "pub fn a() {}\npub fn b() { a(); }\n")
    indexer = open_index(tmp_path)
    indexer.index()
    ids = {item.id for item in indexer.store.items_in_file("src/lib.rs")}
    (tmp_path / "src/lib.rs").write_text("// a comment\n\npub fn a() {}\npub fn b() { a(); }\n")
    report = indexer.update(["src/lib.rs"])
    assert {item.id for item in indexer.store.items_in_file("src/lib.rs")} == ids
    assert not report.removed


def test_a_warm_start_parses_nothing(tmp_path: Path) -> None:
    """What did not change on the disk is not read again."""
    write_fixture(tmp_path, "pub fn a() {}\n")
    indexer = open_index(tmp_path)
    assert indexer.index().parsed == 1
    assert indexer.index().parsed == 0
    (tmp_path / "src/lib.rs").write_text("pub fn abc() {}\n")
    assert indexer.index().parsed == 1
    assert [item.name for item in indexer.store.items_in_file("src/lib.rs")] == ["demo", "abc"]


def test_bad_files_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Not UTF-8, too large, broken: each one sentence, and the good file is indexed."""
    write_fixture(
        tmp_path,
        "mod good;\nmod bad;\nmod huge;\nmod broken;\npub fn f() { good::g(); broken::kept(); }\n",
    )
    (tmp_path / "src/good.rs").write_text("pub fn g() {}\n")
    (tmp_path / "src/bad.rs").write_bytes(b"pub fn h() {}\n// \xff\xfe\n")
    (tmp_path / "src/huge.rs").write_bytes(b"// x\n" * 1_000_001)
    (tmp_path / "src/broken.rs").write_text("pub fn kept() {}\nfn lost( {\n")
    (tmp_path / "src/loop").symlink_to(tmp_path / "src")
    report = open_index(tmp_path).index()
    assert any("bad.rs" in p and "UTF-8" in p for p in report.problems)
    assert any("huge.rs" in p and "MB" in p for p in report.problems)
    assert any("broken.rs" in p for p in report.problems)
    indexer = open_index(tmp_path)
    indexer.index()
    assert edge_lines(indexer.store) == [
        "demo::f -calls/resolved-> demo::broken::kept",
        "demo::f -calls/resolved-> demo::good::g",
    ]


def test_an_index_that_was_stopped_while_writing_is_built_anew(tmp_path: Path) -> None:
    """Rows of a run that never ended don't outlive the files they came from."""
    write_fixture(tmp_path, "pub fn old() {}\npub fn f() { old(); }\n")
    indexer = open_index(tmp_path)

    def stopped(_batch: Batch, **_named: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexer.store, "write", stopped)
        with pytest.raises(KeyboardInterrupt):
            indexer.index()
    assert [item.name for item in indexer.store.find("old")] == ["old"]
    (tmp_path / "src/lib.rs").write_text("pub fn new() {}\n")
    indexer.index()
    clean = open_index(tmp_path)
    clean.index()
    assert everything(indexer.store) == everything(clean.store)


def test_a_module_whose_file_went_imports_nothing(tmp_path: Path) -> None:
    """The declaration stays, and so does the module; what its file imported goes."""
    write_fixture(tmp_path, "pub mod extra;\npub fn top() {}\n//- /src/extra.rs\nuse super::top;\n")
    indexer = open_index(tmp_path)
    indexer.index()
    assert edge_lines(indexer.store, ("imports",)) == ["demo::extra -imports/resolved-> demo::top"]
    (tmp_path / "src/extra.rs").unlink()
    indexer.update(["src/extra.rs"])
    clean = open_index(tmp_path)
    clean.index()
    assert everything(indexer.store) == everything(clean.store)


def test_files_that_a_clean_build_leaves_out_are_left_out_of_edits(tmp_path: Path) -> None:
    write_fixture(tmp_path, "pub fn top() {}\n")
    indexer = open_index(tmp_path)
    indexer.index()
    nested = tmp_path / "tools/src/main.rs"
    generated = tmp_path / "target/debug/out.rs"
    for path in (nested, generated):
        path.parent.mkdir(parents=True)
        path.write_text("fn main() {}\n")
    (tmp_path / "tools/Cargo.toml").write_text('[package]\nname = "tools"\n')
    names = ["tools/src/main.rs", "target/debug/out.rs"]
    report = indexer.update(names)
    assert (report.files, report.parsed) == (1, 0)
    # A folder that became a package of its own takes its files along.
    part = tmp_path / "src/part/mod.rs"
    part.parent.mkdir()
    part.write_text("fn inside() {}\n")
    assert indexer.update(["src/part/mod.rs"]).files == 2
    (part.parent / "Cargo.toml").write_text('[package]\nname = "part"\n')
    assert indexer.update(["src/part/mod.rs"]).files == 1
    clean = open_index(tmp_path)
    clean.index()
    assert everything(indexer.store) == everything(clean.store)
