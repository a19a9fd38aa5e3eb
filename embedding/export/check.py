"""Is the graph the model that was published? Independent witnesses are asked before it ships."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from ..errors import EmbeddingError
from . import published, reference
from .weights import Float, Weights

# float32 sums in another order differ in the seventh digit; published values have eight.
_TOLERANCE = 1e-6
_SIMILARITY_TOLERANCE = 1e-4


def plain_tokenizer(tokenizer_json: bytes) -> bytes:
    """tokenizer.json without the truncation and padding that its publisher left switched on."""
    settings: dict[str, Any] = json.loads(tokenizer_json)
    settings["truncation"] = None
    settings["padding"] = None
    return json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()


def check(
    float32_model: bytes, weights: Weights, tokenizer_json: bytes, *, tuned: bool = False
) -> None:
    """Compare the float32 graph with the numpy reference and with published ids and vectors.

    What tuned weights give was published by nobody: for them the reference is the only witness.
    Raises `EmbeddingError` that names the first disagreement.
    """
    tokenizer = Tokenizer.from_buffer(tokenizer_json)
    session = onnxruntime.InferenceSession(float32_model, providers=["CPUExecutionProvider"])

    for text, ids in zip(published.TEXTS, published.TOKEN_IDS, strict=True):
        _require(tuple(tokenizer.encode(text).ids) == ids, f"the token ids of {text!r}")

    padded = run(session, [list(ids) for ids in published.TOKEN_IDS])
    for row, ids in zip(padded, published.TOKEN_IDS, strict=True):
        expected = reference.embed(weights, ids)
        _require(_close(row, expected), "the numpy reference")
    if tuned:
        return
    first = padded[:, : len(published.FIRST_COMPONENTS[0])]
    _require(_close(first, np.array(published.FIRST_COMPONENTS)), "the published vectors")

    similar = run(session, [tokenizer.encode(text).ids for text in published.SIMILAR_TEXTS])
    gap = np.abs(similar @ similar.T - np.array(published.SIMILARITIES)).max()
    _require(bool(gap < _SIMILARITY_TOLERANCE), "the published similarities")


def run(session: Any, token_ids: Sequence[Sequence[int]]) -> Float:
    """One padded batch through a session: [n, 384]."""
    longest = max(len(ids) for ids in token_ids)
    ids = np.zeros((len(token_ids), longest), np.int64)
    mask = np.zeros_like(ids)
    for row, text_ids in enumerate(token_ids):
        ids[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def _close(found: Float, expected: Any) -> bool:
    return bool(np.abs(found - expected).max() < _TOLERANCE)


def _require(agrees: bool, witness: str) -> None:
    if not agrees:
        raise EmbeddingError(f"The exported graph disagrees with {witness}; nothing was written.")
