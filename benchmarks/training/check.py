"""Docs to definition, the model alone: how far a checkpoint is. `benchmarks.retrieval` judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.export.check import plain_tokenizer
from ferrograph.embedding.export.graph import build
from ferrograph.embedding.export.package import write
from ferrograph.embedding.export.precision import Float32, Precision
from ferrograph.embedding.export.weights import read_weights
from ferrograph.embedding.export.writer import serialise
from ferrograph.embedding.model_files import GRAPH, TOKENIZER

from .queries import first_query
from .reading import Crate, Definition, read_crate

_SOURCES = ("src", "crates")
_LEAST_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well doc sentences find their definitions."""

    queries: int
    candidates: int
    mrr: float
    """Mean reciprocal rank within the first ten."""
    recall10: float
    recall50: float


@dataclass(frozen=True, slots=True)
class Task:
    """Texts without their docs, and (query, row of its text)."""

    texts: list[str]
    queries: list[tuple[str, int]]


def read_task(folder: Path) -> Task:
    """The definitions of every crate in `folder`; the crate itself, or folders of crates."""
    crates = [_read(path.parent) for path in sorted(folder.glob("**/Cargo.toml"))]
    items = [item for crate in crates for item in crate.definitions if _found_by_meaning(item)]
    queries = [
        (query, row)
        for row, item in enumerate(items)
        if (query := first_query(item.doc, item.name)) and len(query.split()) >= _LEAST_WORDS
    ]
    return Task([item.text(with_doc=False) for item in items], queries)


def _read(root: Path) -> Crate:
    folder = next((name for name in _SOURCES if (root / name).is_dir()), ".")
    return read_crate(root.name, root, folder=folder)


def _found_by_meaning(item: Definition) -> bool:
    return not item.test and (item.kind not in ("type_alias", "const", "static") or bool(item.doc))


def score(encoder: Encoder, task: Task) -> Score:
    """Rank every text for every query."""
    texts = encoder.encode(task.texts)
    queries = encoder.encode([query for query, _ in task.queries])
    similar = queries @ texts.T
    own = similar[np.arange(len(task.queries)), [row for _, row in task.queries]]
    better = (similar > own[:, None]).sum(axis=1)
    return Score(
        queries=len(task.queries), candidates=len(task.texts),
        mrr=float(np.where(better < 10, 1 / (1 + better), 0).mean()),
        recall10=float((better < 10).mean()), recall50=float((better < 50).mean()),
    )  # fmt: skip


def encoder_of(
    weights: bytes, tokenizer: bytes, *, precision: Precision | None = None, threads: int = 2
) -> Encoder:
    """An encoder of a safetensors file's bytes, float32 unless said otherwise."""
    model = serialise(build(read_weights(weights), precision or Float32()))
    with TemporaryDirectory() as folder:
        files = {GRAPH: model, TOKENIZER: plain_tokenizer(tokenizer)}
        write(files, Path(folder), name="checked")
        return Encoder.load(directory=Path(folder), threads=threads, provider="cpu")


def averaged(one: bytes, other: bytes, share: float) -> bytes:
    """Weights `share` of the way from `one` to `other`."""
    from safetensors.numpy import load, save

    first, second = load(one), load(other)
    return save(
        {
            name: (array + share * (second[name] - array)).astype(np.float32)
            for name, array in first.items()
            if name in second and np.issubdtype(array.dtype, np.floating)
        }
    )


def lines(rows: Sequence[tuple[str, str, Score]]) -> str:
    """A table: corpus, model, figures."""
    head = f"{'corpus':<14} {'model':<14} {'MRR@10':>7} {'R@10':>6} {'R@50':>6}  queries of texts"
    body = [
        f"{corpus:<14} {model:<14} {s.mrr:>7.3f} {s.recall10:>6.3f} {s.recall50:>6.3f}"
        f"  {s.queries} of {s.candidates}"
        for corpus, model, s in rows
    ]
    return "\n".join([head, *body])
