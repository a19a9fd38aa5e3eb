"""Macros that only a compiler can expand, one file after another, as rust-analyzer has time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from ..graph.lookup import items_named
from ..graph.sources import Sources
from ..graph.store import GraphStore
from ..parser.generated import KeptTexts
from ..parser.invocations import Invocation, invocations
from ..parser.rust_analyzer.client import RustAnalyzer
from ..parser.rust_analyzer.errors import Withdrawn
from ..parser.rust_analyzer.expanding import expansions
from ..parser.sources import rust_files
from ..parser.workspace import CargoWorkspace

if TYPE_CHECKING:
    from ..graph.indexer import Cancel

FOLDER: Final = "expansions"


def stamp_of(workspace: CargoWorkspace) -> str:
    """What expansions depend on beside the text that is expanded: the pinned dependencies, and the
    sources of the workspace's own procedural macros."""
    digest = blake3()
    _add(digest, workspace.root / "Cargo.lock")
    for key in workspace.members:
        package = workspace.packages[key]
        if any(target.kind == "proc-macro" for target in package.targets):
            for path in sorted(rust_files(package.root)):
                _add(digest, path)
    return digest.hexdigest()[:32]


def _add(digest: blake3, path: Path) -> None:
    try:
        text = path.read_bytes()
    except OSError:
        text = b""
    digest.update(len(text).to_bytes(8, "little") + text)


class Expanding:
    """What is still to be expanded in a workspace. Any thread adds files, one expands them."""

    def __init__(
        self, store: GraphStore, sources: Sources, kept: Callable[[], KeptTexts | None]
    ) -> None:
        self._store = store
        self._sources = sources
        self._kept = kept
        self._lock = threading.Lock()
        self._queue: dict[str, None] = {}

    @property
    def waiting(self) -> int:
        """Files that may have something to expand."""
        return len(self._queue)

    def add(self, names: Iterable[str], *, first: bool = False) -> None:
        """Look at these files, before all others if ``first``."""
        rust = dict.fromkeys(name for name in names if name.endswith(".rs"))
        with self._lock:
            self._queue = {**rust, **self._queue} if first else {**self._queue, **rust}

    def step(self, server: RustAnalyzer, cancel: Cancel) -> str | None:
        """Expand what is new in the next file; its name if the graph has to look at it again.

        Raises `ExpertError`, and `OSError` where nothing can be kept: the file is left out until it
        is added again, as what it asks may be what is too much. Where ``cancel()`` says so, the
        file stays and it raises `Withdrawn`.
        """
        while (name := self._next()) is not None:
            try:
                if cancel():
                    raise Withdrawn("expanding macros was put off")
                if self._expand(server, name, cancel):
                    return name
            except Withdrawn:
                self.add([name], first=True)
                raise
        return None

    def _next(self) -> str | None:
        with self._lock:
            name = next(iter(self._queue), None)
            if name is not None:
                del self._queue[name]
            return name

    def _expand(self, server: RustAnalyzer, name: str, cancel: Cancel) -> bool:
        source = self._sources.read(name)
        if source is None:
            return False
        found = invocations(source)
        kept = self._kept()
        if kept is None:
            return False
        known = kept.of(name)
        missing = [one for one in found if one.digest not in known]
        missing = self._without_declarative(missing)
        if not missing:
            return False
        path = self._sources.path_of(name)
        made = expansions(server, path, source, missing, cancel=cancel)
        if server.status.health != "ok":
            # What can't be built now may well be another time.
            made = {digest: text for digest, text in made.items() if text}
        texts = {one.digest: known[one.digest] for one in found if one.digest in known}
        kept.keep(name, {**texts, **made})
        return any(made.values())

    def _without_declarative(self, found: list[Invocation]) -> list[Invocation]:
        """Calls of ``macro_rules!`` are expanded by the graph itself, places and all."""
        names = {one.path.rpartition("::")[2] for one in found if one.kind == "call"}
        named = items_named(self._store, names)
        declarative = {item.name for item in named if item.kind == "macro"}
        return [
            one
            for one in found
            if one.kind != "call" or one.path.rpartition("::")[2] not in declarative
        ]
