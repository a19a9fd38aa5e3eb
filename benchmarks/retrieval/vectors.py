"""The embedding model and its index by themselves: how fast, and how near to exact.

*Embedding* is of texts that were never embedded, as the queue hands them over. *Recall* is the
share of the true 20 nearest items that the approximate index gives, for the questions of *docs to
definition*; the truth comes from comparing with every vector.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from ferrograph.embedding.index import place_of
from ferrograph.embedding.queue import BATCH_JOBS
from ferrograph.embedding.text import embedding_text
from ferrograph.graph.model import GraphItem
from ferrograph.graph.vectors import nearest, nearest_exact
from ferrograph.server.project import Project

from .cases import Case
from .docs import CORPORA, draw_cases, searched
from .docs import TASK as DOCS
from .figures import Figures, percentile
from .options import Options
from .systems import KINDS
from .workplace import FolderEncoder, all_items, encoder_of, opened

TASK: Final = "vectors"
_NEAREST: Final = 20
_TEXTS: Final = 2000
_QUICK_TEXTS: Final = 500
_QUICK_CORPORA: Final = ("ripgrep",)


def evaluate(options: Options) -> Figures:
    """Measure every model on every corpus."""
    found = Figures(TASK)
    for corpus in options.chosen(_QUICK_CORPORA if options.quick else CORPORA):
        cases = draw_cases(options, corpus)
        root = searched(options, corpus)
        for model in options.models:
            graph = options.work / DOCS / f"{corpus}-{model.name}"
            encoder = encoder_of(model)
            with opened(root, graph, model=model) as project:
                row = {"corpus": corpus, "model": model.name}
                speed = _speed(project, encoder, _QUICK_TEXTS if options.quick else _TEXTS)
                found.rows.append({**row, **speed, **_recall(project, encoder, cases)})
    return found


def _speed(project: Project, encoder: FolderEncoder, count: int) -> dict[str, float | int]:
    items = [item for item in all_items(project.store) if item.kind in KINDS][:count]
    texts = [_text(project, item) for item in items]
    encoder.encode(texts[:BATCH_JOBS])
    started = time.perf_counter()
    for at in range(0, len(texts), BATCH_JOBS):
        encoder.encode(texts[at : at + BATCH_JOBS])
    seconds = time.perf_counter() - started
    return {"texts": len(texts), "texts/s": round(len(texts) / seconds, 1)}


def _text(project: Project, item: GraphItem) -> str:
    crate, module, owner = place_of(item)
    source = project.sources.read(item.file) or b""
    return embedding_text(
        crate=crate, module_path=module, name=item.name, kind=item.kind, owner=owner,
        signature=item.signature, doc=item.doc,
        body=source[item.def_start : item.end].decode("utf-8", "replace"),
    )  # fmt: skip


def _recall(
    project: Project, encoder: FolderEncoder, cases: Sequence[Case]
) -> dict[str, float | int]:
    shares: list[float] = []
    times: list[float] = []
    exact_times: list[float] = []
    for case in cases:
        query = encoder.encode_query(case.query)
        started = time.perf_counter()
        near = {id for id, _ in nearest(project.store, query, _NEAREST)}
        between = time.perf_counter()
        true = {id for id, _ in nearest_exact(project.store, query, _NEAREST)}
        ended = time.perf_counter()
        shares.append(len(near & true) / len(true))
        times.append((between - started) * 1e3)
        exact_times.append((ended - between) * 1e3)
    return {
        "queries": len(cases),
        f"recall@{_NEAREST}": round(sum(shares) / len(shares), 4),
        "p50 ms": round(percentile(times, 0.5), 2),
        "p95 ms": round(percentile(times, 0.95), 2),
        "exact p50 ms": round(percentile(exact_times, 0.5), 2),
    }
