"""One attempt at one chat completion over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import httpx

from . import endpoint_errors
from .engine import Cancellation
from .errors import GenerationError
from .http_stream import Head, Stream, Timeouts, open_stream
from .sse import ServerEvent

# No tokenizer's average over text exceeds this many characters a token. A server that sends more
# than it was allowed to is cut off instead of filling the memory.
_CHARACTERS_PER_TOKEN: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send a request. ``secret`` is what no message may quote."""

    client: httpx.Client
    url: str
    headers: Mapping[str, str] = field(repr=False)
    secret: str | None = field(repr=False)
    timeouts: Timeouts


class ChatAttempt:
    """Send once, read once. What the server told beside the text stands in the attributes."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.started = False  # some text has arrived
        self.reason: Literal["stop", "length"] | None = None
        self.prompt_tokens: int | None = None
        self.answer_tokens: int | None = None
        self.reused_tokens: int | None = None

    def pieces(
        self, body: Mapping[str, Any], *, max_tokens: int, cancel: Cancellation
    ) -> Iterator[str]:
        """Yield the answer's text. Raises a `GenerationError`, and nothing else."""
        target = self._target
        left = max_tokens * _CHARACTERS_PER_TOKEN
        try:
            with open_stream(
                target.client,
                url=target.url,
                headers=target.headers,
                body=body,
                timeouts=target.timeouts,
                cancel=cancel,
            ) as stream:
                for text in self._texts(stream):
                    cancel.check()
                    self.started = True
                    yield text[:left]
                    left -= len(text)
                    if left <= 0:
                        self.reason = "length"
                        return
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            OSError,
            RuntimeError,
        ) as error:
            cancel.check()
            raise endpoint_errors.from_transport(
                error, url=target.url, started=self.started
            ) from error

    def _texts(self, stream: Stream) -> Iterator[str]:
        head = stream.head()
        if not 200 <= head.status < 300:
            raise endpoint_errors.from_status(
                status=head.status,
                headers=head.headers,
                body=head.body,
                url=self._target.url,
                secret=self._target.secret,
            )
        if not head.streaming:
            yield self._whole(head)
            return
        for event in stream.events():
            if event.data == "[DONE]":
                self.reason = self.reason or "stop"
                return
            text = self._delta(event)
            if text:
                yield text
        if self.reason is None:
            raise endpoint_errors.from_transport(
                httpx.RemoteProtocolError("no end of the answer"),
                url=self._target.url,
                started=self.started,
            )

    def _delta(self, event: ServerEvent) -> str:
        data = self._json(event.data)
        if event.kind == "error":
            data.setdefault("error", event.data)
        choice = self._choice(data)
        self._take_reason(choice)
        return _text(_dict(choice.get("delta")).get("content"))

    def _whole(self, head: Head) -> str:
        """A server that doesn't stream sends the whole answer as one JSON object."""
        data = self._json(head.body)
        choice = self._choice(data)
        if not choice:
            raise self._not_the_protocol(head.body)
        self._take_reason(choice)
        self.reason = self.reason or "stop"
        return _text(_dict(choice.get("message")).get("content"))

    def _choice(self, data: dict[str, Any]) -> dict[str, Any]:
        """The first choice of a chunk; errors in it are raised, counts are kept."""
        error = endpoint_errors.from_event(data, url=self._target.url, secret=self._target.secret)
        if error is not None:
            raise error
        usage = _dict(data.get("usage"))
        self.prompt_tokens = _count(usage.get("prompt_tokens"), self.prompt_tokens)
        self.answer_tokens = _count(usage.get("completion_tokens"), self.answer_tokens)
        details = _dict(usage.get("prompt_tokens_details"))
        self.reused_tokens = _count(details.get("cached_tokens"), self.reused_tokens)
        self.reused_tokens = _count(_dict(data.get("timings")).get("cache_n"), self.reused_tokens)
        choices = data.get("choices")
        return _dict(cast("list[Any]", choices)[0]) if isinstance(choices, list) and choices else {}

    def _take_reason(self, choice: dict[str, Any]) -> None:
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self.reason = "length" if reason == "length" else "stop"

    def _json(self, text: str) -> dict[str, Any]:
        try:
            data: Any = json.loads(text)
        except ValueError:
            raise self._not_the_protocol(text) from None
        if not isinstance(data, dict):
            raise self._not_the_protocol(text)
        return cast("dict[str, Any]", data)

    def _not_the_protocol(self, text: str) -> GenerationError:
        return endpoint_errors.not_the_protocol(
            text, url=self._target.url, secret=self._target.secret
        )


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) and value >= 0 else otherwise
