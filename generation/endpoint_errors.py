"""What an endpoint's refusal means, in one sentence for the user."""

from __future__ import annotations

import email.utils
import json
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final, cast

import httpx

from .errors import (
    ContextTooLong,
    EndpointFailed,
    EndpointRefused,
    EndpointStalled,
    GenerationError,
    RateLimited,
)

# How servers say that the prompt is too long (OpenAI and vLLM; llama-server; LM Studio).
_TOO_LONG: Final = (
    "context_length_exceeded",
    "exceed_context_size",
    "maximum context length",
    "exceeds the available context size",
    "greater than the context length",
)
_LONGEST_QUOTE: Final = 200


def from_status(
    *, status: int, headers: Mapping[str, str], body: str, url: str, secret: str | None
) -> GenerationError:
    """The error for an answer whose status is not 2xx."""
    said = _message(body)
    quote = _quote(said, secret)
    if status in (401, 403):
        return EndpointRefused(
            f"The endpoint at {url} refuses the credentials ({status}{quote}): check the API key."
        )
    if status == 429:
        after = retry_after(headers)
        when = f"in {after:g} s" if after is not None else "later"
        return RateLimited(
            f"The endpoint at {url} is rate-limited (429{quote}): try again {when}.",
            retry_after=after,
        )
    if status in (400, 413, 422, 500) and _is_too_long(body):
        return _too_long(quote)
    if status == 404:
        return EndpointFailed(
            f"The endpoint does not know {url} or the model ({status}{quote}): "
            "check the base URL, which usually ends in /v1, and the model's name."
        )
    if status >= 500 or status == 408:
        return EndpointFailed(
            f"The endpoint at {url} failed ({status}{quote}): see its log, or try again.",
            transient=True,
        )
    return EndpointFailed(
        f"The endpoint at {url} rejected the request ({status}{quote}): check the settings."
    )


def from_event(data: Any, *, url: str, secret: str | None) -> GenerationError | None:
    """The error that an event of the stream reports, or None if it reports none."""
    if not isinstance(data, dict) or not cast("dict[str, Any]", data).get("error"):
        return None
    text = json.dumps(data)
    quote = _quote(_message(text), secret)
    if _is_too_long(text):
        return _too_long(quote)
    return EndpointFailed(
        f"The endpoint at {url} broke off its answer{quote}: see its log, or try again.",
        transient=True,
    )


def from_transport(error: Exception, *, url: str, started: bool) -> GenerationError:
    """The error for what httpx raised; ``started`` if part of the answer had arrived."""
    if isinstance(error, GenerationError):
        return error
    if isinstance(error, httpx.ConnectTimeout):
        return EndpointRefused(
            f"The endpoint at {url} can't be reached (no answer to the connection): "
            "check its address and that it runs."
        )
    if isinstance(error, httpx.ConnectError):
        if isinstance(error.__context__, ssl.SSLError) or "SSL" in str(error):
            return EndpointRefused(
                f"The endpoint at {url} has no valid TLS ({error}): check http or https in its URL."
            )
        return EndpointRefused(
            f"The endpoint at {url} refuses the connection: start its server, or check the address."
        )
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return EndpointRefused(f"{url!r} is no address ({error}): check the endpoint's base URL.")
    if isinstance(error, httpx.TimeoutException):
        return EndpointStalled(f"The endpoint at {url} takes no data: check that it works.")
    when = "in the middle of its answer" if started else "before it answered"
    return EndpointFailed(
        f"The endpoint at {url} dropped the connection {when} ({type(error).__name__}): "
        "see its log, or try again.",
        transient=True,
    )


def not_the_protocol(what: str, *, url: str, secret: str | None) -> EndpointFailed:
    """The error for an answer with status 2xx that isn't a chat completion."""
    return EndpointFailed(
        f"The endpoint at {url} does not speak the OpenAI protocol{_quote(what, secret)}: "
        "check the base URL, which usually ends in /v1."
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a ``Retry-After`` header, given as a number or as an HTTP date (RFC 9110)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _too_long(quote: str) -> ContextTooLong:
    return ContextTooLong(
        f"The prompt does not fit the endpoint's context window{quote}: "
        "lower the context budget, or start its server with a larger window.",
        prompt_tokens=None,
        context_window=None,
    )


def _is_too_long(text: str) -> bool:
    lower = text.lower()
    return any(phrase in lower for phrase in _TOO_LONG)


def _message(body: str) -> str:
    """What a JSON error says, wherever servers put it, or the body itself."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return body
    for key in ("error", "message", "detail"):
        if isinstance(data, dict) and key in data:
            data = cast("dict[str, Any]", data)[key]
    return data if isinstance(data, str) else json.dumps(data)


def _quote(said: str, secret: str | None) -> str:
    text = " ".join(said.split())
    if secret:
        text = text.replace(secret, "…")
    if not text:
        return ""
    return f": “{text[:_LONGEST_QUOTE]}{'…' if len(text) > _LONGEST_QUOTE else ''}”"
