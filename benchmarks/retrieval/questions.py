"""*Questions to files*: what documentation says of a file has to find the file.

Cases come from corpora as they were published, by the rules of `question_rules`. Searched is a copy
without any document and without documentation of files; the items keep theirs, and a sentence that
stands there, too, is left out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Final

from ferrograph.server.project import Project

from .answers import answers, file_lines, reasons
from .asking import BASELINES, WHOLE, Asked, label
from .cases import Case, draw, one
from .evaluation import Claim, Evaluation
from .metrics import first_rank, ndcg, within
from .options import Options
from .question_rules import TASK, mine
from .report import brief
from .stripping import stripped, without_module_docs
from .workplace import Model, all_items, opened, say

CORPORA: Final = ("ripgrep", "tokio", "axum", "tantivy", "bevy-500k")
COUNT: Final = 100
QUICK: Final = 25
_QUICK_CORPORA: Final = ("ripgrep", "tokio", "axum")
METRICS: Final = ("NDCG@10", "Acc@1", "Acc@5")


def evaluate(options: Options) -> Evaluation:
    """Ask every system all cases."""
    found = Evaluation(TASK, METRICS)
    for corpus in options.chosen(_QUICK_CORPORA if options.quick else CORPORA):
        cases = draw_cases(options, corpus)
        if not cases:
            continue
        root = searched(options, corpus)
        for model in options.models:
            with opened(root, _graph(options, corpus, model), model=model) as project:
                _ask(found, Asked(project, model), corpus, cases, model, options.models)
        say(brief(found, corpus, "NDCG@10"))
    first = options.models[0]
    baselines = (*BASELINES, label("vectors", first, options.models))
    found.claims = [Claim(label(WHOLE, first, options.models), baselines, "NDCG@10", "points", 12)]
    return found


@contextlib.contextmanager
def asked_of(options: Options, corpus: str, model: Model) -> Generator[tuple[list[Case], Project]]:
    """A corpus's cases of this run, and the project that they are asked of."""
    cases = draw_cases(options, corpus)
    graph = _graph(options, corpus, model)
    with opened(searched(options, corpus), graph, model=model) as project:
        yield cases, project


def _graph(options: Options, corpus: str, model: Model) -> Path:
    return options.work / TASK / f"{corpus}-{model.name}"


def searched(options: Options, corpus: str) -> Path:
    """The copy that is searched."""
    return stripped(options.corpus(corpus), options.work / TASK / corpus, without_module_docs)


def draw_cases(options: Options, corpus: str) -> list[Case]:
    """A corpus's cases of this run."""
    cases = all_cases(options, corpus)
    count = options.count or (QUICK if options.quick else COUNT)
    chosen = draw(cases, count, options.splits)
    say(f"{TASK}: {corpus}: {len(chosen)} of {len(cases):,} sentences and headings")
    return chosen


def all_cases(options: Options, corpus: str) -> list[Case]:
    """Every case of a corpus."""
    root = options.corpus(corpus)
    with opened(root, None, model=None, quiet=True) as project:
        return mine(corpus, root, all_items(project.store), searched(options, corpus))


def _ask(
    found: Evaluation,
    asked: Asked,
    corpus: str,
    cases: Sequence[Case],
    model: Model,
    models: Sequence[Model],
) -> None:
    note = f"{corpus}: {len(cases)} questions, {len(asked.files):,} files"
    if note not in found.notes:
        found.notes.append(note)
    for number, case in enumerate(cases, 1):
        for system, (_, files) in asked.rank(case.query).items():
            name = label(system, model, models)
            found.add(name, case.id, corpus, figures(files, case.expected))
        if number % 50 == 0:
            say(f"  {number} of {len(cases)}")


def figures(files: Sequence[str], expected: Iterable[str]) -> dict[str, float]:
    """A case's figures from a ranking of files."""
    wanted = set(expected)
    rank = first_rank(files, wanted)
    return {
        "rank": rank,
        "NDCG@10": ndcg(files, wanted, 10),
        "Acc@1": within(rank, 1),
        "Acc@5": within(rank, 5),
    }


def show(case: str, options: Options) -> str:
    """See `show.show_one`."""
    corpus = case.split("/")[1]
    found = one(all_cases(options, corpus), case)
    model = options.models[0]
    graph = _graph(options, corpus, model)
    with opened(searched(options, corpus), graph, model=model, quiet=True) as project:
        asked = Asked(project, model)
        ranked = asked.rank(found.query)
        lines: list[str] = []
        for system, (_, files) in ranked.items():
            lines += file_lines(system, files, found.expected)
        lines += reasons(asked.ranker.rank(found.query, 10))
        items = {system: items for system, (items, _) in ranked.items() if items}
        return "\n".join([answers(project, found, items), *lines])
