"""What the path of a file says: what it is about, and whether it is a test."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_NAMELESS: Final = frozenset(("mod", "lib", "main", "src", "index", "README"))
_TEST: Final = re.compile(
    r"(?:^|/)(?:tests?|benches|examples|fuzz)(?:/|\.rs$)|_tests?\.rs$|(?:^|/)test_\w+\.rs$"
)


def subject(path: str) -> str:
    """The part of a path that names what the file is about: ``combat`` of ``src/combat/mod.rs``."""
    parts = PurePosixPath(path).with_suffix("").parts
    return next((part for part in reversed(parts) if part not in _NAMELESS), parts[-1])


def folder(path: str) -> str:
    """The folder that a file is the face of: ``src/combat`` of ``src/combat.rs`` and of
    ``src/combat/mod.rs``."""
    place = PurePosixPath(path)
    within = place.parent if place.stem in _NAMELESS else place.with_suffix("")
    return within.as_posix()


def is_crate_root(path: str) -> bool:
    """Whether a file is where a crate begins."""
    return path.endswith(("src/lib.rs", "src/main.rs"))


def is_test_file(path: str) -> bool:
    """Whether a file is there to try others: tests, benchmarks, examples."""
    return _TEST.search(path) is not None


def part_of(path: str, scope: str) -> bool:
    """Whether one of a path's parts is called so, whatever joins its words."""
    wanted = _plain(scope)
    return any(_plain(part) == wanted for part in PurePosixPath(path).with_suffix("").parts)


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
