"""Writing an ONNX graph node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

# Opset 17 is the first with LayerNormalization; IR version 8 is what came with it. Older runtimes
# read nothing newer, and newer ones read both.
OPSET = 17
IR_VERSION = 8


class GraphWriter:
    """Collects nodes and constants. Names are counted, so the same calls give the same bytes."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A named tensor. Asked for again under the same name, it is the one already there."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def add(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        """A node with one output; returns the output's name."""
        return self.add_many(operator, inputs, 1, **attributes)[0]

    def add_many(
        self, operator: str, inputs: Sequence[str], outputs: int, **attributes: Any
    ) -> list[str]:
        """A node with several outputs."""
        stem = f"{operator}_{len(self._nodes)}"
        names = [stem if outputs == 1 else f"{stem}_{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, name=stem, **attributes))
        return names

    def rename_last(self, name: str) -> None:
        """Give the last node's only output a name of its own: the graph's result."""
        self._nodes[-1].output[0] = name

    def model(
        self,
        *,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
    ) -> onnx.ModelProto:
        """The finished model."""
        graph = helper.make_graph(
            self._nodes, name, inputs, outputs, list(self._constants.values())
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="ferrograph",
        )


def serialise(model: onnx.ModelProto) -> bytes:
    """The model file's bytes, the same for the same model."""
    return model.SerializeToString(deterministic=True)
