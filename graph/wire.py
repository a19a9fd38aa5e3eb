"""Values and frames between two processes of one user: a data-only codec, and sockets.

None, booleans, numbers, text, bytes, lists and dictionaries with text keys; tuples arrive as
lists. Nothing else can be sent, and no bytes that arrive can do anything but become such values or
a `WireError`. Rows, the bulk of what is sent, travel by column: what the columns of a table have in
common is handled by the interpreter's own loops, not by ours.
"""

from __future__ import annotations

import socket
import struct
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, cast

from .errors import GraphError

MOST_BYTES: Final = 1 << 30
"""Of one frame. Larger ones are refused on both sides."""

_TABLE_ROWS: Final = 4
"""Fewer rows are sent one by one."""
_DEEPEST: Final = 50
_HEAD: Final = struct.Struct("<I")
_WIDE: Final = struct.Struct("<q")
_REAL: Final = struct.Struct("<d")
_WHOLE_RANGE: Final = range(-(1 << 63), 1 << 63)


class WireError(GraphError):
    """A value that can't be sent, or bytes that are no value."""


# -- values to bytes --------------------------------------------------------------------------


def pack(value: object) -> bytes:
    """A value as bytes. Raises `WireError` for what can't be sent."""
    out: list[bytes] = []
    _put(value, out, 0)
    return b"".join(out)


def _put(value: Any, out: list[bytes], depth: int) -> None:
    if depth > _DEEPEST:
        raise WireError("A value is nested too deeply to be sent.")
    kind = cast("type[object]", type(value))
    if value is None:
        out.append(b"N")
    elif kind is bool:
        out.append(b"T" if value else b"F")
    elif kind is int:
        if value in _WHOLE_RANGE:
            out += (b"i", _WIDE.pack(value))
        else:
            digits = b"%x" % value
            out += (b"I", _HEAD.pack(len(digits)), digits)
    elif kind is float:
        out += (b"d", _REAL.pack(value))
    elif kind is str:
        text = _encoded(value)
        out += (b"s", _HEAD.pack(len(text)), text)
    elif kind in (bytes, bytearray, memoryview):
        raw = bytes(value)
        out += (b"b", _HEAD.pack(len(raw)), raw)
    elif kind in (list, tuple):
        _put_list(value, out, depth)
    elif kind is dict:
        out += (b"m", _HEAD.pack(len(value)))
        for key, inner in value.items():
            if type(key) is not str:
                raise WireError("Only text can be the key of a value that is sent.")
            text = _encoded(key)
            out += (_HEAD.pack(len(text)), text)
            _put(inner, out, depth + 1)
    else:
        raise WireError(f"A value of type {kind.__name__} can't be sent.")


def _put_list(values: Sequence[Any], out: list[bytes], depth: int) -> None:
    kinds = set(map(type, values))
    if kinds == {float}:
        out += (b"a", _HEAD.pack(len(values)), array("d", values).tobytes())
        return
    if len(values) >= _TABLE_ROWS and kinds <= {list, tuple}:
        widths = set(map(len, values))
        if len(widths) == 1 and (width := widths.pop()) > 0:
            out += (b"t", _HEAD.pack(len(values)), _HEAD.pack(width))
            for column in zip(*values, strict=True):
                _put_column(column, out, depth + 2)
            return
    out += (b"l", _HEAD.pack(len(values)))
    for inner in values:
        _put(inner, out, depth + 1)


def _put_column(column: Sequence[Any], out: list[bytes], depth: int) -> None:
    """One column of a table, its length being known."""
    kinds = set(map(type, column))
    if len(kinds) == 2 and type(None) in kinds:
        out += (b"O", bytes(value is not None for value in column))
        column = [value for value in column if value is not None]
        kinds.discard(type(None))
    if kinds == {bytes}:
        out += (b"B", array("I", map(len, column)).tobytes())
        out.append(b"".join(column))
    elif kinds == {str}:
        text = _encoded("".join(column))
        out += (b"S", array("I", map(len, column)).tobytes(), _HEAD.pack(len(text)), text)
    elif kinds == {float}:
        out += (b"D", array("d", column).tobytes())
    elif kinds == {int} and min(column) in _WHOLE_RANGE and max(column) in _WHOLE_RANGE:
        out += (b"Q", array("q", column).tobytes())
    else:
        out.append(b"G")
        for value in column:
            _put(value, out, depth)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# -- bytes to values --------------------------------------------------------------------------


def unpack(data: bytes) -> Any:
    """The inverse of `pack`. Raises `WireError` for anything that `pack` does not make."""
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (ValueError, OverflowError, MemoryError, IndexError) as error:
        raise WireError(f"Bytes that are no value: {error}.") from error
    if reader.at != len(data):
        raise WireError("Bytes are left after a value.")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise WireError("A value ends too soon.")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def size(self) -> int:
        return cast(int, _HEAD.unpack(self.take(4))[0])

    def count(self) -> int:
        """How many values follow: each takes a byte at least."""
        count = self.size()
        if count > len(self.data) - self.at:
            raise WireError("A value ends too soon.")
        return count

    def text(self) -> str:
        return self.take(self.size()).decode("utf-8", "surrogatepass")

    def numbers(self, code: str, count: int) -> list[Any]:
        found: array[Any] = array(code)
        found.frombytes(self.take(count * found.itemsize))
        return found.tolist()

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise WireError("A value is nested too deeply.")
        read = _VALUES.get(self.take(1))
        if read is None:
            raise WireError("A value of an unknown kind.")
        return read(self, depth)

    def dictionary(self, depth: int) -> dict[str, Any]:
        return {self.text(): self.value(depth + 1) for _ in range(self.count())}

    def table(self, depth: int) -> list[list[Any]]:
        rows, width = self.count(), self.count()
        columns = [self.column(rows, depth + 2) for _ in range(width)]
        return list(map(list, zip(*columns, strict=True)))

    def column(self, rows: int, depth: int) -> list[Any]:
        kind = self.take(1)
        if kind == b"O":
            mask = self.take(rows)
            if depth > _DEEPEST:
                raise WireError("A value is nested too deeply.")
            given = iter(self.column(rows - mask.count(0), depth + 1))
            return [next(given) if there else None for there in mask]
        if kind == b"B":
            spans = _spans(self.numbers("I", rows))
            whole = self.take(spans[-1])
            return [whole[a:b] for a, b in pairwise(spans)]
        if kind == b"S":
            spans = _spans(self.numbers("I", rows))
            text = self.text()
            if len(text) != spans[-1]:
                raise WireError("A column of text is not as long as it says.")
            return [text[a:b] for a, b in pairwise(spans)]
        if kind == b"D":
            return self.numbers("d", rows)
        if kind == b"Q":
            return self.numbers("q", rows)
        if kind == b"G":
            return [self.value(depth) for _ in range(rows)]
        raise WireError("A column of an unknown kind.")


def _spans(lengths: list[int]) -> list[int]:
    return list(accumulate(lengths, initial=0))


_VALUES: Final[dict[bytes, Callable[[_Reader, int], Any]]] = {
    b"N": lambda reader, _: None,
    b"T": lambda reader, _: True,
    b"F": lambda reader, _: False,
    b"i": lambda reader, _: _WIDE.unpack(reader.take(8))[0],
    b"I": lambda reader, _: int(reader.take(reader.size()), 16),
    b"d": lambda reader, _: _REAL.unpack(reader.take(8))[0],
    b"s": lambda reader, _: reader.text(),
    b"b": lambda reader, _: reader.take(reader.size()),
    b"a": lambda reader, _: reader.numbers("d", reader.size()),
    b"l": lambda reader, depth: [reader.value(depth + 1) for _ in range(reader.count())],
    b"t": lambda reader, depth: reader.table(depth),
    b"m": lambda reader, depth: reader.dictionary(depth),
}


# -- frames over a socket ---------------------------------------------------------------------


def send(sock: socket.socket, value: object) -> None:
    """Send one value. Raises `WireError` and `OSError`."""
    payload = pack(value)
    if len(payload) > MOST_BYTES:
        raise WireError(f"An answer of {len(payload):,} bytes is too large to be sent.")
    sock.sendall(_HEAD.pack(len(payload)) + payload)


def receive(sock: socket.socket) -> Any:
    """Receive one value.

    Raises `WireError`, and `OSError` where the other side is gone or is silent for longer than the
    socket's timeout.
    """
    size = cast(int, _HEAD.unpack(_exactly(sock, 4))[0])
    if size > MOST_BYTES:
        raise WireError("A frame is too large.")
    return unpack(_exactly(sock, size))


def _exactly(sock: socket.socket, count: int) -> bytes:
    buffer = bytearray(count)
    view = memoryview(buffer)
    got = 0
    while got < count:
        read = sock.recv_into(view[got:])
        if read == 0:
            raise ConnectionResetError("The other process closed the connection.")
        got += read
    return bytes(buffer)
