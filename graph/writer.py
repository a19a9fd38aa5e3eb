"""Rows written in the background while more are being made: CozoDB works without the GIL."""

from __future__ import annotations

import queue
import threading
from typing import Any

from .plan import Rows
from .store import GraphStore

_CHUNK = 4000
"""Rows handed over at once."""

_AHEAD = 6
"""Chunks that may wait; making rows pauses there, so that memory stays bounded."""

_Job = tuple[str, list[list[Any]]]


class BulkWriter:
    """Puts rows into a store from a thread of its own. For rows that aren't there yet."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._rows: dict[str, list[list[Any]]] = {}
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="write-graph", daemon=True)
        self._thread.start()

    def add(self, rows: Rows) -> None:
        """Hand over the rows of one file. Raises what went wrong with earlier ones."""
        for relation, new in (
            ("items", rows.items),
            ("edges", rows.edges),
            ("unresolved", rows.unresolved),
        ):
            waiting = self._rows.setdefault(relation, [])
            waiting.extend(new.values())
            if len(waiting) >= _CHUNK:
                self._hand_over(relation)

    def put(self, relation: str, rows: list[list[Any]]) -> None:
        """Hand over rows of any relation."""
        if rows:
            self._rows.setdefault(relation, []).extend(rows)
            self._hand_over(relation)

    def finish(self) -> None:
        """Wait until everything is written. Raises what went wrong."""
        try:
            if self._error is None:
                for relation in list(self._rows):
                    self._hand_over(relation)
        finally:
            self._jobs.put(None)
            self._thread.join()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Stop after what is being written now."""
        self._rows.clear()
        self._error = self._error or RuntimeError("abandoned")
        self._jobs.put(None)
        self._thread.join()

    def _hand_over(self, relation: str) -> None:
        if self._error is not None:
            raise self._error
        rows = self._rows.pop(relation, [])
        if rows:
            self._jobs.put((relation, rows))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is not None:
                continue  # keep taking, so that nobody waits for room
            try:
                self._store.put(*job)
            except BaseException as error:
                self._error = error
