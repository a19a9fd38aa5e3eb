"""What the endpoint tests share: an impatient engine, and one question to ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ferrograph.generation.endpoint import EndpointEngine, EndpointSettings
from ferrograph.generation.engine import Cancellation, Message
from ferrograph.generation.events import Event
from ferrograph.generation.http_stream import Timeouts
from ferrograph.tests.support.openai_server import OpenAIServer

MESSAGES = [Message("system", "be brief"), Message("user", "say hello")]
FAST = Timeouts(connect_s=1.0, first_s=0.15, idle_s=0.1, total_s=5.0)
Serve = Callable[..., OpenAIServer]


def engine_for(url: str, **settings: Any) -> EndpointEngine:
    base: dict[str, Any] = {"timeouts": FAST, "backoff_s": 0.005, "model": "m"}
    return EndpointEngine(
        EndpointSettings(base_url=url, **{**base, **settings}),
        fallback=lambda text: len(text) // 4,
        jitter=lambda: 0.5,
    )


def answer(
    url: str, *, cancel: Cancellation | None = None, max_tokens: int = 100, **settings: Any
) -> tuple[str, list[Event]]:
    events: list[Event] = []
    pieces = engine_for(url, **settings).stream(
        MESSAGES,
        max_tokens=max_tokens,
        temperature=0.2,
        stop=("STOP",),
        cancel=cancel or Cancellation(),
        on_event=events.append,
    )
    return "".join(pieces), events
