"""Three ways to write a weight matrix into the graph.

- `Float32` keeps the published weights. It is what the other two are measured against.
- `DynamicInt8` stores int8 weights and quantises each layer's input while it runs. ONNX Runtime fuses
  the nodes to one (`DynamicQuantizeMatMul`), which is what makes it fast on a CPU.
- `StoredInt8` stores the same int8 weights and turns them to float32 when the model is loaded.
  Accelerators have no kernel for the dynamic kind and would hand each layer back to the CPU.

Weights are quantised symmetrically with one scale per output column (one per row of the word table),
which is where the plain recipe loses most: one scale per matrix gives a mean cosine of 0.94.
"""

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


class Precision(Protocol):
    """How matrices are stored and applied."""

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        """Rows of `table` [rows, hidden] for `ids` [n, t]: float32 [n, t, hidden]."""
        ...

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        """`x @ weight + bias`: float32 [n, t, outputs]."""
        ...


class Float32:
    """As published."""

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        return graph.add("Gather", [graph.constant(name, table), ids])

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        product = graph.add("MatMul", [x, graph.constant(name + ".weight", linear.weight)])
        return graph.add("Add", [product, graph.constant(name + ".bias", linear.bias)])


class _Int8Table:
    """The word table as int8 rows, each with its own scale; only the rows looked up are widened."""

    def look_up(self, graph: GraphWriter, table: Float, ids: str, name: str) -> str:
        rows, scales = quantise(table, axis=1, limit=_TABLE_LIMIT)
        found = graph.add("Gather", [graph.constant(name + ".int8", rows), ids])
        scale = graph.add("Gather", [graph.constant(name + ".scale", scales), ids])
        return graph.add("Mul", [graph.add("Cast", [found], to=TensorProto.FLOAT), scale])


class DynamicInt8(_Int8Table):
    """int8 weights, inputs quantised to uint8 per tensor while running."""

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        columns, scales = quantise(linear.weight, axis=0, limit=_MATRIX_LIMIT)
        weight = graph.constant(name + ".int8", columns)
        # The runtime's fusion wants a zero point per column, zero though they are.
        zero = graph.constant(name + ".zero", np.zeros(columns.shape[1], np.int8))
        steps, step, offset = graph.add_many("DynamicQuantizeLinear", [x], 3)
        product = graph.add("MatMulInteger", [steps, weight, offset, zero])
        scale = graph.add("Mul", [step, graph.constant(name + ".scale", scales[0])])
        product = graph.add("Mul", [graph.add("Cast", [product], to=TensorProto.FLOAT), scale])
        return graph.add("Add", [product, graph.constant(name + ".bias", linear.bias)])


class StoredInt8(_Int8Table):
    """int8 weights, float32 arithmetic. The Cast and Mul of constants are folded at load."""

    def apply(self, graph: GraphWriter, x: str, linear: Linear, name: str) -> str:
        columns, scales = quantise(linear.weight, axis=0, limit=_MATRIX_LIMIT)
        stored = graph.add("Cast", [graph.constant(name + ".int8", columns)], to=TensorProto.FLOAT)
        weight = graph.add("Mul", [stored, graph.constant(name + ".scale", scales[0])])
        product = graph.add("MatMul", [x, weight])
        return graph.add("Add", [product, graph.constant(name + ".bias", linear.bias)])


def quantise(matrix: Float, *, axis: int, limit: int) -> tuple[NDArray[np.int8], Float]:
    """Symmetric int8: `steps * scales` approximates `matrix`, and |steps| ≤ `limit`.

    `scales` keeps `axis` (the one that shares a scale) with length 1.
    """
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    scales = np.where(largest > 0, largest / limit, 1.0).astype(np.float32)
    steps = np.clip(np.rint(matrix / scales), -limit, limit).astype(np.int8)
    return steps, scales
