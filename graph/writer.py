"""Rows written in the background while more are being made: CozoDB works without the GIL.

Large first graphs are written by another process: `graph.apart`.
"""

from __future__ import annotations

import queue
import threading
from typing import Any, Protocol

from .batch import Batch
from .plan import Rows
from .store import GraphStore

_CHUNK = 500
"""Rows handed over at once: a transaction of a few milliseconds. Larger ones take longer a row."""

_AHEAD = 8
"""Chunks that may wait; making rows pauses there, so that memory stays bounded."""

_THREADS = 2
"""CozoDB takes rows in under the GIL and stores them without it: one of two can do each."""

_Job = tuple[str, list[list[Any]]]


class Writer(Protocol):
    """Takes the rows of a graph, in any order, each once."""

    def put(self, relation: str, rows: list[list[Any]]) -> None:
        """Hand over rows of any relation. Raises what went wrong with earlier ones."""
        ...

    def finish(self, batch: Batch, totals: dict[str, int]) -> None:
        """Write a last batch, after which the graph is complete. Raises what went wrong."""
        ...

    def abandon(self) -> None:
        """Stop soon; the graph is not completed."""
        ...


class Gathered:
    """Rows of several files, handed to a writer by the thousand."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._rows: dict[str, list[list[Any]]] = {}

    def add(self, rows: Rows) -> None:
        """Take the rows of one file. Raises what went wrong with earlier ones."""
        for relation, new in (
            ("items", rows.items),
            ("edges", rows.edges),
            ("unresolved", rows.unresolved),
        ):
            waiting = self._rows.setdefault(relation, [])
            waiting.extend(new.values())
            if len(waiting) >= _CHUNK:
                self._hand_over(relation)

    def flush(self) -> None:
        """Hand over what is left."""
        for relation in list(self._rows):
            self._hand_over(relation)

    def _hand_over(self, relation: str) -> None:
        rows = self._rows.pop(relation, [])
        if rows:
            self._writer.put(relation, rows)


class BulkWriter:
    """Puts rows into a store from threads of its own. For rows that aren't there yet."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_AHEAD)
        self._error: Exception | None = None
        self._threads = [
            threading.Thread(target=self._run, name="write-graph", daemon=True)
            for _ in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, relation: str, rows: list[list[Any]]) -> None:
        """See `Writer.put`."""
        if self._error is not None:
            raise self._error
        self._jobs.put((relation, rows))

    def drain(self) -> None:
        """Wait until all is written; nothing can be put afterwards. Raises what went wrong."""
        self._stop()
        if self._error is not None:
            raise self._error

    def finish(self, batch: Batch, totals: dict[str, int]) -> None:
        """See `Writer.finish`."""
        self.drain()
        self._store.write(batch, totals=totals)

    def abandon(self) -> None:
        """See `Writer.abandon`."""
        self._error = self._error or RuntimeError("abandoned")
        self._stop()

    def _stop(self) -> None:
        threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is not None:
                continue  # keep taking, so that nobody waits for room
            try:
                self._store.put_bulk(*job)
            except Exception as error:  # noqa: BLE001 - it is raised again where rows come from
                self._error = error
