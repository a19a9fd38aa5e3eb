"""What the subcommands of ``ferrograph graph`` share: opening, naming items, places, time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from ...graph.model import EDGE_KINDS, GraphItem
from ...graph.names import resolve
from ...graph.sources import Sources
from ...graph.store import GraphStore
from ...graph.ties import Tie
from ..contract import place_fields
from ..errors import BadPlace
from ..explain import symbols_at
from ..positions import LineIndex
from ..project import Project
from .options import json_option, parse_place, root_option, trust_option
from .places import locate

_Command = TypeVar("_Command", bound=Callable[..., Any])

ITEM = "NAME|FILE:LINE"


class Kinds(click.ParamType[tuple[str, ...]]):
    """Kinds of edges, with commas between them."""

    name = "KINDS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Raises a usage error that lists the kinds there are."""
        if isinstance(value, tuple):
            return value  # pyright: ignore[reportUnknownVariableType]
        named = tuple(dict.fromkeys(part.strip() for part in str(value).split(",")))
        unknown = [kind for kind in named if kind not in EDGE_KINDS]
        if unknown:
            self.fail(
                f"{unknown[0]!r} is no kind of edge. There are: {', '.join(EDGE_KINDS)}.",
                param,
                ctx,
            )
        return named

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        from click.shell_completion import CompletionItem

        head, comma, last = incomplete.rpartition(",")
        return [CompletionItem(head + comma + k) for k in EDGE_KINDS if k.startswith(last)]


def asking_options(command: _Command) -> _Command:
    """``--root``, ``--trust``, ``--json`` and ``--verbose``."""
    command = json_option(command)
    command = root_option(command)
    command = trust_option(command)
    return click.option("--verbose", is_flag=True, help="Say how long the question took.")(command)


def kinds_option(command: _Command) -> _Command:
    """``--kinds``."""
    return click.option(
        "--kinds", type=Kinds(), metavar="KIND,KIND…", help="Only edges of these kinds."
    )(command)


@dataclass(slots=True)
class Asking:
    """An open graph, and the time its questions take."""

    project: Project
    seconds: float = 0.0
    _lines: dict[str, LineIndex | None] = field(default_factory=dict[str, "LineIndex | None"])

    @property
    def store(self) -> GraphStore:
        """The graph."""
        return self.project.store

    @property
    def sources(self) -> Sources:
        """The text behind it."""
        return self.project.sources

    @contextlib.contextmanager
    def timed(self) -> Generator[None]:
        """Counts the time inside."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def item(self, text: str, *, kinds: Collection[str] | None = None) -> GraphItem:
        """The item that a name or a place means.

        A place with a column means the symbol there, one without the item that stands there. Raises
        `BadPlace`, `UnknownItem` or `AmbiguousItem`.
        """
        place = parse_place(text)
        if place is None:
            return resolve(self.store, text, kinds=kinds)
        located = locate(self.project, place)
        found: list[GraphItem] = []
        if place.column is not None:
            found = symbols_at(self.store, located.file, located.start)
        found = found or self.store.enclosing(located.file, located.start, located.end)
        fitting = [item for item in found if kinds is None or item.kind in kinds] or found
        if not fitting:
            raise BadPlace(f"The graph knows no item at {text}.")
        return fitting[0]

    def place(self, file: str, offset: int) -> str:
        """``file:line:column`` of a byte, from 1; the file alone where it can't be read."""
        if file not in self._lines:
            text = self.sources.read(file)
            self._lines[file] = None if text is None else LineIndex(text, "utf-32")
        index = self._lines[file]
        if index is None:
            return file
        line = index.line_of(offset)
        start, _ = index.line_span(line)
        column = len(index.text[start:offset].decode("utf-8", "replace"))
        return f"{file}:{line + 1}:{column + 1}"

    def uses(self, tie: Tie, most: int | None = None) -> list[str]:
        """The places of a tie's uses."""
        return [self.place(tie.file, start) for start, _ in tie.uses[:most]]

    def tie_fields(self, tie: Tie) -> dict[str, Any]:
        """A tie in JSON; its ends are ids."""
        return {
            "kind": tie.kind,
            "provenance": tie.provenance,
            "source": tie.source.hex(),
            "target": tie.target.hex(),
            "uses": self.uses(tie),
        }


def item_fields(item: GraphItem) -> dict[str, Any]:
    """An item in JSON, with its id."""
    return {"id": item.id.hex(), **place_fields(item)}


@contextlib.contextmanager
def asking(root: Path, *, trust: bool) -> Generator[Asking]:
    """The graph around a folder, up to date with the disk."""
    from .opening import opened

    with opened(root, trust=trust, embed_for_s=0) as at:
        yield Asking(at.project)
