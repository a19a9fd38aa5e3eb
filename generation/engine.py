"""The one interface to a language model, and what every engine shares."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .errors import Cancelled
from .events import EventSink, ignore

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


class Cancellation:
    """A flag that any thread may set once, with callbacks that wake whoever waits.

    Callbacks run on the thread that cancels, so they must be short; what they raise is dropped,
    since cancelling must reach every one of them.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Set the flag and run the callbacks; later calls do nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            with contextlib.suppress(Exception):
                callback()

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], None]) -> Generator[None, None, None]:
        """Run ``callback`` if cancelled while the block runs, at once if that already happened."""
        with self._lock:
            already = self._event.is_set()
            key = self._next
            self._next += 1
            if not already:
                self._callbacks[key] = callback
        if already:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.pop(key, None)

    def wait(self, seconds: float) -> bool:
        """Sleep for at most ``seconds``; True if cancelled by then."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise `Cancelled` if the flag is set."""
        if self._event.is_set():
            raise Cancelled


class Engine(Protocol):
    """A language model that answers a conversation. Every method may be called from any thread."""

    @property
    def name(self) -> str:
        """The model, in words for people."""
        ...

    @property
    def context_window(self) -> int:
        """Prompt and answer together, in tokens."""
        ...

    @property
    def tokenizer_name(self) -> str:
        """Who counts the tokens, and so how exact the counts are."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` on its own, without the chat template."""
        ...

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole prompt, chat template included where it is known."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float,
        stop: Sequence[str] = (),
        cancel: Cancellation,
        on_event: EventSink = ignore,
    ) -> Iterator[str]:
        """Yield the answer in pieces of text.

        Sends ``PromptRead``, ``Retrying``, ``Warned`` and, last, ``Finished`` to ``on_event``; the
        caller wraps the pieces in ``Token`` events where it wants them. Closing the iterator stops
        the generation. Raises a `GenerationError`; `Cancelled` soon after ``cancel`` is set.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds. A generation under way ends as cancelled."""
        ...
