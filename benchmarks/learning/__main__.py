"""``python -m benchmarks.learning``: the weights of ``ferrograph search``, learned.

Cases are the ``tune`` halves of *docs* and *questions* (``benchmarks.retrieval``): the first
sentence of an item's documentation has to find the item in a copy without documentation, and what
documentation says of a file the file. The product answers; its candidates' factors are what is
learned from. The table shows each corpus with weights that were learned without it. ``--write``
keeps the weights of all in ``ranking/data``; judge them with ``benchmarks.retrieval``, on the other
halves.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.graph.errors import GraphError
from ferrograph.ranking import weights as w
from numpy.typing import NDArray

from ..corpora import FOLDER
from ..retrieval import docs, questions
from ..retrieval.errors import RetrievalError
from ..retrieval.options import WORK, Options
from ..retrieval.workplace import SHIPPED, Model, encoder_of, say
from .collect import collect
from .fit import Judged, learn, mean_reciprocal

_DEPTH = 10


def main() -> None:
    """Collect, learn, say, and write."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.learning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--corpora", type=Path, default=FOLDER, metavar="DIR", help="where the corpora stand")
    add("--work", type=Path, default=WORK, metavar="DIR", help="where copies and graphs are kept")
    add("--model", type=Path, metavar="DIR", help="an embedding model's folder (the shipped one)")
    add("--task", action="append", choices=(docs.TASK, questions.TASK),
        help="learn from this one alone; may be repeated")  # fmt: skip
    add("--only", action="append", metavar="NAME", help="this corpus; may be repeated")
    add("--count", type=int, default=150, help="cases of each corpus and task (150)")
    add("--write", action="store_true", help="keep the weights in ranking/data")
    add("--json", action="store_true", help="the figures as JSON")
    arguments = parser.parse_args()
    model = SHIPPED if arguments.model is None else Model("model", arguments.model)
    options = Options(
        corpora=arguments.corpora, work=arguments.work, models=(model,), splits=("tune",),
        only=tuple(arguments.only or ()), count=arguments.count,
    )  # fmt: skip
    try:
        found = _learned(options, arguments.task or (docs.TASK, questions.TASK))
    except (RetrievalError, EmbeddingError, GraphError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the graphs and vectors made so far are kept for the next run.")
    if arguments.write:
        w.LEARNED.parent.mkdir(exist_ok=True)
        w.LEARNED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        say(f"written to {w.LEARNED.name}")
    print(json.dumps(found, indent=2) if arguments.json else _table(found))


def _learned(options: Options, tasks: list[str]) -> dict[str, Any]:
    names = list(w.SEARCH)
    plain = np.array([w.PLAIN_SEARCH[name] for name in names])
    cases: list[Judged] = []
    for task in tasks:
        cases += collect(options, task, names)
    corpora = sorted({case.corpus for case in cases})
    if not corpora:
        raise RetrievalError("There is no case to learn from: name other corpora.")
    weights = learn(cases, plain)
    figures = {name: _figures(name, cases, plain, weights) for name in corpora}
    return {
        "version": w.LEARNED_VERSION,
        "search": _fractions(names, weights),
        "made by": "python -m benchmarks.learning",
        "model": encoder_of(options.models[0]).name,
        f"MRR@{_DEPTH}": figures,
    }


def _figures(
    corpus: str, cases: list[Judged], plain: NDArray[np.float64], weights: NDArray[np.float64]
) -> dict[str, float]:
    inside = [case for case in cases if case.corpus == corpus]
    outside = [case for case in cases if case.corpus != corpus]
    found = {"cases": float(len(inside)), "plain": mean_reciprocal(inside, plain, _DEPTH)}
    if outside:
        elsewhere = learn(outside, plain)
        found["learned elsewhere"] = mean_reciprocal(inside, elsewhere, _DEPTH)
    found["learned"] = mean_reciprocal(inside, weights, _DEPTH)
    return {name: round(value, 4) for name, value in found.items()}


def _fractions(names: list[w.Factor], weights: NDArray[np.float64]) -> dict[str, float]:
    """Rounded, and adding up to 1 all the same."""
    rounded = {name: round(float(value), 4) for name, value in zip(names, weights, strict=True)}
    heaviest = max(rounded, key=lambda name: rounded[name])
    rounded[heaviest] = round(rounded[heaviest] + 1.0 - sum(rounded.values()), 4)
    return dict(rounded)


def _table(found: dict[str, Any]) -> str:
    lines = [f"{name:<14} {value:.4f}" for name, value in found["search"].items()]
    lines.append(f"\nMRR@{_DEPTH}")
    for corpus, figures in found[f"MRR@{_DEPTH}"].items():
        said = "  ".join(f"{name} {value:g}" for name, value in figures.items())
        lines.append(f"{corpus:<24} {said}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
