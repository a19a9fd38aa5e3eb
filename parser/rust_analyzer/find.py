"""Which rust-analyzer to run."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..metadata import OFFLINE
from .errors import NotInstalled

NAME: Final = "rust-analyzer"
_VERSION_S: Final = 20.0
"""Seconds for ``--version``; a cold disk and rustup's launcher in front take one or two."""
_INSTALL: Final = (
    "install it (`rustup component add rust-analyzer`, or your system's package), or say where "
    "it is with the setting `rust_analyzer.path`"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A rust-analyzer that answered when asked its version."""

    path: Path
    version: str


def find_program(configured: str | None, *, folder: Path) -> Program:
    """The program as configured, else on the search path, else of rustup's toolchain.

    Runs it with ``--version`` in ``folder``, where rustup heeds the workspace's toolchain file:
    only for trusted workspaces. Raises `NotInstalled`.
    """
    if configured:
        path = Path(configured).expanduser()
        if not path.is_file():
            raise NotInstalled(f"there is no rust-analyzer at {path}: mend `rust_analyzer.path`")
        return _asked(path, folder)
    found = shutil.which(NAME)
    if found is not None:
        try:
            return _asked(Path(found), folder)
        except NotInstalled:
            # rustup's launcher stands on the path whether or not the component is there; another
            # rust-analyzer may stand behind it.
            for other in _further(Path(found)):
                return _asked(other, folder)
            raise
    by_rustup = _of_rustup(folder)
    if by_rustup is None:
        raise NotInstalled(f"rust-analyzer was not found: {_INSTALL}")
    return _asked(by_rustup, folder)


def _asked(path: Path, folder: Path) -> Program:
    """Whether a program is a rust-analyzer that runs. Raises `NotInstalled`."""
    try:
        done = subprocess.run(
            [path, "--version"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_VERSION_S, check=False, env={**os.environ, **OFFLINE},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{path} did not say its version within {_VERSION_S:.0f} s") from None
    except OSError as error:
        raise NotInstalled(f"{path} can't be run: {error.strerror or error}") from None
    said = done.stdout.decode("utf-8", "replace").split()
    if done.returncode == 0 and len(said) >= 2 and said[0] == NAME:
        return Program(path, " ".join(said[1:]))
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if _is_launcher(complaint):
        raise NotInstalled(
            "rustup's launcher for rust-analyzer is there, but not the program itself: run "
            "`rustup component add rust-analyzer`, or set `rust_analyzer.path`"
        )
    first = complaint.partition("\n")[0] or f"exit status {done.returncode}"
    raise NotInstalled(f"{path} is no rust-analyzer that works here ({first}): {_INSTALL}")


def _is_launcher(complaint: str) -> bool:
    """Whether this is what rustup's proxies say of a component that is missing."""
    told = complaint.lower()
    return "rust-analyzer" in told and ("unknown binary" in told or "toolchain" in told)


def _further(first: Path) -> list[Path]:
    """Programs of that name later on the search path."""
    found: list[Path] = []
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        at = shutil.which(NAME, path=folder) if folder else None
        if at is not None and Path(at) != first and Path(at) not in found:
            found.append(Path(at))
    return found


def _of_rustup(folder: Path) -> Path | None:
    rustup = shutil.which("rustup")
    if rustup is None:
        return None
    try:
        done = subprocess.run(
            [rustup, "which", NAME], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_VERSION_S, check=False, env={**os.environ, **OFFLINE},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    path = Path(done.stdout.decode("utf-8", "replace").strip())
    return path if done.returncode == 0 and path.is_file() else None
