"""Server-sent events, from bytes as they come off the wire.

After the *Server-sent events* section of the HTML standard, as far as streaming APIs use it:
``data`` and ``event`` fields, comments, lines ended by LF or CRLF. Lines are split on bytes, since
JSON may hold U+2028 and other characters that text splitters take for line ends.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its type (empty for plain messages) and its data lines, joined by LF."""

    kind: str
    data: str


class SseDecoder:
    """Feed it chunks of any size; it returns the events that they complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._kind = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        events: list[ServerEvent] = []
        for raw in lines:
            event = self._line(raw.removesuffix(b"\r"))
            if event is not None:
                events.append(event)
        return events

    def finish(self) -> list[ServerEvent]:
        """The event that the end of the stream cut off before its blank line, if any."""
        rest, self._rest = self._rest, b""
        self._line(rest.removesuffix(b"\r"))
        event = self._line(b"")
        return [] if event is None else [event]

    def _line(self, raw: bytes) -> ServerEvent | None:
        line = raw.decode("utf-8", "replace")
        if not line:
            if not self._data:
                self._kind = ""
                return None
            event = ServerEvent(kind=self._kind, data="\n".join(self._data))
            self._kind, self._data = "", []
            return event
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._kind = value
        return None
