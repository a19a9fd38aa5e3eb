"""The model that the settings ask for."""

from __future__ import annotations

import threading
from pathlib import Path

from ..generation.engine import Engine
from ..ranking.tokens import estimate_tokens
from .chosen_model import chosen_model
from .errors import NoModel
from .folders import expanded
from .settings import ModelSettings

HOW_TO = (
    "No model is configured: run `ferrograph model use FILE.gguf`, or set model.url and model.name "
    "to an OpenAI-compatible endpoint."
)


def configured(settings: ModelSettings) -> str:
    """Which engine the settings come to: "llama", "endpoint" or "none"."""
    if settings.engine != "auto":
        return settings.engine
    if settings.path:
        return "llama"
    if settings.url:
        return "endpoint"
    return "llama" if chosen_model() is not None else "none"


def model_path(settings: ModelSettings) -> Path | None:
    """The GGUF file to run, if there is one."""
    return expanded(settings.path) if settings.path else chosen_model()


def make_engine(settings: ModelSettings) -> Engine:
    """The configured engine; a model is loaded, or an endpoint asked, only when it is used.

    Raises `NoModel`, or a `generation.errors.GenerationError` for a model that can't be used.
    """
    kind = configured(settings)
    if kind == "llama":
        path = model_path(settings)
        if path is None:
            raise NoModel(HOW_TO)
        from ..generation.llama import LlamaEngine, LlamaSettings

        return LlamaEngine(
            LlamaSettings(
                path=path,
                context_window=settings.context_window,
                threads=settings.threads,
                gpu_layers=settings.gpu_layers,
            )
        )
    if kind == "endpoint":
        if not settings.url:
            raise NoModel("model.engine is `endpoint`, but model.url names none.")
        from ..generation.endpoint import EndpointEngine, EndpointSettings
        from ..generation.http_stream import Timeouts

        return EndpointEngine(
            EndpointSettings(
                base_url=settings.url,
                model=settings.name,
                api_key_env=settings.api_key_env,
                context_window=settings.context_window,
                tokenizer_file=(
                    expanded(settings.tokenizer_file) if settings.tokenizer_file else None
                ),
                timeouts=Timeouts(
                    connect_s=settings.connect_timeout_s,
                    first_s=settings.first_token_timeout_s,
                    idle_s=settings.idle_timeout_s,
                ),
                retries=settings.retries,
            ),
            fallback=estimate_tokens,
        )
    raise NoModel(HOW_TO)


class EngineHolder:
    """Keeps the engine between requests: loading a model takes seconds. Thread-safe."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._made_for: ModelSettings | None = None
        self._lock = threading.Lock()

    def get(self, settings: ModelSettings) -> Engine:
        """The engine for these settings. Raises as `make_engine`."""
        with self._lock:
            if self._engine is None or self._made_for != settings:
                old, self._engine = self._engine, None
                if old is not None:
                    old.close()
                self._engine = make_engine(settings)
                self._made_for = settings
            return self._engine

    def close(self) -> None:
        """Free the engine; the next `get` makes another."""
        with self._lock:
            old, self._engine = self._engine, None
        if old is not None:
            old.close()
