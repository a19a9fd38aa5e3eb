"""The model that ``ferrograph model use`` chose, for when the settings name none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from .errors import ServerError
from .folders import config_folder


def chosen_model() -> Path | None:
    """The chosen GGUF file, or None. A note that can't be read chooses nothing."""
    try:
        found: Any = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    path = cast(dict[str, Any], found).get("path") if isinstance(found, dict) else None
    return Path(path) if isinstance(path, str) else None


def choose_model(path: Path) -> Path:
    """Note a GGUF file as the chosen one; gives where that is noted. Raises `ServerError`."""
    file = _file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"path": str(path.resolve())}) + "\n", encoding="utf-8")
    except OSError as error:
        raise ServerError(f"{file} can't be written: {error.strerror}.") from error
    return file


def _file() -> Path:
    return config_folder() / "model.json"
