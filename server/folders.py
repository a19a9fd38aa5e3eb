"""The folders of the user that ferrograph keeps its own files in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def config_folder() -> Path:
    """Settings, trusted workspaces and the chosen model."""
    from platformdirs import user_config_path

    return user_config_path("ferrograph", appauthor=False)


def user_settings_file() -> Path:
    """The user's own settings."""
    return config_folder() / "config.toml"


def data_folder() -> Path:
    """Downloaded models."""
    from platformdirs import user_data_path

    return user_data_path("ferrograph", appauthor=False)


def cache_folder() -> Path:
    """What can be computed again: dependencies' facts and vectors, shared by all workspaces."""
    from platformdirs import user_cache_path

    return user_cache_path("ferrograph", appauthor=False)


def expanded(path: str, environ: Mapping[str, str] = os.environ) -> Path:
    """A path from a setting: ``~`` is the user's home, ``${NAME}`` a variable."""
    for name, value in environ.items():
        path = path.replace(f"${{{name}}}", value)
    return Path(path).expanduser()
