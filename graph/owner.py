"""The owner's side: answers the processes that follow, each connection on a thread of its own.

A follower keeps one connection to watch, on which it is told of new revisions and by whose end it
knows that the owner is gone; and others on which it asks, one question at a time. Its queries only
read. Whatever else it wants is a call, which the upper floors answer.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from .errors import Cancelled
from .ownership import check_peer
from .wire import WireError, pack, receive, send

_log = logging.getLogger(__name__)

BEAT_S: Final = 1.0
"""While a call runs, its asker is told as often that it does."""
_TELL_S: Final = 0.05
_SEND_S: Final = 5
"""A follower that takes nothing for so long is given up."""
_HANDLER_S: Final = 20.0
_END_S: Final = 5.0
_PEEK: Final = getattr(socket, "MSG_PEEK", 0) | getattr(socket, "MSG_DONTWAIT", 0)


class Call:
    """Something that a follower asked for, while it is done."""

    def __init__(
        self, session: bytes, name: str, arguments: dict[str, Any], sock: socket.socket,
        stopping: threading.Event,
    ) -> None:  # fmt: skip
        self.session = session
        """The follower; the same for all that it asks."""
        self.name = name
        self.arguments = arguments
        self._sock = sock
        self._stopping = stopping
        self._sending = threading.Lock()
        self._deaf = False
        self._told = 0.0

    def stopping(self) -> bool:
        """Whether this process is about to close the database."""
        return self._stopping.is_set()

    def left(self) -> bool:
        """Whether nobody waits for the answer any more, or `stopping`."""
        if self._stopping.is_set() or self._deaf:
            return True
        try:
            return self._sock.recv(1, _PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def tell(self, value: object, *, last: bool = False) -> None:
        """Tell the follower how far it is. What comes too fast is left out, but for the last."""
        now = time.monotonic()
        if last or now - self._told >= _TELL_S:
            self._told = now
            self._send(["progress", value])

    def beat(self, done: threading.Event) -> None:
        """Say every now and then that the call is still under way."""
        while not done.wait(BEAT_S):
            self._send(["alive"])

    def _send(self, frame: list[Any]) -> None:
        # What was asked for is finished, heard or not.
        if not self._deaf:
            try:
                with self._sending:
                    send(self._sock, frame)
            except (OSError, WireError):
                self._deaf = True


class Handler(Protocol):
    """Who does what followers ask for. Called on their threads."""

    def call(self, call: Call) -> object:
        """Do it; what is given goes back. What is raised goes back as its words."""
        ...

    def left(self, session: bytes) -> None:
        """A follower is gone. Not called where this process is about to close the database."""
        ...


@dataclass(slots=True)
class _Watcher:
    sock: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)


class Owner:
    """Serves one open database until `stop`."""

    def __init__(
        self,
        client: Any,
        listener: socket.socket,
        *,
        hello: Callable[[], dict[str, Any]],
        revision: Callable[[], int],
    ) -> None:
        """``client`` runs CozoScript; ``hello`` is what a new follower is told of this process."""
        self._client = client
        self._listener = listener
        self._hello = hello
        self._revision = revision
        self._handler: Handler | None = None
        self._handled = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads: dict[threading.Thread, socket.socket] = {}
        self._watchers: dict[bytes, _Watcher] = {}
        self._acceptor = threading.Thread(target=self._accept, name="ferrograph-owner", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._acceptor.start()

    def handle(self, handler: Handler) -> None:
        """Say who does what followers ask for; until then they wait."""
        self._handler = handler
        self._handled.set()

    @property
    def followers(self) -> int:
        """How many processes follow."""
        with self._lock:
            return len(self._watchers)

    def announce(self, revision: int) -> None:
        """Tell followers of a new revision. Never waits for one."""
        with self._lock:
            watchers = list(self._watchers.values())
        for watcher in watchers:
            _push(watcher, revision)

    def stop(self) -> None:
        """Finish the queries under way, cancel calls, and hang up."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        until = time.monotonic() + _END_S
        with self._lock:
            threads = dict(self._threads)
        for sock in threads.values():
            # Answers can still be sent.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RD)
        for thread in (self._acceptor, *threads):
            if thread is not threading.current_thread() and thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        for sock in threads.values():
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    # -- on threads -----------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                # Out of file descriptors, most likely.
                time.sleep(0.1)
                continue
            thread = threading.Thread(
                target=self._serve, args=(sock,), name="ferrograph-follower", daemon=True
            )
            with self._lock:
                if self._stopping.is_set():
                    sock.close()
                    return
                self._threads[thread] = sock
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            with sock:
                check_peer(sock)
                with contextlib.suppress(OSError):
                    timeout = struct.pack("@ll", _SEND_S, 0)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
                self._greet(sock)
        except (OSError, WireError) as error:
            _log.debug("a follower's connection ended: %s", error)
        except Exception:  # noqa: BLE001 one follower's trouble is not the others'
            _log.exception("a follower's connection failed")
        finally:
            with self._lock:
                self._threads.pop(threading.current_thread(), None)

    def _greet(self, sock: socket.socket) -> None:
        match receive(sock):
            case ["ask", bytes() as session]:
                send(sock, {"revision": self._revision()})
                self._answer(sock, session)
            case ["watch"]:
                self._let_watch(sock)
            case _:
                raise WireError("A follower did not introduce itself.")

    def _let_watch(self, sock: socket.socket) -> None:
        session = secrets.token_bytes(16)
        watcher = _Watcher(sock)
        with self._lock:
            self._watchers[session] = watcher
        try:
            with watcher.lock:
                hello = {**self._hello(), "session": session, "pid": os.getpid()}
                send(sock, {**hello, "revision": self._revision()})
            # It says nothing more: what comes is its end.
            while sock.recv(1):
                pass
        finally:
            with self._lock:
                self._watchers.pop(session, None)
            self._gone(session)

    def _gone(self, session: bytes) -> None:
        handler = self._handler
        if handler is None or self._stopping.is_set():
            return
        try:
            handler.left(session)
        except Exception:  # noqa: BLE001 nobody is there to be told
            if not self._stopping.is_set():
                _log.exception("what a follower left behind could not be put away")

    def _answer(self, sock: socket.socket, session: bytes) -> None:
        while True:
            asked = cast("list[Any]", receive(sock))
            match asked[0]:
                case "run":
                    answer = self._run(asked[1], asked[2])
                case "call":
                    answer = self._call(Call(session, asked[1], asked[2], sock, self._stopping))
                    if answer is None:
                        return
                case _:
                    raise WireError("A follower asked for something unknown.")
            try:
                send(sock, answer)
            except WireError as error:
                # Nothing of it was sent yet.
                send(sock, ["error", self._revision(), str(error)])

    def _run(self, script: str, parameters: dict[str, Any]) -> list[Any]:
        try:
            rows = self._client.run(script, parameters, True)["rows"]
        except BaseException as error:  # noqa: BLE001 CozoDB's panics are no Exceptions
            return ["error", self._revision(), str(error)]
        return ["rows", self._revision(), rows]

    def _call(self, call: Call) -> list[Any] | None:
        """The answer; None where there is to be none, since the next owner will give it."""
        done = threading.Event()
        beat = threading.Thread(target=call.beat, args=(done,), name="ferrograph-beat", daemon=True)
        beat.start()
        try:
            if not self._handled.wait(_HANDLER_S) or self._handler is None:
                return ["error", self._revision(), "The process that has the graph is not ready."]
            answer = ["result", self._handler.call(call)]
        except Cancelled as error:
            answer = ["error", str(error)]
        except Exception as error:  # noqa: BLE001 who asked is told
            _log.info("%s failed for a follower", call.name, exc_info=True)
            answer = ["error", str(error) or type(error).__name__]
        finally:
            done.set()
            beat.join()
        if self._stopping.is_set() and answer[0] == "error":
            return None
        return [answer[0], self._revision(), answer[1]]


def _push(watcher: _Watcher, revision: int) -> None:
    """Send a revision without waiting; who is too slow hears of it with the next answer."""
    payload = pack(["revision", revision])
    frame = struct.pack("<I", len(payload)) + payload
    with watcher.lock:
        try:
            sent = watcher.sock.send(frame, getattr(socket, "MSG_DONTWAIT", 0))
        except BlockingIOError:
            return
        except OSError:
            sent = 0
        if sent < len(frame):
            # Half a frame can't be taken back.
            with contextlib.suppress(OSError):
                watcher.sock.shutdown(socket.SHUT_RDWR)
