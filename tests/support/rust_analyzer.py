"""A real rust-analyzer for tests, and a small workspace with macros of every kind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ferrograph.parser.rust_analyzer.errors import NotInstalled
from ferrograph.parser.rust_analyzer.find import find_program

MACROS = Path(__file__).parents[1] / "e2e" / "data" / "macros"
_MADE = Path(__file__).parents[2] / "build" / "rust-analyzer" / "rust-analyzer"
"""What `.ci/rust-analyzer` makes where there is no other."""


def rust_analyzer() -> str:
    """The program: ``$RUST_ANALYZER``, else what CI makes, else found.

    Without it a test is skipped, on CI it fails.
    """
    named = os.environ.get("RUST_ANALYZER") or (str(_MADE) if _MADE.is_file() else None)
    try:
        return str(find_program(named, folder=Path.home()).path)
    except NotInstalled as error:
        if os.environ.get("FERROGRAPH_CI") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


def macros_workspace(folder: Path) -> Path:
    """A copy of the workspace in ``folder``."""
    return shutil.copytree(MACROS, folder / "macros")
