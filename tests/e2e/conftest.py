"""Workspaces and an environment of their own for tests that start real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "bevy_game"
_NO_PART_OF_IT = shutil.ignore_patterns("target", ".ferrograph")


@pytest.fixture(scope="session")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes under test: nothing of the user's own settings.

    The cache is shared by all tests of a run, so that dependencies are read once.
    """
    home = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FERROGRAPH_")}
    # Copies of one workspace that are built into one folder take each other's macros.
    kept.pop("CARGO_TARGET_DIR", None)
    return {
        **kept,
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="session")
def cargo_environ(environ: dict[str, str]) -> dict[str, str]:
    """For cargo: every test's copy of the example is built where the example itself is."""
    target = os.environ.get("CARGO_TARGET_DIR", str(EXAMPLE / "target"))
    return {**environ, "CARGO_TARGET_DIR": target, "CARGO_TERM_COLOR": "never"}


@pytest.fixture(scope="session")
def _example(
    tmp_path_factory: pytest.TempPathFactory,
    require_tool: Callable[[str], str],
    cargo_environ: dict[str, str],
) -> Path:
    """The example with its dependencies fetched and locked."""
    cargo = require_tool("cargo")
    copy = tmp_path_factory.mktemp("example") / "bevy_game"
    shutil.copytree(EXAMPLE, copy, ignore=_NO_PART_OF_IT)
    subprocess.run([cargo, "fetch"], cwd=copy, env=cargo_environ, check=True, capture_output=True)
    return copy


@pytest.fixture
def game(_example: Path, tmp_path: Path) -> Path:
    """A copy of the example, to be changed at will."""
    copy = tmp_path / "bevy_game"
    shutil.copytree(_example, copy)
    return copy


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """A crate without dependencies: small enough to be indexed in no time."""
    root = tmp_path / "tiny"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (root / "src" / "lib.rs").write_text(LIB)
    (root / "src" / "shapes.rs").write_text(SHAPES)
    return root


LIB = """\
//! A tiny crate.

pub mod shapes;

use shapes::{Shape, Square};

/// The area of a square with sides of `side`.
pub fn square_area(side: f64) -> f64 {
    // ünïcödé 🦀 in the way
    let square = Square { side }; /* 🦀🦀 */ square.area()
}

/// Twice.
pub fn doubled(x: u32) -> u32 {
    x + x
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_square_has_an_area() {
        assert_eq!(super::square_area(2.0), 4.0);
    }
}
"""

SHAPES = """\
//! Shapes.

/// Something with an area.
pub trait Shape {
    /// Square units.
    fn area(&self) -> f64;
}

/// Four equal sides.
pub struct Square {
    pub side: f64,
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.side * self.side
    }
}
"""
