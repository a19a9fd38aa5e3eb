"""The embedding model and its index by themselves: how fast, and how near to exact.

*Embedding* is of items that were never embedded, as the queue hands them over, by the clock and by
what two processors would do at the same cost. *Recall* is the share of the true 20 nearest items
that the approximate index gives, for the questions of *docs to definition*; the truth comes from
comparing with every vector. Where there are too few vectors for the product to approximate, that
is done here all the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from ferrograph.embedding.index import place_of
from ferrograph.embedding.near import EXACT_ROWS, NearIndex
from ferrograph.embedding.queue import BATCH_JOBS
from ferrograph.embedding.text import embedding_windows
from ferrograph.graph.model import GraphItem
from ferrograph.server.project import Project

from .cases import Case
from .docs import CORPORA, draw_cases, searched
from .docs import TASK as DOCS
from .figures import Figures, percentile
from .options import Options
from .systems import KINDS, exact_index
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
    items = [item for item in all_items(project.store) if item.kind in KINDS]
    # From all of them: those of one file resemble each other in length.
    texts = [_windows(project, item) for item in items[:: max(1, len(items) // count)][:count]]
    encoder.encode(texts[0])
    started, worked = time.perf_counter(), time.process_time()
    for at in range(0, len(texts), BATCH_JOBS):
        encoder.encode([window for of in texts[at : at + BATCH_JOBS] for window in of])
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    return {
        "items": len(texts),
        "windows": sum(map(len, texts)),
        "items/s": round(len(texts) / seconds, 1),
        "by two processors": round(2 * len(texts) / work, 1),
    }


def _windows(project: Project, item: GraphItem) -> list[str]:
    crate, module, owner = place_of(item)
    source = project.sources.read(item.file) or b""
    return embedding_windows(
        crate=crate, module_path=module, name=item.name, kind=item.kind, owner=owner,
        signature=item.signature, doc=item.doc,
        body=source[item.def_start : item.end].decode("utf-8", "replace"),
    )  # fmt: skip


def _recall(
    project: Project, encoder: FolderEncoder, cases: Sequence[Case]
) -> dict[str, float | int]:
    exact = exact_index(project)
    started = time.process_time()
    graph = NearIndex(exact.dimensions, exact_rows=0 if exact.vectors <= EXACT_ROWS else EXACT_ROWS)
    graph.put(exact.all())
    built = time.process_time() - started
    shares: list[float] = []
    times: dict[str, list[float]] = {"graph": [], "exact": []}
    for case in cases:
        query = [encoder.encode_query(case.query)]
        began = time.perf_counter()
        near = graph.nearest(query, _NEAREST)
        between = time.perf_counter()
        true = exact.nearest(query, _NEAREST)
        times["graph"].append((between - began) * 1e3)
        times["exact"].append((time.perf_counter() - between) * 1e3)
        shares.append(len(near.keys() & true.keys()) / len(true))
    return {
        "queries": len(cases),
        "vectors": exact.vectors,
        f"recall@{_NEAREST}": round(sum(shares) / len(shares), 4),
        "build ms": round(built * 1e3 / exact.vectors, 3),
        "p50 ms": round(percentile(times["graph"], 0.5), 2),
        "p95 ms": round(percentile(times["graph"], 0.95), 2),
        "exact p50 ms": round(percentile(times["exact"], 0.5), 2),
    }
