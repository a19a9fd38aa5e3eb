"""The folder that a shadow is built into, beginning with what the workspace has built already.

Cargo names a package's artifacts by its place *in* the workspace. So the shadow's would take the
place of the workspace's own, and the user's next ``cargo check`` would tell of a text that is
nowhere. Dependencies' artifacts are the same for both, and building them takes minutes: they are
taken over. Large files are hard links, since compilers put a new file in an old one's place; small
ones, which Cargo writes into, are copies.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

_PROFILE: Final = "debug"
_UNITS: Final = (".fingerprint", "build")
"""Folders with a folder for each unit, named after its package."""
_ARTIFACTS: Final = "deps"
_LINKED: Final = frozenset((".rlib", ".rmeta", ".so", ".dylib", ".dll"))
_HASHED: Final = re.compile(r"^(?P<name>.+)-[0-9a-f]{16}(?P<rest>\..*)?$")
_SEEDED: Final = ".seeded"


def seed(built: Path, own: Path, members: Collection[str]) -> None:
    """Give one target folder what another has of packages that are not ``members``.

    Nothing that ``own`` has is touched, and nothing is done where ``built`` has nothing new. What
    can't be linked or copied is left for Cargo to build.
    """
    source, target = built / _PROFILE, own / _PROFILE
    stamp = _stamp(source)
    mark = target / _SEEDED
    if stamp is None or _read(mark) == stamp:
        return
    names = {name.replace("-", "_") for name in members}
    for folder in _UNITS:
        for unit in _children(source / folder):
            if _named(unit.name) not in names and not (target / folder / unit.name).exists():
                _take_folder(unit, target / folder / unit.name)
    for file in _children(source / _ARTIFACTS):
        name = _named(file.name)
        if name not in names and name.removeprefix("lib") not in names:
            _take(file, target / _ARTIFACTS / file.name)
    with contextlib.suppress(OSError):
        target.mkdir(parents=True, exist_ok=True)
        mark.write_text(stamp, encoding="utf-8")


def _read(mark: Path) -> str | None:
    try:
        return mark.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def _stamp(source: Path) -> str | None:
    """Changes whenever Cargo builds another unit; None where it has built none."""
    try:
        return str((source / _UNITS[0]).stat().st_mtime_ns)
    except OSError:
        return None


def _children(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from sorted(folder.iterdir())


def _named(entry: str) -> str:
    """``bevy_ecs`` of ``bevy-ecs-0123456789abcdef``, ``libserde`` of ``libserde-….rmeta``."""
    found = _HASHED.match(entry)
    return (found["name"] if found else entry).replace("-", "_")


def _take_folder(unit: Path, to: Path) -> None:
    for at, _, names in os.walk(unit):
        here = Path(at)
        for name in names:
            _take(here / name, to / (here / name).relative_to(unit))
        with contextlib.suppress(OSError):
            (to / here.relative_to(unit)).mkdir(parents=True, exist_ok=True)


def _take(file: Path, to: Path) -> None:
    if to.exists() or not file.is_file():
        return
    with contextlib.suppress(OSError):
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in _LINKED:
            try:
                os.link(file, to)
                return
            except OSError:
                pass  # another file system
        # With its times: by them Cargo tells what is fresh.
        shutil.copy2(file, to)
