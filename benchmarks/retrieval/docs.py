"""*Docs to definition*: the first sentence of an item's documentation has to find the item.

The sentences are taken from the code as it was published; what is searched is a copy without any
comment, documentation or Markdown, so that the words of a question stand nowhere but in names,
types and code. A sentence that several items share is answered by any of them; one that more than
`_MOST_OWNERS` share is nobody's.

There are two BM25s: a plain one, over one bag of split words with the parameters of the textbook,
and one with weighted fields whose parameters were searched for (`bm25_search`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ferrograph.embedding.text import first_sentence
from ferrograph.graph.model import GraphItem
from ferrograph.ranking.factors import is_test_code
from ferrograph.server.project import Project

from .answers import answers
from .cases import Case, draw, one
from .evaluation import Claim, Evaluation
from .metrics import first_rank, reciprocal, within
from .options import Options
from .report import brief
from .stripping import stripped, without_comments
from .systems import KINDS, Vectors, Words, fused, named, whole
from .workplace import Model, all_items, encoder_of, opened, say

TASK: Final = "docs"
CORPORA: Final = ("ripgrep", "bevy_ecs", "axum", "tantivy")
_QUICK_CORPORA: Final = ("ripgrep", "axum")
COUNT: Final = 250
"""Cases of each corpus and half."""
QUICK: Final = 60
METRICS: Final = ("MRR@10", "recall@10", "recall@50")
_FEWEST_WORDS: Final = 4
_MOST_OWNERS: Final = 3


def evaluate(options: Options) -> Evaluation:
    """Ask every system all cases."""
    found = Evaluation(TASK, METRICS)
    for corpus in options.chosen(_QUICK_CORPORA if options.quick else CORPORA):
        cases = draw_cases(options, corpus)
        root = searched(options, corpus)
        for model in options.models:
            with opened(root, options.work / TASK / f"{corpus}-{model.name}", model=model) as at:
                _ask(found, at, corpus, cases, model, options.models)
        say(brief(found, corpus, "MRR@10"))
    found.claims = claims(options.models)
    return found


def claims(models: Sequence[Model]) -> list[Claim]:
    """What is wanted of the first model, beside ones called ``base`` and ``float32``, and of the
    whole."""
    first = models[0]
    whole = named("whole", first, models)
    wanted = [Claim(whole, (words,), "MRR@10", "ratio", 2.6) for words in ("bm25 plain", "bm25")]
    for other in models[1:]:
        shipped, beside = (named("vectors", model, models) for model in (first, other))
        if other.name == "base":
            wanted.append(Claim(shipped, (beside,), "MRR@10", "ratio", 1.65))
        elif other.name == "float32":
            # What rounding to int8 costs.
            wanted.append(Claim(shipped, (beside,), "MRR@10", "points", -1))
    return wanted


def draw_cases(options: Options, corpus: str) -> list[Case]:
    """A corpus's cases of this run."""
    with opened(options.corpus(corpus), None, model=None, quiet=True) as project:
        cases = mine(corpus, all_items(project.store))
    count = options.count or (QUICK if options.quick else COUNT)
    chosen = draw(cases, count, options.splits)
    say(f"{TASK}: {corpus}: {len(chosen)} of {len(cases):,} sentences")
    return chosen


def searched(options: Options, corpus: str) -> Path:
    """The copy that is searched."""
    return stripped(options.corpus(corpus), options.work / TASK / corpus, without_comments)


def mine(corpus: str, items: Sequence[GraphItem]) -> list[Case]:
    """A case for every sentence that documents something."""
    owners: dict[str, list[GraphItem]] = {}
    for item in items:
        sentence = first_sentence(item.doc) if item.kind in KINDS else ""
        if len(sentence.split()) >= _FEWEST_WORDS and not is_test_code(item):
            owners.setdefault(sentence, []).append(item)
    return [
        Case(
            id=f"{TASK}/{corpus}/{min(item.qualified_path for item in of)}",
            corpus=corpus,
            query=sentence,
            expected=frozenset(item.id.hex() for item in of),
        )
        for sentence, of in owners.items()
        if len(of) <= _MOST_OWNERS
    ]


def _ask(
    found: Evaluation,
    project: Project,
    corpus: str,
    cases: Sequence[Case],
    model: Model,
    models: Sequence[Model],
) -> None:
    asked = Asked(project, model)
    if corpus not in found.names():
        found.notes.append(f"{corpus}: {len(cases)} sentences, {len(asked.items):,} definitions")
    for number, case in enumerate(cases, 1):
        for system, ranked in asked.rank(case.query).items():
            label = system if system.startswith("bm25") else named(system, model, models)
            rank = first_rank([item.id.hex() for item in ranked], case.expected)
            found.add(label, case.id, corpus, figures(rank))
        if number % 50 == 0:
            say(f"  {number} of {len(cases)}")


def show(case: str, options: Options) -> str:
    """See `show.show_one`."""
    corpus = case.split("/")[1]
    with opened(options.corpus(corpus), None, model=None, quiet=True) as project:
        found = one(mine(corpus, all_items(project.store)), case)
    model = options.models[0]
    graph = options.work / TASK / f"{corpus}-{model.name}"
    with opened(searched(options, corpus), graph, model=model, quiet=True) as project:
        return answers(project, found, Asked(project, model).rank(found.query))


def figures(rank: int) -> dict[str, float]:
    """A case's figures from its rank."""
    return {
        "rank": rank,
        "MRR@10": reciprocal(rank, 10),
        "recall@10": within(rank, 10),
        "recall@50": within(rank, 50),
    }


class Asked:
    """All systems over one project's definitions."""

    def __init__(self, project: Project, model: Model) -> None:
        self.project = project
        self.items: Mapping[bytes, GraphItem] = {
            item.id: item for item in all_items(project.store) if item.kind in KINDS
        }
        self._words = Words(project, list(self.items.values()))
        self._plain = Words(project, list(self.items.values()), plain=True)
        self._vectors = Vectors(project, encoder_of(model).encode_query, self.items)

    def rank(self, query: str) -> dict[str, list[GraphItem]]:
        """Each system's answer."""
        words, near = self._words.rank(query), self._vectors.rank(query)
        return {
            "bm25 plain": self._plain.rank(query),
            "bm25": words,
            "vectors": near,
            "fused": fused(words, near),
            "whole": whole(self.project, query, self.items),
        }
