"""Any server that speaks OpenAI's chat-completions protocol, behind the `Engine` interface."""

from __future__ import annotations

import ipaddress
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from .chat_attempt import ChatAttempt, Target
from .engine import Cancellation, Message
from .errors import Cancelled, ContextTooLong, EndpointError, RateLimited
from .events import EventSink, Finished, Retrying, Warned, ignore
from .http_stream import Timeouts
from .server_probe import DEFAULT_WINDOW, PROBE_TIMEOUT_S, ServerProbe
from .token_counting import TokenCounter

# A server that read less than this share of the prompt has cut it; estimates may be off by more.
_SHORTER_EXACT: Final = 0.9
_SHORTER_ESTIMATE: Final = 0.5
_LEAST_LOSS: Final = 64  # tokens; templates make short prompts hard to compare


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """``base_url`` is what precedes ``/chat/completions``, and usually ends in ``/v1``.

    ``api_key_env`` names an environment variable with the key, read when the engine is made.
    """

    base_url: str
    model: str = ""
    api_key: str | None = field(default=None, repr=False)
    api_key_env: str | None = None
    context_window: int | None = None
    tokenizer_file: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: int = 3
    backoff_s: float = 0.5
    longest_wait_s: float = 30.0


class EndpointEngine:
    """One endpoint. Requests may run side by side."""

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        fallback: Callable[[str], int],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Connects to nothing yet. ``fallback`` estimates tokens where nothing can count them.

        ``jitter`` returns numbers in [0, 1). Raises `ModelNotFound` or `ModelBroken` for a
        tokenizer file that can't be used.
        """
        self.settings = settings
        base = settings.base_url.rstrip("/").removesuffix("/chat/completions")
        key = settings.api_key or os.environ.get(settings.api_key_env or "") or None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # A proxy from the environment is no way to this machine itself.
        trust_env = not _is_local(base)
        # Loading the certificates takes longer than many an answer from this machine.
        secure = urlsplit(base).scheme == "https"
        self._client = httpx.Client(
            limits=httpx.Limits(max_keepalive_connections=0), verify=secure, trust_env=trust_env
        )
        self._target = Target(
            client=self._client,
            url=base + "/chat/completions",
            headers=headers,
            secret=key,
            timeouts=settings.timeouts,
        )
        self._probe_client = httpx.Client(
            headers=headers, timeout=PROBE_TIMEOUT_S, verify=secure, trust_env=trust_env
        )
        self._probe = ServerProbe(self._probe_client, base_url=base, model=settings.model)
        self._counter = TokenCounter(
            probe=self._probe, tokenizer_file=settings.tokenizer_file, fallback=fallback
        )
        self._jitter = jitter
        self._closed = Cancellation()
        self._send_stream_options = True
        self._limit = "max_tokens"

    @property
    def name(self) -> str:
        return self.settings.model or self.settings.base_url

    @property
    def context_window(self) -> int:
        """From the settings, else from the server, else `DEFAULT_WINDOW`."""
        return self.settings.context_window or self._probe.context_window() or DEFAULT_WINDOW

    @property
    def tokenizer_name(self) -> str:
        return self._counter.name

    def count_tokens(self, text: str) -> int:
        return self._counter.count(text)

    def count_prompt(self, messages: Sequence[Message]) -> int:
        return self._counter.count_messages(messages)

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
        """See `Engine.stream`. A request that fails in passing before any text came is repeated."""
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "temperature": temperature,
            "stream": True,
        }
        if self.settings.model:
            body["model"] = self.settings.model
        if stop:
            body["stop"] = list(stop)
        counted = self.count_prompt(messages)
        self._refuse_too_long(counted)
        cancel.check()
        attempt = 0
        with self._closed.calling(cancel.cancel):
            while True:
                answer = ChatAttempt(self._target)
                try:
                    yield from answer.pieces(
                        self._body(body, max_tokens), max_tokens=max_tokens, cancel=cancel
                    )
                    self._report(answer, counted, on_event)
                    return
                except EndpointError as error:
                    cancel.check()
                    if self._adapts_to(error):
                        continue
                    delay = self._delay(error, attempt)
                    if answer.started or delay is None:
                        raise
                    on_event(Retrying(reason=str(error), delay_s=delay))
                    if cancel.wait(delay):
                        raise Cancelled from None
                    attempt += 1

    def close(self) -> None:
        self._closed.cancel()
        self._client.close()
        self._probe_client.close()

    def _report(self, answer: ChatAttempt, counted: int, on_event: EventSink) -> None:
        read = answer.prompt_tokens
        share = _SHORTER_EXACT if self._counter.exact else _SHORTER_ESTIMATE
        if read is not None and read < min(counted * share, counted - _LEAST_LOSS):
            on_event(
                Warned(
                    f"The endpoint read only {read:,} of about {counted:,} prompt tokens: it cut "
                    "the prompt off silently. Start its server with a larger window, or lower "
                    "the context budget."
                )
            )
        on_event(
            Finished(
                reason=answer.reason or "stop",
                prompt_tokens=read,
                answer_tokens=answer.answer_tokens,
                reused_tokens=answer.reused_tokens,
            )
        )

    def _refuse_too_long(self, counted: int) -> None:
        window = self.settings.context_window or self._probe.context_window()
        if window is not None and self._counter.exact and counted >= window:
            raise ContextTooLong(
                f"The prompt has {counted:,} tokens and the endpoint's window holds {window:,}: "
                "lower the context budget, or start its server with a larger window.",
                prompt_tokens=counted,
                context_window=window,
            )

    def _body(self, body: dict[str, Any], max_tokens: int) -> dict[str, Any]:
        full = {**body, self._limit: max_tokens}
        if self._send_stream_options:
            full["stream_options"] = {"include_usage": True}
        return full

    def _adapts_to(self, error: EndpointError) -> bool:
        """Servers differ in what they take; whether the next attempt will be worded otherwise."""
        said = str(error)
        if self._limit == "max_tokens" and "max_completion_tokens" in said:
            self._limit = "max_completion_tokens"  # OpenAI's reasoning models insist on it
            return True
        if self._send_stream_options and "stream_options" in said:
            self._send_stream_options = False  # token counts are not worth a failure
            return True
        return False

    def _delay(self, error: EndpointError, attempt: int) -> float | None:
        """Seconds to the next attempt (exponential, ± 50%), or None if there should be none."""
        if not error.transient or attempt >= self.settings.retries:
            return None
        delay = self.settings.backoff_s * 2**attempt * (0.5 + self._jitter())
        if isinstance(error, RateLimited) and error.retry_after is not None:
            delay = error.retry_after
        return delay if delay <= self.settings.longest_wait_s else None


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
