"""What a running generation tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Started:
    """The prompt leaves for the model."""

    prompt_tokens: int
    context_window: int


@dataclass(frozen=True, slots=True)
class PromptRead:
    """``done`` of ``total`` prompt tokens are read, ``reused`` of them for an earlier prompt."""

    done: int
    total: int
    reused: int


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """The endpoint failed in passing; the next attempt starts in ``delay_s`` seconds."""

    reason: str
    delay_s: float


@dataclass(frozen=True, slots=True)
class Repairing:
    """The answer was not usable; the model is told why and asked again."""

    reason: str
    attempt: int

    @property
    def line(self) -> str:
        """The reason on one line."""
        first, *others = self.reason.splitlines()
        return " ".join([first, "; ".join(others)]).strip()


@dataclass(frozen=True, slots=True)
class Checking:
    """There is an edit; it is looked at whether it would compile."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know, though the work goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The model stopped. Counts are None where the engine does not tell them.

    ``length`` means that the answer was cut off by its token limit.
    """

    reason: Literal["stop", "length"]
    prompt_tokens: int | None
    answer_tokens: int | None
    reused_tokens: int | None


Event = Started | PromptRead | Token | Retrying | Repairing | Checking | Warned | Finished
EventSink = Callable[[Event], None]


def ignore(event: Event) -> None:
    """An `EventSink` for callers that don't watch."""
