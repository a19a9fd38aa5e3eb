"""A first graph written by a process of its own, into a folder beside, and put in place when it is
complete.

CozoDB works without the GIL, but taking rows from Python needs it, for as long as half of linking
takes. In another process that costs linking nothing. Until the exchange the old graph answers; a
process that is killed leaves a folder that the next first index removes.
"""

from __future__ import annotations

import contextlib
import marshal
import multiprocessing
import os
import queue
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .batch import Batch
from .database import destroy
from .errors import GraphError
from .parsing import end_with_parent
from .store import GraphStore
from .writer import BulkWriter

_AHEAD = 400
"""Messages that may wait, some 20 MB: linking a large workspace is done before all is written, and
then both processors write."""

_END_S = 10.0
"""So long the process may take to end once it has said that it does."""

_MARSHAL = 2
"""The version without references: rows hold hardly any object twice, and looking for them costs."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What the new graph takes over from the one whose place it takes."""

    model: str
    dimensions: int
    revision: int

    @staticmethod
    def of(store: GraphStore) -> _Form:
        return _Form(store.model, store.dimensions, store.revision)

    def open(self, folder: Path) -> GraphStore:
        """A graph of this form, empty."""
        return GraphStore.open(
            folder, model=self.model, dimensions=self.dimensions, revision=self.revision
        )


class ApartWriter:
    """Takes the rows of a new graph, which then takes the place of the store's own."""

    def __init__(self, store: GraphStore) -> None:
        """``store`` has nothing that is to stay."""
        assert store.path is not None
        self._store = store
        # The process of an owner that was killed may go on for a moment: no two share a folder.
        for left in store.path.parent.glob(f"{store.path.name}.*.new"):
            destroy(left)
        self._folder = store.path.with_name(f"{store.path.name}.{os.getpid()}.new")
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_write,
            args=(theirs, self._folder, _Form.of(store), os.getpid()),
            name="write-graph",
            daemon=True,
        )
        self._process.start()
        theirs.close()
        self._messages: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._is_broken = False
        self._sender = threading.Thread(target=self._send, name="write-graph", daemon=True)
        self._sender.start()

    def put(self, relation: str, rows: list[list[Any]]) -> None:
        """See `Writer.put`."""
        if self._is_broken:
            raise self._failure(self._last_words())
        self._messages.put(marshal.dumps((relation, rows), _MARSHAL))

    def finish(self, batch: Batch, totals: dict[str, int]) -> None:
        """See `Writer.finish`."""
        assert not any(batch.remove.values())
        self._messages.put(marshal.dumps((batch.put, totals), _MARSHAL))
        self._messages.put(None)
        self._sender.join()
        words = self._last_words()
        if words != _DONE:
            raise self._failure(words)
        self._process.join(_END_S)
        self._pipe.close()
        self._store.exchange(self._folder)

    def abandon(self) -> None:
        """See `Writer.abandon`."""
        self._is_broken = True
        self._process.kill()
        self._messages.put(None)
        self._sender.join()
        self._pipe.close()
        self._process.join()
        destroy(self._folder)

    def _send(self) -> None:
        while (message := self._messages.get()) is not None:
            if self._is_broken:
                continue  # keep taking, so that nobody waits for room
            try:
                self._pipe.send_bytes(message)
            except OSError:
                self._is_broken = True

    def _last_words(self) -> str:
        with contextlib.suppress(EOFError, OSError):
            return self._pipe.recv_bytes().decode()
        return ""

    def _failure(self, words: str) -> GraphError:
        self._process.join(_END_S)
        code = self._process.exitcode
        return GraphError(words or f"The process that writes the graph ended ({code}): try again.")


_DONE = "done"


def _write(pipe: Connection, folder: Path, form: _Form, parent: int) -> None:
    """What the process does. An end of the messages before the last one means: leave it."""
    end_with_parent(parent)
    try:
        store = form.open(folder)
        writer = BulkWriter(store)
        while True:
            what, value = marshal.loads(pipe.recv_bytes())
            if not isinstance(what, str):
                break
            writer.put(what, value)
        writer.finish(Batch(what), value)
        store.close()
    except EOFError:
        return
    except Exception as error:  # noqa: BLE001 - the process that asked for it raises it
        pipe.send_bytes(str(error).encode() or repr(error).encode())
    else:
        pipe.send_bytes(_DONE.encode())
