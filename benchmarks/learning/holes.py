"""What a context's candidates are like at functions whose bodies were taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from ferrograph.ranking.weights import Factor

from ..retrieval import body
from ..retrieval.cases import draw
from ..retrieval.needs import mine
from ..retrieval.options import Options
from ..retrieval.systems import KINDS
from ..retrieval.workplace import all_items, opened, say
from .odds import Held

_ALL: Final = 1000


def collect(options: Options, corpus: str, factors: Sequence[Factor]) -> list[Held]:
    """The candidates at each hole of a corpus, and which of them its body needs."""
    model = options.models[0]
    graph = options.work / body.TASK / f"{corpus}-{model.name}"
    found: list[Held] = []
    with opened(options.corpus(corpus), graph, model=model, dependencies=True) as project:
        holes = mine(corpus, project, all_items(project.store, dependencies=True))
        chosen = draw(holes, options.count or body.COUNT, options.splits)
        say(f"{corpus}: {len(chosen)} of {len(holes):,} functions")
        with body.Emptied(project) as emptied:
            for number, hole in enumerate(chosen, 1):
                place = emptied.take(hole)
                ranked = project.retriever.retrieve(body.INSTRUCTION, place, limit=_ALL).ranked
                ranked = [one for one in ranked if one.item.kind in KINDS]
                values = [[one.factors[name] for name in factors] for one in ranked]
                found.append(
                    Held(
                        corpus=corpus,
                        factors=np.array(values).reshape(len(ranked), len(factors)),
                        needed=np.array([one.item.id in hole.needed for one in ranked], bool),
                        missing=len(hole.needed - {one.item.id for one in ranked}),
                        tokens=np.array([len(one.item.signature) / 3 + 8 for one in ranked]),
                    )
                )
                if number % 10 == 0:
                    say(f"  {number} of {len(chosen)}")
    return found
