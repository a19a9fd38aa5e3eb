"""The part of llama-cpp-python that the llama engine uses, with types at the edge.

Two habits of that library are worked around here. Its quiet mode points the process's file
descriptors 1 and 2 at the null device while a model loads, which would swallow what a language
server on stdio says meanwhile; so we load in its loud mode and catch the words instead. And its
detokenizer drops pieces of more than 32 bytes (long runs of spaces, which code has); so we ask
llama.cpp itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from .errors import EngineMissing, ModelBroken
from .hardware import LlamaDefaults

_log = logging.getLogger(__name__)
# ggml's levels: 1 information, 2 warning, 3 error, 4 debug, 5 continues the line before.
_LEVELS: Final = {2: logging.INFO, 3: logging.WARNING}


def _library() -> Any:
    try:
        import llama_cpp
    except ImportError:
        raise EngineMissing(
            "llama.cpp is not installed: run `pip install ferrograph[llm]`, or use an endpoint."
        ) from None
    except (OSError, RuntimeError) as error:  # its shared library is there and can't be loaded
        raise EngineMissing(
            f"llama.cpp can't be loaded ({error}): reinstall it with "
            "`pip install --force-reinstall llama-cpp-python`, or use an endpoint."
        ) from None
    return llama_cpp


def supports_gpu() -> bool:
    """Whether llama.cpp was built for a GPU. Raises `EngineMissing`."""
    return bool(_library().llama_supports_gpu_offload())


class Binding:
    """A loaded model with its context. Not thread-safe, except for `tokenize` and `piece`."""

    def __init__(self, *, path: Path, settings: LlamaDefaults, seed: int) -> None:
        """Load the model: seconds for large ones. Raises `EngineMissing` and `ModelBroken`."""
        self._lib = _library()
        self._lib.llama_log_set(_log_callback(), ctypes.c_void_p(0))
        # Called before every batch of tokens; it may raise to stop the evaluation.
        self.before_batch: Callable[[], None] = _nothing
        self.evaluated = 0
        with _catching_stderr():
            try:
                self._llama = self._lib.Llama(
                    model_path=str(path),
                    n_ctx=settings.context_window,
                    n_batch=settings.batch_tokens,
                    n_ubatch=settings.batch_tokens,
                    n_threads=settings.threads,
                    n_threads_batch=settings.batch_threads,
                    n_gpu_layers=settings.gpu_layers,
                    seed=seed,
                    verbose=True,
                )
            except (ValueError, RuntimeError, AssertionError) as error:
                raise ModelBroken(
                    f"llama.cpp refuses {path} ({error}): the file is damaged, its architecture is "
                    "too new for this llama-cpp-python, or memory is short. Try another model."
                ) from error
        self._llama.verbose = False
        self._vocabulary = self._lib.llama_model_get_vocab(self._llama.model)
        self._batch_tokens = settings.batch_tokens
        self._evaluate = self._llama.eval
        self._llama.eval = self._counting_eval
        self.bos: int = self._llama.token_bos()
        self.eos: int = self._llama.token_eos()

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Tokens of ``text``; with ``special``, control tokens are parsed and the BOS is added."""
        data = text.encode("utf-8", "replace")
        return self._llama.tokenize(data, add_bos=special, special=special)

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of one token; control tokens are empty unless ``special``."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length: int = self._lib.llama_token_to_piece(
                self._vocabulary, token, buffer, size, 0, special
            )
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def is_end(self, token: int) -> bool:
        """Whether the model says that it is done."""
        return bool(self._lib.llama_vocab_is_eog(self._vocabulary, token))

    def generate(self, prompt: Sequence[int], *, temperature: float) -> Iterator[int]:
        """Endless tokens after ``prompt``, of which what the context already holds is not read
        again.

        ``evaluated`` counts the tokens that were really read, from 0.
        """
        self.evaluated = 0
        return self._llama.generate(list(prompt), temp=temperature)

    def close(self) -> None:
        self._llama.close()

    def _counting_eval(self, tokens: Sequence[int]) -> None:
        for start in range(0, len(tokens), self._batch_tokens):
            self.before_batch()
            batch = tokens[start : start + self._batch_tokens]
            self._evaluate(batch)
            self.evaluated += len(batch)


@functools.cache  # llama.cpp keeps the pointer for as long as the process lives, and so must we
def _log_callback() -> Any:
    return _library().llama_log_callback(_take_log)


def _take_log(level: int, text: bytes, _: object) -> None:
    line = text.decode("utf-8", "replace").rstrip()
    if line.strip("."):
        _log.log(_LEVELS.get(level, logging.DEBUG), "%s", line)


def _nothing() -> None:
    pass


class _Catcher:
    """Stands in for ``sys.stderr``: keeps quiet what one thread prints, passes on all others'."""

    def __init__(self, original: Any) -> None:
        self._original = original
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() != self._thread:
            return self._original.write(text)
        if text.strip():
            _log.debug("%s", text.rstrip())
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


@contextlib.contextmanager
def _catching_stderr() -> Generator[None, None, None]:
    with contextlib.redirect_stderr(_Catcher(sys.stderr)):  # pyright: ignore[reportArgumentType]
        yield
