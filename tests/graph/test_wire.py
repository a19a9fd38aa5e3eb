"""What is sent between processes: any value comes through, and no bytes do harm."""

from __future__ import annotations

import socket
import threading

import pytest
from ferrograph.graph.wire import WireError, pack, receive, send, unpack
from hypothesis import given, settings
from hypothesis import strategies as st

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters()),
    st.binary(),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
COLUMNS = st.sampled_from(
    [st.binary(), st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), LEAVES]
).flatmap(lambda kind: st.just(kind) | st.just(st.none() | kind))
TABLES = st.lists(COLUMNS, min_size=1, max_size=5).flatmap(
    lambda columns: st.lists(st.tuples(*columns).map(list), min_size=4, max_size=30)
)


def alike(a: object, b: object) -> bool:
    """Equal, and of the same types: True is not 1."""
    return repr(a) == repr(b)


@settings(deadline=None)
@given(VALUES)
def test_any_value_comes_back(value: object) -> None:
    assert alike(unpack(pack(value)), value)


@settings(deadline=None)
@given(TABLES)
def test_any_table_comes_back(rows: list[list[object]]) -> None:
    assert alike(unpack(pack(rows)), rows)


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_value_are_a_wire_error(data: bytes) -> None:
    try:
        unpack(data)
    except WireError:
        return


@settings(deadline=None, max_examples=500)
@given(VALUES | TABLES, st.data())
def test_altered_bytes_are_a_wire_error_or_another_value(
    value: object, data: st.DataObject
) -> None:
    raw = bytearray(pack(value))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(0, len(raw))) :]
    try:
        unpack(bytes(raw))
    except WireError:
        return


def test_what_is_no_data_is_not_sent() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    for value in (object(), {1: 2}, {"a": {3}}, deep):
        with pytest.raises(WireError):
            pack(value)


def test_tuples_arrive_as_lists() -> None:
    assert unpack(pack((1, ("a",)))) == [1, ["a"]]


def test_frames_arrive_whole_and_an_end_is_an_os_error() -> None:
    one, other = socket.socketpair()
    rows = [[bytes([n % 256]) * 100, n, None if n % 3 else "x"] for n in range(20_000)]
    with one, other:
        sender = threading.Thread(target=send, args=(one, rows))
        sender.start()
        assert receive(other) == rows
        sender.join()
        one.sendall(b"\x08\0\0\0half")
        one.close()
        with pytest.raises(OSError):
            receive(other)
