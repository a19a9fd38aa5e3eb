"""A rust-analyzer that is there when needed: started late, stopped when idle, restarted with care.

Who asks gets an answer or an `ExpertError` with one sentence; nobody else notices whether it is
well, hung, killed, missing or unwanted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

from .client import RustAnalyzer, Status
from .errors import ExpertError, Gone, NoAnswer, NotInstalled, NotTrusted, SwitchedOff
from .find import Program, find_program
from .options import Options
from .process import Cancel

T = TypeVar("T")

Mode: TypeAlias = Literal["off", "lazy", "eager"]
State: TypeAlias = Literal["off", "resting", "starting", "loading", "ready", "failed"]
"""Not wanted or not allowed; not started, or stopped after idling; started; reading the workspace;
answering; failed, and due to be tried again."""

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 300.0
_SOUND_S: Final = 60.0
"""A process that lived this long after loading was sound: the next pause is the first one again."""
_HANGS_AFTER: Final = 2
"""Questions in a row without an answer or any other sign of life."""


@dataclass(frozen=True, slots=True)
class Report:
    """How it stands, for progress and for ``doctor``."""

    state: State
    sentence: str
    """What a user should know; "" where there is nothing to tell."""
    version: str = ""
    pid: int | None = None
    doing: str = ""
    starts: int = 0
    failures: int = 0
    retry_s: float | None = None
    """Seconds until it is tried again, where it failed."""


class Expert:
    """The rust-analyzer of one workspace. Thread-safe; questions run on the asking threads."""

    def __init__(
        self,
        root: Path,
        *,
        mode: Callable[[], Mode],
        options: Callable[[], Options],
        trusted: Callable[[], bool],
        changed: Callable[[Report], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts nothing. ``changed`` is told of every change, on any thread, and must be quick."""
        self.root = root
        self._mode = mode
        self._options = options
        self._trusted = trusted
        self._changed = changed
        self._clock = clock
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._server: RustAnalyzer | None = None
        self._program: Program | None = None
        self._sentence = ""
        self._pause_s = 0.0
        self._retry_at = 0.0
        self._starts = 0
        self._failures = 0
        self._silent = 0
        self._asking = 0
        self._used = 0.0
        self._sound_from: float | None = None
        self._idle: threading.Timer | None = None
        self._closed = False

    # -- asking ------------------------------------------------------------------------------------

    def ask(
        self,
        question: Callable[[RustAnalyzer], T],
        *,
        patience: float | None = None,
        cancel: Cancel | None = None,
    ) -> T:
        """The answer to a question, once rust-analyzer is there and has read the workspace.

        It is started if need be, and reading may take minutes: ``patience`` is how many seconds of
        them to wait, all that it may take if None. Raises `ExpertError`.
        """
        server = self.start()
        with self._lock:
            self._asking += 1
        try:
            server.wait_ready(timeout=patience, cancel=cancel)
            self._sound_from = self._sound_from or self._clock()
            began, heard = time.monotonic(), server.process.heard
            try:
                answer = question(server)
            except NoAnswer:
                # Who has little patience learns nothing of its health.
                if time.monotonic() - began >= server.options.answer_s:
                    self._silence(server, heard)
                raise
            self._silent = 0
            return answer
        except NoAnswer as error:
            if not server.status.quiescent and patience is None:
                # It never came to an end of loading: start afresh, later.
                self._fail(server, str(error))
            raise
        finally:
            with self._lock:
                self._asking -= 1
                self._used = self._clock()
            self._rest_later()

    @property
    def is_pressed(self) -> bool:
        """Whether several wait for answers: who asks at leisure should let the others go first."""
        return self._asking > 1

    def ready(self) -> RustAnalyzer | None:
        """The server if it could answer at once; starts nothing and waits for nothing."""
        server = self._server
        if server is None or server.process.over is not None or not server.status.quiescent:
            return None
        return server

    def start(self) -> RustAnalyzer:
        """The running server, started if there is none; it may still be reading the workspace.

        Raises `SwitchedOff`, `NotTrusted`, `NotInstalled`, and `Gone` while it is too early to try
        again.
        """
        with self._starting:
            self._allow()
            server = self._server
            if server is not None and server.process.over is None:
                return server
            left = self._retry_at - self._clock()
            if left > 0:
                raise Gone(f"{self._sentence}; it is tried again in {left:.0f} s")
            return self._start()

    def _allow(self) -> None:
        if self._closed:
            raise Gone("rust-analyzer was stopped")
        if self._mode() == "off":
            self.stop()
            raise SwitchedOff("rust-analyzer is switched off by the setting `rust_analyzer.mode`")
        if not self._trusted():
            self.stop()
            raise NotTrusted(
                "this workspace is not trusted, and rust-analyzer runs its build scripts and "
                "macros: run `ferrograph trust`"
            )

    def _start(self) -> RustAnalyzer:
        options = self._options()
        self._tell(Report("starting", "", starts=self._starts + 1))
        try:
            program = find_program(options.program, folder=self.root)
            with self._lock:
                self._program = program
                self._starts += 1
                self._silent = 0
                self._sound_from = None
            server = RustAnalyzer(
                program, self.root, options,
                changed=lambda _status: self._tell(),
                ended=self._ended,
            )  # fmt: skip
        except NotInstalled as error:
            self._later(str(error), longest=True)
            raise
        except ExpertError as error:
            self._later(str(error))
            raise
        with self._lock:
            closed = self._closed
            if not closed:
                self._server = server
                self._sentence = ""
                self._used = self._clock()
        if closed:
            server.process.close(politely=False)
            raise Gone("rust-analyzer was stopped")
        self._rest_later()
        if server.process.over is not None:
            # It ended before it was ours to hear of.
            self._ended(server.process.over)
        self._tell()
        return server

    # -- its failures ------------------------------------------------------------------------------

    def _silence(self, server: RustAnalyzer, heard: float) -> None:
        """A question ran out of time: is it slow, or hung?"""
        self._silent = self._silent + 1 if server.process.heard <= heard else 0
        if self._silent >= _HANGS_AFTER:
            self._fail(server, "rust-analyzer hung and was stopped")

    def _fail(self, server: RustAnalyzer, why: str) -> None:
        with self._lock:
            if self._server is not server:
                return
            self._server = None
        server.process.close(politely=False)
        self._later(why)

    def _ended(self, why: str) -> None:
        with self._lock:
            server = self._server
            if server is None or server.process.over is None:
                # Stopped by us, or not yet ours: who does that tells.
                return
            self._server = None
        self._later(why)

    def _later(self, why: str, *, longest: bool = False) -> None:
        """Note a failure, and when to try again: each time twice as late."""
        with self._lock:
            now = self._clock()
            sound = self._sound_from is not None and now - self._sound_from >= _SOUND_S
            pause = _FIRST_PAUSE_S if sound or not self._pause_s else 2 * self._pause_s
            self._pause_s = _LONGEST_PAUSE_S if longest else min(pause, _LONGEST_PAUSE_S)
            self._retry_at = now + self._pause_s
            self._failures += 1
            self._sentence = why
            self._sound_from = None
        self._tell()

    def renew(self) -> None:
        """Stop it and, when next asked, start it at once: the user changed its settings."""
        with self._lock:
            self._retry_at = self._pause_s = 0.0
            self._sentence = ""
        with self._starting:
            # One that is being started has the settings of before.
            self.stop()

    # -- its rest ----------------------------------------------------------------------------------

    def _rest_later(self) -> None:
        with self._lock:
            if self._idle is not None or self._closed or self._server is None:
                return
            wait = self._options().idle_s
            self._idle = threading.Timer(wait, self._rest)
            self._idle.daemon = True
            self._idle.start()

    def _rest(self) -> None:
        idle_s = self._options().idle_s
        with self._lock:
            self._idle = None
            idle = self._asking == 0 and self._clock() - self._used >= idle_s
        if not idle:
            self._rest_later()
        elif self._mode() != "eager":
            self.stop()

    def stop(self) -> None:
        """Stop it; the next question starts it again."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()
            self._tell()

    def close(self) -> None:
        """Stop it for good."""
        with self._lock:
            self._closed = True
            timer, self._idle = self._idle, None
        if timer is not None:
            timer.cancel()
        self.stop()

    # -- telling -----------------------------------------------------------------------------------

    def report(self) -> Report:
        """How it stands."""
        with self._lock:
            server, sentence = self._server, self._sentence
            version = self._program.version if self._program is not None else ""
            starts, failures = self._starts, self._failures
            left = self._retry_at - self._clock()
        if server is not None and server.process.over is None:
            status: Status = server.status
            trouble = status.message if status.health != "ok" else ""
            return Report(
                "ready" if status.quiescent else "loading",
                f"rust-analyzer: {trouble}" if trouble else "",
                version, server.process.pid, status.doing, starts, failures,
            )  # fmt: skip
        if self._mode() == "off" or not self._trusted():
            try:
                self._allow()
            except ExpertError as error:
                return Report("off", str(error), version, starts=starts, failures=failures)
        if sentence:
            wait = max(0.0, left)
            return Report("failed", sentence, version, None, "", starts, failures, wait)
        return Report("resting", "", version, starts=starts, failures=failures)

    def _tell(self, report: Report | None = None) -> None:
        if self._changed is not None:
            self._changed(report or self.report())
