"""The files that ship: two graphs over one weights file, the tokenizer, and what ties them together."""

import json
from dataclasses import dataclass
from pathlib import Path

import blake3

from ..model_files import FORMAT, MANIFEST, CPU_GRAPH, FLOAT_GRAPH, TOKENIZER, WEIGHTS
from .check import check, plain_tokenizer
from .graph import build
from .precision import DynamicInt8, Float32, StoredInt8
from .weights import HIDDEN, read_weights
from .wheel import Published
from .writer import WeightsFile

NAME = "all-MiniLM-L6-v2"

# Raised by hand when the recipe changes what the vectors are.
RECIPE = 1

# Measured on 1175 pairs of ripgrep (MODEL_CARD.md): 256 tokens take twice as long and find no more.
MAX_TOKENS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Every file by name, and the float32 graph that the int8 ones are measured against."""

    files: dict[str, bytes]
    float32_model: bytes


def export(published: Published) -> Exported:
    """Build and check the model. The same weights always give the same bytes.

    Raises `EmbeddingError` if the graph disagrees with its references.
    """
    weights = read_weights(published.weights)
    tokenizer = plain_tokenizer(published.tokenizer)
    float32_model = build(weights, Float32())
    check(float32_model, weights, tokenizer)

    weights_file = WeightsFile(name=WEIGHTS)
    files = {
        CPU_GRAPH: build(weights, DynamicInt8(), weights_file=weights_file),
        FLOAT_GRAPH: build(weights, StoredInt8(), weights_file=weights_file),
        WEIGHTS: weights_file.content(),
        TOKENIZER: tokenizer,
    }
    files[MANIFEST] = _manifest(files)
    return Exported(files=files, float32_model=float32_model)


def write(exported: Exported, folder: Path) -> None:
    """Write every file; the manifest last, so that an interrupted export is found out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in exported.files.items():
        (folder / name).write_bytes(data)


def _manifest(files: dict[str, bytes]) -> bytes:
    manifest = {
        "format": FORMAT,
        "name": NAME,
        "version": RECIPE,
        "dimensions": HIDDEN,
        "max_tokens": MAX_TOKENS,
        "files": {
            name: {"bytes": len(data), "blake3": blake3.blake3(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return (json.dumps(manifest, indent=2) + "\n").encode()
