"""Fixtures for the generation tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ferrograph.generation.endpoint import EndpointEngine, EndpointSettings
from ferrograph.tests.generation.edit_harness import Editor, EngineOn, Serve
from ferrograph.tests.support.openai_server import OpenAIServer
from ferrograph.tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture
def serve() -> Iterator[Callable[..., OpenAIServer]]:
    """Start a server with a script of replies; all are stopped after the test."""
    running: list[OpenAIServer] = []

    def start(*replies: Any, **rest: Any) -> OpenAIServer:
        server = OpenAIServer(replies, **rest)
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture
def engine_on() -> Callable[[OpenAIServer], EndpointEngine]:
    """An engine that talks to a loopback server."""

    def make(server: OpenAIServer, **settings: Any) -> EndpointEngine:
        return EndpointEngine(
            EndpointSettings(base_url=server.base_url, backoff_s=0.005, **settings),
            fallback=lambda text: len(text) // 4,
        )

    return make


@pytest.fixture
def editor(serve: Serve, engine_on: EngineOn) -> Editor:
    return Editor(serve, engine_on)


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, if senseless, model."""
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")
