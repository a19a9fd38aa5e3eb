"""Writing an ONNX graph node by node, and the file beside it that holds its large tensors."""

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

# Large tensors start at multiples of this, so that a runtime may map them as they lie.
_ALIGNMENT = 64
_LARGE = 4096


class WeightsFile:
    """The large tensors of one or several graphs, each stored once, in the order first used."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self._chunks: list[bytes] = []
        self._size = 0
        self._offsets: dict[str, int] = {}

    def place(self, tensor: str, data: bytes) -> int:
        """The offset of `data`, which belongs to the tensor of that name."""
        if tensor not in self._offsets:
            padding = -self._size % _ALIGNMENT
            self._chunks.append(b"\0" * padding)
            self._offsets[tensor] = self._size + padding
            self._chunks.append(data)
            self._size += padding + len(data)
        return self._offsets[tensor]

    def content(self) -> bytes:
        return b"".join(self._chunks)


class GraphWriter:
    """Collects nodes and constants. Names are counted, so the same calls give the same bytes."""

    def __init__(self, *, weights_file: WeightsFile | None = None) -> None:
        self._weights_file = weights_file
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A named tensor; large ones go to the weights file where there is one."""
        if name not in self._constants:
            array = np.asarray(value, order="C")
            if self._weights_file is None or array.nbytes < _LARGE:
                tensor = numpy_helper.from_array(array, name)
            else:
                tensor = self._external(name, array, self._weights_file)
            self._constants[name] = tensor
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
    ) -> bytes:
        """The model file's bytes."""
        graph = helper.make_graph(
            self._nodes, name, inputs, outputs, list(self._constants.values())
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="ferrograph",
        )
        return model.SerializeToString(deterministic=True)

    @staticmethod
    def _external(name: str, array: NDArray[Any], weights_file: WeightsFile) -> TensorProto:
        data = array.tobytes()
        tensor = TensorProto(
            name=name,
            dims=array.shape,
            data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in (
            ("location", weights_file.name),
            ("offset", weights_file.place(name, data)),
            ("length", len(data)),
        ):
            tensor.external_data.add(key=key, value=str(value))
        return tensor
