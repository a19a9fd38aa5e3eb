"""What a user wants to know of a GGUF model before loading it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import ModelBroken
from .gguf_file import GgufHeader, Scalar, read_header

_PART: Final = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_CONTROL_TOKEN: Final = 3  # LLAMA_TOKEN_TYPE_CONTROL
_F16_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model, read from its header. Sizes in bytes; ``parameters`` counts weights.

    ``quantisation`` is the type that holds most of the weights. A model split over several files is
    described as a whole. What the file doesn't say is None.
    """

    path: Path
    name: str
    architecture: str
    parameters: int
    quantisation: str
    file_size: int
    context_length: int | None
    layers: int | None
    kv_values_per_token: int | None
    tokenizer: str | None
    vocabulary: int | None
    chat_template: str | None

    def kv_cache_bytes(self, context_tokens: int) -> int | None:
        """The attention cache at 16 bits: 2 bytes × tokens × Σ over layers of (key + value) widths.

        Exact for plain and grouped-query attention; an upper bound where layers share or slide.
        """
        if self.kv_values_per_token is None:
            return None
        return _F16_BYTES * context_tokens * self.kv_values_per_token

    def memory_bytes(self, context_tokens: int) -> int | None:
        """Weights and attention cache; llama.cpp's working buffers come on top."""
        cache = self.kv_cache_bytes(context_tokens)
        return None if cache is None else self.file_size + cache


def inspect(path: Path) -> ModelInfo:
    """Read and check a model's header, with all its parts if it is split.

    Raises `ModelNotFound` or `ModelBroken` that names the file at fault.
    """
    head = read_header(path)
    if "general.architecture" not in head.values:
        raise ModelBroken(
            f"{path} names no architecture: it holds no language model. Choose another file."
        )
    if not any(t.name == "token_embd.weight" for t in head.tensors) and _part(head) is None:
        raise ModelBroken(
            f"{path} holds no language model (no token embeddings): choose another file."
        )
    heads = [head, *(read_header(other) for other in _other_parts(head))]
    weights: Counter[str] = Counter()
    for one in heads:
        for tensor in one.tensors:
            weights[tensor.type_name] += tensor.elements
    architecture = str(head.values["general.architecture"])
    layers = _int(head, f"{architecture}.block_count")
    return ModelInfo(
        path=path,
        name=str(head.values.get("general.name") or path.stem),
        architecture=architecture,
        parameters=weights.total(),
        quantisation=weights.most_common(1)[0][0] if weights else "none",
        file_size=sum(one.file_size for one in heads),
        context_length=_int(head, f"{architecture}.context_length"),
        layers=layers,
        kv_values_per_token=_kv_values(head, architecture, layers),
        tokenizer=_text(head.values.get("tokenizer.ggml.model")),
        vocabulary=head.array_lengths.get("tokenizer.ggml.tokens"),
        chat_template=_text(head.values.get("tokenizer.chat_template")),
    )


def control_tokens(path: Path) -> tuple[str, ...]:
    """The texts that the tokenizer turns into control tokens, such as ``<|im_end|>``."""
    keys = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
    arrays = read_header(path, keep_arrays=keys).arrays
    tokens, types = arrays.get(keys[0], ()), arrays.get(keys[1], ())
    pairs = zip(tokens, types, strict=False)
    return tuple(str(token) for token, kind in pairs if kind == _CONTROL_TOKEN and token)


def _part(head: GgufHeader) -> tuple[int, int] | None:
    """(number from 1, count) of a split model."""
    count = _int(head, "split.count")
    if count is None or count < 2:
        return None
    return (_int(head, "split.no") or 0) + 1, count


def _other_parts(head: GgufHeader) -> list[Path]:
    part = _part(head)
    if part is None:
        return []
    number, count = part
    path = head.path
    match = _PART.search(path.name)
    if match is None or number != 1:
        raise ModelBroken(
            f"{path} is part {number} of {count} of a split model: name the file that ends in "
            f"-00001-of-{count:05d}.gguf, and keep all parts in one folder."
        )
    stem = path.name[: match.start()]
    return [path.with_name(f"{stem}-{n:05d}-of-{count:05d}.gguf") for n in range(2, count + 1)]


def _kv_values(head: GgufHeader, architecture: str, layers: int | None) -> int | None:
    """Values that one token adds to the attention cache, over all layers."""
    heads = _int(head, f"{architecture}.attention.head_count")
    width = _int(head, f"{architecture}.embedding_length")
    per_layer = head.arrays.get(f"{architecture}.attention.head_count_kv")
    shared = _int(head, f"{architecture}.attention.head_count_kv") or heads
    key = _int(head, f"{architecture}.attention.key_length")
    value = _int(head, f"{architecture}.attention.value_length")
    if heads and width:
        key = key or width // heads
        value = value or width // heads
    if not key or not value or not layers:
        return None
    if per_layer is not None:
        return sum(int(n) for n in per_layer) * (key + value)
    return None if shared is None else layers * shared * (key + value)


def _int(head: GgufHeader, key: str) -> int | None:
    value = head.values.get(key)
    return int(value) if isinstance(value, int) else None


def _text(value: Scalar | None) -> str | None:
    return value if isinstance(value, str) and value else None
