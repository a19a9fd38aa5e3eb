"""A real HTTP server on the loopback that speaks OpenAI's chat-completions protocol from a script.

Each chat request takes the next `Reply` of the script, or asks a function, and is recorded::

    with OpenAIServer([Reply.error(503), Reply.text("hello")]) as server:
        ...  # talk to server.base_url
    assert server.requests[0].body["stream"] is True

With ``flavour`` it also answers what llama-server or vLLM offer beside the protocol; a token is
then a run of non-space characters, so that tests can count by hand.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Flavour = Literal["plain", "llama-server", "vllm"]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer. Times in seconds.

    ``pieces`` are streamed as one event each. ``stall_after`` (a number of pieces) keeps the
    connection open in silence from then on, ``disconnect_after`` drops it; -1 is before the status
    line.
    """

    status: int = 200
    pieces: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict[str, str])
    raw_body: bytes | None = None
    raw_events: tuple[str, ...] | None = None
    delay_first: float = 0.0
    delay_each: float = 0.0
    stall_after: int | None = None
    disconnect_after: int | None = None
    finish_reason: str | None = "stop"
    usage: dict[str, Any] | None = None
    stream: bool = True

    @staticmethod
    def text(text: str, *, size: int = 7, **rest: Any) -> Reply:
        """``text`` in pieces of ``size`` characters."""
        pieces = tuple(text[at : at + size] for at in range(0, len(text), size))
        return Reply(pieces=pieces, **rest)

    @staticmethod
    def error(status: int, message: str = "scripted failure", **rest: Any) -> Reply:
        """An error as OpenAI words it."""
        body = json.dumps({"error": {"message": message}}).encode()
        return Reply(status=status, raw_body=body, **rest)

    @staticmethod
    def rate_limited(retry_after: str | None = None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return Reply.error(429, "slow down", headers=headers)


@dataclass(frozen=True)
class Recorded:
    """One request as it came; ``body`` is the decoded JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float  # time.monotonic()

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        return "\n".join(message["content"] for message in self.body["messages"])


Script = Sequence[Reply] | Callable[[Recorded], Reply]


class OpenAIServer:
    """Use as a context manager. ``requests`` are the chat requests, ``probes`` all others."""

    def __init__(
        self, script: Script, *, flavour: Flavour = "plain", context_window: int = 4096
    ) -> None:
        self.script = script
        self.flavour: Flavour = flavour
        self.context_window = context_window
        self.requests: list[Recorded] = []
        self.probes: list[Recorded] = []
        self.disconnects = threading.Semaphore(0)  # released for each client that left early
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(self)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> OpenAIServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def next_reply(self, request: Recorded) -> Reply:
        """Record a chat request and take its reply; past the script's end, an error says so."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
            if callable(self.script):
                return self.script(request)
            if number < len(self.script):
                return self.script[number]
        return Reply.error(400, f"the script has no reply for request {number + 1}")

    def client_left(self, connection: socket.socket, seconds: float) -> bool:
        """Wait silently for at most ``seconds``; True if the client left or the test is over."""
        connection.settimeout(0.005)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._closing.is_set():
                return True
            try:
                if connection.recv(1) == b"":
                    self.disconnects.release()
                    return True
            except TimeoutError:
                continue
            except OSError:
                self.disconnects.release()
                return True
        return False


def closed_port() -> int:
    """A port of the loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: OpenAIServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves is part of the tests, not a failure to print. It may leave before
        # the server was done writing: the write fails then, and nothing is read any more.
        if isinstance(sys.exc_info()[1], OSError):
            self.owner.disconnects.release()
        else:
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets, which would cost 40 ms each
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.probes.append(self._record(None))
        if self.path == "/props" and owner.flavour == "llama-server":
            settings = {"n_ctx": owner.context_window}
            self._json(200, {"default_generation_settings": settings, "model_path": "tiny.gguf"})
        elif self.path == "/v1/models":
            row: dict[str, Any] = {"id": "scripted", "object": "model"}
            if owner.flavour == "vllm":
                row["max_model_len"] = owner.context_window
            self._json(200, {"object": "list", "data": [row]})
        else:
            self._json(404, {"error": {"message": "not found"}})

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        request = self._record(json.loads(self.rfile.read(length)))
        owner = self.server.owner
        if self.path == "/v1/chat/completions":
            self._chat(owner.next_reply(request), request)
            return
        owner.probes.append(request)
        body = request.body
        if self.path == "/tokenize" and owner.flavour == "llama-server" and "content" in body:
            self._json(200, {"tokens": list(range(len(body["content"].split())))})
        elif self.path == "/apply-template" and owner.flavour == "llama-server":
            words = [f"<{m['role']}> {m['content']}" for m in body["messages"]]
            self._json(200, {"prompt": " ".join([*words, "<assistant>"])})
        elif self.path == "/tokenize" and owner.flavour == "vllm" and "content" not in body:
            count = len(body.get("prompt", "").split())
            if "messages" in body:
                count = sum(1 + len(m["content"].split()) for m in body["messages"]) + 1
            answer = {"count": count, "max_model_len": owner.context_window}
            self._json(200, {**answer, "tokens": list(range(count))})
        else:
            self._json(404, {"error": {"message": "not found"}})

    def _record(self, body: Any) -> Recorded:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Recorded(self.command, self.path, headers, body, time.monotonic())

    def _chat(self, reply: Reply, request: Recorded) -> None:
        self.close_connection = True
        owner = self.server.owner
        if reply.disconnect_after == -1:
            return
        if reply.stall_after == -1:
            owner.client_left(self.connection, 30)
            return
        if reply.delay_first and owner.client_left(self.connection, reply.delay_first):
            return
        if reply.raw_body is not None:
            self._send(reply.status, reply.raw_body, reply.headers)
        elif not reply.stream:
            self._json(reply.status, _completion(reply))
        else:
            self._stream(reply, request)

    def _stream(self, reply: Reply, request: Recorded) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        events = reply.raw_events
        if events is None:
            wanted = request.body.get("stream_options", {}).get("include_usage", False)
            events = tuple(_events(reply, with_usage=wanted))
        for number, event in enumerate((*events, None)):
            if reply.stall_after == number:
                self.server.owner.client_left(self.connection, 30)
                return
            if reply.disconnect_after == number:
                return  # without the chunk that ends the body: the client sees it break off
            if event is None:
                self.wfile.write(b"0\r\n\r\n")
                return
            if reply.delay_each and self.server.owner.client_left(
                self.connection, reply.delay_each
            ):
                return
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def _json(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _events(reply: Reply, *, with_usage: bool) -> Iterable[str]:
    def event(delta: dict[str, str], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        row = {"object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}
        return f"data: {json.dumps(row, ensure_ascii=False)}\n\n"

    for thought in reply.thoughts:
        yield event({"reasoning_content": thought})
    for piece in reply.pieces:
        yield event({"content": piece})
    if reply.finish_reason is None:
        return
    yield event({}, reply.finish_reason)
    if with_usage and reply.usage is not None:
        yield f"data: {json.dumps({'choices': [], 'usage': reply.usage})}\n\n"
    yield "data: [DONE]\n\n"


def _completion(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return {"object": "chat.completion", "choices": [choice], "usage": reply.usage}


def with_usage(reply: Reply, *, prompt: int, answer: int, cached: int = 0) -> Reply:
    """``reply`` with token counts as OpenAI reports them."""
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return dataclasses.replace(reply, usage=usage)
