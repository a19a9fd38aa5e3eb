"""The encoder's ONNX graph: token ids in, unit vectors out. Standard operators only."""

import math
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from .precision import Precision
from .weights import HEADS, HIDDEN, NORM_EPSILON, Layer, Linear, Norm, Weights
from .writer import GraphWriter

# Added to the scores of padding: e^-10000 is 0 in float32, and no row is padding throughout.
_MASKED = -1e4


def build(weights: Weights, precision: Precision) -> onnx.ModelProto:
    """`input_ids` and `attention_mask`, int64 [n, t] → `embedding`, float32 unit rows [n, 384]."""
    graph = GraphWriter()
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    mask_row = graph.add("Unsqueeze", [mask, graph.constant("axis_1", np.array([1], np.int64))])
    hidden = _embeddings(graph, weights, precision)
    scores_bias = _scores_bias(graph, mask_row)
    frame = _Frame(graph=graph, precision=precision, scores_bias=scores_bias)
    for index, layer in enumerate(weights.layers):
        hidden = _block(frame, hidden, layer, f"layer.{index}")
    _pool(graph, hidden, mask_row)
    return graph.model(
        name="all-MiniLM-L6-v2",
        inputs=[
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
            for name in ("input_ids", "attention_mask")
        ],
        outputs=[_output()],
    )


def _output() -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", HIDDEN])


def _embeddings(graph: GraphWriter, weights: Weights, precision: Precision) -> str:
    words = precision.look_up(graph, weights.words, "input_ids", "words")
    length = graph.add("Shape", ["input_ids"], start=1, end=2)
    first = graph.constant("first", np.array([0], np.int64))
    positions = graph.add(
        "Slice", [graph.constant("positions", weights.positions), first, length, first]
    )
    return _normalise(graph, graph.add("Add", [words, positions]), weights.embedding_norm, "words")


def _scores_bias(graph: GraphWriter, mask_row: str) -> str:
    """[n, 1, 1, t]: 0 at tokens and `_MASKED` at padding."""
    padding = graph.add("Sub", [graph.constant("one", np.float32(1)), mask_row])
    bias = graph.add("Mul", [padding, graph.constant("masked", np.float32(_MASKED))])
    return graph.add("Unsqueeze", [bias, "axis_1"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What every layer shares: the graph, its precision, and the scores' bias [n, 1, 1, t]."""

    graph: GraphWriter
    precision: Precision
    scores_bias: str


def _block(frame: _Frame, hidden: str, layer: Layer, name: str) -> str:
    graph, precision = frame.graph, frame.precision
    mixed = _attention(frame, hidden, layer, name)
    attended = precision.apply(graph, mixed, layer.attended, name + ".attended")
    hidden = _normalise(
        graph, graph.add("Add", [attended, hidden]), layer.attended_norm, name + ".attended"
    )
    inner = _gelu(graph, precision.apply(graph, hidden, layer.up, name + ".up"))
    outer = precision.apply(graph, inner, layer.down, name + ".down")
    return _normalise(graph, graph.add("Add", [outer, hidden]), layer.output_norm, name + ".output")


def _attention(frame: _Frame, hidden: str, layer: Layer, name: str) -> str:
    """Query, key and value come from one multiplication: the input is then quantised once."""
    graph, precision = frame.graph, frame.precision
    joined = precision.apply(graph, hidden, _query_key_value(layer), name + ".query_key_value")
    parts = graph.constant("parts", np.array([HIDDEN] * 3, np.int64))
    heads_shape = graph.constant("heads_shape", np.array([0, 0, HEADS, HIDDEN // HEADS], np.int64))
    query, key, value = (
        graph.add("Transpose", [graph.add("Reshape", [part, heads_shape])], perm=perm)
        for part, perm in zip(
            graph.add_many("Split", [joined, parts], 3, axis=-1),
            ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]),
            strict=True,
        )
    )
    scores = graph.add("Add", [graph.add("MatMul", [query, key]), frame.scores_bias])
    mixed = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), value])
    mixed = graph.add("Transpose", [mixed], perm=[0, 2, 1, 3])
    flat_shape = graph.constant("flat_shape", np.array([0, 0, HIDDEN], np.int64))
    return graph.add("Reshape", [mixed, flat_shape])


def _query_key_value(layer: Layer) -> Linear:
    """The three side by side; the scores' 1/√(head size) is folded into the query."""
    scale = np.float32(1 / math.sqrt(HIDDEN // HEADS))
    linears = (layer.query, layer.key, layer.value)
    scales = (scale, np.float32(1), np.float32(1))
    return Linear(
        weight=np.concatenate(
            [linear.weight * factor for linear, factor in zip(linears, scales, strict=True)], axis=1
        ),
        bias=np.concatenate(
            [linear.bias * factor for linear, factor in zip(linears, scales, strict=True)]
        ),
    )


def _gelu(graph: GraphWriter, x: str) -> str:
    """x·Φ(x), in the shape that ONNX Runtime recognises and fuses."""
    ratio = graph.add("Div", [x, graph.constant("sqrt_2", np.float32(math.sqrt(2)))])
    share = graph.add("Add", [graph.add("Erf", [ratio]), "one"])
    doubled = graph.add("Mul", [x, share])
    return graph.add("Mul", [doubled, graph.constant("half", np.float32(0.5))])


def _normalise(graph: GraphWriter, x: str, norm: Norm, name: str) -> str:
    gain = graph.constant(name + ".norm.gain", norm.gain)
    bias = graph.constant(name + ".norm.bias", norm.bias)
    return graph.add("LayerNormalization", [x, gain, bias], axis=-1, epsilon=NORM_EPSILON)


def _pool(graph: GraphWriter, hidden: str, mask_row: str) -> None:
    """The sum over a text's tokens, made a unit vector: the mean differs by a factor only."""
    total = graph.add("Squeeze", [graph.add("MatMul", [mask_row, hidden]), "axis_1"])
    graph.add("LpNormalization", [total], axis=-1, p=2)
    graph.rename_last("embedding")
