"""Dependencies: what of them is stored, and what is kept for every workspace of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ferrograph.graph import blob, dependencies, kept_rows
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.kept_rows import KeptRows
from ferrograph.graph.plan import Rows
from ferrograph.graph.progress import IndexReport
from ferrograph.tests.support.graphs import edge_lines, everything, open_index
from ferrograph.tests.support.registry import write_crates, write_user

Open = Callable[[Path], GraphIndexer]


@pytest.fixture
def cargo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine keeps published crates."""
    home = write_crates(tmp_path / "cargo-home")
    monkeypatch.setenv("CARGO_HOME", str(home))
    return home


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """What all workspaces of the machine share; it does not exist yet."""
    return tmp_path / "cache"


@pytest.fixture
def start(cargo_home: Path, cache: Path) -> Iterator[Open]:
    """Open a workspace with the shared cache."""
    made: list[GraphIndexer] = []

    def opened(root: Path) -> GraphIndexer:
        made.append(open_index(root, cache=cache))
        return made[-1]

    yield opened
    for one in made:
        one.close()
        one.store.close()


@pytest.fixture
def index(start: Open, tmp_path: Path) -> Callable[[str], IndexReport]:
    """Write a workspace that uses the crates, and index it into a graph of its own."""

    def run(name: str) -> IndexReport:
        return start(write_user(tmp_path / name, name)).index()

    return run


def parsed_and_cached(report: IndexReport) -> tuple[int, int]:
    assert report.dependencies == 2
    return report.dependencies_parsed, report.dependencies_cached


def kept(cache: Path, name: str) -> Path:
    [found] = cache.glob(f"{name}-*.facts")
    return found


# -- what is stored ------------------------------------------------------------------------------


def test_every_edge_ends_at_items_that_are_stored(start: Open, tmp_path: Path) -> None:
    store = start(write_user(tmp_path / "user", "user"))
    store.index()
    rows = store.store.run("?[id, parent, path] := *items{id, parent, path}")
    paths = {row[0]: row[2] for row in rows}
    edges = store.store.run("?[source, kind, target] := *edges{source, kind, target}")
    dangling = [
        (paths.get(source), kind, paths.get(target))
        for source, kind, target in edges
        if source not in paths or target not in paths
    ]
    assert dangling == []
    assert [path for _, parent, path in rows if parent is not None and parent not in paths] == []
    unresolved = store.store.run("?[source] := *unresolved{source}")
    assert all(source in paths for (source,) in unresolved)


def test_what_users_can_meet_of_a_dependency_is_stored(start: Open, tmp_path: Path) -> None:
    store = start(write_user(tmp_path / "user", "user"))
    store.index()
    rows = store.store.run("?[path, kind, crate] := *items{path, kind, crate}")
    found = {path for path, kind, crate in rows if crate == "engine@1.2.0" and kind != "impl"}
    assert found == {
        "engine",
        "engine::sink",
        "engine::private",
        "engine::Clock",
        "engine::Clock::day",
        "engine::Clock::N",
        "engine::Clock::Out",
        "engine::Clock::run",
        "engine::Event",
        "engine::Event::Tick",
        "engine::Event::Tick::at",
        "engine::Made",
        "engine::MadePublicly",
        "engine::Made::inner",
        "engine::Ticks::add",
        "engine::make_public",
        "engine::wind",
        "engine::sink::Sink",
        "engine::sink::Sink::push",
        "engine::private::Hidden",
        "engine::private::Hidden::from",
    }
    expands = edge_lines(store.store, ("expands_to",))
    assert expands == [
        "engine::make_public -expands_to/resolved-> engine::MadePublicly",
        "engine::make_public -expands_to/resolved-> user::Ours",
    ]
    calls = edge_lines(store.store, ("calls",))
    assert "user::play -calls/resolved-> engine::wind" in calls
    assert "user::play -calls/typed-> engine::sink::Sink::push" in calls


def test_a_crate_without_its_root_file_has_no_edges(start: Open, tmp_path: Path) -> None:
    root = write_user(tmp_path / "user", "user")
    (root / "src" / "main.rs").write_text("fn main() { user::play() }\n")
    indexer = start(root)
    indexer.index()
    (root / "src" / "lib.rs").unlink()
    indexer.index()
    ids = {row[0] for row in indexer.store.run("?[id] := *items{id}")}
    ends = indexer.store.run("?[source, target] := *edges{source, target}")
    assert all(source in ids and target in ids for source, target in ends)


# -- what the machine keeps ------------------------------------------------------------------------


def test_a_second_workspace_parses_no_dependency_again(index) -> None:
    assert parsed_and_cached(index("first")) == (2, 0)
    assert parsed_and_cached(index("second")) == (0, 2)


def test_kept_facts_give_the_same_graph(start: Open, tmp_path: Path, cache: Path) -> None:
    root = write_user(tmp_path / "user", "user")
    fresh, again = start(root), start(root)
    fresh.index()
    assert again.index().dependencies_cached == 2
    assert everything(again.store) == everything(fresh.store)


@pytest.mark.parametrize("harm", ["truncated", "empty", "flipped", "garbage", "not a file"])
def test_what_is_damaged_is_parsed_again(index, cache: Path, harm: str) -> None:
    index("first")
    place = kept(cache, "engine")
    whole = place.read_bytes()
    if harm == "not a file":
        place.unlink()
        place.mkdir()
    else:
        harmed = {
            "truncated": whole[: len(whole) // 2],
            "empty": b"",
            "flipped": whole[:-1] + bytes([whole[-1] ^ 1]),
            "garbage": os.urandom(1000),
        }
        place.write_bytes(harmed[harm])
    assert parsed_and_cached(index("second")) == (1, 1)
    if harm != "not a file":
        assert parsed_and_cached(index("third")) == (0, 2), "mended"


def test_what_another_version_parsed_is_not_read(
    index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = blob.STAMP
    older = stamp.replace(b"ferrograph-facts ", b"ferrograph-facts 0.")
    with monkeypatch.context() as then:
        then.setattr(blob, "STAMP", older)
        then.setattr(dependencies, "STAMP", older)
        assert parsed_and_cached(index("first")) == (2, 0)
    names = {path.name for path in cache.glob("*.facts")}
    assert parsed_and_cached(index("second")) == (2, 0)
    # Nor where it stands under a name of this version.
    for name in names:
        for ours in cache.glob(f"{name[:5]}*.facts"):
            if ours.name not in names:
                shutil.copy(cache / name, ours)
    assert parsed_and_cached(index("third")) == (2, 0)


def test_facts_of_another_version_inside_are_not_read(
    index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setattr(blob, "STAMP", b"ferrograph-facts 0\n")
        index("first")
    assert parsed_and_cached(index("second")) == (2, 0)


def test_an_edited_dependency_is_parsed_again(index, cargo_home: Path) -> None:
    index("first")
    source = cargo_home / "registry/src/index/gears-0.3.1/src/lib.rs"
    about = source.stat()
    source.write_text(source.read_text().replace("Gear", "Cogs"))
    os.utime(source, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert parsed_and_cached(index("second")) == (1, 1)


def test_a_copy_with_other_times_is_known_by_its_content(index, cargo_home: Path) -> None:
    index("first")
    for source in cargo_home.rglob("*.rs"):
        os.utime(source, (1, 1))
    assert parsed_and_cached(index("second")) == (0, 2)
    assert parsed_and_cached(index("third")) == (0, 2)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_what_could_not_be_read_is_tried_again(index, cargo_home: Path) -> None:
    source = cargo_home / "registry/src/index/gears-0.3.1/src/lib.rs"
    source.chmod(0)
    index("first")
    source.chmod(0o644)
    assert parsed_and_cached(index("second")) == (1, 1)


def test_a_cache_that_cannot_be_written_is_no_error(index, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert parsed_and_cached(index("first")) == (2, 0)
    assert parsed_and_cached(index("second")) == (2, 0)


FILL = """
import sys
from pathlib import Path
from ferrograph.tests.support.graphs import open_index
sys.stdin.readline()
for _ in range(5):
    indexer = open_index(Path(sys.argv[1]), cache=Path(sys.argv[2]))
    report = indexer.index()
    print(report.dependencies, report.dependency_items, flush=True)
    for kept in Path(sys.argv[2]).glob("*.facts"):
        kept.unlink(missing_ok=True)
    indexer.index()
"""


@pytest.mark.e2e
def test_two_processes_fill_the_cache_at_once(cargo_home: Path, tmp_path: Path, index) -> None:
    cache = tmp_path / "cache"
    filling = [
        subprocess.Popen(
            [sys.executable, "-c", FILL, str(write_user(tmp_path / name, name)), str(cache)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("left", "right")
    ]  # fmt: skip
    for process in filling:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said: set[str] = set()
    for process in filling:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert len(out.splitlines()) == 5
        said.update(out.splitlines())
    assert len(said) == 1, "every graph has the same items"
    assert not list(cache.glob(".new-*")), "nothing half written stays"
    index("last")
    assert parsed_and_cached(index("after")) == (0, 2)


# -- rows ----------------------------------------------------------------------------------------


def rows_of(indexer: GraphIndexer) -> Rows:
    def table(relation: str, columns: str, width: int) -> dict[object, list[object]]:
        rows = indexer.store.run(f"?[{columns}] := *{relation}{{{columns}}}")
        return {(row[0] if width == 1 else tuple(row[:width])): row for row in rows}

    return Rows(
        table("items", "id, kind, name, path, parent, doc, hash", 1),  # type: ignore[arg-type]
        table("edges", "source, kind, target, provenance, uses", 3),  # type: ignore[arg-type]
        table("unresolved", "source, kind, name, start, text", 4),  # type: ignore[arg-type]
    )


def test_rows_come_back_as_they_were(start: Open, tmp_path: Path) -> None:
    indexer = start(write_user(tmp_path / "user", "user"))
    indexer.index()
    package = indexer.workspace.packages["engine@1.2.0"]
    rows = rows_of(indexer)
    kept = KeptRows(tmp_path / "rows")
    assert kept.read(package, b"print") is None
    kept.write(package, b"print", rows)
    assert kept.read(package, b"print") == rows
    assert kept.read(package, b"other") is None
    assert kept.read(indexer.workspace.packages["gears@0.3.1"], b"print") is None
    [place] = (tmp_path / "rows").iterdir()
    place.write_bytes(place.read_bytes()[:-3])
    assert kept.read(package, b"print") is None
    KeptRows(None).write(package, b"print", rows)
    assert KeptRows(None).read(package, b"print") is None


def test_rows_of_other_code_are_not_read(
    start: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexer = start(write_user(tmp_path / "user", "user"))
    package = indexer.workspace.packages["engine@1.2.0"]
    kept = KeptRows(tmp_path / "rows")
    kept.write(package, b"print", Rows())
    assert kept.read(package, b"print") == Rows()
    monkeypatch.setattr(kept_rows, "code_stamp", lambda: b"ferrograph-code other\n")
    assert kept.read(package, b"print") is None
