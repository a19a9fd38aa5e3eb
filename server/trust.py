"""Workspaces whose authors the user trusts. Cargo runs build scripts: only theirs are run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

from .errors import ServerError
from .folders import config_folder


class TrustError(ServerError):
    """The list of trusted folders can't be written; the message says why."""


def trusted_folders(file: Path | None = None) -> list[Path]:
    """Every folder the user trusts. A list that can't be read trusts nothing."""
    try:
        found: Any = json.loads((file or _file()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(found, list):
        return []
    return [Path(p) for p in cast(list[Any], found) if isinstance(p, str)]


def is_trusted(folder: Path, file: Path | None = None) -> bool:
    """Whether the folder or one above it is trusted. Links are followed first."""
    real = folder.resolve()
    return any(real.is_relative_to(trusted) for trusted in trusted_folders(file))


def trust(folder: Path, file: Path | None = None) -> Path:
    """Trust a folder and what is below it; gives it as it was noted. Raises `TrustError`."""
    real = folder.resolve()
    folders = trusted_folders(file)
    if real not in folders:
        _write(file or _file(), [*folders, real])
    return real


def distrust(folder: Path, file: Path | None = None) -> bool:
    """Take a folder's trust back; False where it had none of its own. Raises `TrustError`."""
    real = folder.resolve()
    folders = trusted_folders(file)
    if real not in folders:
        return False
    _write(file or _file(), [f for f in folders if f != real])
    return True


def _file() -> Path:
    return config_folder() / "trusted.json"


def _write(file: Path, folders: list[Path]) -> None:
    text = json.dumps(sorted(str(f) for f in folders), indent=2) + "\n"
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise TrustError(f"{file} can't be written: {error.strerror}.") from error
