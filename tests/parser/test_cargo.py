"""Loading a workspace: Cargo where it may be asked, plain reading everywhere else."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.errors import CargoError
from ferrograph.parser.metadata import find_cargo, read_metadata
from ferrograph.parser.workspace import Dependency
from ferrograph.tests.support.files import write_files

UNTRUSTED = "this workspace is not trusted, so cargo was not run"

FULL = """
//- Cargo.toml
[package]
name = "app"
version = "0.3.0"
edition = "2024"
[workspace]
members = ["crates/*"]
exclude = ["crates/skipped"]
[workspace.package]
version = "1.0.0"
edition = "2021"
[workspace.dependencies]
core-lib = { path = "crates/core" }
[dependencies]
core-lib.workspace = true
util = { path = "crates/util", optional = true }
re-named = { path = "../outside", package = "outside" }
[target.'cfg(windows)'.dependencies]
util = { path = "crates/util" }
[build-dependencies]
util = { path = "crates/util" }
[dev-dependencies]
macros = { path = "crates/macros" }
[features]
default = ["util"]
fast = []
[[bin]]
name = "tool"
path = "src/tool_main.rs"
//- src/lib.rs
//- src/main.rs
fn main() {}
//- src/tool_main.rs
fn main() {}
//- src/bin/other/main.rs
fn main() {}
//- examples/demo.rs
fn main() {}
//- tests/it.rs
//- benches/speed.rs
//- build.rs
fn main() {}
//- crates/core/Cargo.toml
[package]
name = "core-lib"
version.workspace = true
edition.workspace = true
[lib]
name = "corelib"
//- crates/core/src/lib.rs
//- crates/util/Cargo.toml
[package]
name = "util"
version = "0.1.0"
//- crates/util/src/lib.rs
//- crates/macros/Cargo.toml
[package]
name = "macros"
version.workspace = true
edition = "2018"
[lib]
proc-macro = true
//- crates/macros/src/lib.rs
//- crates/skipped/Cargo.toml
[package]
name = "skipped"
version = "0.1.0"
//- crates/skipped/src/lib.rs
"""


@pytest.fixture
def full(tmp_path: Path) -> Path:
    write_files(
        tmp_path / "outside",
        '//- Cargo.toml\n[package]\nname = "outside"\nversion = "2.0.0"\n//- src/lib.rs\n',
    )
    return write_files(tmp_path / "w", FULL)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """A stand-in for Cargo that does what a test needs."""

    def make(text: str) -> str:
        path = tmp_path / "fake" / "cargo"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return make


# Real Cargo


@pytest.mark.e2e
def test_cargo_and_the_plain_reader_agree(full: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("cargo")
    exact = load_workspace(full, trusted=True)
    assert (exact.via, exact.problems) == ("cargo", ()), exact.problems
    assert [dataclasses.astuple(edge) for edge in exact.packages["app@0.3.0"].dependencies] == [
        ("corelib", "core-lib@1.0.0", "normal"),
        ("re_named", "outside@2.0.0", "normal"),
        ("util", "util@0.1.0", "normal"),
        ("util", "util@0.1.0", "build"),
        ("macros", "macros@1.0.0", "dev"),
    ]
    enabled = {key: package.enabled for key, package in exact.packages.items()}
    assert enabled["app@0.3.0"] == ("default", "util")
    assert {key for key, features in enabled.items() if features == ()} == set(enabled) - {
        "app@0.3.0"
    }
    assert {target.kind for target in exact.packages["app@0.3.0"].targets} == {
        "lib", "bin", "example", "test", "bench", "build"
    }  # fmt: skip
    assert (full / "Cargo.lock").is_file()
    for inside in (full, full / "crates/core", full / "src/bin"):
        plain = load_workspace(inside, trusted=False)
        assert plain.problems == (f"{UNTRUSTED}: dependencies were read from Cargo.lock",)
        assert (plain.root, plain.members, plain.missing) == (exact.root, exact.members, ())
        assert set(plain.packages) == set(exact.packages)
        for key, package in exact.packages.items():
            other = plain.packages[key]
            assert set(other.targets) == set(package.targets), key
            assert dataclasses.replace(other, targets=package.targets) == package


@pytest.mark.e2e
def test_cargo_never_changes_a_lock_file(full: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("cargo")
    assert load_workspace(full, trusted=True).via == "cargo"
    lock = full / "Cargo.lock"
    stale = lock.read_text().replace('version = "0.3.0"', 'version = "0.2.9"')
    lock.write_text(stale)
    workspace = load_workspace(full, trusted=True)
    assert lock.read_text() == stale
    assert workspace.via == "manifests"
    assert "app@0.3.0" in workspace.members
    (problem,) = workspace.problems
    assert problem.startswith("cargo tree failed (")
    assert "--locked" in problem
    assert problem.endswith("): dependencies were read from Cargo.lock")


@pytest.mark.e2e
def test_what_cargo_refuses_is_read_plainly(full: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("cargo")
    assert load_workspace(full, trusted=True).via == "cargo"
    (full / "crates/util/Cargo.toml").write_text('[package]\nname = "util"\nversion = oops\n')
    workspace = load_workspace(full, trusted=True)
    assert workspace.via == "manifests"
    assert "app@0.3.0" in workspace.members
    assert "util@0.0.0" in workspace.members
    assert workspace.problems[0].startswith("cargo tree failed (")
    assert workspace.problems[1] == (
        "crates/util/Cargo.toml, line 3: invalid value; what stands above was read"
    )


# Cargo that is missing, hostile or odd


def test_an_untrusted_workspace_runs_nothing(full: Path, script: Callable[[str], str]) -> None:
    mark = full / "ran"
    cargo = script(f"touch {mark}")
    load_workspace(full, trusted=False, cargo=cargo)
    assert not mark.exists()
    load_workspace(full, trusted=True, cargo=cargo)
    assert mark.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo 'error: it broke' >&2; exit 101", "cargo tree failed (it broke)"),
        (
            "printf 'error: bad\\n\\nCaused by:\\n  x\\n\\nCaused by:\\n  deeper\\n' >&2; exit 1",
            "cargo tree failed (bad: deeper)",
        ),
        ("echo 'no error line' >&2; exit 1", "cargo tree failed (no error line)"),
        ("exit 3", "cargo tree failed (exit status 3)"),
        ("echo nonsense; printf '\\377'", "cargo tree named no package"),
    ],
)
def test_cargo_that_fails_is_one_sentence(
    full: Path, script: Callable[[str], str], text: str, reason: str
) -> None:
    workspace = load_workspace(full, trusted=True, cargo=script(text))
    assert workspace.problems[0].startswith(f"{reason}: without a Cargo.lock")
    assert workspace.via == "manifests"
    assert "app@0.3.0" in workspace.members


TREE = """
case "$1" in tree)
    echo "app v0.3.0 (/somewhere/app)|default,util"
    echo "util v0.1.0 (/somewhere/util)|"
    echo "core-lib v1.0.0|alloc"
    echo "core-lib v1.0.0|std (*)"
    echo "needed v1.2.0|default"
    echo
;; *) METADATA ;; esac
"""


@pytest.mark.parametrize("metadata", ["exit 1", "echo '[1, 2]'", "echo no json", "printf '\\377'"])
def test_where_metadata_fails_manifests_do(
    full: Path, script: Callable[[str], str], metadata: str
) -> None:
    """Packages that no build compiles, and edges to them, are left out."""
    app = full / "Cargo.toml"
    app.write_text(app.read_text().replace("[dependencies]", '[dependencies]\nneeded = "1"'))
    util = full / "crates/util/Cargo.toml"
    util.write_text(f'{util.read_text()}[target."cfg(all())".dependencies]\nunneeded = "1"\n')
    locked = '[[package]]\nname = "{}"\nversion = "1.2.0"\nsource = "sparse+x"\n'
    (full / "Cargo.lock").write_text("".join(map(locked.format, ("needed", "unneeded"))))
    workspace = load_workspace(full, trusted=True, cargo=script(TREE.replace("METADATA", metadata)))
    assert workspace.via == "cargo"
    assert {key: package.enabled for key, package in workspace.packages.items()} == {
        "app@0.3.0": ("default", "util"),
        "util@0.1.0": (),
        "core-lib@1.0.0": ("alloc", "std"),
        "macros@1.0.0": None,  # a member that nothing builds is still the user's code
    }
    edges = {
        key: [edge.package for edge in package.dependencies]
        for key, package in workspace.packages.items()
    }
    assert edges == {
        "app@0.3.0": [
            "core-lib@1.0.0", "needed@1.2.0", "util@0.1.0", "util@0.1.0", "macros@1.0.0"
        ],
        "util@0.1.0": [],
        "core-lib@1.0.0": [],
        "macros@1.0.0": [],
    }  # fmt: skip
    assert workspace.missing == ("needed@1.2.0",)
    assert workspace.problems == ("1 locked dependency is not on this machine: run `cargo fetch`",)


def test_cargo_that_hangs_is_ended_with_all_it_started(
    full: Path, script: Callable[[str], str]
) -> None:
    before = time.monotonic()
    hanging = script('case "$1" in tree) sleep 30 & sleep 30;; esac')
    workspace = load_workspace(full, trusted=True, cargo=hanging, timeout=0.2)
    assert time.monotonic() - before < 10
    assert workspace.problems[0].startswith("cargo tree took longer than 0.2 s: ")


def test_what_cargo_is_asked(
    full: Path, script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline unless told otherwise, for this platform, never changing a lock file."""
    monkeypatch.delenv("CARGO_NET_OFFLINE", raising=False)
    monkeypatch.delenv("RUSTUP_AUTO_INSTALL", raising=False)
    asked = full / "asked"
    echo = f'echo "$@" "$CARGO_NET_OFFLINE" "$RUSTUP_AUTO_INSTALL" >> {asked}'
    cargo = script(f"{echo}; exit 1")
    rustc = Path(cargo).with_name("rustc")
    rustc.write_text("#!/bin/sh\necho host: some-triple\n")
    rustc.chmod(0o755)
    load_workspace(full, trusted=True, cargo=cargo)
    assert [line.partition(" --")[2].split("--") for line in asked.read_text().splitlines()] == [
        ["workspace ", "edges normal,build,dev ", "prefix none ", "format {p}|{f} ",
         "target some-triple ", "offline true 0"],
    ]  # fmt: skip
    asked.unlink()
    (full / "Cargo.lock").write_text("version = 4\n")
    cargo = script(f"{echo}; {TREE.replace('METADATA', 'exit 1')}")
    load_workspace(full / "crates/core", trusted=True, cargo=cargo, offline=False)
    tree, metadata = asked.read_text().splitlines()
    assert tree.rstrip().endswith("--target some-triple --locked")
    # All that is built is here by now, and nothing else is wanted.
    assert metadata.endswith("--filter-platform some-triple --offline --locked true 0")


def test_missing_cargo(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Callable[[str], str]
) -> None:
    workspace = load_workspace(full, trusted=True, cargo=str(tmp_path / "nowhere/cargo"))
    assert workspace.problems[0].startswith(f"cargo was not found at {tmp_path}/nowhere/cargo: ")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo-home"))
    workspace = load_workspace(full, trusted=True)
    assert workspace.problems[0].startswith("cargo was not found: ")
    (tmp_path / "cargo-home").mkdir()
    shutil.copytree(Path(script("exit 0")).parent, tmp_path / "cargo-home/bin")
    assert find_cargo(None) == str(tmp_path / "cargo-home/bin/cargo")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"packages": 3, "resolve": [], "workspace_members": "x"},
        {"packages": [{}, 3, {"targets": [{}], "features": 1}], "resolve": {"nodes": [{}]}},
        {"packages": [{"id": "a"}], "resolve": {"nodes": [{"id": "a", "deps": [{"pkg": "b"}]}]}},
    ],
)
def test_answers_of_odd_shape(answer: dict[str, object]) -> None:
    assert read_metadata(answer).via == "cargo"


def test_one_dependency_of_several_kinds() -> None:
    package = {"name": "a", "version": "1.0.0", "manifest_path": "/a/Cargo.toml", "id": "A"}
    other = {**package, "name": "b", "id": "B", "source": "git+https://example.org/b#1"}
    kinds = [{"kind": None}, {"kind": "build", "target": "x"}, {"kind": None, "target": "y"}]
    node = {"id": "A", "deps": [{"name": "bee", "pkg": "B", "dep_kinds": kinds}]}
    found = read_metadata(
        {
            "packages": [other, package],
            "workspace_members": ["A"],
            "workspace_root": "/a",
            "resolve": {"nodes": [node]},
        }
    )
    assert found.members == ("a@1.0.0",)
    assert found.packages["b@1.0.0"].source == "git"
    assert found.packages["a@1.0.0"].dependencies == (
        Dependency(name="bee", package="b@1.0.0", kind="normal"),
        Dependency(name="bee", package="b@1.0.0", kind="build"),
    )


# Folders of every kind


def test_a_root_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("nowhere", "loop", "a\0b"):
        with pytest.raises(CargoError, match="does not exist"):
            load_workspace(tmp_path / name, trusted=False)


def test_a_file_or_a_link_stands_for_its_folder(full: Path, tmp_path: Path) -> None:
    whole = load_workspace(full, trusted=False)
    (tmp_path / "link").symlink_to(full)
    for root in (full / "src/main.rs", full / "Cargo.toml", tmp_path / "link"):
        assert load_workspace(root, trusted=False) == whole


def test_workspaces_in_subfolders_are_joined(tmp_path: Path) -> None:
    root = write_files(
        tmp_path / "mono",
        """
//- README.md
//- backend/Cargo.toml
[package]
name = "backend"
[dependencies]
absent = "1"
//- backend/src/main.rs
//- tools/deep/Cargo.toml
[workspace]
members = ["x"]
//- tools/deep/x/Cargo.toml
[package]
name = "x"
version = "0.1.0"
//- tools/deep/x/src/lib.rs
//- target/package/y/Cargo.toml
//- node_modules/z/Cargo.toml
""",
    )
    (root / "target/CACHEDIR.TAG").write_text("")
    workspace = load_workspace(root, trusted=False)
    assert (workspace.root, workspace.via) == (root, "manifests")
    assert workspace.members == ("backend@0.0.0", "x@0.1.0")
    assert workspace.missing == ("absent@1",)
    assert [problem.partition(": ")[0] for problem in workspace.problems] == [
        "backend", "backend", "tools/deep"
    ]  # fmt: skip


def loose(root: Path, *files: str) -> list[str]:
    for file in files:
        write_files(root, f"//- {file}\n")
    workspace = load_workspace(root, trusted=True)
    assert workspace.via == "files"
    (package,) = workspace.packages.values()
    assert package.name == root.name
    assert workspace.members == (package.key,)
    (problem,) = workspace.problems
    assert "no Cargo.toml" in problem
    return [
        f"{target.kind} {target.name} {target.path.relative_to(root).as_posix()}"
        for target in package.targets
    ]


def test_loose_files(tmp_path: Path) -> None:
    assert loose(tmp_path / "my-lib", "src/lib.rs", "src/main.rs", "src/a.rs", "other.rs") == [
        "lib my_lib src/lib.rs",
        "bin my-lib src/main.rs",
    ]
    assert loose(tmp_path / "flat", "main.rs", "part.rs") == ["bin flat main.rs"]
    assert loose(tmp_path / "many", "b.rs", "a.rs", "sub/c.rs") == ["bin a a.rs", "bin b b.rs"]
    assert loose(tmp_path / "book", "one/x.rs", "two/src/main.rs", "two/src/y.rs", "a.txt") == [
        "bin one-x one/x.rs",
        "bin two two/src/main.rs",
    ]


def test_a_folder_without_rust(tmp_path: Path) -> None:
    write_files(tmp_path, "//- notes.txt\n")
    workspace = load_workspace(tmp_path, trusted=True)
    assert (workspace.packages, workspace.members, workspace.via) == ({}, (), "files")
    assert workspace.problems == (f"there is no Cargo.toml and no Rust file in {tmp_path}",)
