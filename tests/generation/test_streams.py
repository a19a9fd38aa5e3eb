"""Text and events in pieces: where the pieces break must never matter."""

from __future__ import annotations

import threading
from itertools import pairwise

from ferrograph.generation.engine import Cancellation
from ferrograph.generation.sse import ServerEvent, SseDecoder
from ferrograph.generation.text_stream import StopFilter, without_thoughts
from hypothesis import given
from hypothesis import strategies as st

STREAM = (
    ": a comment\n\ndata: one\n\nevent: error\r\ndata: två \u2028\r\ndata:three\r\n\r\n"
    "id: 7\ndata: {}\n\nevent: lost\n\ndata: last"
).encode()
EVENTS = [
    ServerEvent("", "one"),
    ServerEvent("error", "två \u2028\nthree"),
    ServerEvent("", "{}"),
    ServerEvent("", "last"),
]


def cut(text: str, at: list[int]) -> list[str]:
    edges = [0, *sorted(min(n, len(text)) for n in at), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_server_events(at: list[int]) -> None:
    decoder = SseDecoder()
    edges = [0, *sorted(at), len(STREAM)]
    events: list[ServerEvent] = []
    for start, end in pairwise(edges):
        events += decoder.feed(STREAM[start:end])
    assert events + decoder.finish() == EVENTS


@given(
    st.text("ab#", max_size=30),
    st.lists(st.text("ab#", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 30), max_size=8),
)
def test_stop_strings(text: str, stops: list[str], at: list[int]) -> None:
    filtered = StopFilter(stops)
    shown = "".join(filtered.feed(piece) for piece in cut(text, at))
    shown += "" if filtered.stopped else filtered.finish()
    found = [text.index(stop) for stop in stops if stop in text]
    if found:
        # A longer stop string may begin earlier than a shorter one that completes first.
        assert filtered.stopped
        assert text.startswith(shown)
        assert min(found) <= len(shown)
        assert any(text[len(shown) :].startswith(stop) for stop in stops)
    else:
        assert shown == text


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "a", "<", "th", "b>"]), max_size=10),
    st.lists(st.integers(0, 60), max_size=8),
)
def test_thoughts(parts: list[str], at: list[int]) -> None:
    text = "".join(parts)
    whole = "".join(without_thoughts([text]))
    assert "".join(without_thoughts(cut(text, at))) == whole
    assert "<think>" not in whole


def test_thoughts_are_dropped() -> None:
    assert "".join(without_thoughts("a<think>b</think>c<th>d")) == "ac<th>d"


def test_a_cancellation_calls_each_callback_once() -> None:
    calls: list[str] = []
    cancel = Cancellation()
    with cancel.calling(lambda: calls.append("gone")):
        pass

    def broken() -> None:
        calls.append("broken")
        raise ValueError

    with cancel.calling(broken), cancel.calling(lambda: calls.append("inner")):
        threading.Thread(target=cancel.cancel).start()
        assert cancel.wait(2)
        cancel.cancel()
        while len(calls) < 2:
            pass
    with cancel.calling(lambda: calls.append("late")):
        pass
    assert calls == ["broken", "inner", "late"]
