"""``python -m benchmarks.retrieval.bm25_search``: the parameters of BM25, so that it is a good one.

Tries them one after another on the ``tune`` halves of *docs* and *questions*, keeping what is best
for the mean of their MRR@10 and NDCG@10, until a round brings nothing more.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ferrograph.graph.model import GraphItem

from ..corpora import FOLDER
from . import docs, questions
from .bm25 import FIELDS, PARAMETERS, Bm25, Counted, Parameters, counted
from .cases import Case
from .metrics import first_rank, ndcg, reciprocal
from .options import WORK, Options
from .systems import KINDS, VOCABULARY, fields_of, files_of
from .workplace import all_items, opened, say

_WEIGHTS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
_LENGTHS: Final = (0.2, 0.4, 0.6, 0.8)
_SATURATIONS: Final = (0.6, 1.2, 2.0, 4.0, 8.0, 16.0)
_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched for which cases, and what an answer is worth."""

    items: Sequence[GraphItem]
    documents: Sequence[Counted]
    cases: Sequence[Case]
    worth: Callable[[Sequence[GraphItem], Case], float]

    def figure(self, parameters: Parameters) -> float:
        """The mean worth."""
        index = Bm25(VOCABULARY, self.documents, parameters)
        total = 0.0
        for case in self.cases:
            ranked = [self.items[row] for row, _ in index.best(case.query, _DEPTH)]
            total += self.worth(ranked, case)
        return total / len(self.cases)


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.retrieval.bm25_search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--corpora", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument("--work", type=Path, default=WORK, metavar="DIR")
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--count", type=int, default=150, help="cases of each corpus (150)")
    arguments = parser.parse_args()
    options = Options(
        corpora=arguments.corpora, work=arguments.work, splits=("tune",),
        only=tuple(arguments.only or ("ripgrep", "axum", "tantivy")), count=arguments.count,
    )  # fmt: skip
    found = search(_searched(options))
    print(found)


def search(all: Sequence[Searched], start: Parameters = PARAMETERS) -> Parameters:
    """The best parameters within reach of ``start``, one changed at a time."""

    def figure(parameters: Parameters) -> float:
        return sum(one.figure(parameters) for one in all) / len(all)

    best, value = start, figure(start)
    say(f"{value:.4f} {best}")
    better = True
    while better:
        better = False
        for other in _neighbours(best):
            reached = figure(other)
            if reached > value + 1e-4:
                best, value, better = other, reached, True
                say(f"{value:.4f} {best}")
    return best


def _neighbours(around: Parameters) -> list[Parameters]:
    found = [replace(around, k1=k1) for k1 in _SATURATIONS]
    for name in FIELDS:
        if name != "body":  # only the weights' proportions matter
            found += [replace(around, weights={**around.weights, name: w}) for w in _WEIGHTS]
        found += [replace(around, b={**around.b, name: b}) for b in _LENGTHS]
    return [one for one in found if one != around]


def _searched(options: Options) -> list[Searched]:
    found: list[Searched] = []
    for corpus in options.chosen(docs.CORPORA):
        cases = docs.draw_cases(options, corpus)
        found.append(_read(docs.searched(options, corpus), cases, _mrr))
    for corpus in options.chosen(questions.CORPORA):
        cases = questions.draw_cases(options, corpus)
        found.append(_read(questions.searched(options, corpus), cases, _ndcg))
    return found


def _read(
    root: Path, cases: Sequence[Case], worth: Callable[[Sequence[GraphItem], Case], float]
) -> Searched:
    with opened(root, None, model=None, quiet=True) as project:
        items = [item for item in all_items(project.store) if item.kind in KINDS]
        documents = [counted(VOCABULARY, fields_of(project, item)) for item in items]
    return Searched(items, documents, cases, worth)


def _mrr(ranked: Sequence[GraphItem], case: Case) -> float:
    return reciprocal(first_rank([item.id.hex() for item in ranked], case.expected), 10)


def _ndcg(ranked: Sequence[GraphItem], case: Case) -> float:
    return ndcg(files_of(ranked), case.expected, 10)


if __name__ == "__main__":
    main()
