"""The endpoint engine against a real HTTP server that misbehaves on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from ferrograph.generation import errors
from ferrograph.generation.endpoint import EndpointSettings
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.events import Event, Finished, Retrying
from ferrograph.generation.http_stream import Timeouts
from ferrograph.tests.generation.endpoint_harness import FAST, MESSAGES, Serve, answer, engine_for
from ferrograph.tests.support.openai_server import (
    OpenAIServer,
    Recorded,
    Reply,
    closed_port,
    with_usage,
)

# Long enough for a machine under load: only something that hangs takes it.
WAIT = 30.0
LONG_WAITS = {"backoff_s": 2 * WAIT, "longest_wait_s": 10 * WAIT}


def after_a_request(server: OpenAIServer, act: Callable[[], None]) -> None:
    """Act a moment after the server got a chat request."""
    while not server.requests:
        time.sleep(0.002)
    time.sleep(0.03)
    act()


def test_an_answer_streams_in_pieces_and_the_request_is_the_protocol(serve: Serve) -> None:
    reply = with_usage(Reply.text("hej världen 🦀 \u2028 ok", size=3), prompt=9, answer=6, cached=4)
    server = serve(replace(reply, thoughts=("hm ", "yes")))
    text, events = answer(server.base_url, api_key="sk-secret")
    assert text == "hej världen 🦀 \u2028 ok"
    assert events == [Finished(reason="stop", prompt_tokens=9, answer_tokens=6, reused_tokens=4)]
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer sk-secret"
    assert request.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "say hello"},
        ],
        "max_tokens": 100,
        "temperature": 0.2,
        "stream": True,
        "stop": ["STOP"],
        "stream_options": {"include_usage": True},
    }


def test_an_answer_that_is_not_streamed_is_read_whole(serve: Serve) -> None:
    text, events = answer(serve(Reply.text("all at once", stream=False)).base_url)
    assert text == "all at once"
    assert isinstance(events[-1], Finished)


def test_a_cut_off_answer_says_so(serve: Serve) -> None:
    _, events = answer(serve(Reply.text("half", finish_reason="length")).base_url)
    assert events[-1].reason == "length"


def test_a_server_that_never_ends_is_cut_off(serve: Serve) -> None:
    text, events = answer(serve(Reply.text("x" * 10_000, size=100)).base_url, max_tokens=10)
    assert len(text) == 160
    assert events[-1].reason == "length"


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply.error(401, "bad key"), errors.EndpointRefused, "check the API key"),
        (Reply.error(404, "no model m"), errors.EndpointFailed, "no model m"),
        (Reply.error(418), errors.EndpointFailed, "rejected the request (418"),
        (
            Reply.error(400, "This model's maximum context length is 10 tokens"),
            errors.ContextTooLong,
            "lower the context budget",
        ),
        (
            Reply(raw_events=('data: {"error": {"type": "exceed_context_size_error"}}\n\n',)),
            errors.ContextTooLong,
            "larger window",
        ),
        (
            Reply(raw_body=b"<html>hi</html>", headers={"Content-Type": "text/html"}),
            errors.EndpointFailed,
            "does not speak the OpenAI protocol",
        ),
        (Reply(raw_events=("data: {nonsense\n\n",)), errors.EndpointFailed, "{nonsense"),
        (Reply(raw_events=("data: [1]\n\n",)), errors.EndpointFailed, "OpenAI protocol"),
        (
            Reply(raw_body=b'{"ok": true}', headers={"Content-Type": "application/json"}),
            errors.EndpointFailed,
            "OpenAI protocol",
        ),
        (
            Reply(raw_events=('event: error\ndata: {"message": "out of memory"}\n\n',)),
            errors.EndpointFailed,
            "out of memory",
        ),
        (Reply.text("gone", disconnect_after=1), errors.EndpointFailed, "middle of its answer"),
        (Reply.text("gone", finish_reason=None), errors.EndpointFailed, "middle of its answer"),
        (Reply(stall_after=-1), errors.EndpointStalled, "sent nothing for"),
        (Reply.text("a b", size=1, stall_after=2), errors.EndpointStalled, "nothing for 0.1 s"),
    ],
)
def test_each_failure_has_its_error(
    serve: Serve, reply: Reply, error: type[Exception], words: str
) -> None:
    server = serve(reply)
    timeouts = replace(FAST, connect_s=0.05, first_s=0.1)
    with pytest.raises(error) as caught:
        answer(server.base_url, retries=0, timeouts=timeouts)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_refused_connection_is_named_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(errors.EndpointRefused, match="start its server"):
        answer(f"http://127.0.0.1:{closed_port()}/v1", **LONG_WAITS)
    assert time.monotonic() - started < WAIT


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(errors.EndpointRefused, match="no address"):
        answer("localhost:8080/v1")


@pytest.mark.parametrize(
    "failure",
    [
        Reply.error(500),
        Reply.error(503, "Loading model"),
        Reply(disconnect_after=-1),
        Reply(disconnect_after=0),
        Reply.rate_limited("0"),
        Reply.rate_limited(),
    ],
)
def test_what_fails_in_passing_is_tried_again(serve: Serve, failure: Reply) -> None:
    server = serve(failure, failure, Reply.text("there"))
    text, events = answer(server.base_url)
    assert text == "there"
    assert [type(event) for event in events] == [Retrying, Retrying, Finished]
    assert len(server.requests) == 3


def test_attempts_are_bounded_and_wait_longer_each_time(serve: Serve) -> None:
    server = serve(*[Reply.error(500)] * 9)
    events: list[Event] = []
    engine = engine_for(server.base_url, retries=3, backoff_s=0.01)
    with pytest.raises(errors.EndpointFailed):
        list(
            engine.stream(
                MESSAGES,
                max_tokens=9,
                temperature=0,
                cancel=Cancellation(),
                on_event=events.append,
            )
        )
    assert [event.delay_s for event in events if isinstance(event, Retrying)] == [0.01, 0.02, 0.04]
    assert len(server.requests) == 4


def test_retry_after_is_respected(serve: Serve) -> None:
    server = serve(Reply.rate_limited("0.08"), Reply.text("ok"))
    answer(server.base_url)
    first, second = server.requests
    assert second.at - first.at >= 0.08


def test_a_retry_after_beyond_patience_fails_at_once(serve: Serve) -> None:
    server = serve(Reply.rate_limited("3600"))
    with pytest.raises(errors.RateLimited, match="in 3600 s") as caught:
        answer(server.base_url)
    assert caught.value.retry_after == 3600


def test_a_broken_answer_is_not_repeated_once_text_was_shown(serve: Serve) -> None:
    server = serve(Reply.text("some text", disconnect_after=1), Reply.text("again"))
    with pytest.raises(errors.EndpointFailed):
        answer(server.base_url)
    assert len(server.requests) == 1


def test_servers_that_reject_a_field_are_asked_otherwise(serve: Serve) -> None:
    server = serve(
        Reply.error(400, "unknown field stream_options"),
        Reply.error(400, "use 'max_completion_tokens' instead"),
        Reply.text("fine"),
    )
    assert answer(server.base_url)[0] == "fine"
    body = server.requests[-1].body
    assert "stream_options" not in body
    assert "max_tokens" not in body
    assert body["max_completion_tokens"] == 100


def test_a_base_url_may_be_the_whole_address(serve: Serve) -> None:
    server = serve(Reply.text("fine"))
    assert answer(server.base_url + "/chat/completions/")[0] == "fine"


def test_comments_keep_a_slow_prompt_alive(serve: Serve) -> None:
    beats = (": working\n\n",) * 6
    done = ('data: {"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}\n\n',)
    server = serve(Reply(raw_events=(*beats, *done), delay_each=0.05))
    assert answer(server.base_url, timeouts=replace(FAST, first_s=0.12))[0] == "hi"


def test_the_whole_answer_has_a_time_limit(serve: Serve) -> None:
    server = serve(Reply.text("x" * 200, size=1, delay_each=0.02))
    with pytest.raises(errors.EndpointStalled, match=r"after 0\.15 s"):
        answer(server.base_url, timeouts=replace(FAST, total_s=0.15))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(stall_after=-1),
        Reply.text("one two", size=1, stall_after=2),
        Reply.error(503),
    ],
    ids=["before the first byte", "in mid-stream", "between attempts"],
)
def test_cancelling_is_prompt_and_reaches_the_server(serve: Serve, reply: Reply) -> None:
    server = serve(reply)
    cancel = Cancellation()
    threading.Thread(target=after_a_request, args=(server, cancel.cancel)).start()
    patient = Timeouts(connect_s=2 * WAIT, first_s=2 * WAIT, idle_s=2 * WAIT)
    with pytest.raises(errors.Cancelled):
        answer(server.base_url, cancel=cancel, timeouts=patient, **LONG_WAITS)
    assert time.monotonic() - server.requests[0].at < WAIT
    if reply.status == 200:
        assert server.disconnects.acquire(timeout=WAIT)


def test_leaving_the_iterator_closes_the_connection(serve: Serve) -> None:
    server = serve(Reply.text("abcdef", size=1, stall_after=3))
    pieces = engine_for(server.base_url).stream(
        MESSAGES, max_tokens=9, temperature=0, cancel=Cancellation()
    )
    assert next(pieces) == "a"
    pieces.close()
    assert server.disconnects.acquire(timeout=WAIT)


def test_the_key_comes_from_the_environment_and_is_never_shown(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-very-secret")
    server = serve(Reply.error(400, "the key sk-very-secret is malformed"))
    with pytest.raises(errors.EndpointFailed) as caught:
        answer(server.base_url, api_key_env="SOME_KEY")
    assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in str(caught.value)
    settings = EndpointSettings(base_url="http://x/v1", api_key="sk-very-secret")
    assert "sk-very-secret" not in repr(settings)


def test_closing_ends_a_request_under_way(serve: Serve) -> None:
    server = serve(Reply(stall_after=-1))
    engine = engine_for(server.base_url, timeouts=Timeouts())
    threading.Thread(target=after_a_request, args=(server, engine.close)).start()
    with pytest.raises(errors.Cancelled):
        list(engine.stream(MESSAGES, max_tokens=9, temperature=0, cancel=Cancellation()))


def test_a_script_may_be_a_function() -> None:
    def script(request: Recorded) -> Reply:
        return Reply.text("seen: " + request.prompt)

    with OpenAIServer(script) as server:
        assert answer(server.base_url)[0] == "seen: be brief\nsay hello"
