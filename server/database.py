"""The database of a workspace: alone, together with other processes, or in memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ..graph.errors import StoreBroken, StoreLocked, StoreMismatch
from ..graph.store import GraphStore
from .config import Loaded
from .errors import as_sentence
from .lazy_encoder import LazyEncoder

FOLDER: Final = ".ferrograph"
"""Beside the workspace's manifest; holds the database and tells git to look away."""

WORDS: Final = "lexical"
"""In that folder: the index of words."""

Say = Callable[[str], None]


def open_store(
    root: Path | None,
    encoder: LazyEncoder | None,
    *,
    say: Say,
    told: Callable[[], dict[str, Any]] = dict,
) -> GraphStore:
    """The workspace's database, made anew where it can't be used; in memory where it can't be had.

    ``root`` None is in memory from the start. ``encoder`` is the one whose vectors it holds,
    ``told`` is what processes that share the database are told of this one.
    """
    model, dimensions = ("", 384) if encoder is None else (encoder.name, encoder.dimensions)
    if root is None:
        return GraphStore.open(None, model=model, dimensions=dimensions)
    try:
        _make_folder(root / FOLDER)
        return GraphStore.shared(
            root / FOLDER / "graph",
            model=model,
            dimensions=dimensions,
            hello=told,
            rebuilt=lambda why: say(f"{as_sentence(why)} That is done now."),
        )
    except StoreLocked as error:
        say(f"{error} Until that one ends, this one works on a copy of its own in memory.")
    except (StoreBroken, StoreMismatch, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        say(f"No graph can be kept in {root / FOLDER} ({why}): it is kept in memory instead.")
    return GraphStore.open(None, model=model, dimensions=dimensions)


def hello(loaded: Loaded, encoder: LazyEncoder | None) -> dict[str, Any]:
    """What a process that shares the graph has to know of the one that builds it."""
    return {
        "model": "" if encoder is None else encoder.name,
        "trusted": loaded.trusted,
        "dependencies": loaded.settings.index.dependencies,
        "embedding": encoder is not None and loaded.settings.embedding.enabled,
    }


def say_differences(owner: Mapping[str, Any], ours: Mapping[str, Any], say: Say) -> None:
    """Say where another process builds the graph otherwise than this one would."""
    owner = {**ours, **owner}
    if ours["trusted"] and not owner["trusted"]:
        say(
            "Another ferrograph process has this workspace open and does not trust it: until that "
            "one ends, the graph is built without cargo. `ferrograph trust` makes both trust it."
        )
    if ours["dependencies"] and not owner["dependencies"]:
        say("Another ferrograph process has this workspace open without its dependencies.")
    if ours["embedding"] and not owner["embedding"]:
        say("Another ferrograph process has this workspace open and embeds nothing.")
    elif ours["embedding"] and owner["model"] != ours["model"]:
        say(
            "Another ferrograph process has this workspace open with another embedding model: "
            "search is by words and names only until that one ends."
        )


def _make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if folder.is_symlink() or _has_links(folder):
        # A workspace's author must not choose which files are written.
        raise OSError(errno.ELOOP, "it is or holds a symbolic link, of which none is ours")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _has_links(folder: Path) -> bool:
    return any(
        os.path.islink(os.path.join(at, name))
        for at, folders, files in os.walk(folder)
        for name in (*folders, *files)
    )
