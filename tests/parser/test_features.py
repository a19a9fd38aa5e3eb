"""Which features are on and which packages they bring, one small workspace for each rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.parser.built import built_packages
from ferrograph.parser.manifest import read_workspace
from ferrograph.tests.support.files import write_files

# A case is one package per line: its name, then the TOML that follows its [package] table, with
# ";" for line ends. The first is the workspace's root. The answer names every package that is
# built, with the features that are on.
X = "x = {path = '../x'}"
OPTIONAL = "x = {path = '../x', optional = true}"
CASES = {
    "default features are on": (
        f"""
app: [features]; default = ['one']; one = ['two']; two = []; off = []; [dependencies]; {X}
x: [features]; default = ['std']; std = []
""",
        "app: default one two | x: default std",
    ),
    "default features can be left out": (
        """
app: [dependencies]; x = {path = '../x', default-features = false, features = ['alloc']}
  ; y = {path = '../y', default-features = false}
x: [features]; default = ['std']; std = []; alloc = []
y: [features]; default = []
""",
        "app: | x: alloc | y:",
    ),
    "somebody else still wants the default features": (
        """
app: [dependencies]; x = {path = '../x', default-features = false}; y = {path = '../y'}
x: [features]; default = ['std']; std = []
y: [dependencies]; x = {path = '../x'}
""",
        "app: | y: | x: default std",
    ),
    "optional dependencies are left out": (
        f"""
app: [dependencies]; {OPTIONAL}; y = {{path = '../y'}}
x:
y: [dependencies]; {OPTIONAL}
""",
        "app: | y:",
    ),
    "an optional dependency is a feature": (
        f"""
app: [dependencies]; y = {{path = '../y', features = ['x']}}
y: [dependencies]; {OPTIONAL}
x:
""",
        "app: | y: x | x:",
    ),
    "dep: takes the feature's name away": (
        f"""
app: [features]; default = ['fast']; fast = ['dep:x']; [dependencies]; {OPTIONAL}
x:
""",
        "app: default fast | x:",
    ),
    "a slash uses an optional dependency": (
        f"""
app: [features]; default = ['x/std']; [dependencies]; {OPTIONAL}
x: [features]; std = []
""",
        "app: default x | x: std",
    ),
    "a slash, where dep: took the name": (
        f"""
app: [features]; default = ['x/std']; other = ['dep:x']; [dependencies]; {OPTIONAL}
x: [features]; std = []
""",
        "app: default | x: std",
    ),
    "a slash into a dependency that is there anyway": (
        f"""
app: [features]; default = ['x/std', 'y?/no', 'y?/nothing']; [dependencies]; {X}
  ; y = {{path = '../y', optional = true}}
x: [features]; std = []
y: [features]; no = []; nothing = []
""",
        "app: default | x: std",
    ),
    "a weak slash waits": (
        f"""
app: [features]; default = ['x?/std', 'later']; later = ['x']; [dependencies]; {OPTIONAL}
x: [features]; std = ['dep:y']; [dependencies]; y = {{path = '../y', optional = true}}
y:
""",
        "app: default later x | x: std | y:",
    ),
    "a weak slash after the dependency": (
        f"""
app: [features]; default = ['first', 'x?/std']; first = ['dep:x']; [dependencies]; {OPTIONAL}
x: [features]; std = []
""",
        "app: default first | x: std",
    ),
    "a renamed dependency goes by its new name": (
        """
app: [features]; default = ['new/std']; [dependencies]
  ; new = {path = '../x', package = 'x', optional = true}
x: [features]; std = []
""",
        "app: default new | x: std",
    ),
    "members add to what the workspace asks for": (
        """
app: [workspace]; members = ['.', 'm']; [workspace.dependencies]
  ; x = {path = '../x', default-features = false, features = ['a']}
  ; y = {path = '../y', default-features = false}
  ; z = {path = '../z'}
  ; [dependencies]; x = {workspace = true, features = ['b']}
  ; y = {workspace = true, default-features = true}; z.workspace = true
app/m: [features]; default = ['q']; q = []
x: [features]; default = []; a = []; b = []
y: [features]; default = []
z: [features]; default = []
""",
        "app: | m: default q | x: a b | y: default | z: default",
    ),
    "members ask for features of each other": (
        f"""
app: [workspace]; members = ['m']; [dependencies]; m = {{path = 'm', features = ['x']}}
app/m: [dependencies]; x = {{path = '../../x', optional = true}}
x:
y: [dependencies]; {X}
""",
        "app: | m: x | x:",
    ),
    "dev-dependencies of members count": (
        """
app: [dependencies]; x = {path = '../x'}; [dev-dependencies]; x = {path = '../x', features = ['t']}
  ; y = {path = '../y'}
x: [features]; t = []; [dev-dependencies]; z = {path = '../z'}
y:
z:
""",
        "app: | x: t | y:",
    ),
    "other platforms' dependencies don't": (
        """
app: [target.'cfg(any())'.dependencies]; y = {path = '../y'}; x = {path = '../x', features = ['a']}
  ; [target.'cfg(all())'.dependencies]; x = {path = '../x', features = ['b']}
x: [features]; a = ['dep:z']; b = []; [dependencies]; z = {path = '../z', optional = true}
y:
z:
""",
        "app: | x: b",
    ),
    "what runs while building has its own features": (
        """
app: [dependencies]; x = {path = '../x', features = ['a']}; mac = {path = '../mac'}
  ; [build-dependencies]; x = {path = '../x', features = ['b']}
x: [features]; a = ['y?/a']; b = ['dep:y']; c = ['dep:z', 'y?/c']; [dependencies]
  ; y = {path = '../y', optional = true}; z = {path = '../z', optional = true}
mac: [lib]; proc-macro = true; [dependencies]; x = {path = '../x', features = ['c']}
y: [features]; a = []; c = []
z:
""",
        "app: | mac: | x: a b c | y: c | z:",
    ),
    "the first resolver shares them": (
        """
app: [workspace]; resolver = '1'; [dependencies]; x = {path = '../x', features = ['a']}
  ; [build-dependencies]; x = {path = '../x', features = ['b']}
x: [features]; a = ['y?/a']; b = ['dep:y']; [dependencies]; y = {path = '../y', optional = true}
y: [features]; a = []
""",
        "app: | x: a b | y: a",
    ),
    "a macro of the workspace is built both ways": (
        """
app: [lib]; proc-macro = true; [dependencies]; x = {path = '../x', features = ['a']}
  ; [build-dependencies]; x = {path = '../x', features = ['b']}
x: [features]; a = ['y?/a']; b = ['dep:y']; [dependencies]; y = {path = '../y', optional = true}
y: [features]; a = []
""",
        "app: | x: a b | y: a",
    ),
    "circles end": (
        """
app: [features]; default = ['one']; one = ['two']; two = ['one', 'default']
  ; [dev-dependencies]; x = {path = '../x'}
x: [dependencies]; app = {path = '../app', features = ['two']}
""",
        "app: default one two | x:",
    ),
}


def write_case(tmp_path: Path, packages: str) -> Path:
    """Write a case's packages; gives the root's folder."""
    for line in packages.replace("\n  ;", ";").strip().splitlines():
        path, _, rest = line.partition(":")
        name = Path(path).name
        manifest = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
        manifest += "\n".join(part.strip() for part in rest.split(";"))
        manifest += "\n[workspace]" if path == "app" and "[workspace]" not in rest else ""
        build = "//- build.rs\nfn main() {}\n" if "build-dep" in rest else ""
        write_files(tmp_path / path, f"//- Cargo.toml\n{manifest}\n//- src/lib.rs\n{build}")
    return tmp_path / "app"


def wanted(answer: str) -> dict[str, tuple[str, ...]]:
    split = (package.partition(":") for package in answer.split("|"))
    return {f"{name.strip()}@1.0.0": tuple(features.split()) for name, _, features in split}


@pytest.mark.parametrize(("packages", "answer"), CASES.values(), ids=CASES)
def test_rules(tmp_path: Path, packages: str, answer: str) -> None:
    workspace = read_workspace(write_case(tmp_path, packages), home=tmp_path / "home")
    found = {key: package.enabled for key, package in workspace.packages.items()}
    assert found == wanted(answer)
    assert (workspace.missing, len(workspace.problems)) == ((), 1)
    for package in workspace.packages.values():
        assert {edge.package for edge in package.dependencies} <= set(workspace.packages)


@pytest.mark.e2e
@pytest.mark.parametrize(("packages", "answer"), CASES.values(), ids=CASES)
def test_cargo_has_the_same_rules(
    tmp_path: Path, packages: str, answer: str, require_tool: Callable[[str], str]
) -> None:
    root = write_case(tmp_path, packages)
    found = built_packages(root, cargo=require_tool("cargo"), offline=True, timeout=60)
    assert {key: tuple(sorted(on)) for key, on in found.items()} == wanted(answer)


LOCKED = """
//- Cargo.toml
[package]
name = "app"
[features]
default = ["gone"]
[dependencies]
gone = { version = "1", optional = true }
here = "1"
unused = { version = "1", optional = true }
//- Cargo.lock
[[package]]
name = "app"
version = "0.0.0"
dependencies = ["gone", "here", "unused"]
[[package]]
name = "gone"
version = "1.1.0"
source = "sparse+x"
[[package]]
name = "here"
version = "1.2.0"
source = "sparse+x"
dependencies = ["gone", "unused"]
[[package]]
name = "unused"
version = "1.3.0"
source = "sparse+x"
//- home/registry/src/i/here-1.2.0/Cargo.toml
[package]
name = "here"
version = "1.2.0"
[features]
more = ["unused"]
[dependencies]
unused = { version = "1", optional = true }
gone = { version = "1", optional = true }
"""


def test_only_what_is_built_is_missing(tmp_path: Path) -> None:
    root = write_files(tmp_path, LOCKED)
    workspace = read_workspace(root, home=tmp_path / "home")
    assert set(workspace.packages) == {"app@0.0.0", "here@1.2.0"}
    assert workspace.missing == ("gone@1.1.0",)
    app = workspace.packages["app@0.0.0"]
    assert app.enabled == ("default", "gone")
    assert [edge.package for edge in app.dependencies] == ["gone@1.1.0", "here@1.2.0"]
    assert workspace.packages["here@1.2.0"].dependencies == ()


def test_features_that_cargo_named_are_on(tmp_path: Path) -> None:
    """A build may set ``cfg`` conditions that only Cargo knows of."""
    root = write_files(tmp_path, LOCKED)
    built = {"here@1.2.0": ("more",), "unused@1.3.0": ()}
    workspace = read_workspace(root, home=tmp_path / "home", built=built)
    here = workspace.packages["here@1.2.0"]
    assert here.enabled == ("more", "unused")
    assert [edge.package for edge in here.dependencies] == ["unused@1.3.0"]
    assert workspace.missing == ("unused@1.3.0",)
