"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest


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
