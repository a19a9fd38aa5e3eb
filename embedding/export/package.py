"""The files that ship: the graph, the tokenizer, and what ties them together."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import blake3

from ..model_files import FORMAT, GRAPH, MANIFEST, TOKENIZER
from .calibrate import PUBLISHED_RANGES, TUNED_RANGES, read_ranges
from .check import check, plain_tokenizer
from .graph import build
from .precision import Float32, Int8, Range
from .weights import HIDDEN, read_weights
from .wheel import Published
from .writer import serialise

PUBLISHED_NAME = "all-MiniLM-L6-v2"
TUNED_NAME = "all-MiniLM-L6-v2-rust"

# Raised by hand when the recipe changes what the vectors are.
RECIPE = 1

# Measured on 1175 pairs of ripgrep (MODEL_CARD.md): 256 tokens take twice as long and find no more.
MAX_TOKENS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Every file but the manifest, and the float32 graph that the shipped one is measured by."""

    name: str
    files: dict[str, bytes]
    float32_model: bytes


def export(
    published: Published, *, tuned: bytes | None = None, ranges: Mapping[str, Range] | None = None
) -> Exported:
    """Build and check the model. The same weights always give the same bytes.

    `tuned` is a safetensors file with other weights for the published model. `ranges` are those of
    the layers' inputs; by default the recorded ones, which hold for the weights they were observed
    with and no others. Raises `EmbeddingError` if the graph disagrees with its references.
    """
    weights = read_weights(published.weights if tuned is None else tuned)
    tokenizer = plain_tokenizer(published.tokenizer)
    float32_model = serialise(build(weights, Float32()))
    check(float32_model, weights, tokenizer, tuned=tuned is not None)

    if ranges is None:
        ranges = read_ranges(PUBLISHED_RANGES if tuned is None else TUNED_RANGES)
    files = {
        GRAPH: serialise(build(weights, Int8(ranges=ranges))),
        TOKENIZER: tokenizer,
    }
    name = PUBLISHED_NAME if tuned is None else TUNED_NAME
    return Exported(name=name, files=files, float32_model=float32_model)


def write(files: Mapping[str, bytes], folder: Path, *, name: str) -> None:
    """Write every file, and last the manifest, so that an interrupted export is found out."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    (folder / MANIFEST).write_bytes(_manifest(files, name))


def _manifest(files: Mapping[str, bytes], name: str) -> bytes:
    manifest = {
        "format": FORMAT,
        "name": name,
        "version": RECIPE,
        "dimensions": HIDDEN,
        "max_tokens": MAX_TOKENS,
        "files": {
            file: {"bytes": len(data), "blake3": blake3.blake3(data).hexdigest()}
            for file, data in files.items()
        },
    }
    return (json.dumps(manifest, indent=2) + "\n").encode()
