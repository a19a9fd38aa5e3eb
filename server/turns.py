"""Who may change the graph: one at a time, embedding only while nobody waits with more pressing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator

from ..graph.errors import Cancelled

_LOOK_S = 0.05


class Turns:
    """A lock with two kinds of holders."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._taken = False
        self._waiting = 0

    @property
    def wanted(self) -> bool:
        """Whether somebody waits with something pressing: whoever embeds should pause."""
        return self._waiting > 0

    @contextlib.contextmanager
    def pressing(self, cancel: Callable[[], bool] | None = None) -> Generator[None]:
        """Hold the turn as soon as may be. Raises `Cancelled` where ``cancel()`` says so before."""
        with self._change:
            self._waiting += 1
            try:
                while self._taken:
                    if cancel is not None and cancel():
                        raise Cancelled("It was cancelled.")
                    self._change.wait(_LOOK_S)
                self._taken = True
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            self._give()

    @contextlib.contextmanager
    def leisure(self, within_s: float, cancel: Callable[[], bool]) -> Generator[bool]:
        """Hold the turn if within some seconds nobody else wants it; gives whether it is held."""
        until = time.monotonic() + within_s
        held = False
        with self._change:
            while (self._taken or self._waiting) and not cancel():
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._change.wait(min(left, _LOOK_S))
            else:
                if not (self._taken or self._waiting):
                    self._taken = held = True
        try:
            yield held
        finally:
            if held:
                self._give()

    def _give(self) -> None:
        with self._change:
            self._taken = False
            self._change.notify_all()
