"""Whether Cargo's files changed since a workspace was read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from ..parser.workspace import CargoWorkspace

_Stamp: TypeAlias = tuple[int, int] | None


class Manifests:
    """The manifests and the lock file of a workspace, as they are when this is made."""

    def __init__(self, workspace: CargoWorkspace, others: Iterable[Path] = ()) -> None:
        """``others`` are looked at, too."""
        self._stamps: dict[Path, _Stamp] = {}
        self.note(workspace)
        for path in others:
            self._note(path)

    def note(self, workspace: CargoWorkspace) -> None:
        """Look also at the files of this reading of it."""
        members = (workspace.packages[key].root for key in workspace.members)
        for folder in (workspace.root, *members):
            self._note(folder / "Cargo.toml")
        self._note(workspace.root / "Cargo.lock")

    @property
    def paths(self) -> list[Path]:
        """The files that are looked at."""
        return list(self._stamps)

    def changed(self, others: Iterable[Path] = ()) -> bool:
        """Whether one of the files changed since, or of ``others``, which are looked at from now
        on, one was not looked at before."""
        new = [path for path in others if path not in self._stamps]
        for path in new:
            self._note(path)
        return bool(new) or any(_stamp(path) != at for path, at in self._stamps.items())

    def _note(self, path: Path) -> None:
        self._stamps.setdefault(path, _stamp(path))


def _stamp(path: Path) -> _Stamp:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
