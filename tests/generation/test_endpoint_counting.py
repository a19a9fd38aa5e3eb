"""Who counts tokens for an endpoint, and what follows from the counts."""

from __future__ import annotations

from typing import Any

import pytest
from ferrograph.generation import errors
from ferrograph.generation.engine import Cancellation, Message
from ferrograph.generation.events import Event, Warned
from ferrograph.tests.generation.endpoint_harness import MESSAGES, Serve, answer, engine_for
from ferrograph.tests.support.openai_server import Flavour, Reply, closed_port, with_usage


def test_a_silently_shortened_prompt_is_reported(serve: Serve) -> None:
    long = Message("user", "word " * 400)
    server = serve(
        with_usage(Reply.text("ok"), prompt=100, answer=1),
        with_usage(Reply.text("ok"), prompt=405, answer=1),
        flavour="llama-server",
    )
    engine = engine_for(server.base_url)
    seen: list[list[Event]] = []
    for _ in range(2):
        events: list[Event] = []
        list(
            engine.stream(
                [long],
                max_tokens=9,
                temperature=0,
                cancel=Cancellation(),
                on_event=events.append,
            )
        )
        seen.append([event for event in events if isinstance(event, Warned)])
    assert len(seen[0]) == 1
    assert "read only 100 of about 402" in seen[0][0].message
    assert seen[1] == []


@pytest.mark.parametrize(
    ("flavour", "name", "words", "prompt", "window"),
    [
        ("llama-server", "llama-server /tokenize", 3, 7, 4096),
        ("vllm", "vllm /tokenize", 3, 7, 4096),
        ("plain", "an estimate", 3, 2 + 2 + 24, 8192),
    ],
)
def test_the_servers_own_tokenizer_counts(
    serve: Serve, flavour: Flavour, name: str, words: int, prompt: int, window: int
) -> None:
    server = serve(flavour=flavour)
    engine = engine_for(server.base_url)
    assert engine.tokenizer_name == name
    assert engine.count_tokens("fn attack () ") == words
    assert engine.count_prompt(MESSAGES) == prompt
    assert engine.context_window == window
    before = len(server.probes)
    engine.count_tokens("fn attack () ")
    assert engine.context_window == window
    assert engine.tokenizer_name == name
    assert len(server.probes) == before, "what is known is not asked for again"


def test_counting_survives_a_server_that_is_down() -> None:
    engine = engine_for(f"http://127.0.0.1:{closed_port()}/v1")
    assert engine.count_tokens("12345678") == 2
    assert engine.tokenizer_name == "an estimate"
    assert engine.context_window == 8192


def test_a_prompt_beyond_the_known_window_is_not_sent(serve: Serve) -> None:
    server = serve(Reply.text("no"), flavour="vllm", context_window=6)
    with pytest.raises(errors.ContextTooLong) as caught:
        answer(server.base_url)
    assert (caught.value.prompt_tokens, caught.value.context_window) == (7, 6)
    assert server.requests == []


def test_a_local_tokenizer_file_counts(serve: Serve, tmp_path: Any) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    engine = engine_for(serve(flavour="vllm").base_url, tokenizer_file=path)
    assert engine.count_tokens("a b c d") == 4
    assert engine.tokenizer_name == "tokenizer.json (a local file)"
    with pytest.raises(errors.ModelNotFound, match="no tokenizer at"):
        engine_for("http://127.0.0.1:1/v1", tokenizer_file=tmp_path / "none.json")
    path.write_text("{}")
    with pytest.raises(errors.ModelBroken, match=r"no tokenizer\.json"):
        engine_for("http://127.0.0.1:1/v1", tokenizer_file=path)
