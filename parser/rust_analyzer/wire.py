"""Base protocol of LSP: JSON messages with a length in front, over a process's pipes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, Final

Message = dict[str, Any]

_LARGEST: Final = 256 * 1024 * 1024
"""Bytes. A larger message is a stream that lost its place."""


class BrokenStream(Exception):
    """What came can't be a message."""


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as bytes."""
    body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message; None at the end of the stream. Raises `BrokenStream`."""
    length = -1
    while True:
        line = stream.readline(4096)
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            break
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            try:
                length = int(value)
            except ValueError:
                raise BrokenStream(f"a length that is no number: {value[:40]!r}") from None
    if not 0 <= length <= _LARGEST:
        raise BrokenStream(f"a message of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BrokenStream(str(error)) from None
    if not isinstance(message, dict):
        raise BrokenStream("a message that is no object")
    return message  # pyright: ignore[reportUnknownVariableType] checked by who asked for it
