"""The encoder written out in numpy, one text at a time, to check the graph against.

Nothing is shared with the graph builder but the weights: where both agree with each other and with
the published vectors, both read the model's description the same way.
"""

import math
from collections.abc import Sequence

import numpy as np

from .weights import HEADS, NORM_EPSILON, Float, Layer, Linear, Norm, Weights

_erf = np.vectorize(math.erf, otypes=[np.float64])


def embed(weights: Weights, ids: Sequence[int]) -> Float:
    """The unit vector [hidden] of one text, given its token ids, special tokens included."""
    hidden = weights.words[list(ids)] + weights.positions[: len(ids)]
    hidden = _normalise(hidden, weights.embedding_norm)
    for layer in weights.layers:
        hidden = _normalise(hidden + _attention(hidden, layer), layer.attended_norm)
        hidden = _normalise(
            hidden + _apply(layer.down, _gelu(_apply(layer.up, hidden))), layer.output_norm
        )
    pooled = hidden.mean(axis=0)
    return (pooled / np.linalg.norm(pooled)).astype(np.float32)


def _attention(hidden: Float, layer: Layer) -> Float:
    """Scaled dot-product attention over heads (Vaswani et al. 2017, section 3.2)."""
    tokens, width = hidden.shape
    size = width // HEADS
    query, key, value = (
        _apply(linear, hidden).reshape(tokens, HEADS, size)
        for linear in (layer.query, layer.key, layer.value)
    )
    mixed = np.empty_like(query)
    for head in range(HEADS):
        scores = query[:, head] @ key[:, head].T / math.sqrt(size)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        mixed[:, head] = shares @ value[:, head]
    return _apply(layer.attended, mixed.reshape(tokens, width))


def _apply(linear: Linear, x: Float) -> Float:
    return x @ linear.weight + linear.bias


def _gelu(x: Float) -> Float:
    """x·Φ(x) with the exact Gaussian distribution function (Hendrycks and Gimpel 2016)."""
    return (0.5 * x * (1.0 + _erf(x / math.sqrt(2.0)))).astype(np.float32)


def _normalise(x: Float, norm: Norm) -> Float:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + NORM_EPSILON)
    return (centred / spread * norm.gain + norm.bias).astype(np.float32)
