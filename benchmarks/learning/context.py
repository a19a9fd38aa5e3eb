"""``python -m benchmarks.learning.context``: the weights of contexts, learned.

Cases are the ``tune`` halves of *body* (``benchmarks.retrieval``): a function loses its body, and
what the body used has to be among what is likely to be needed. The product retrieves; its
candidates' factors are what is learned from. The table shows each corpus with weights that were
learned without it: the share of what is needed among the best candidates of 3,500 tokens.
``--write`` keeps the weights of all in ``ranking/data``; judge them with ``benchmarks.retrieval
body``, on the other halves.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.graph.errors import GraphError
from ferrograph.ranking import weights as w
from numpy.typing import NDArray

from ..corpora import FOLDER
from ..retrieval import body
from ..retrieval.errors import RetrievalError
from ..retrieval.options import WORK, Options
from ..retrieval.workplace import SHIPPED, encoder_of, say
from .holes import collect
from .odds import Held, Odds, held, learn

_BUDGET: Final = 3500
_UNSEEN: Final = frozenset(("touch", "lexical"))
"""Factors whose weights are not learned, since holes don't show what they are for: nothing is
mentioned in a body that isn't there, and the task has no words."""


def main() -> None:
    """Collect, learn, say, and write."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.learning.context",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--corpora", type=Path, default=FOLDER, metavar="DIR", help="where the corpora stand")
    add("--work", type=Path, default=WORK, metavar="DIR", help="where graphs are kept")
    add("--only", action="append", metavar="NAME", help="this corpus; may be repeated")
    add("--count", type=int, default=50, help="functions of each corpus (50)")
    add("--write", action="store_true", help="keep the weights in ranking/data")
    add("--json", action="store_true", help="the figures as JSON")
    arguments = parser.parse_args()
    options = Options(
        corpora=arguments.corpora, work=arguments.work, splits=("tune",), count=arguments.count
    )
    try:
        found = _learned(options, arguments.only or list(body.CORPORA))
    except (RetrievalError, EmbeddingError, GraphError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the graphs and vectors made so far are kept for the next run.")
    if arguments.write:
        w.LEARNED_CONTEXT.parent.mkdir(exist_ok=True)
        w.LEARNED_CONTEXT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        say(f"written to {w.LEARNED_CONTEXT.name}")
    print(json.dumps(found, indent=2) if arguments.json else _table(found))


def _learned(options: Options, corpora: list[str]) -> dict[str, Any]:
    names = list(w.PLAIN_CONTEXT)
    plain = Odds(np.array([w.PLAIN_SLOPE * w.PLAIN_CONTEXT[name] for name in names]), w.PLAIN_BIAS)
    cases = [case for corpus in corpora for case in collect(options, corpus, names)]
    if not any(case.needed.any() for case in cases):
        raise RetrievalError("There is no case to learn from: name other corpora.")
    kept = np.array([name in _UNSEEN for name in names])
    odds = learn(cases, plain, kept)
    slope = float(odds.weights.sum())
    return {
        "version": w.CONTEXT_VERSION,
        "weights": _fractions(names, odds),
        "slope": round(slope, 4),
        "bias": round(odds.bias, 4),
        "made by": "python -m benchmarks.learning.context",
        "model": encoder_of(SHIPPED).name,
        "held": {corpus: _figures(corpus, cases, plain, odds, kept) for corpus in corpora},
    }


def _figures(
    corpus: str, cases: list[Held], plain: Odds, odds: Odds, kept: NDArray[np.bool_]
) -> dict[str, float]:
    inside = [case for case in cases if case.corpus == corpus]
    outside = [case for case in cases if case.corpus != corpus]
    found = {"cases": float(len(inside)), "plain": held(inside, plain, _BUDGET)}
    if outside:
        found["learned elsewhere"] = held(inside, learn(outside, plain, kept), _BUDGET)
    found["learned"] = held(inside, odds, _BUDGET)
    return {name: round(value, 4) for name, value in found.items()}


def _fractions(names: list[w.Factor], odds: Odds) -> dict[str, float]:
    """Weights that add up to 1, rounded."""
    shares = odds.weights / odds.weights.sum()
    rounded = {name: round(float(share), 4) for name, share in zip(names, shares, strict=True)}
    heaviest = max(rounded, key=lambda name: rounded[name])
    rounded[heaviest] = round(rounded[heaviest] + 1.0 - sum(rounded.values()), 4)
    return dict(rounded)


def _table(found: dict[str, Any]) -> str:
    lines = [f"{name:<14} {value:.4f}" for name, value in found["weights"].items()]
    lines.append(f"slope {found['slope']:g}, bias {found['bias']:g}\n")
    for corpus, figures in found["held"].items():
        said = "  ".join(f"{name} {value:g}" for name, value in figures.items())
        lines.append(f"{corpus:<14} {said}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
