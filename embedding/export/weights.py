"""The encoder's weights, named and oriented for use: `y = x @ weight + bias`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

Float = NDArray[np.float32]

HIDDEN = 384
HEADS = 12
LAYERS = 6
NORM_EPSILON = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """`weight` is [inputs, outputs], `bias` is [outputs]."""

    weight: Float
    bias: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Layer normalisation over the last axis: `gain` and `bias` are [hidden]."""

    gain: Float
    bias: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One transformer block in BERT's order: norms stand behind the residual sums."""

    query: Linear
    key: Linear
    value: Linear
    attended: Linear
    attended_norm: Norm
    up: Linear
    down: Linear
    output_norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`words` is [vocabulary, hidden]; `positions` is [longest, hidden].

    `positions` includes the embedding of token type 0: the encoder reads single texts only, so the
    type never varies.
    """

    words: Float
    positions: Float
    embedding_norm: Norm
    layers: tuple[Layer, ...]


def read_weights(safetensors: bytes) -> Weights:
    """Weights from the bytes of a BERT model's safetensors file, as float32."""
    tensors = load(safetensors)
    return Weights(
        words=_tensor(tensors, "embeddings.word_embeddings.weight"),
        positions=_tensor(tensors, "embeddings.position_embeddings.weight")
        + _tensor(tensors, "embeddings.token_type_embeddings.weight")[0],
        embedding_norm=_norm(tensors, "embeddings.LayerNorm"),
        layers=tuple(_layer(tensors, f"encoder.layer.{index}.") for index in range(LAYERS)),
    )


def _layer(tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Layer:
    return Layer(
        query=_linear(tensors, prefix + "attention.self.query"),
        key=_linear(tensors, prefix + "attention.self.key"),
        value=_linear(tensors, prefix + "attention.self.value"),
        attended=_linear(tensors, prefix + "attention.output.dense"),
        attended_norm=_norm(tensors, prefix + "attention.output.LayerNorm"),
        up=_linear(tensors, prefix + "intermediate.dense"),
        down=_linear(tensors, prefix + "output.dense"),
        output_norm=_norm(tensors, prefix + "output.LayerNorm"),
    )


def _linear(tensors: Mapping[str, NDArray[np.generic]], name: str) -> Linear:
    weight = np.ascontiguousarray(_tensor(tensors, name + ".weight").T)
    return Linear(weight=weight, bias=_tensor(tensors, name + ".bias"))


def _norm(tensors: Mapping[str, NDArray[np.generic]], name: str) -> Norm:
    return Norm(gain=_tensor(tensors, name + ".weight"), bias=_tensor(tensors, name + ".bias"))


def _tensor(tensors: Mapping[str, NDArray[np.generic]], name: str) -> Float:
    return tensors[name].astype(np.float32)
