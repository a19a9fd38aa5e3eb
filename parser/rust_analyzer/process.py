"""One rust-analyzer process, and the requests under way in it. Used from any thread.

Three threads serve its pipes, so that a process that hangs, floods or dies holds up nobody: who
asks waits for an answer, for a limit, or until the answer isn't wanted any more.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any, Final, cast

from .errors import Gone, NoAnswer, Refused, Withdrawn
from .wire import BrokenStream, Message, encoded, read_message

_log = logging.getLogger(__name__)

Cancel = Callable[[], bool]
Answer = Callable[[Any], Any]
"""A request of the server's, by its parameters, to its result."""

_POLL_S: Final = 0.05
"""How often a waiting thread looks whether its answer is still wanted."""
_LAST_WORDS: Final = 30
"""Lines of standard error that are kept."""
_NO_MEMORY: Final = "memory allocation of "
"""What a Rust program's last words begin with when it is given no more."""
_QUIT_S: Final = 2.0
_METHOD_NOT_FOUND: Final = -32601
_RETRY: Final = frozenset((-32801, -32802))
"""Content modified, server cancelled: the same question may well be answered when put again."""


class Process:
    """A running server. Everything raises `Gone` once it has ended."""

    def __init__(
        self,
        command: list[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        memory: int | None = None,
        requests: Mapping[str, Answer],
        notifications: Mapping[str, Callable[[Any], None]],
        ended: Callable[[str], None],
    ) -> None:
        """Start it. ``memory`` is the most bytes of data that it and its children may each have,
        where the system can see to that. ``requests`` and ``notifications`` are what it may send;
        they are called on the reading thread and must be quick. ``ended`` is told once, on any
        thread, why it ended. Raises `Gone` if it can't be started.
        """
        self._requests = requests
        self._notifications = notifications
        self._ended = ended
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._over: str | None = None
        self._closing = False
        self.heard = time.monotonic()
        """When the server last sent anything, by the monotonic clock."""
        try:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=None if environment is None else dict(environment),
                # A group of its own: macro servers and cargo go when it goes.
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Gone(f"{command[0]} could not be started: {error.strerror or error}") from None
        if memory is not None:
            _limit(self._process.pid, memory)
        self._errors = self._thread("errors", self._read_errors)
        self._writer = self._thread("write", self._write)
        self._reader = self._thread("read", self._read)

    @staticmethod
    def _thread(name: str, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"ferrograph-ra-{name}", daemon=True)
        thread.start()
        return thread

    @property
    def pid(self) -> int:
        """Of the server itself."""
        return self._process.pid

    @property
    def over(self) -> str | None:
        """Why it ended; None while it runs."""
        return self._over

    def notify(self, method: str, params: object) -> None:
        """Say something that has no answer."""
        self._put({"method": method, "params": params})

    def request(
        self, method: str, params: object, *, timeout: float, cancel: Cancel | None = None
    ) -> Any:
        """Ask and wait at most ``timeout`` seconds.

        Raises `Gone`, `NoAnswer`, `Refused`, and `Withdrawn` if ``cancel()`` said so first.
        """
        deadline = time.monotonic() + timeout
        while True:
            number = next(self._numbers)
            future: Future[Any] = Future()
            with self._lock:
                if self._over is not None:
                    raise Gone(self._over)
                self._waiting[number] = future
            self._put({"id": number, "method": method, "params": params})
            try:
                return self._wait(future, method, deadline, timeout, cancel)
            except _AskAgain:
                # The text changed under the server: what it then finds is the answer.
                time.sleep(_POLL_S)
            finally:
                with self._lock:
                    unanswered = self._waiting.pop(number, None) is not None
                if unanswered and self._over is None:
                    self._put({"method": "$/cancelRequest", "params": {"id": number}})

    def _wait(
        self,
        future: Future[Any],
        method: str,
        deadline: float,
        timeout: float,
        cancel: Cancel | None,
    ) -> Any:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoAnswer(f"rust-analyzer gave no answer to {method} within {timeout:g} s")
            try:
                return future.result(min(left, _POLL_S) if cancel is not None else left)
            except FutureTimeout:
                if cancel is not None and cancel():
                    raise Withdrawn(f"{method} was cancelled") from None

    def close(self, *, politely: bool = True) -> None:
        """End it and its children. ``politely`` gives it two seconds to say goodbye."""
        self._closing = True
        if politely and self._over is None:
            with contextlib.suppress(Gone, NoAnswer, Refused):
                self.request("shutdown", None, timeout=_QUIT_S)
                self.notify("exit", None)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_QUIT_S)
        self._kill()
        self._outbox.put(None)
        for thread in (self._errors, self._writer, self._reader):
            if thread is not threading.current_thread():
                thread.join(_QUIT_S)
        self._finish("rust-analyzer was stopped")

    # -- the pipes ------------------------------------------------------------------------------

    def _put(self, message: Message) -> None:
        self._outbox.put(encoded(message))

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(OSError, ValueError):
            while (data := self._outbox.get()) is not None:
                pipe.write(data)
                pipe.flush()
        with contextlib.suppress(OSError, ValueError):
            pipe.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        broken = ""
        try:
            while (message := read_message(pipe)) is not None:
                self.heard = time.monotonic()
                self._receive(message)
        except BrokenStream as error:
            broken = f"rust-analyzer sent what is no message: {error}"
        except (OSError, ValueError) as error:
            broken = f"rust-analyzer's answers can't be read: {error}"
        except Exception as error:  # noqa: BLE001 whatever it sends, who waits hears of it
            _log.exception("A message of rust-analyzer could not be read")
            broken = f"rust-analyzer sent what can't be understood: {error}"
        # What closes its end of the pipe, or babbles, is of no more use.
        self._kill()
        code = self._process.wait()
        self._outbox.put(None)
        self._errors.join(_QUIT_S)
        self._finish(broken or self._epitaph(code))

    def _read_errors(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        with contextlib.suppress(OSError, ValueError):
            for line in pipe:
                self._last_words.append(line.decode("utf-8", "replace").rstrip()[:400])

    def _receive(self, message: Message) -> None:
        method = message.get("method")
        if method is None:
            with self._lock:
                future = self._waiting.pop(message.get("id", 0), None)
            if future is not None:
                _settle(future, message)
            return
        params = message.get("params")
        if "id" in message:
            self._put(self._answer(message["id"], method, params))
            return
        heard = self._notifications.get(method)
        if heard is not None:
            try:
                heard(params)
            except Exception:  # noqa: BLE001 whatever it sends, reading goes on
                _log.exception("A notification of rust-analyzer could not be read: %s", method)

    def _answer(self, number: object, method: str, params: Any) -> Message:
        answer = self._requests.get(method)
        if answer is None:
            error = {"code": _METHOD_NOT_FOUND, "message": f"{method} is not known here"}
            return {"id": number, "error": error}
        try:
            return {"id": number, "result": answer(params)}
        except Exception as error:  # noqa: BLE001 it is told, and reading goes on
            _log.exception("A request of rust-analyzer could not be answered: %s", method)
            return {"id": number, "error": {"code": -32603, "message": str(error)}}

    # -- its end ----------------------------------------------------------------------------------

    def _kill(self) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._process.kill()

    def _epitaph(self, code: int) -> str:
        if self._closing:
            return "rust-analyzer was stopped"
        said = [line for line in self._last_words if line.strip()]
        if any(line.startswith(_NO_MEMORY) for line in said):
            return "rust-analyzer needed more memory than `rust_analyzer.memory_mb` allows"
        if code < 0:
            return f"rust-analyzer was killed by signal {-code}"
        ended = f"rust-analyzer ended with status {code}"
        return f"{ended}, having said: {said[-1]}" if said else ended

    def _finish(self, why: str) -> None:
        with self._lock:
            if self._over is not None:
                return
            self._over = why
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for future in waiting:
            future.set_exception(Gone(why))
        self._ended(why)


class _AskAgain(Exception):
    """The server let go of a request because something changed."""


def _settle(future: Future[Any], message: Message) -> None:
    error = message.get("error")
    if error is None:
        future.set_result(message.get("result"))
    elif not isinstance(error, dict):
        future.set_exception(Refused("rust-analyzer: an error without a reason"))
    elif cast(Message, error).get("code") in _RETRY:
        future.set_exception(_AskAgain())
    else:
        said = cast(Message, error).get("message", "an error")
        future.set_exception(Refused(f"rust-analyzer: {said}"))


def _limit(pid: int, memory: int) -> None:
    """Bound the data segment of a process and of what it starts; Linux only."""
    if sys.platform == "linux":
        import resource  # not on every system

        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))
