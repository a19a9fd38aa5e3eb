"""What the process that owns a workspace's graph does for those that follow it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ..graph.errors import GraphError
from ..graph.indexer import IndexReport, Progress
from ..graph.owner import Call
from ..parser.workspace import CargoWorkspace
from .writer import Writer


class Host:
    """Does what followers ask for. Each call comes on a thread of its follower."""

    def __init__(
        self,
        writer: Writer,
        read_again: Callable[[list[Path], bool], CargoWorkspace | None],
        caches: Callable[[], dict[str, dict[str, float]]],
    ) -> None:
        """``read_again`` gives another reading of the workspace where a follower's manifests, or
        ours, are others than before; it is told whether the follower trusts the workspace.
        ``caches`` is `Project.caches`."""
        self._writer = writer
        self._read_again = read_again
        self._calls: dict[str, Callable[[Call], object]] = {
            "index": self._index,
            "update": self._update,
            "schedule": self._schedule,
            "waiting": lambda _call: writer.waiting,
            "embed": self._embed,
            "caches": lambda _call: caches(),
        }

    def call(self, call: Call) -> object:
        """See `graph.owner.Handler`."""
        does = self._calls.get(call.name)
        if does is None:
            raise GraphError(f"There is nothing called {call.name!r} to ask for.")
        return does(call)

    def left(self, session: bytes) -> None:
        """See `graph.owner.Handler`: what was typed there and not saved is gone."""
        self._writer.forget(session)

    def _index(self, call: Call) -> object:
        asked, writer = call.arguments, self._writer

        def tell(progress: Progress) -> None:
            call.tell(list(dataclasses.astuple(progress)))

        def stopping() -> bool:
            # Asked while others index before: that progress is what this follower waits for.
            if writer.progress is not None:
                tell(writer.progress)
            return call.stopping()

        manifests = [Path(path) for path in asked["manifests"]]
        report = writer.index_for(
            call.session,
            asked["texts"],
            read=lambda: self._read_again(manifests, bool(asked["trusted"])),
            progress=tell,
            cancel=stopping,
        )
        return report_fields(report)

    def _update(self, call: Call) -> object:
        texts = call.arguments["texts"]
        return report_fields(self._writer.update_for(call.session, texts, call.stopping))

    def _schedule(self, call: Call) -> object:
        return self._writer.schedule_for(call.arguments["first"], call.stopping)

    def _embed(self, call: Call) -> object:
        """Wait until all is embedded, doing it where nobody does."""
        writer = self._writer
        any_waited = writer.waiting > 0

        def tell(done: int, total: int) -> None:
            call.tell([done, total])

        while writer.waiting and not call.left():
            tell(*writer.embedded)
            writer.embed(tell, call.left)
        if any_waited and not call.left():
            call.tell(list(writer.embedded), last=True)
        return any_waited


def report_fields(report: IndexReport) -> dict[str, Any]:
    """A report as what can be sent."""
    fields = {f.name: getattr(report, f.name) for f in dataclasses.fields(report)}
    return {
        name: list(cast("frozenset[Any]", value)) if isinstance(value, frozenset) else value
        for name, value in fields.items()
    }


def report_of(fields: Mapping[str, Any]) -> IndexReport:
    """The inverse of `report_fields`."""
    shapes: dict[str, Callable[[Any], Any]] = {
        "changed": frozenset,
        "removed": frozenset,
        "linked": frozenset,
        "problems": tuple,
    }
    return IndexReport(**{n: shapes[n](v) if n in shapes else v for n, v in fields.items()})
