"""llama.cpp in this process, behind the `Engine` interface."""

from __future__ import annotations

import codecs
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from . import hardware
from .chat_template import GUARD, ChatTemplate
from .engine import Cancellation, Message
from .errors import Cancelled, ContextTooLong, GenerationError, ModelBroken
from .events import EventSink, Finished, PromptRead, Warned, ignore
from .gguf_info import ModelInfo, control_tokens, inspect
from .llama_binding import Binding, supports_gpu
from .text_stream import StopFilter

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaSettings:
    """What the user may set; None means chosen for model and machine by `hardware.choose`."""

    path: Path
    context_window: int | None = None
    threads: int | None = None
    gpu_layers: int | None = None  # -1 means all
    seed: int = 0


class LlamaEngine:
    """One GGUF model. The file is checked at once; it is loaded by `load` or at the first use.

    One generation runs at a time; others wait for it. The model's context is kept between them, so
    a prompt that starts like the one before is read only from where it differs.
    """

    def __init__(self, settings: LlamaSettings) -> None:
        """Raises `ModelNotFound`, `ModelBroken` and `EngineMissing`; loads nothing yet."""
        self.settings = settings
        self.info: ModelInfo = inspect(settings.path)
        chosen = hardware.choose(
            self.info,
            hardware=hardware.detect(),
            gpu=supports_gpu() and settings.gpu_layers != 0,
            context_window=settings.context_window,
        )
        self.chosen = hardware.LlamaDefaults(
            context_window=chosen.context_window,
            threads=settings.threads or chosen.threads,
            batch_threads=settings.threads or chosen.batch_threads,
            gpu_layers=chosen.gpu_layers if settings.gpu_layers is None else settings.gpu_layers,
            batch_tokens=chosen.batch_tokens,
        )
        self._loading = threading.Lock()
        self._generating = threading.Lock()
        self._model: tuple[Binding, ChatTemplate] | None = None
        self._closed = Cancellation()
        self._load_warning: str | None = None

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def context_window(self) -> int:
        return self.chosen.context_window

    @property
    def tokenizer_name(self) -> str:
        return f"{self.info.tokenizer or 'GGUF'} (the model's own)"

    def load(self) -> None:
        """Load the model if it isn't yet: seconds for large ones. Raises `ModelBroken`."""
        with self._loading:
            self._loaded()

    def count_tokens(self, text: str) -> int:
        with self._loading:
            binding, _ = self._loaded()
            return len(binding.tokenize(text, special=False))

    def count_prompt(self, messages: Sequence[Message]) -> int:
        with self._loading:
            binding, template = self._loaded()
            return len(_tokens(binding, template.render(messages).text))

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float,
        stop: Sequence[str] = (),
        cancel: Cancellation,
        on_event: EventSink = ignore,
    ) -> Iterator[str]:
        """See `Engine.stream`. Cancelling is honoured between tokens and between prompt batches."""
        self._acquire(cancel)
        try:
            with self._loading:
                binding, template = self._loaded()
                rendered = template.render(messages)
                prompt = _tokens(binding, rendered.text)
            if self._load_warning:
                on_event(Warned(self._load_warning))
                self._load_warning = None
            if len(prompt) >= self.context_window:
                raise ContextTooLong(
                    f"The prompt has {len(prompt):,} tokens and the model's window holds "
                    f"{self.context_window:,}: lower the context budget or raise the window.",
                    prompt_tokens=len(prompt),
                    context_window=self.context_window,
                )
            run = _Run(
                binding=binding, prompt=prompt, checks=(cancel, self._closed), on_event=on_event
            )
            yield from run.text(
                most=min(max_tokens, self.context_window - len(prompt)),
                temperature=temperature,
                stop=(*stop, *rendered.stop),
            )
        finally:
            self._generating.release()

    def close(self) -> None:
        self._closed.cancel()
        with self._generating, self._loading:
            if self._model is not None:
                self._model[0].close()
                self._model = None

    def _acquire(self, cancel: Cancellation) -> None:
        while not self._generating.acquire(timeout=0.05):
            cancel.check()
            self._closed.check()

    def _loaded(self) -> tuple[Binding, ChatTemplate]:
        """The model, loaded if need be; the caller holds `_loading`, which keeps `close` away."""
        if self._closed.cancelled:
            raise Cancelled("The model was closed.")
        if self._model is None:
            self._model = self._load()
        return self._model

    def _load(self) -> tuple[Binding, ChatTemplate]:
        path = self.settings.path
        try:
            binding = Binding(path=path, settings=self.chosen, seed=self.settings.seed)
        except ModelBroken as error:
            if self.chosen.gpu_layers == 0:
                raise
            # Most often the weights are larger than the GPU's memory.
            self.chosen = replace(self.chosen, gpu_layers=0, batch_tokens=hardware.CPU_BATCH_TOKENS)
            binding = Binding(path=path, settings=self.chosen, seed=self.settings.seed)
            self._load_warning = (
                "The model did not load on the GPU and runs on the CPU, more slowly: "
                "set fewer GPU layers, or use a smaller model."
            )
            _log.warning("%s (%s)", self._load_warning, error)
        template = ChatTemplate(
            template=self.info.chat_template,
            bos=_piece(binding, binding.bos),
            eos=_piece(binding, binding.eos),
            control_tokens=control_tokens(path),
        )
        return binding, template


class _Run:
    """One generation."""

    def __init__(
        self,
        *,
        binding: Binding,
        prompt: list[int],
        checks: tuple[Cancellation, ...],
        on_event: EventSink,
    ) -> None:
        self._binding = binding
        self._prompt = prompt
        self._checks = checks
        self._on_event = on_event
        self._answer_tokens = 0
        self._reused = 0

    def text(self, *, most: int, temperature: float, stop: Sequence[str]) -> Iterator[str]:
        """Pieces of the answer, cut at ``stop`` strings, whole characters only."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        cut = StopFilter(stop)
        reason: Literal["stop", "length"] = "length"
        for token in self._tokens(most, temperature):
            if self._binding.is_end(token):
                reason = "stop"
                break
            self._answer_tokens += 1
            piece = cut.feed(decoder.decode(self._binding.piece(token)).replace(GUARD, ""))
            if piece:
                yield piece
            if cut.stopped:
                reason = "stop"
                break
        if not cut.stopped:
            rest = cut.feed(decoder.decode(b"", final=True)) + cut.finish()
            if rest:
                yield rest
        self._on_event(
            Finished(
                reason=reason,
                prompt_tokens=len(self._prompt),
                answer_tokens=self._answer_tokens,
                reused_tokens=self._reused,
            )
        )

    def _tokens(self, most: int, temperature: float) -> Iterator[int]:
        self._binding.before_batch = self._before_batch
        try:
            tokens = self._binding.generate(self._prompt, temperature=temperature)
            for number, token in enumerate(tokens, start=1):
                if number == 1:
                    # Whatever was not evaluated for this prompt was still in the model's context.
                    self._reused = len(self._prompt) - self._binding.evaluated
                    self._report(done=len(self._prompt))
                self._check()
                yield token
                if number >= most:
                    return
        except RuntimeError as error:
            raise GenerationError(
                f"llama.cpp failed while generating ({error}): free memory or use a smaller window."
            ) from error
        finally:
            self._binding.before_batch = lambda: None

    def _before_batch(self) -> None:
        self._check()
        if self._answer_tokens == 0 and 0 < self._binding.evaluated < len(self._prompt):
            self._report(done=self._binding.evaluated)

    def _report(self, *, done: int) -> None:
        self._on_event(PromptRead(done=done, total=len(self._prompt), reused=self._reused))

    def _check(self) -> None:
        for check in self._checks:
            check.check()


def _tokens(binding: Binding, prompt: str) -> list[int]:
    tokens = binding.tokenize(prompt, special=True)
    # Many templates write the beginning-of-sequence token that the tokenizer adds as well.
    if tokens[:2] == [binding.bos, binding.bos]:
        del tokens[0]
    return tokens


def _piece(binding: Binding, token: int) -> str:
    return binding.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""
