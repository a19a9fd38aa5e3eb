"""What an endpoint offers beside the OpenAI protocol: its tokenizer and its context window.

llama-server has ``/tokenize``, ``/apply-template`` and ``/props``; vLLM has ``/tokenize`` that
also takes messages, and names its window in ``/v1/models``. Other servers have none of them, which
is no error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, cast

import httpx

from .engine import Message

PROBE_TIMEOUT_S: Final = 5.0
# After a failed connection, how long to go without another look.
_PATIENCE_S: Final = 30.0
_CACHED_COUNTS: Final = 8192
DEFAULT_WINDOW: Final = 8192

Kind = Literal["llama-server", "vllm"]


class ServerProbe:
    """Asks once and remembers. No method raises: what the server doesn't tell is None."""

    def __init__(self, client: httpx.Client, *, base_url: str, model: str) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._root = self._base.removesuffix("/v1")
        self._model = model
        self._lock = threading.Lock()
        self._kind: Kind | None = None
        self._kind_known = False
        self._window: int | None = None
        self._window_known = False
        self._down_until = 0.0
        self._counts: dict[str, int] = {}

    def tokenizer(self) -> Kind | None:
        """Whose tokenizer answers, if any."""
        with self._lock:
            if not self._kind_known and not self._down():
                self._kind = self._find_tokenizer()
                self._kind_known = not self._down()
            return self._kind

    def context_window(self) -> int | None:
        """The window that the server was started with, in tokens."""
        with self._lock:
            if not self._window_known and not self._down():
                self._window = self._find_window()
                self._window_known = not self._down()
            return self._window

    def count(self, text: str) -> int | None:
        """Tokens of ``text``, by the server's tokenizer."""
        kind = self.tokenizer()
        if kind is None:
            return None
        with self._lock:
            known = self._counts.get(text)
        if known is not None:
            return known
        count = self._count(kind, text)
        if count is not None:
            with self._lock:
                if len(self._counts) >= _CACHED_COUNTS:
                    self._counts.clear()
                self._counts[text] = count
        return count

    def count_messages(self, messages: Sequence[Message]) -> int | None:
        """Tokens of the whole prompt, by the server's chat template and tokenizer."""
        kind = self.tokenizer()
        rows = [{"role": m.role, "content": m.content} for m in messages]
        if kind == "vllm":
            answer = self._post("/tokenize", {"model": self._model, "messages": rows})
            return _int(answer, "count")
        if kind == "llama-server":
            answer = self._post("/apply-template", {"messages": rows})
            prompt = answer.get("prompt") if answer else None
            if isinstance(prompt, str):
                body = {"content": prompt, "add_special": True, "parse_special": True}
                return _length(self._post("/tokenize", body))
        return None

    def _find_tokenizer(self) -> Kind | None:
        if _length(self._post("/tokenize", {"content": "fn main"})) is not None:
            return "llama-server"
        if self._down():
            return None
        answer = self._post("/tokenize", {"model": self._model, "prompt": "fn main"})
        return "vllm" if _int(answer, "count") is not None else None

    def _count(self, kind: Kind, text: str) -> int | None:
        if kind == "llama-server":
            return _length(self._post("/tokenize", {"content": text, "parse_special": False}))
        body = {"model": self._model, "prompt": text, "add_special_tokens": False}
        return _int(self._post("/tokenize", body), "count")

    def _find_window(self) -> int | None:
        props = self._get(f"{self._root}/props")
        settings = props.get("default_generation_settings") if props else None
        window = _int(settings, "n_ctx")
        if window is not None or self._down():
            return window
        rows = (self._get(f"{self._base}/models") or {}).get("data")
        models = cast("list[Any]", rows) if isinstance(rows, list) else []
        for row in models:
            if isinstance(row, dict):
                entry = cast("dict[str, Any]", row)
                if entry.get("id") == self._model or len(models) == 1:
                    return _int(entry, "max_model_len") or _int(entry, "context_length")
        return None

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        return self._ask(lambda: self._client.post(self._root + path, json=body))

    def _get(self, url: str) -> dict[str, Any] | None:
        return self._ask(lambda: self._client.get(url))

    def _ask(self, request: Callable[[], httpx.Response]) -> dict[str, Any] | None:
        try:
            response = request()
            data: Any = response.json() if response.is_success else None
        except (httpx.ConnectError, httpx.TimeoutException):
            # Counting asks often; a server that is down must not cost a time-out each time.
            self._down_until = time.monotonic() + _PATIENCE_S
            return None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RuntimeError):
            return None
        return cast("dict[str, Any]", data) if isinstance(data, dict) else None

    def _down(self) -> bool:
        return time.monotonic() < self._down_until


def _int(data: Any, key: str) -> int | None:
    value = cast("dict[str, Any]", data).get(key) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _length(answer: dict[str, Any] | None) -> int | None:
    tokens = answer.get("tokens") if answer else None
    return len(cast("list[Any]", tokens)) if isinstance(tokens, list) else None
