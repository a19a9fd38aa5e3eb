"""Two ways to write a weight matrix into the graph.

`Float32` keeps the published weights: it is what the other is measured against, and what
the ranges of the activations are observed on.

`Int8` stores weights as int8 with one scale per output column (one per row of the word table), and
quantises each layer's input to uint8 within a range observed beforehand. It is written as
QuantizeLinear/DequantizeLinear pairs, which ONNX Runtime fuses to integer kernels on a CPU and
which accelerators read as plain float32. What the alternatives cost is in MODEL_CARD.md; in short:

- One scale per matrix, as the plain recipe has it, gives a mean cosine of 0.94 instead of 0.99.
- Ranges chosen while running ("dynamic") are no better, and make a text's vector depend on the
  texts it was batched with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from .weights import Float, Linear
from .writer import GraphWriter

# CPUs without VNNI add two u8·s8 products in 16 bits and saturate: 2·255·127 does not fit, 2·255·63
# does. So matrices that are multiplied in int8 use seven bits.
_MATRIX_LIMIT = 63
_TABLE_LIMIT = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The values that a layer's input is expected to take; what lies outside is clipped."""

    low: float
    high: float


class Precision(Protocol):
    """How matrices are stored and applied."""

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        """Rows of `table` [rows, hidden] for `ids` [n, t]: float32 [n, t, hidden]."""
        ...

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        """`x @ weight + bias`: float32 [n, t, outputs]."""
        ...


class Float32:
    """As published. `inputs` tells, once a graph is built, which tensor each layer reads."""

    def __init__(self) -> None:
        self.inputs: dict[str, str] = {}

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        return graph.add("Gather", [graph.constant(name, table), ids])

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        self.inputs[name] = x
        product = graph.add("MatMul", [x, graph.constant(name + ".weight", linear.weight)])
        return graph.add("Add", [product, graph.constant(name + ".bias", linear.bias)])


class Int8:
    """int8 weights, uint8 inputs within `ranges`, which is keyed by the layers' names."""

    def __init__(self, *, ranges: Mapping[str, Range]) -> None:
        self._ranges = ranges

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        """Only the rows looked up are widened, not the table."""
        rows, scales = quantise(table, axis=1, limit=_TABLE_LIMIT)
        found = graph.add("Gather", [graph.constant(name + ".int8", rows), ids])
        scale = graph.add("Gather", [graph.constant(name + ".scale", scales), ids])
        return graph.add("Mul", [graph.add("Cast", [found], to=TensorProto.FLOAT), scale])

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        step, zero = _steps(self._ranges[name])
        steps = [graph.constant(name + ".step", step), graph.constant(name + ".zero", zero)]
        rounded = graph.add("QuantizeLinear", [x, *steps])
        rounded = graph.add("DequantizeLinear", [rounded, *steps])

        columns, scales = quantise(linear.weight, axis=0, limit=_MATRIX_LIMIT)
        weight = graph.add(
            "DequantizeLinear",
            [
                graph.constant(name + ".int8", columns),
                graph.constant(name + ".scale", scales.reshape(-1)),
                graph.constant(name + ".zeros", np.zeros(linear.bias.size, np.int8)),
            ],
            axis=1,
        )
        product = graph.add("MatMul", [rounded, weight])
        return graph.add("Add", [product, graph.constant(name + ".bias", linear.bias)])


def quantise(matrix: Float, *, axis: int, limit: int) -> tuple[NDArray[np.int8], Float]:
    """Symmetric int8: `steps * scales` approximates `matrix`, and |steps| ≤ `limit`.

    `scales` keeps `axis` (the one that shares a scale) with length 1.
    """
    largest: Float = np.abs(matrix).max(axis=axis, keepdims=True)
    scales: Float = np.where(largest > 0, largest / limit, 1.0).astype(np.float32)
    steps = np.clip(np.rint(matrix / scales), -limit, limit).astype(np.int8)
    return steps, scales


def _steps(values: Range) -> tuple[np.float32, np.uint8]:
    """Scale and zero point of asymmetric uint8; 0 must be one of the steps."""
    low, high = min(values.low, 0.0), max(values.high, 0.0)
    step = (high - low) / 255
    return np.float32(step), np.uint8(round(-low / step))
