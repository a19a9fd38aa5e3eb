"""*Task to files and functions*: a commit's message has to find what the commit changed.

Each commit is asked at its parent: the repository is laid out as it was before the change, and the
graph follows from one parent to the next as it follows edits. Parents are visited in the order of
history, so that little differs from one to the next. The cases (``commits.json``, chosen by
`mining`) are commits of repositories that the user has on the disk. Only Rust files are answers;
functions are those that hold a changed line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ferrograph.graph.model import GraphItem
from ferrograph.server.project import Project

from .answers import answers
from .cases import Case, draw, one
from .errors import RetrievalError
from .evaluation import Claim, Evaluation
from .history import Checkout, Commit, Repository
from .metrics import first_rank, recall, reciprocal, within
from .mining import REPOSITORIES, TASK, Source, Task, functions_at, query_of, read
from .options import Options
from .report import brief
from .systems import KINDS, FileWords, Vectors, Words, files_of, fused, named, whole
from .workplace import Model, all_items, embed, encoder_of, opened, say

COUNT: Final = 70
QUICK: Final = 20
METRICS: Final = ("Acc@1", "Acc@5", "MRR@100", "fn R@20", "fn R@50")
_DEPTH: Final = 300
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
        say(brief(found, name, "Acc@5"))
    first = options.models[0]
    found.claims = [
        Claim(named("whole", first, options.models), ("bm25", "bm25 files"), "Acc@5", "points", 12)
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


def _walk(
    found: Evaluation,
    options: Options,
    repository: Repository,
    source: Source,
    steps: Sequence[Step],
    model: Model,
) -> None:
    base = options.work / TASK
    checkout = Checkout(repository, base / source.name, source.holds)
    checkout.go(steps[0].commit.parent)
    graph = base / f"{source.name}-{model.name}"
    with opened(checkout.folder, graph, model=model) as project:
        for number, step in enumerate(steps, 1):
            if checkout.go(step.commit.parent):
                project.reload()
            project.index()
            embed(project, quiet=True)
            _ask(found, Parent(project, model), repository, step, model, options.models)
            if number % 10 == 0 or number == len(steps):
                say(f"  {number} of {len(steps)}")
        items = len(all_items(project.store))
    note = f"{source.name}: {len(steps)} commits, {items:,} items at the last"
    if note not in found.notes:
        found.notes.append(note)


def _ask(
    found: Evaluation,
    parent: Parent,
    repository: Repository,
    step: Step,
    model: Model,
    models: Sequence[Model],
) -> None:
    functions = parent.changed(repository, step)
    query = query_of(step.commit)
    for system, (items, files) in parent.rank(query).items():
        label = system if system.startswith("bm25") else named(system, model, models)
        ids = [item.id.hex() for item in items if item.kind in ("function", "method")]
        values = figures(files, step.task.files)
        if items:  # whole files are no functions
            values.update({f"fn R@{depth}": recall(ids, functions, depth) for depth in (20, 50)})
        found.add(label, step.id, step.task.repository, values)


def figures(files: Sequence[str], expected: Sequence[str]) -> dict[str, float]:
    """A case's figures from a ranking of files."""
    rank = first_rank(files, expected)
    return {
        "rank": rank,
        "Acc@1": within(rank, 1),
        "Acc@5": within(rank, 5),
        "MRR@100": reciprocal(rank, 100),
    }


class Parent:
    """All systems over a repository as it was before a commit."""

    def __init__(self, project: Project, model: Model) -> None:
        self.project = project
        self.items: Mapping[bytes, GraphItem] = {
            item.id: item for item in all_items(project.store) if item.file.endswith(".rs")
        }
        definitions = [item for item in self.items.values() if item.kind in KINDS]
        files = [name for name in project.store.files() if name.endswith(".rs")]
        self._words = Words(project, definitions)
        self._files = FileWords(project, files)
        self._vectors = Vectors(project, encoder_of(model).encode_query, self.items)

    def rank(self, query: str) -> dict[str, tuple[list[GraphItem], list[str]]]:
        """Each system's items and files."""
        words = self._words.rank(query, _DEPTH)
        near = self._vectors.rank(query, _DEPTH)
        both = fused(words, near, count=_DEPTH)
        product = whole(self.project, query, self.items, count=_DEPTH)
        return {
            "bm25": (words, files_of(words)),
            "bm25 files": ([], self._files.rank(query, _DEPTH)),
            "vectors": (near, files_of(near)),
            "fused": (both, files_of(both)),
            "whole": (product, files_of(product)),
        }

    def changed(self, repository: Repository, step: Step) -> set[str]:
        """The ids of the functions that the commit changes."""
        places = {
            (file, start)
            for file, lines in repository.changes(step.commit).items()
            if file in step.task.files
            for start in functions_at(repository.file(step.commit.parent, file), lines)
        }
        found = {i.id.hex() for i in self.items.values() if (i.file, i.name_start) in places}
        # What a macro's arguments define has no place of its own: the case then has none to find.
        return found or {"none"}


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
        parent = Parent(project, model)
        functions = parent.changed(repository, step)
        asked = Case(
            id=case, corpus=name, query=query_of(step.commit), expected=frozenset(functions)
        )
        ranked = parent.rank(asked.query)
        lines = ["files: " + ", ".join(step.task.files)]
        for system, (_, files) in ranked.items():
            lines.append(f"{system}: first at {first_rank(files, step.task.files) or 'none'}")
            lines.extend(
                f" {'*' if file in step.task.files else ' '}{at:>3} {file}"
                for at, file in enumerate(files[:10], 1)
            )
        items = {system: items for system, (items, _) in ranked.items() if items}
        return "\n".join([answers(project, asked, items), *lines])
