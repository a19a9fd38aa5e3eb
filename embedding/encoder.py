"""Text to unit vectors, with the model that ships in `data/`."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .errors import EmbeddingError, EncodingCancelled
from .model_files import DATA_FOLDER, GRAPH, TOKENIZER, ModelFiles, open_model_files
from .providers import AUTO, CPU, Candidate, candidates, fastest

Vectors = NDArray[np.float32]

# Tokens in one run of the model, padding included. On a CPU every thread runs batches of its own,
# so that small ones cost no waiting; their activations stay in its cache: 2048 takes a tenth more
# time, and dividing every run among threads another tenth. An accelerator wants large ones.
BATCH_TOKENS = 512
_ACCELERATOR_BATCH_TOKENS = 16_384

# A WordPiece token is rarely longer than this, so a text is cut here before the tokenizer reads it:
# of a 5 MB file only the beginning can matter.
_CHARS_PER_TOKEN = 32
_MAX_THREADS = 8
_WARM_UP_BATCH, _WARM_UP_TOKENS = 16, 64


class Encoder:
    """A loaded model. Thread-safe: both the tokenizer and ONNX Runtime's sessions are."""

    def __init__(
        self,
        *,
        files: ModelFiles,
        tokenizer: Any,
        session: Any,
        provider: str,
        max_tokens: int,
        threads: int = 1,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Use `load`. `tokenizer` cuts at `max_tokens` and does not pad; `threads` run batches."""
        self._files = files
        self._tokenizer = tokenizer
        self._session = session
        self._provider = provider
        self._max_tokens = max_tokens
        self._batch_tokens = batch_tokens
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "ferrograph-encoder") if threads > 1 else None

    @classmethod
    def load(
        cls,
        *,
        directory: Path | None = None,
        threads: int | None = None,
        provider: str = AUTO,
        max_tokens: int | None = None,
    ) -> "Encoder":
        """Load the model in `directory` (the shipped one by default); about 0.2 s.

        `threads` is how many batches run at once on a CPU (by default one for each core that this
        process may run on, at most 8). `provider` is `auto`, `cpu`, `cuda`, `directml` or `coreml`;
        `auto` takes the fastest of what the runtime offers. `max_tokens` is where texts are cut,
        special tokens included (by default what the model's manifest says).

        Raises `EmbeddingError`, a sentence for the user, if the model is missing, incomplete or
        altered, if ONNX Runtime cannot be used, or if the provider is not available.
        """
        files = open_model_files(DATA_FOLDER if directory is None else directory)
        limit = files.max_tokens if max_tokens is None else max_tokens
        # Its threads would take cores that the model has, and it complains whenever a process that
        # used them forks.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EmbeddingError(
                f"The embedding model cannot run here ({error}); reinstall ferrograph."
            ) from error
        available = cast(list[str], onnxruntime.get_available_providers())
        wanted = candidates(provider, available)
        try:
            tokenizer = Tokenizer.from_file(str(files.path(TOKENIZER)))
            tokenizer.enable_truncation(limit)
        except Exception as error:  # tokenizers raises bare Exceptions
            raise EmbeddingError(
                f"The tokenizer in {files.folder} cannot be used: {error}"
            ) from error
        sessions = _open_sessions(onnxruntime, files, wanted)
        name, session = fastest(sessions, _warm_up)
        on_cpu = name == CPU
        return cls(
            files=files,
            tokenizer=tokenizer,
            session=session,
            provider=name,
            max_tokens=limit,
            threads=_threads(threads) if on_cpu else 1,
            batch_tokens=BATCH_TOKENS if on_cpu else _ACCELERATOR_BATCH_TOKENS,
        )

    @property
    def name(self) -> str:
        """What the vectors depend on, for use as a cache key: model, content hash, cut."""
        return f"{self._files.identity}.{self._max_tokens}"

    @property
    def dimensions(self) -> int:
        return self._files.dimensions

    @property
    def max_tokens(self) -> int:
        """Texts are cut here, special tokens included."""
        return self._max_tokens

    @property
    def providers(self) -> tuple[str, ...]:
        """The ONNX Runtime providers in use, the first being asked first."""
        return tuple(self._session.get_providers())

    @property
    def provider(self) -> str:
        """The processor in use: `cpu`, `cuda`, `directml` or `coreml`."""
        return self._provider

    @property
    def threads(self) -> int:
        """How many batches run at once."""
        return self._threads

    def encode(self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None) -> Vectors:
        """Unit vectors, float32 [len(texts), dimensions], row i for text i.

        An empty text has a vector like any other. `cancel` is asked before every batch; once it
        returns true, `EncodingCancelled` is raised. A text's vector does not depend on the others
        beyond float32's rounding.

        Raises `EmbeddingError` if ONNX Runtime fails.
        """
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        token_ids = self._tokenize(texts)

        def run(batch: Sequence[int]) -> None:
            if cancel is not None and cancel():
                raise EncodingCancelled("Embedding was cancelled.")
            try:
                vectors[batch] = _run(self._session, [token_ids[row] for row in batch])
            except Exception as error:  # ONNX Runtime's errors share no base class of their own
                raise EmbeddingError(f"The embedding model failed: {error}") from error

        # The longest first: what is left at the end for one thread alone is short.
        batches = list(_batches([len(ids) for ids in token_ids], self._batch_tokens))[::-1]
        if self._pool is None or len(batches) == 1:
            for batch in batches:
                run(batch)
        else:
            for _ in self._pool.map(run, batches):
                pass
        return vectors

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` as the model reads it: special tokens included, cut at `max_tokens`."""
        return len(self._tokenize([text])[0])

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        most = self._max_tokens * _CHARS_PER_TOKEN
        # A lone surrogate, as a file name may have, cannot be handed to the tokenizer.
        clean = [text[:most].encode("utf-8", "replace").decode() for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Rows in batches of similar length; rows × longest ≤ `budget`, or a single row."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        # In this order the row that comes last is the longest.
        if batch and (len(batch) + 1) * lengths[row] > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _run(session: Any, token_ids: Sequence[Sequence[int]]) -> Vectors:
    longest = max(len(ids) for ids in token_ids)
    ids = np.zeros((len(token_ids), longest), np.int64)  # 0 is [PAD]
    mask = np.zeros_like(ids)
    for row, text_ids in enumerate(token_ids):
        ids[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def _warm_up(named_session: tuple[str, Any]) -> None:
    _run(named_session[1], [[100] * _WARM_UP_TOKENS] * _WARM_UP_BATCH)


def _open_sessions(
    onnxruntime: Any, files: ModelFiles, wanted: Sequence[Candidate]
) -> list[tuple[str, Any]]:
    """A session for each candidate that opens. Raises `EmbeddingError` if none does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several batches run at once instead
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # hardly two batches have the same shape
    options.log_severity_level = 3  # what goes wrong is raised; warnings would go to the terminal
    sessions: list[tuple[str, Any]] = []
    reason = ""
    for candidate in wanted:
        try:
            session = onnxruntime.InferenceSession(
                str(files.path(GRAPH)), options, providers=list(candidate.providers)
            )
        except Exception as error:  # noqa: BLE001 (see `encode`)
            reason = str(error)
            continue
        # ONNX Runtime falls back to the CPU in silence if an accelerator's libraries are missing.
        if session.get_providers()[0] == candidate.providers[0]:
            sessions.append((candidate.name, session))
        else:
            reason = f"{candidate.name} did not start"
    if not sessions:
        raise EmbeddingError(f"The embedding model cannot be loaded with ONNX Runtime: {reason}")
    return sessions


def _threads(wanted: int | None) -> int:
    if wanted is not None:
        return max(1, wanted)
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        cores = os.cpu_count() or 1
    return min(cores, _MAX_THREADS)
