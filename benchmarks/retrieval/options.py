"""What a run is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..corpora import FOLDER, find
from .cases import Split
from .errors import RetrievalError
from .workplace import SHIPPED, Model

WORK = FOLDER / "retrieval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where things stand and how much is measured."""

    corpora: Path = FOLDER
    """Where ``benchmarks.corpora`` put them."""
    work: Path = WORK
    """Stripped copies and graphs, which the next run uses again."""
    models: tuple[Model, ...] = (SHIPPED,)
    splits: tuple[Split, ...] = ("test",)
    quick: bool = False
    only: tuple[str, ...] = ()
    """Corpora or repositories by name; empty is all."""
    repositories: Path | None = None
    """A folder with git repositories, for tasks made of commits."""
    count: int | None = None
    """Cases of each corpus and half, where it is not what the task draws."""

    def chosen(self, names: Sequence[str]) -> list[str]:
        """Those of ``names`` that are wanted."""
        return [name for name in names if not self.only or name in self.only]

    def corpus(self, name: str) -> Path:
        """The folder of a corpus. Raises `RetrievalError` where it wasn't made yet."""
        found = find(name, self.corpora)
        if found is None:
            raise RetrievalError(
                f"The corpus {name} is not there: make it with "
                f"python -m benchmarks.corpora --only {name}"
            )
        return found
