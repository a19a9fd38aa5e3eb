"""A follower's side: queries and calls to the process that owns the database."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from .errors import Cancelled, GraphError, OwnerSilent
from .owner import BEAT_S
from .ownership import OwnerNote, connect
from .wire import WireError, receive, send

CONNECT_S: Final = 10.0
"""An owner that takes longer to say hello hangs."""
READ_S: Final = 30.0
"""So long a query may take."""
SILENT_S: Final = 30 * BEAT_S
"""So long an owner may say nothing while it does what it was asked to."""
_LOOK_S: Final = 0.05
_MOST_IDLE: Final = 8


class OwnerLost(Exception):
    """The owner's process ended, or is about to."""


class Remote:
    """Connections to one owner. Queries and calls may come from any thread."""

    def __init__(
        self, note: OwnerNote, *, revised: Callable[[int], None], lost: Callable[[], None]
    ) -> None:
        """Connect. ``revised`` hears of every new revision, ``lost`` once of the owner's end.

        Raises `OwnerSilent`, and `OSError` where nobody listens at that address (any more).
        """
        self.note = note
        self._revised = revised
        self._lost = lost
        self._idle: list[socket.socket] = []
        self._used: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        try:
            self._watched = connect(note.address, CONNECT_S)
            try:
                send(self._watched, ["watch"])
                match receive(self._watched):
                    case {"session": bytes() as session, "revision": int() as revision, **hello}:
                        self.hello: dict[str, Any] = hello
                    case _:
                        raise WireError("The process that has the graph did not say hello.")
            except BaseException:
                self._watched.close()
                raise
        except TimeoutError as error:
            raise self._silent() from error
        self._session = session
        self._watched.settimeout(None)
        revised(revision)
        self._watcher = threading.Thread(target=self._watch, name="ferrograph-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch the owner."""
        self._watcher.start()

    def close(self) -> None:
        """Hang up; who waits for an answer gets `OwnerLost`."""
        with self._lock:
            self._closed = True
            socks = [self._watched, *self._idle, *self._used]
            self._idle.clear()
        for sock in socks:
            # Another thread may wait for it, and closing alone would not wake that one.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for sock in socks:
            sock.close()

    def run(self, script: str, parameters: dict[str, Any]) -> list[list[Any]]:
        """Rows of a query that only reads. Raises `OwnerLost`, `OwnerSilent` and `GraphError`."""

        def ask(sock: socket.socket) -> list[list[Any]]:
            send(sock, ["run", script, parameters])
            return self._read(receive(sock))

        return self._with_connection(ask, READ_S)

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        tell: Callable[[Any], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Any:
        """What the owner does when asked for ``name``. ``tell`` hears how far it is.

        Raises as `run`, and `Cancelled`.
        """

        def ask(sock: socket.socket) -> Any:
            send(sock, ["call", name, arguments])
            while True:
                self._wait(sock, cancel)
                answer = receive(sock)
                match answer:
                    case ["progress", value]:
                        if tell is not None:
                            tell(value)
                    case ["alive"]:
                        pass
                    case _:
                        return self._read(answer)

        return self._with_connection(ask, SILENT_S)

    def _wait(self, sock: socket.socket, cancel: Callable[[], bool] | None) -> None:
        """Wait for the next frame's begin."""
        until = time.monotonic() + SILENT_S
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        while not poll.poll(_LOOK_S * 1000):
            if cancel is not None and cancel():
                raise Cancelled("It was cancelled.")
            if time.monotonic() >= until:
                raise TimeoutError

    def _read(self, answer: Any) -> Any:
        match answer:
            case ["rows" | "result", int() as revision, value]:
                self._revised(revision)
                return value
            case ["error", int() as revision, str() as words]:
                self._revised(revision)
                raise GraphError(words)
            case _:
                raise WireError("The process that has the graph gave an unknown answer.")

    def _with_connection(self, ask: Callable[[socket.socket], Any], timeout_s: float) -> Any:
        try:
            sock = self._take()
        except TimeoutError as error:
            raise self._silent() from error
        except (OSError, ValueError) as error:
            raise OwnerLost from error
        sound = False
        try:
            sock.settimeout(timeout_s)
            answer = ask(sock)
            sound = True
            return answer
        except WireError:
            raise
        except GraphError as error:
            # The question was answered, if only to say that it failed.
            sound = not isinstance(error, Cancelled)
            raise
        except TimeoutError as error:
            raise self._silent() from error
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise OwnerLost from error
        finally:
            self._give_back(sock, sound)

    def _take(self) -> socket.socket:
        with self._lock:
            if self._closed:
                raise ConnectionResetError("closed")
            if self._idle:
                sock = self._idle.pop()
                self._used.add(sock)
                return sock
        sock = connect(self.note.address, CONNECT_S)
        try:
            send(sock, ["ask", self._session])
            match receive(sock):
                case {"revision": int() as revision}:
                    self._revised(revision)
                case _:
                    raise WireError("The process that has the graph did not say hello.")
        except BaseException:
            sock.close()
            raise
        with self._lock:
            self._used.add(sock)
        return sock

    def _give_back(self, sock: socket.socket, sound: bool) -> None:
        with self._lock:
            self._used.discard(sock)
            if sound and not self._closed and len(self._idle) < _MOST_IDLE:
                self._idle.append(sock)
                return
        sock.close()

    def _watch(self) -> None:
        try:
            while True:
                match receive(self._watched):
                    case ["revision", int() as revision]:
                        self._revised(revision)
                    case _:
                        break
        except (OSError, ValueError, WireError):
            pass
        if not self._closed:
            self._lost()

    def _silent(self) -> OwnerSilent:
        return OwnerSilent(
            f"Another ferrograph process ({self.note.pid}) has the graph open but does not answer: "
            "wait for it, or end it."
        )
