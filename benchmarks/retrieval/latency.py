"""How long a query takes until its context is there, as the graph grows.

Queries are the names and first sentences of functions drawn from the workspace, each asked once: at
the function, for a context of `BUDGET` tokens, and without a place, for a ranked list. Everything
is counted from the call to the finished text: reading the place, seeds, expansion, ranking,
composing. None was asked before, so that no answer is kept; *asked again* are the same ones right
after. The graph is as a server has it after its start, its edges in memory. Beside it stands BM25
over the same items, in memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ferrograph.embedding.text import first_sentence
from ferrograph.graph.model import GraphItem
from ferrograph.ranking.model import Place
from ferrograph.ranking.tokens import estimate_tokens
from ferrograph.server.assist import gather
from ferrograph.server.project import Project

from .cases import Case, draw
from .figures import Figures, percentile
from .options import Options
from .stripping import stripped, unchanged
from .systems import KINDS, Words
from .workplace import all_items, encoder_of, opened, say

TASK: Final = "latency"
BUDGET: Final = 4000
COUNT: Final = 150
QUICK: Final = 40
_WARM_UP: Final = 5

SIZES: Final[dict[str, tuple[tuple[str, ...], bool]]] = {
    "5k": (("ripgrep",), False),
    "50k": (("tokio", "ripgrep"), True),
    "300k": (("bevy-500k", "tantivy", "tokio", "axum", "ripgrep"), True),
}
"""About so many items: the corpora, and whether their dependencies are indexed too."""


def evaluate(options: Options) -> Figures:
    """Measure every size; the smallest two where it has to be quick."""
    found = Figures(TASK)
    model = options.models[0]
    names = list(SIZES)[:2] if options.quick else list(SIZES)
    for name in options.chosen(names):
        corpora, dependencies = SIZES[name]
        graph = options.work / TASK / f"{name}-{model.name}"
        root = _together(options, name, corpora)
        with opened(root, graph, model=model, dependencies=dependencies) as project:
            encoder_of(model).encode_query("load the model before the clock starts")
            _measure(found, project, name, options)
    return found


def _together(options: Options, name: str, corpora: Sequence[str]) -> Path:
    """One corpus as it stands; several as copies in one folder, which is read as one workspace."""
    if len(corpora) == 1:
        return options.corpus(corpora[0])
    folder = options.work / TASK / name
    for corpus in corpora:
        stripped(options.corpus(corpus), folder / corpus, unchanged)
    return folder


def _measure(found: Figures, project: Project, name: str, options: Options) -> None:
    everything = all_items(project.store, dependencies=True)
    own = [i for i in everything if not i.is_dependency]
    drawn = _draw(name, own, options)
    by_id = {item.id.hex(): item for item in own}
    queries = [(case.query, by_id[next(iter(case.expected))]) for case in drawn]
    say(f"{TASK}: {name}: {len(queries)} functions of {len(everything):,} items")
    project.index_words()
    project.store.load_adjacency(lambda: False)
    steps: dict[str, list[float]] = {}

    def at_place(query: str, item: GraphItem) -> Mapping[str, float]:
        place = Place(item.file, item.end - 1, item.end - 1)
        made = gather(project, at=place, task=query, budget=BUDGET, count_tokens=estimate_tokens)
        return made.seconds

    def noted(query: str, item: GraphItem) -> None:
        for step, seconds in at_place(query, item).items():
            steps.setdefault(step, []).append(seconds * 1e3)

    def search(query: str, item: GraphItem) -> None:
        project.retriever.retrieve(query)

    def add(what: str, times: Sequence[float]) -> None:
        found.rows.append(
            {
                "size": name,
                "items": len(everything),
                "own": len(own),
                "asked": what,
                "p50 ms": round(percentile(list(times), 0.5), 2),
                "p95 ms": round(percentile(list(times), 0.95), 2),
                "max ms": round(max(times), 2),
            }
        )

    add(f"context of {BUDGET:,} tokens", _times(noted, queries))
    add("the same again", [_times(at_place, [query] * 2, 1)[0] for query in queries[_WARM_UP:]])
    add("ranked list", _times(search, queries))
    words = Words(project, [i for i in everything if i.kind in KINDS])
    add("bm25", _times(lambda query, _item: words.rank(query), queries))
    by_step = (
        f"{step} {percentile(times[_WARM_UP:], 0.5):.1f}/{percentile(times[_WARM_UP:], 0.95):.1f}"
        for step, times in steps.items()
    )
    found.notes.append(f"{name}, steps of a context, p50/p95 ms: {', '.join(by_step)}")


def _draw(name: str, own: Sequence[GraphItem], options: Options) -> list[Case]:
    cases = [
        Case(
            id=f"{TASK}/{name}/{item.qualified_path}/{item.id.hex()}",
            corpus=name,
            query=f"{item.name} {first_sentence(item.doc)}".strip(),
            expected=frozenset((item.id.hex(),)),
        )
        for item in own
        if item.kind in ("function", "method")
    ]
    return draw(cases, (options.count or (QUICK if options.quick else COUNT)) + _WARM_UP)


def _times(
    ask: Callable[[str, GraphItem], object],
    queries: Sequence[tuple[str, GraphItem]],
    warm_up: int = _WARM_UP,
) -> list[float]:
    """Milliseconds of each call; the first ones, which load what stays loaded, don't count."""
    times: list[float] = []
    for query, item in queries:
        started = time.perf_counter()
        ask(query, item)
        times.append((time.perf_counter() - started) * 1e3)
    return times[warm_up:]
