"""``python -m benchmarks.learning.files``: the weights of ``ferrograph search --files``, learned.

Cases are the ``tune`` halves of *questions* (what a text is about) and *commits* (what a task
changes); each has weights of its own. The product's candidates with their factors are kept in
``--work``, a file for each corpus, and learned from as often as wanted; ``--anew`` collects them
again. The table shows each corpus with weights that were learned without it. ``--write`` keeps the
weights of all in ``ranking/data``; judge them with ``benchmarks.retrieval``, on the other halves.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.graph.errors import GraphError
from ferrograph.ranking import weights as w
from ferrograph.ranking.files import RankedFile
from numpy.typing import NDArray

from ..corpora import FOLDER
from ..retrieval import commits, questions
from ..retrieval.errors import RetrievalError
from ..retrieval.metrics import last_rank, ndcg
from ..retrieval.options import WORK, Options
from ..retrieval.workplace import encoder_of, say
from .fit import Judged, learn

PROFILES: Final[dict[str, str]] = {"about": questions.TASK, "change": commits.TASK}
"""Which task each profile of weights is learned from."""
_ALL: Final = 1000
_NAMES: Final = list(w.PLAIN_FILES)


@dataclass(frozen=True, slots=True)
class Known:
    """A case: its candidates' paths and factors, and which files are right."""

    corpus: str
    paths: Sequence[str]
    factors: NDArray[np.float64]
    expected: Sequence[str]


def main() -> None:
    """Collect, learn, say, and write."""
    arguments = _arguments()
    options = Options(
        corpora=arguments.corpora, work=arguments.work, splits=("tune",),
        only=tuple(arguments.only or ()), count=arguments.count,
        repositories=arguments.repositories,
    )  # fmt: skip
    found: dict[str, Any] = {
        "version": w.LEARNED_VERSION,
        "made by": "python -m benchmarks.learning.files",
        "model": encoder_of(options.models[0]).name,
    }
    try:
        for profile, task in PROFILES.items():
            known = list(_known(options, task, anew=arguments.anew))
            if not known:
                raise RetrievalError(f"There is no case of {task} to learn from.")
            found[profile], found[f"{task}: {_figure(task)[0]}"] = _learned(known, task)
    except (RetrievalError, EmbeddingError, GraphError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the corpora that were collected whole are kept for the next run.")
    text = json.dumps(found, indent=2)
    if arguments.write:
        w.LEARNED_FILES.parent.mkdir(exist_ok=True)
        w.LEARNED_FILES.write_text(f"{text}\n", encoding="utf-8")
        say(f"written to {w.LEARNED_FILES.name}")
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks.learning.files",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--corpora", type=Path, default=FOLDER, metavar="DIR", help="where the corpora stand")
    add("--work", type=Path, default=WORK, metavar="DIR", help="where copies and graphs are kept")
    add("--repositories", type=Path, metavar="DIR", help="where the git repositories stand")
    add("--only", action="append", metavar="NAME", help="this corpus; may be repeated")
    add("--count", type=int, help="cases of each corpus, where not all that the task draws")
    add("--anew", action="store_true", help="collect again what was collected before")
    add("--write", action="store_true", help="keep the weights in ranking/data")
    return parser.parse_args()


# -- collecting -----------------------------------------------------------------------------------


def _known(options: Options, task: str, *, anew: bool) -> Iterator[Known]:
    asked: Callable[[Options, str], Iterable[tuple[Sequence[str], Sequence[RankedFile]]]]
    if task == questions.TASK:
        names, asked = options.chosen(questions.CORPORA), _questions
    else:
        names, asked = options.chosen([s.name for s in commits.REPOSITORIES]), _commits
    for name in names:
        kept = options.work / "learning" / f"{task}-{name}.jsonl"
        if anew or not kept.is_file():
            lines = [_line(expected, ranked) for expected, ranked in asked(options, name)]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        for line in kept.read_text(encoding="utf-8").splitlines():
            yield _read(name, json.loads(line))


def _questions(
    options: Options, corpus: str
) -> Iterator[tuple[Sequence[str], Sequence[RankedFile]]]:
    with questions.asked_of(options, corpus, options.models[0]) as (cases, project):
        for case in cases:
            yield sorted(case.expected), project.file_ranker.rank(case.query, _ALL)


def _commits(options: Options, name: str) -> Iterator[tuple[Sequence[str], Sequence[RankedFile]]]:
    for step, ranker in commits.visited(options, name, options.models[0]):
        yield step.task.files, ranker.rank(commits.query_of(step.commit), _ALL, task=True)


def _line(expected: Sequence[str], ranked: Sequence[RankedFile]) -> str:
    files = {one.path: dict(one.factors) for one in ranked}
    return json.dumps({"expected": list(expected), "files": files})


def _read(corpus: str, kept: Mapping[str, Any]) -> Known:
    files: dict[str, dict[str, float]] = kept["files"]
    paths = [path for path in files if path.endswith(".rs")]
    rows = [[files[path].get(name, 0.0) for name in _NAMES] for path in paths]
    return Known(corpus, paths, np.array(rows).reshape(len(paths), len(_NAMES)), kept["expected"])


# -- learning -------------------------------------------------------------------------------------


def _learned(known: Sequence[Known], task: str) -> tuple[dict[str, float], dict[str, Any]]:
    plain = np.array([w.PLAIN_FILES[name] for name in _NAMES])
    weights = _weights(known, plain)
    figures: dict[str, Any] = {}
    for corpus in dict.fromkeys(one.corpus for one in known):
        inside = [one for one in known if one.corpus == corpus]
        outside = [one for one in known if one.corpus != corpus]
        of: dict[str, float] = {"cases": len(inside), "plain": _mean(inside, plain, task)}
        if outside:
            of["learned elsewhere"] = _mean(inside, _weights(outside, plain), task)
        of["learned"] = _mean(inside, weights, task)
        figures[corpus] = {name: round(value, 4) for name, value in of.items()}
    rounded = {name: round(float(v), 4) for name, v in zip(_NAMES, weights, strict=True)}
    heaviest = max(rounded, key=lambda name: rounded[name])
    rounded[heaviest] = round(rounded[heaviest] + 1.0 - sum(rounded.values()), 4)
    return {str(name): value for name, value in rounded.items()}, figures


def _weights(known: Sequence[Known], plain: NDArray[np.float64]) -> NDArray[np.float64]:
    return learn([judged for one in known for judged in _judged(one)], plain)


def _judged(known: Known) -> Iterator[Judged]:
    """A case for each right file, without the others: all of them are wanted, not the easiest."""
    right = np.array([path in known.expected for path in known.paths], bool)
    for at in np.flatnonzero(right):
        kept = ~right
        kept[at] = True
        yield Judged(
            corpus=known.corpus,
            factors=known.factors[kept],
            right=right[kept],
            groups=np.arange(int(kept.sum())),
        )


def _figure(task: str) -> tuple[str, Callable[[Sequence[str], Sequence[str]], float]]:
    if task == questions.TASK:
        return "NDCG@10", lambda ranked, expected: ndcg(ranked, expected, 10)
    return "Acc@5 all", lambda ranked, expected: float(0 < last_rank(ranked, expected) <= 5)


def _mean(known: Sequence[Known], weights: NDArray[np.float64], task: str) -> float:
    worth = _figure(task)[1]
    total = 0.0
    for one in known:
        order = np.argsort(-(one.factors @ weights), kind="stable")
        total += worth([one.paths[int(at)] for at in order], one.expected)
    return total / len(known)


if __name__ == "__main__":
    main()
