"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """A module that was compiled before its source changed would be tested in its place."""
    root = Path(__file__).parent.parent
    for compiled in (
        *root.glob("parser/*.so"),
        *root.glob("graph/**/*.so"),
        *root.glob("ranking/*.so"),
    ):
        source = compiled.with_name(compiled.name.split(".")[0] + ".py")
        if source.exists() and source.stat().st_mtime > compiled.stat().st_mtime:
            name = source.relative_to(root)
            pytest.exit(f"{name} changed since it was compiled: run make native, or make pure")


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """The path of a program that a test needs. Without it the test is skipped, on CI it fails."""

    def require(name: str) -> str:
        path = shutil.which(name)
        if path is not None:
            return path
        missing = f"{name} is not installed"
        if os.environ.get("FERROGRAPH_CI") == "1":
            pytest.fail(missing)
        pytest.skip(missing)

    return require
