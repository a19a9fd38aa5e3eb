"""Tuned weights to the files that ship, and how near int8 comes to float32."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.embedding.export.calibrate import TUNED_RANGES, observe_texts, write_ranges
from ferrograph.embedding.export.package import Exported, export, write
from ferrograph.embedding.export.weights import read_weights
from ferrograph.embedding.export.wheel import Published
from ferrograph.embedding.model_files import GRAPH, TOKENIZER
from numpy.typing import NDArray

from .check import Score, Task, score
from .pair_file import Pair

_CALIBRATION_TEXTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What int8 costs on one corpus."""

    float32: Score
    int8: Score
    cosine: float
    """The mean over texts of the cosine between both."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def calibration_texts(pairs: list[Pair]) -> list[str]:
    """Texts and queries spread evenly over the training pairs; none of them of an evaluation."""
    step = max(1, len(pairs) // _CALIBRATION_TEXTS)
    chosen = pairs[::step][:_CALIBRATION_TEXTS]
    return [pair.text for pair in chosen] + [pair.query for pair in chosen]


def export_tuned(
    published: Published, tuned: bytes, pairs: list[Pair], out: Path, *, record: bool
) -> Exported:
    """Observe ranges, then build, check and write the files.

    With `record` the ranges are kept beside the exporter, which makes the same files from the same
    weights from then on. Raises `EmbeddingError` if the graph disagrees with its reference.
    """
    texts = calibration_texts(pairs)
    if not texts:
        raise EmbeddingError("There are no pairs to observe ranges on: run `mine` first.")
    ranges = observe_texts(read_weights(tuned), published.tokenizer, texts)
    exported = export(published, tuned=tuned, ranges=ranges)
    if record:
        write_ranges(ranges, f"{len(texts)} texts of the training pairs", TUNED_RANGES)
    write(exported.files, out, name=exported.name)
    return exported


def losses(exported: Exported, out: Path, tasks: dict[str, Task]) -> dict[str, Loss]:
    """int8 against float32 on each corpus."""
    int8 = Encoder.load(directory=out, provider="cpu")
    with TemporaryDirectory() as folder:
        files = {GRAPH: exported.float32_model, TOKENIZER: exported.files[TOKENIZER]}
        write(files, Path(folder), name=exported.name)
        float32 = Encoder.load(directory=Path(folder), provider="cpu")
    found: dict[str, Loss] = {}
    for name, task in tasks.items():
        sample = task.texts[:: max(1, len(task.texts) // 300)]
        cosines: NDArray[np.float32] = (int8.encode(sample) * float32.encode(sample)).sum(axis=1)
        found[name] = Loss(
            float32=score(float32, task),
            int8=score(int8, task),
            cosine=float(np.mean(cosines)),
        )
    return found


def losses_json(found: dict[str, Loss]) -> str:
    return json.dumps({name: loss.as_dict() for name, loss in found.items()}, indent=1)
