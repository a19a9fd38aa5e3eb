"""The GGUF models that the user has: a folder of files, and paths registered under a name.

The folder is ``models`` in the user's data folder. ``registered.json`` in it maps names to paths
elsewhere, so that models which other programs have downloaded need no second copy.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import platformdirs

from .errors import ModelError, ModelNotFound
from .gguf_info import ModelInfo, inspect

_REGISTER: Final = "registered.json"
_LATER_PART: Final = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """``info`` is None if the file can't be used; ``problem`` then says why, in one sentence."""

    name: str
    path: Path
    info: ModelInfo | None
    problem: str | None


def models_folder() -> Path:
    """Where downloaded models are kept. It may not exist yet."""
    return Path(platformdirs.user_data_dir("ferrograph", appauthor=False)) / "models"


def list_models(folder: Path | None = None) -> list[ListedModel]:
    """All models, by name. Broken ones are listed with their problem. Reads headers only."""
    folder = folder or models_folder()
    found = dict(_in_folder(folder)) | _registered(folder)
    return [_look(name, path) for name, path in sorted(found.items())]


def find_model(name: str, folder: Path | None = None) -> Path:
    """The path of a listed model, or ``name`` itself if it is the path of a file.

    Raises `ModelNotFound`, which names the models that there are.
    """
    folder = folder or models_folder()
    known = dict(_in_folder(folder)) | _registered(folder)
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if path.is_file():
        return path.resolve()
    have = f"there are {', '.join(sorted(known))}" if known else "there is none yet"
    raise ModelNotFound(
        f"There is no model {name!r} ({have}): name one of them or the path of a GGUF file, or "
        "get one with `ferrograph model download`."
    )


def register(path: Path, *, name: str | None = None, folder: Path | None = None) -> ListedModel:
    """Remember a GGUF file that lies elsewhere, under its own name or another.

    Raises `ModelNotFound` or `ModelBroken` for a file that can't be used.
    """
    folder = folder or models_folder()
    path = path.expanduser().resolve()
    info = inspect(path)
    entry = name or path.stem
    registered = _registered(folder) | {entry: path}
    folder.mkdir(parents=True, exist_ok=True)
    _write_whole(
        folder / _REGISTER,
        json.dumps({key: str(value) for key, value in sorted(registered.items())}, indent=2),
    )
    return ListedModel(name=entry, path=path, info=info, problem=None)


def _look(name: str, path: Path) -> ListedModel:
    try:
        return ListedModel(name=name, path=path, info=inspect(path), problem=None)
    except ModelError as error:
        return ListedModel(name=name, path=path, info=None, problem=str(error))


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    with contextlib.suppress(OSError):
        for path in sorted(folder.rglob("*.gguf")):
            if path.is_file() and not _LATER_PART.search(path.name):
                yield path.relative_to(folder).with_suffix("").as_posix(), path


def _registered(folder: Path) -> dict[str, Path]:
    try:
        data: Any = json.loads((folder / _REGISTER).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    rows = cast("dict[str, Any]", data)
    return {name: Path(path) for name, path in rows.items() if isinstance(path, str)}


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees the old file or the new one, never half of it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False
    ) as file:
        file.write(text + "\n")
    os.replace(file.name, path)
