"""What the product's candidates are like, for cases whose right answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Final

import numpy as np
from ferrograph.graph.model import GraphItem
from ferrograph.ranking.weights import Factor

from ..retrieval import docs, questions
from ..retrieval.cases import Case
from ..retrieval.options import Options
from ..retrieval.systems import KINDS
from ..retrieval.workplace import opened, say
from .fit import Judged

_TASKS: Final[dict[str, ModuleType]] = {docs.TASK: docs, questions.TASK: questions}
_ALL: Final = 1000


def collect(options: Options, task: str, factors: Sequence[Factor]) -> list[Judged]:
    """Every case of the chosen corpora with its candidates."""
    module = _TASKS[task]
    model = options.models[0]
    found: list[Judged] = []
    for corpus in options.chosen(module.CORPORA):
        cases: list[Case] = module.draw_cases(options, corpus)
        if not cases:
            continue
        root = module.searched(options, corpus)
        with opened(root, options.work / task / f"{corpus}-{model.name}", model=model) as project:
            for number, case in enumerate(cases, 1):
                ranked = project.retriever.retrieve(case.query, limit=_ALL).ranked
                ranked = [one for one in ranked if one.item.kind in KINDS]
                answers = [_answer(one.item, task) for one in ranked]
                groups = {answer: at for at, answer in enumerate(dict.fromkeys(answers))}
                found.append(
                    Judged(
                        corpus=f"{task} {corpus}",
                        factors=np.array(
                            [[one.factors[name] for name in factors] for one in ranked]
                        ).reshape(len(ranked), len(factors)),
                        right=np.array([answer in case.expected for answer in answers], bool),
                        groups=np.array([groups[answer] for answer in answers], np.int64),
                    )
                )
                if number % 50 == 0:
                    say(f"  {number} of {len(cases)}")
    return found


def _answer(item: GraphItem, task: str) -> str:
    return item.file if task == questions.TASK else item.id.hex()
