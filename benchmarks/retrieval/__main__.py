"""``python -m benchmarks.retrieval [TASK …]``: is the right code found, and beside what?

Tasks: *docs* (the first sentence of an item's documentation → the item), *body* (a function
without its body → what its body uses, within a budget of tokens), *commits* (a commit's message →
the files and functions it changed, at its parent), *questions* (headings and sentences of module
docs, READMEs and guides → their file), *vectors* (the model's speed, the index's recall), *latency*
(a query → its context, as the graph grows), *opening* (the example, until the first answer). In the
same run and over the same cases: BM25 alone, vectors alone, both fused, and the whole.
``show-one CASE`` says what every system answered to one case, and why. Ctrl-C ends a run; what
stands is used again by the next one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ferrograph.embedding.errors import EmbeddingError
from ferrograph.graph.errors import GraphError

from ..corpora import FOLDER
from ..index.__main__ import machine
from . import body, commits, docs, latency, opening, questions, vectors
from .cases import SPLITS
from .errors import RetrievalError
from .evaluation import Evaluation
from .figures import Figures
from .options import WORK, Options
from .report import as_json, table
from .results import write
from .show import show_one
from .workplace import SHIPPED, Model, encoder_of, say

TASKS: dict[str, Callable[[Options], Evaluation | Figures]] = {
    docs.TASK: docs.evaluate,
    body.TASK: body.evaluate,
    commits.TASK: commits.evaluate,
    questions.TASK: questions.evaluate,
    vectors.TASK: vectors.evaluate,
    latency.TASK: latency.evaluate,
    opening.TASK: opening.evaluate,
}

_SHOW_ONE = "show-one"


def main() -> None:
    """Run what is asked for."""
    parser = _parser()
    arguments = parser.parse_args()
    _check(parser, arguments.task)
    options = _options(arguments)
    try:
        if arguments.task[:1] == [_SHOW_ONE]:
            for case in arguments.task[1:]:
                print(show_one(case, options))
        else:
            _run(arguments, options)
    except (RetrievalError, EmbeddingError, GraphError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the graphs and vectors made so far are kept for the next run.")


def _run(arguments: argparse.Namespace, options: Options) -> None:
    about = _about(options)
    evaluations: list[dict[str, Any]] = []
    if not arguments.json:
        print("{date}, {machine}, {cores} cores, Python {python}".format(**machine()))
        for name, identity in about["models"].items():
            print(f"model {name}: {identity}")
    for task in arguments.task or TASKS:
        if task == commits.TASK and not arguments.task and options.repositories is None:
            say("commits: left out, since no --repositories were given")
            continue
        found = TASKS[task](options)
        evaluations.append(as_json(found) if isinstance(found, Evaluation) else found.as_json())
        if arguments.save:
            write(found, about)
        if not arguments.json:
            text = table(found) if isinstance(found, Evaluation) else found.table()
            print(f"\n{text}", flush=True)
    if arguments.json:
        print(json.dumps({**about, "tasks": evaluations}, indent=2))


def _about(options: Options) -> dict[str, Any]:
    return {
        "date": machine()["date"],
        "models": {model.name: encoder_of(model).name for model in options.models},
        "splits": list(options.splits),
        "quick": options.quick,
    }


def _options(arguments: argparse.Namespace) -> Options:
    models = tuple(arguments.model or (SHIPPED,))
    if len({model.name for model in models}) < len(models):
        sys.exit("Two models have the same name: say --model NAME=DIR for each.")
    return Options(
        corpora=arguments.corpora,
        work=arguments.work,
        models=models,
        splits=SPLITS if arguments.split == "all" else (arguments.split,),
        quick=arguments.quick,
        only=tuple(arguments.only or ()),
        repositories=arguments.repositories,
        count=arguments.count,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks.retrieval",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("task", nargs="*", metavar="TASK", help="all, where none is named")
    add("--quick", action="store_true", help="the first cases of each task only")
    add("--split", choices=(*SPLITS, "all"), default="test",
        help="learn on tune, judge on test (test)")  # fmt: skip
    add("--model", action="append", type=_model, metavar="[NAME=]DIR",
        help="an embedding model's folder, or the word shipped; may be repeated, and the first is "
        "the one that claims are about")  # fmt: skip
    add(
        "--only", action="append", metavar="NAME", help="this corpus or repository; may be repeated"
    )
    add("--count", type=_count, help="cases of each corpus and half")
    add("--repositories", type=Path, metavar="DIR",
        help="where the git repositories for commits stand")  # fmt: skip
    add("--corpora", type=Path, default=FOLDER, metavar="DIR", help="where the corpora stand")
    add("--work", type=Path, default=WORK, metavar="DIR", help="where copies and graphs are kept")
    add("--save", action="store_true", help="write the results of each case")
    add("--json", action="store_true", help="the figures as JSON")
    return parser


def _check(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    if words[:1] == [_SHOW_ONE]:
        if len(words) == 1:
            parser.error("show-one needs a case, as the results name it")
        return
    for word in words:
        if word not in TASKS:
            parser.error(f"no task is called {word}: choose from {', '.join(TASKS)}, {_SHOW_ONE}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 1 up, not {text!r}")
    return int(text)


def _model(text: str) -> Model:
    name, found, folder = text.rpartition("=")
    if text == SHIPPED.name:
        return SHIPPED
    place = Path(folder)
    if not place.is_dir():
        raise argparse.ArgumentTypeError(f"{folder} is no folder")
    return Model(name if found else place.resolve().name, place)


if __name__ == "__main__":
    main()
