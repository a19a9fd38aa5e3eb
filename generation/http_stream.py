"""One streaming POST that can be taken back at any moment.

The request runs on a thread of its own, and whoever reads waits on a queue. So a cancelled or
overdue request returns at once, whichever system call it is stuck in, and each phase has its own
time limit: connecting, the first event (a server may read a long prompt for minutes), and the
silence between events. The socket is shut down as soon as the reader leaves, which tells the
server to stop working.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from .engine import Cancellation
from .errors import Cancelled, EndpointStalled
from .sse import ServerEvent, SseDecoder

_MOST_OF_A_BODY: Final = 1 << 20  # bytes kept of an answer that is not a stream
_LONGEST_EVENT: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """In seconds. ``first_s`` covers the prompt's evaluation, ``idle_s`` silence after that."""

    connect_s: float = 5.0
    first_s: float = 300.0
    idle_s: float = 60.0
    total_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of the answer; ``body`` is read only if it is no event stream."""

    status: int
    headers: Mapping[str, str]
    streaming: bool
    body: str


class _Alive:
    """Bytes came that complete no event: a comment to keep the connection open."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


_Item = Head | ServerEvent | _Alive | _End | None  # None wakes a reader whose request is cancelled


@contextlib.contextmanager
def open_stream(
    client: httpx.Client,
    *,
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    timeouts: Timeouts,
    cancel: Cancellation,
) -> Generator[Stream, None, None]:
    """POST ``body`` as JSON. The client must not keep connections alive: each is shut down here.

    Reading the stream raises `Cancelled`, `EndpointStalled`, or what httpx raised.
    """
    stream = Stream(timeouts=timeouts, cancel=cancel)
    worker = threading.Thread(
        target=stream.run,
        args=(client, url, dict(headers), dict(body)),
        name="ferrograph-endpoint",
        daemon=True,
    )
    with cancel.calling(stream.abort):
        worker.start()
        try:
            yield stream
        finally:
            stream.abort()


class Stream:
    """The reading end: `head` once, then `events`."""

    def __init__(self, *, timeouts: Timeouts, cancel: Cancellation) -> None:
        self._timeouts = timeouts
        self._cancel = cancel
        self._deadline = time.monotonic() + timeouts.total_s
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False

    def head(self) -> Head:
        """Wait for the status line."""
        while True:
            item = self._next(self._timeouts.connect_s + self._timeouts.first_s)
            if isinstance(item, Head):
                return item

    def events(self) -> Iterator[ServerEvent]:
        """The events up to the end of the stream."""
        patience = self._timeouts.first_s
        while True:
            item = self._next(patience)
            if isinstance(item, _End):
                return
            if isinstance(item, ServerEvent):
                patience = self._timeouts.idle_s
                yield item

    def abort(self) -> None:
        """Shut the connection down and wake the reader; harmless when all is over."""
        with self._lock:
            self._aborted = True
            self._shut()
        self._items.put(None)

    def _next(self, patience: float) -> _Item:
        wait = min(patience, self._deadline - time.monotonic())
        try:
            item = self._items.get(timeout=max(0.0, wait))
        except queue.Empty:
            if wait < patience:
                raise EndpointStalled(
                    f"The answer was not complete after {self._timeouts.total_s:g} s: ask for "
                    "less, or raise the endpoint's total time-out."
                ) from None
            raise EndpointStalled(
                f"The endpoint sent nothing for {patience:g} s: check that its model is loaded and "
                "not overloaded, or raise the endpoint's time-outs."
            ) from None
        if self._cancel.cancelled:
            raise Cancelled
        if isinstance(item, _End) and item.error is not None:
            raise item.error
        return item

    # What follows runs on the request's own thread.

    def run(
        self, client: httpx.Client, url: str, headers: dict[str, str], body: dict[str, Any]
    ) -> None:
        """Send the request and put what comes back into the queue."""
        timeouts = httpx.Timeout(
            connect=self._timeouts.connect_s,
            read=None,  # the reader of the queue is the one who loses patience
            write=self._timeouts.idle_s,
            pool=None,
        )
        try:
            with client.stream(
                "POST",
                url,
                headers=headers,
                json=body,
                timeout=timeouts,
                extensions={"trace": self._trace},
            ) as response:
                self._answer(response)
        except Exception as error:  # noqa: BLE001 - handed to the reader, who knows what it means
            self._items.put(_End(error))
        else:
            self._items.put(_End(None))

    def _answer(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "")
        # Some proxies mislabel a stream; only what is plainly a document is read as a whole.
        document = kind.startswith(("application/json", "text/html"))
        streaming = response.is_success and not document
        text = ""
        if not streaming:
            text = _limited_body(response)
        self._items.put(
            Head(
                status=response.status_code,
                headers=dict(response.headers),
                streaming=streaming,
                body=text,
            )
        )
        if not streaming:
            return
        decoder = SseDecoder()
        waiting = 0
        for chunk in response.iter_bytes():
            events = decoder.feed(chunk)
            waiting = 0 if events else waiting + len(chunk)
            if waiting > _LONGEST_EVENT:
                raise httpx.DecodingError("an event of more than 8 MB")
            for event in events or [_Alive()]:
                self._items.put(event)
        for event in decoder.finish():
            self._items.put(event)

    def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Take hold of the socket as soon as there is one (httpcore's trace extension)."""
        if not name.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._aborted:
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # It may be closed already; what counts is that a blocked read returns.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _limited_body(response: httpx.Response) -> str:
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > _MOST_OF_A_BODY:
            break
    return bytes(data[:_MOST_OF_A_BODY]).decode("utf-8", "replace")
