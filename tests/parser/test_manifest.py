"""The plain reader of manifests, against workspaces written out in one string."""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.parser.cfgs import Platform
from ferrograph.parser.manifest import read_workspace
from ferrograph.parser.workspace import CargoWorkspace, Package
from ferrograph.tests.support.files import write_files

LINUX = Platform(
    names=frozenset(("unix",)),
    values=frozenset(
        (("target_os", "linux"), ("target_arch", "x86_64"), ("target_pointer_width", "64"))
    ),
    triple=("x86_64", "linux"),
)


def read(tmp_path: Path, fixture: str, at: str = "w") -> CargoWorkspace:
    """Read the workspace in ``w/``; ``home/`` is Cargo's home."""
    write_files(tmp_path, fixture)
    return read_workspace(tmp_path / at, home=tmp_path / "home", platform=LINUX)


def targets(package: Package) -> list[str]:
    return [
        f"{target.kind} {target.name} {target.path.relative_to(package.root).as_posix()}"
        + ("" if target.edition == package.edition else f" {target.edition}")
        for target in package.targets
    ]


def edges(package: Package) -> list[str]:
    return [
        f"{edge.name} = {edge.package}" + ("" if edge.kind == "normal" else f" ({edge.kind})")
        for edge in package.dependencies
    ]


def only(workspace: CargoWorkspace) -> Package:
    (key,) = workspace.members
    return workspace.packages[key]


# Targets


def test_targets_by_convention(tmp_path: Path) -> None:
    package = only(
        read(
            tmp_path,
            """
//- w/Cargo.toml
[package]
name = "my-game"
version = "1.2.3"
edition = "2024"
//- w/src/lib.rs
//- w/src/main.rs
//- w/src/bin/tool.rs
//- w/src/bin/big/main.rs
//- w/src/bin/big/part.rs
//- w/examples/demo.rs
//- w/tests/it.rs
//- w/tests/common/mod.rs
//- w/benches/speed.rs
//- w/build.rs
""",
        )
    )
    assert (package.key, package.edition, package.source) == ("my-game@1.2.3", "2024", "workspace")
    assert targets(package) == [
        "lib my_game src/lib.rs",
        "bin my-game src/main.rs",
        "bin big src/bin/big/main.rs",
        "bin tool src/bin/tool.rs",
        "example demo examples/demo.rs",
        "test it tests/it.rs",
        "bench speed benches/speed.rs",
        "build build-script-build build.rs",
    ]


def test_listed_targets(tmp_path: Path) -> None:
    workspace = read(
        tmp_path,
        """
//- w/Cargo.toml
[package]
name = "p"
version = "0.1.0"
edition = "2021"
build = "scripts/gen.rs"
autotests = false
[lib]
name = "other_name"
path = "lib/root.rs"
proc-macro = true
edition = "2018"
[[bin]]
name = "tool"
[[bin]]
name = "main2"
path = "src/bin/renamed.rs"
[[bin]]
name = "gone"
path = "nowhere.rs"
[[example]]
name = "ghost"
[[test]]
name = "listed"
path = "tests/listed.rs"
//- w/lib/root.rs
//- w/src/bin/tool.rs
//- w/src/bin/renamed.rs
//- w/src/bin/third.rs
//- w/tests/listed.rs
//- w/tests/unlisted.rs
//- w/scripts/gen.rs
""",
    )
    assert targets(only(workspace)) == [
        "proc-macro other_name lib/root.rs 2018",
        "bin tool src/bin/tool.rs",
        "bin main2 src/bin/renamed.rs",
        "bin third src/bin/third.rs",
        "test listed tests/listed.rs",
        "build build-script-gen scripts/gen.rs",
    ]
    assert workspace.problems[1:] == (
        "bin gone of p is said to be nowhere.rs, which is not there",
        "example ghost of p has no root file",
    )


def test_the_first_edition_finds_nothing_beside_what_is_listed(tmp_path: Path) -> None:
    package = only(
        read(
            tmp_path,
            """
//- w/Cargo.toml
[package]
name = "old"
version = "0.1.0"
build = false
[[bin]]
name = "one"
//- w/src/main.rs
//- w/src/bin/two.rs
//- w/build.rs
""",
        )
    )
    assert package.edition == "2015"
    assert targets(package) == ["bin one src/main.rs"]


# Workspaces


WORKSPACE = """
//- w/Cargo.toml
[workspace]
members = ["crates/*", "tools/cli", "gone"]
exclude = ["crates/out"]
[workspace.package]
version = "3.0.0"
edition = "2021"
[workspace.dependencies]
core-lib = { path = "crates/core", version = "3" }
ext = { version = "1", package = "external-crate" }
//- w/crates/core/Cargo.toml
[package]
name = "core-lib"
version.workspace = true
edition.workspace = true
[features]
default = ["std"]
std = ["dep:hidden"]
[dependencies]
ext = { workspace = true, optional = true }
hidden = { version = "1", optional = true }
//- w/crates/core/src/lib.rs
//- w/crates/out/Cargo.toml
[package]
name = "out"
//- w/crates/out/src/lib.rs
//- w/crates/not_a_package/README
//- w/tools/cli/Cargo.toml
[package]
name = "cli"
version = { workspace = true }
[dependencies]
core-lib.workspace = true
helper = { path = "../../helper" }
outside = { path = "../../../outside" }
nothing.workspace = true
//- w/tools/cli/src/main.rs
//- w/helper/Cargo.toml
[package]
name = "helper"
version = "0.1.0"
//- w/helper/src/lib.rs
//- outside/Cargo.toml
[package]
name = "outside"
version = "9.0.0"
[dev-dependencies]
never = "1"
//- outside/src/lib.rs
"""


def test_members_inheritance_and_path_dependencies(tmp_path: Path) -> None:
    workspace = read(tmp_path, WORKSPACE)
    assert workspace.root == tmp_path / "w"
    # `helper` joins because a member depends on it and it lies inside; `outside` doesn't lie there.
    assert workspace.members == ("core-lib@3.0.0", "helper@0.1.0", "cli@3.0.0")
    core = workspace.packages["core-lib@3.0.0"]
    assert (core.edition, core.features) == ("2021", ("default", "ext", "std"))
    assert edges(workspace.packages["cli@3.0.0"]) == [
        "core_lib = core-lib@3.0.0",
        "helper = helper@0.1.0",
        "nothing = nothing@*",
        "outside = outside@9.0.0",
    ]
    assert workspace.packages["outside@9.0.0"].source == "path"
    assert workspace.packages["outside@9.0.0"].dependencies == ()
    assert workspace.problems == (
        "without a Cargo.lock, dependencies are the newest versions here that fit",
        "Cargo.toml lists the member gone, which has no Cargo.toml",
        "tools/cli/Cargo.toml takes nothing from the workspace, "
        "whose workspace.dependencies don't have it",
        "2 dependencies are not on this machine: run `cargo fetch`",
    )
    assert workspace.missing == ("hidden@1", "nothing@*")


def test_any_folder_inside_leads_to_the_root(tmp_path: Path) -> None:
    write_files(tmp_path, WORKSPACE)
    whole = read_workspace(tmp_path / "w", home=tmp_path, platform=LINUX)
    for inside in ("w/tools/cli", "w/helper"):
        assert read_workspace(tmp_path / inside, home=tmp_path, platform=LINUX) == whole


def test_excluded_packages_and_strangers_stand_alone(tmp_path: Path) -> None:
    write_files(tmp_path, WORKSPACE)
    out = read_workspace(tmp_path / "w/crates/out", home=tmp_path, platform=LINUX)
    assert (out.root, out.members) == (tmp_path / "w/crates/out", ("out@0.0.0",))
    write_files(tmp_path, '//- w/stranger/Cargo.toml\n[package]\nname = "stranger"\n')
    alone = read_workspace(tmp_path / "w/stranger", home=tmp_path, platform=LINUX)
    assert alone.members == ("stranger@0.0.0",)
    assert alone.problems[-1] == (
        "stranger lies in the workspace w but is no member of it: it was read on its own"
    )


def test_deep_member_globs(tmp_path: Path) -> None:
    workspace = read(
        tmp_path,
        """
//- w/Cargo.toml
[workspace]
members = ["a/**/p*", "b/[xy]"]
//- w/a/p1/Cargo.toml
[package]
name = "p1"
//- w/a/deep/er/p2/Cargo.toml
[package]
name = "p2"
//- w/a/deep/q/Cargo.toml
[package]
name = "q"
//- w/b/x/Cargo.toml
[package]
name = "x"
//- w/b/z/Cargo.toml
[package]
name = "z"
""",
    )
    assert sorted(workspace.members) == ["p1@0.0.0", "p2@0.0.0", "x@0.0.0"]


# Locked dependencies

LOCKED = """
//- w/Cargo.toml
[package]
name = "app"
version = "0.1.0"
[dependencies]
serde = { version = "1", features = ["derive"] }
new-rand = { package = "rand", version = "0.9" }
old-rand = { package = "rand", version = "0.8" }
md-5 = "0.10"
from-git = { git = "https://example.org/from-git" }
patched = "1"
[target.'cfg(windows)'.dependencies]
winapi = "0.3"
[target.'cfg(all(unix, target_pointer_width = "64"))'.dependencies]
libc = "0.2"
[target.x86_64-pc-windows-msvc.dependencies]
winapi = "0.3"
[build-dependencies]
cc = "1"
[dev-dependencies]
serde = "1"
[patch.crates-io]
patched = { path = "../patched" }
//- w/src/main.rs
//- w/Cargo.lock
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["cc", "from-git", "libc", "md-5", "patched", "rand 0.8.5", "rand 0.9.1", "serde",
  "winapi"]
[[package]]
name = "cc"
version = "1.1.0"
source = "sparse+https://example.org/index"
[[package]]
name = "from-git"
version = "0.2.0"
source = "git+https://example.org/from-git?branch=main#0123456789abcdef0123456789abcdef01234567"
dependencies = ["git-sibling"]
[[package]]
name = "git-sibling"
version = "0.2.0"
source = "git+https://example.org/from-git?branch=main#0123456789abcdef0123456789abcdef01234567"
[[package]]
name = "libc"
version = "0.2.1"
source = "sparse+https://example.org/index"
[[package]]
name = "md-5"
version = "0.10.6"
source = "sparse+https://example.org/index"
[[package]]
name = "patched"
version = "1.0.7"
[[package]]
name = "rand"
version = "0.8.5"
source = "sparse+https://example.org/index"
[[package]]
name = "rand"
version = "0.9.1"
source = "sparse+https://example.org/index"
[[package]]
name = "serde"
version = "1.0.5"
source = "sparse+https://example.org/index"
dependencies = ["serde_derive"]
[[package]]
name = "serde_derive"
version = "1.0.5"
source = "sparse+https://example.org/index"
[[package]]
name = "winapi"
version = "0.3.9"
source = "sparse+https://example.org/index"
//- patched/Cargo.toml
[package]
name = "patched"
version = "1.0.7"
//- patched/src/lib.rs
//- home/registry/src/index-1/serde-1.0.5/Cargo.toml
[package]
name = "serde"
version = "1.0.5"
edition = "2018"
autobins = false
[lib]
name = "serde"
path = "src/lib.rs"
[[test]]
name = "not_shipped"
path = "tests/not_shipped.rs"
[features]
derive = ["serde_derive"]
[dependencies.serde_derive]
version = "=1.0.5"
optional = true
[dependencies.unused]
version = "1"
optional = true
[dev-dependencies.trybuild]
version = "1"
//- home/registry/src/index-1/serde-1.0.5/src/lib.rs
//- home/registry/src/index-2/serde_derive-1.0.5/Cargo.toml
[package]
name = "serde_derive"
version = "1.0.5"
[lib]
proc-macro = true
//- home/registry/src/index-2/serde_derive-1.0.5/src/lib.rs
//- home/registry/src/index-1/serde-1.0.99/Cargo.toml
[package]
name = "serde"
version = "1.0.99"
//- home/registry/src/index-1/rand-0.8.5/Cargo.toml
[package]
name = "rand"
version = "0.8.5"
//- home/registry/src/index-1/rand-0.9.1/Cargo.toml
[package]
name = "rand"
version = "0.9.1"
//- home/registry/src/index-1/md-5-0.10.6/Cargo.toml
[package]
name = "md-5"
version = "0.10.6"
[lib]
name = "md5"
//- home/registry/src/index-1/md-5-0.10.6/src/lib.rs
//- home/git/checkouts/from-git-aabb/0123456/Cargo.toml
[workspace]
members = ["*"]
[workspace.package]
version = "0.2.0"
edition = "2021"
//- home/git/checkouts/from-git-aabb/0123456/main/Cargo.toml
[package]
name = "from-git"
version.workspace = true
edition.workspace = true
[dependencies]
git-sibling = { path = "../sibling" }
//- home/git/checkouts/from-git-aabb/0123456/main/src/lib.rs
//- home/git/checkouts/from-git-aabb/0123456/sibling/Cargo.toml
[package]
name = "git-sibling"
version = "0.2.0"
//- home/git/checkouts/from-git-aabb/fedcba9/Cargo.toml
[package]
name = "from-git"
version = "0.1.0"
"""


def test_locked_versions_sources_and_names(tmp_path: Path) -> None:
    workspace = read(tmp_path, LOCKED)
    app = only(workspace)
    assert edges(app) == [
        "from_git = from-git@0.2.0",
        "libc = libc@0.2.1",
        "md5 = md-5@0.10.6",
        "new_rand = rand@0.9.1",
        "old_rand = rand@0.8.5",
        "patched = patched@1.0.7",
        "serde = serde@1.0.5",
        "cc = cc@1.1.0 (build)",
        "serde = serde@1.0.5 (dev)",
    ]
    assert {key: package.source for key, package in workspace.packages.items()} == {
        "app@0.1.0": "workspace",
        "from-git@0.2.0": "git",
        "git-sibling@0.2.0": "git",
        "md-5@0.10.6": "registry",
        "patched@1.0.7": "path",
        "rand@0.8.5": "registry",
        "rand@0.9.1": "registry",
        "serde@1.0.5": "registry",
        "serde_derive@1.0.5": "registry",
    }
    serde = workspace.packages["serde@1.0.5"]
    assert edges(serde) == ["serde_derive = serde_derive@1.0.5"]
    assert targets(serde) == ["lib serde src/lib.rs"]
    assert targets(workspace.packages["serde_derive@1.0.5"])[0].startswith("proc-macro")
    git = workspace.packages["from-git@0.2.0"]
    assert (git.edition, git.root.name, edges(git)) == (
        "2021",
        "main",
        ["git_sibling = git-sibling@0.2.0"],
    )
    assert workspace.missing == ("cc@1.1.0", "libc@0.2.1")
    assert workspace.problems == (
        "dependencies were read from Cargo.lock",
        "2 locked dependencies are not on this machine: run `cargo fetch`",
    )


@pytest.mark.parametrize(
    ("written", "lock_version"),
    [
        ("rand", None),
        ("rand 0.9.1", 3),
        ("rand 0.9.1 (sparse+https://example.org/index)", None),
    ],
)
def test_every_way_a_lock_file_names_a_dependency(
    tmp_path: Path, written: str, lock_version: int | None
) -> None:
    version = f"version = {lock_version}\n" if lock_version else ""
    # Before 2017 the root package stood in a table of its own.
    table = "[[package]]" if lock_version else "[root]"
    other = '[[package]]\nname = "rand"\nversion = "0.8.0"\n' if " " in written else ""
    workspace = read(
        tmp_path,
        f"""
//- w/Cargo.toml
[package]
name = "app"
version = "0.1.0"
[dependencies]
rand = "0.9"
//- w/Cargo.lock
{version}{table}
name = "app"
version = "0.1.0"
dependencies = ["{written}"]
{other}[[package]]
name = "rand"
version = "0.9.1"
source = "sparse+https://example.org/index"
[metadata]
"checksum rand 0.9.1 (sparse+https://example.org/index)" = "00"
//- home/registry/src/i/rand-0.9.1/Cargo.toml
[package]
name = "rand"
version = "0.9.1"
""",
    )
    assert edges(only(workspace)) == ["rand = rand@0.9.1"]


def test_a_bumped_version_does_not_lose_the_lock(tmp_path: Path) -> None:
    write_files(tmp_path, LOCKED)
    manifest = tmp_path / "w/Cargo.toml"
    manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    workspace = read_workspace(tmp_path / "w", home=tmp_path / "home", platform=LINUX)
    assert "serde = serde@1.0.5" in edges(workspace.packages["app@0.2.0"])


def test_without_a_lock_the_newest_fitting_version_is_taken(tmp_path: Path) -> None:
    workspace = read(
        tmp_path,
        """
//- w/Cargo.toml
[package]
name = "app"
[dependencies]
a = "1.2"
b = "=1.0.0"
c = { version = "3", optional = true }
d = "2"
//- home/registry/src/i/a-1.2.9/Cargo.toml
[package]
name = "a"
version = "1.2.9"
//- home/registry/src/i/a-1.10.0/Cargo.toml
[package]
name = "a"
version = "1.10.0"
[dependencies]
opt = { version = "1", optional = true }
//- home/registry/src/i/a-1.11.0-rc.1/Cargo.toml
//- home/registry/src/i/a-2.0.0/Cargo.toml
//- home/registry/src/i/opt-1.0.0/Cargo.toml
[package]
name = "opt"
version = "1.0.0"
//- home/registry/src/i/b-1.0.0/Cargo.toml
[package]
name = "b"
version = "1.0.0"
//- home/registry/src/i/b-1.0.1/Cargo.toml
""",
    )
    assert edges(only(workspace)) == ["a = a@1.10.0", "b = b@1.0.0", "d = d@2"]
    assert workspace.packages["a@1.10.0"].dependencies == ()
    assert workspace.missing == ("d@2",)


def test_vendored_sources(tmp_path: Path) -> None:
    workspace = read(
        tmp_path,
        """
//- w/Cargo.toml
[package]
name = "app"
[dependencies]
a = "1"
b = "1"
//- w/.cargo/config.toml
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "third_party"
//- w/third_party/a/Cargo.toml
[package]
name = "a"
version = "1.5.0"
//- w/third_party/b-1.0.0/Cargo.toml
[package]
name = "b"
version = "1.0.0"
""",
    )
    assert edges(only(workspace)) == ["a = a@1.5.0", "b = b@1.0.0"]


# Broken manifests


def test_a_broken_member_keeps_what_stands_above_the_mistake(tmp_path: Path) -> None:
    workspace = read(
        tmp_path,
        """
//- w/Cargo.toml
[workspace]
members = ["a", "b", "c"]
//- w/a/Cargo.toml
[package]
name = "a"
version = "1.0.0"

[dependencies]
b = { path = "../b" }
serde = "1
//- w/a/src/lib.rs
//- w/b/Cargo.toml
[package]
name = "b"
//- w/b/src/lib.rs
//- w/c/Cargo.toml
= nonsense
//- w/c/src/lib.rs
""",
    )
    assert workspace.members == ("a@1.0.0", "b@0.0.0", "c@0.0.0")
    assert edges(workspace.packages["a@1.0.0"]) == ["b = b@0.0.0"]
    assert targets(workspace.packages["c@0.0.0"]) == ["lib c src/lib.rs"]
    assert workspace.problems[1:] == (
        "a/Cargo.toml, line 7: illegal character '\\n'; what stands above was read",
        "c/Cargo.toml, line 1: invalid statement; what stands above was read",
    )


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[" * 5000, b"a = " + b"[" * 30000, b"", b"\x00"])
def test_manifests_that_are_not_toml(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "Cargo.toml").write_bytes(text)
    (tmp_path / "Cargo.lock").write_bytes(text)
    workspace = read_workspace(tmp_path, home=tmp_path, platform=LINUX)
    assert workspace.via == "manifests"
    assert all("\n" not in problem for problem in workspace.problems)


@pytest.mark.parametrize(
    "text",
    [
        "package = 3",
        "[package]\nname = 1\nversion = []\nedition = {}\nbuild = 3",
        "[package]\nname = 'a'\n[dependencies]\nb = 3\nc = [1]\nd = {path = 4, version = 5}",
        "dependencies = 'x'\n[package]\nname = 'a'\n[target]\nx = 1\n[target.'cfg(']\ny = 2",
        "[workspace]\nmembers = 'a'\nexclude = [1, {}]\n[patch]\nx = 1\n[patch.y]\nz = 1",
        "[package]\nname = 'a'\nversion.workspace = true\nworkspace = '..'",
        "[[bin]]\nname = 3\n[[bin]]\n[[test]]\npath = 1\n[package]\nname = 'a'\nautobins = 2",
        "[package]\nname = 'a'\n[features]\nx = 3\ny = [1]\n[lib]\ncrate-type = 'lib'",
    ],
)
def test_values_of_the_wrong_kind(tmp_path: Path, text: str) -> None:
    workspace = read(tmp_path, f"//- w/Cargo.toml\n{text}\n//- w/src/lib.rs\n")
    assert workspace.root == tmp_path / "w"
