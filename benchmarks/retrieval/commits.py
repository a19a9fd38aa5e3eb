"""*Task to files and functions*: a commit's message has to find what the commit changed.

Each commit is asked at its parent: the repository is laid out as it was before the change, and the
graph follows from one parent to the next as it follows edits. Parents are visited in the order of
history, so that little differs from one to the next. The cases (``commits.json``, chosen by
`mining`) are commits of repositories that the user has on the disk. Only Rust files are answers;
functions are those that hold a changed line. The product may know the history up to the parent, and
nothing later.

*Acc@k all* counts a case as right where everything that the commit changed is among the first k
answers, as work on finding what an issue changes does; *any*, where one of it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ferrograph.graph.model import GraphItem
from ferrograph.ranking.files import FileRanker
from ferrograph.ranking.git import Repository as Git
from ferrograph.server.project import Project

from .answers import answers, file_lines, reasons
from .asking import WHOLE, Asked, label
from .cases import Case, draw, one
from .errors import RetrievalError
from .evaluation import Claim, Evaluation
from .history import Checkout, Commit, Repository
from .metrics import first_rank, last_rank, recall, reciprocal, within
from .mining import REPOSITORIES, TASK, Source, Task, functions_at, query_of, read
from .options import Options
from .report import brief
from .workplace import Model, embed, opened, say

COUNT: Final = 70
QUICK: Final = 20
METRICS: Final = (
    "Acc@1 any", "Acc@5 any", "Acc@5 all", "Acc@10 all", "MRR@100",
    "fn Acc@5 any", "fn Acc@5 all", "fn R@20", "fn R@50",
)  # fmt: skip
CLAIMED: Final = "Acc@5 all"
"""What is claimed: the reading of the literature. Both are printed."""
_QUICK_REPOSITORIES: Final = ("ripgrep",)
"""Whose parents are small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A case with its commit."""

    id: str
    task: Task
    commit: Commit


def evaluate(options: Options) -> Evaluation:
    """Ask every system all cases. Raises `RetrievalError` where a repository is missing."""
    found = Evaluation(TASK, METRICS)
    sources = {source.name: source for source in REPOSITORIES}
    for name in options.chosen(_QUICK_REPOSITORIES if options.quick else tuple(sources)):
        repository = repository_of(options, name)
        steps = drawn(options, repository, name)
        for model in options.models:
            _walk(found, options, repository, sources[name], steps, model)
        say(brief(found, name, CLAIMED))
    first = options.models[0]
    system = label(WHOLE, first, options.models)
    found.claims = [
        Claim(system, baselines, metric, "points", 12)
        for metric in (CLAIMED, "Acc@5 any")
        for baselines in (("bm25", "bm25 textbook"), ("bm25 files", "bm25 files textbook"))
    ]
    return found


def repository_of(options: Options, name: str) -> Repository:
    """A repository by its name."""
    if options.repositories is None:
        raise RetrievalError(
            "For the task commits, say where the repositories stand: --repositories DIR, with "
            f"{', '.join(source.name for source in REPOSITORIES)} as clones with their history."
        )
    folder = options.repositories / name
    if not folder.is_dir():
        raise RetrievalError(f"There is no repository {folder}: clone {name} there.")
    return Repository(folder)


def drawn(options: Options, repository: Repository, name: str) -> list[Step]:
    """The cases of this run in the order of history."""
    count = options.count or (QUICK if options.quick else COUNT)
    chosen = draw(read()[name], count, options.splits)
    say(f"{TASK}: {name}: {len(chosen)} commits")
    steps = {step.commit.hash: step for task in chosen if (step := _step(repository, task))}
    order = [commit.hash for commit in reversed(repository.log()) if commit.hash in steps]
    return [steps[hash] for hash in order]


def _step(repository: Repository, task: Task) -> Step:
    return Step(id=task.id, task=task, commit=repository.commit(task.commit))


def visited(options: Options, name: str, model: Model) -> Iterator[tuple[Step, FileRanker]]:
    """The cases of this run, each with who ranks files at its parent."""
    repository = repository_of(options, name)
    source = next(source for source in REPOSITORIES if source.name == name)
    past = Git(repository.folder)
    steps = drawn(options, repository, name)
    for step, project in _parents(options, repository, source, steps, model):
        yield step, FileRanker(project.retriever, past.until(step.commit.parent))


def _parents(
    options: Options,
    repository: Repository,
    source: Source,
    steps: Sequence[Step],
    model: Model,
) -> Iterator[tuple[Step, Project]]:
    """Each case with the project as it was before the commit."""
    base = options.work / TASK
    checkout = Checkout(repository, base / source.name, source.holds)
    checkout.go(steps[0].commit.parent)
    graph = base / f"{source.name}-{model.name}"
    with opened(checkout.folder, graph, model=model) as project:
        for number, step in enumerate(steps, 1):
            if checkout.go(step.commit.parent):
                project.reload()
            project.index()
            # A query alone would leave the index of words as it is while that rests.
            project.index_words()
            embed(project, quiet=True)
            yield step, project
            if number % 10 == 0 or number == len(steps):
                say(f"  {number} of {len(steps)}")


def _walk(
    found: Evaluation,
    options: Options,
    repository: Repository,
    source: Source,
    steps: Sequence[Step],
    model: Model,
) -> None:
    past = Git(repository.folder)
    items = 0
    for step, project in _parents(options, repository, source, steps, model):
        asked = Asked(project, model, past.until(step.commit.parent))
        _ask(found, asked, repository, step, model, options.models)
        items = len(asked.items)
    note = f"{source.name}: {len(steps)} commits, {items:,} items at the last"
    if note not in found.notes:
        found.notes.append(note)


def _ask(
    found: Evaluation,
    asked: Asked,
    repository: Repository,
    step: Step,
    model: Model,
    models: Sequence[Model],
) -> None:
    functions = changed(asked.items.values(), repository, step)
    for system, (items, files) in asked.rank(query_of(step.commit), task=True).items():
        values = figures(files, step.task.files)
        if items:  # whole files are no functions
            ids = [item.id.hex() for item in items if item.kind in ("function", "method")]
            values.update(function_figures(ids, functions))
        found.add(label(system, model, models), step.id, step.task.repository, values)


def figures(files: Sequence[str], expected: Sequence[str]) -> dict[str, float]:
    """A case's figures from a ranking of files."""
    rank, last = first_rank(files, expected), last_rank(files, expected)
    return {
        "rank": rank,
        "last rank": last,
        "Acc@1 any": within(rank, 1),
        "Acc@5 any": within(rank, 5),
        "Acc@5 all": within(last, 5),
        "Acc@10 all": within(last, 10),
        "MRR@100": reciprocal(rank, 100),
    }


def function_figures(ids: Sequence[str], expected: Collection[str]) -> dict[str, float]:
    """A case's figures from a ranking of functions; all 0 where nothing of it can be found."""
    rank, last = first_rank(ids, expected), last_rank(ids, expected)
    return {
        "fn rank": rank,
        "fn last rank": last,
        "fn Acc@5 any": within(rank, 5),
        "fn Acc@5 all": within(last, 5),
        **{f"fn R@{n}": recall(ids, expected, n) if expected else 0.0 for n in (20, 50)},
    }


def changed(items: Iterable[GraphItem], repository: Repository, step: Step) -> set[str]:
    """The ids of the functions that the commit changes."""
    places = {
        (file, start)
        for file, lines in repository.changes(step.commit).items()
        if file in step.task.files
        for start in functions_at(repository.file(step.commit.parent, file), lines)
    }
    # What a macro's arguments define has no place of its own: the case then has none to find.
    return {i.id.hex() for i in items if (i.file, i.name_start) in places}


def show(case: str, options: Options) -> str:
    """See `show.show_one`."""
    name = case.split("/")[1]
    repository = repository_of(options, name)
    source = next((s for s in REPOSITORIES if s.name == name), None)
    if source is None:
        raise RetrievalError(f"There is no repository {name} among the cases")
    step = _step(repository, one(read()[name], case))
    base = options.work / TASK
    checkout = Checkout(repository, base / name, source.holds)
    checkout.go(step.commit.parent)
    model = options.models[0]
    with opened(checkout.folder, base / f"{name}-{model.name}", model=model) as project:
        systems = Asked(project, model, Git(repository.folder).until(step.commit.parent))
        functions = changed(systems.items.values(), repository, step)
        asked = Case(
            id=case, corpus=name, query=query_of(step.commit), expected=frozenset(functions)
        )
        ranked = systems.rank(asked.query, task=True)
        lines = ["files: " + ", ".join(step.task.files)]
        for system, (_, files) in ranked.items():
            lines += file_lines(system, files, step.task.files)
        lines += reasons(systems.ranker.rank(asked.query, 10, task=True))
        items = {system: items for system, (items, _) in ranked.items() if items}
        return "\n".join([answers(project, asked, items), *lines])
