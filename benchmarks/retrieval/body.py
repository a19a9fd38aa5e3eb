"""*What the body needs*: a function without its body has to bring up what its body would use.

One function at a time loses its body (`blanking`), as unsaved text over its file that the product
indexes and embeds anew: so neither its text nor the edges out of it nor its vector are left, nor
bodies of tests that call it, nor imports that nothing else names. The product is asked as an
editor asks it at ``todo!()``; the baselines are asked with the declaration and the documentation.
What counts is the share of the items that the real body uses that stand in the context with at
least their declaration. All contexts are counted by the product's own estimate of tokens, which
errs high.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ferrograph.graph.model import GraphItem, NodeId
from ferrograph.ranking.context import Context
from ferrograph.ranking.model import Place
from ferrograph.ranking.shape import CODE_KINDS
from ferrograph.ranking.tokens import estimate_tokens
from ferrograph.server.assist import gather
from ferrograph.server.project import Project

from .blanking import blanked
from .cases import draw, one, split_of
from .evaluation import Claim, Evaluation
from .needs import TASK, Hole, body_spans, mine
from .options import Options
from .packing import packed
from .report import brief
from .systems import KINDS, Vectors, Words, fused, named
from .workplace import Model, all_items, encoder_of, opened, say

CORPORA: Final = ("bevy_game", "ripgrep", "axum")
_QUICK_CORPORA: Final = ("bevy_game", "ripgrep")
COUNT: Final = 70
QUICK: Final = 20
BUDGETS: Final = (1000, 2000, 4000, 8000)
METRICS: Final = (*(f"@{budget // 1000}k" for budget in BUDGETS), "new@4k")
INSTRUCTION: Final = "Write what todo!() stands for."
"""What an editor's request says at a hole that no comment explains (`server.assist`)."""
_DEPTH: Final = 600
_SHOWING: Final = frozenset(("signature", "folded", "full"))


def evaluate(options: Options) -> Evaluation:
    """Ask every system all cases."""
    found = Evaluation(TASK, METRICS)
    for corpus in options.chosen(_QUICK_CORPORA if options.quick else CORPORA):
        root = options.corpus(corpus)
        for model in options.models:
            with opened(root, _graph(options, corpus, model), model=model, dependencies=True) as at:
                _ask(found, at, corpus, model, options)
        say(brief(found, corpus, "@4k"))
    first = options.models[0]
    whole = named("whole", first, options.models)
    single = ("bm25", named("vectors", first, options.models))
    found.claims = [
        Claim(whole, (), "@4k", "value", 0.65),
        Claim(whole, single, "@4k", "points", 15),
        Claim(whole, (*single, "file"), "@4k", "points", 15),
    ]
    return found


def _graph(options: Options, corpus: str, model: Model) -> Path:
    return options.work / TASK / f"{corpus}-{model.name}"


def _ask(found: Evaluation, project: Project, corpus: str, model: Model, options: Options) -> None:
    baselines = Baselines(project, model)
    holes = mine(corpus, project, baselines.all)
    count = options.count or (QUICK if options.quick else COUNT)
    chosen = draw(holes, count, options.splits)
    say(f"{TASK}: {corpus}: {len(chosen)} of {len(holes):,} functions")
    note = f"{corpus}: {len(chosen)} functions, {len(baselines.candidates):,} candidates"
    if note not in found.notes:
        found.notes.append(note)
    with Emptied(project) as emptied:
        for number, hole in enumerate(chosen, 1):
            place = emptied.take(hole)
            for system, ranked in baselines.rank(hole).items():
                label = (
                    system if system in ("bm25", "file") else named(system, model, options.models)
                )
                held = {
                    budget: {i.id for i in packed(ranked, budget, estimate_tokens)}
                    for budget in BUDGETS
                }
                found.add(label, hole.id, corpus, figures(hole, held))
            held = {budget: shown_in(answer(project, place, budget), emptied.items_in)
                    for budget in BUDGETS}  # fmt: skip
            found.add(named("whole", model, options.models), hole.id, corpus, figures(hole, held))
            if number % 10 == 0:
                say(f"  {number} of {len(chosen)}")


def show(case: str, options: Options) -> str:
    """See `show.show_one`."""
    corpus = case.split("/")[1]
    model = options.models[0]
    graph = _graph(options, corpus, model)
    with opened(options.corpus(corpus), graph, model=model, dependencies=True) as project:
        baselines = Baselines(project, model)
        hole = one(mine(corpus, project, baselines.all), case)
        with Emptied(project) as emptied:
            place = emptied.take(hole)
            ranked = baselines.rank(hole)
            lines = [f"{case} ({split_of(case)})", f"closed as well: {len(hole.closed)}"]
            contexts = {budget: answer(project, place, budget) for budget in BUDGETS}
            held = {b: shown_in(c, emptied.items_in) for b, c in contexts.items()}
            lines.append("needed, and the least budget that holds it by system:")
            for item in project.store.items(sorted(hole.needed)):
                least = {"whole": next((b for b in BUDGETS if item.id in held[b]), 0)}
                for system, order in ranked.items():
                    least[system] = next(
                        (b for b in BUDGETS
                         if item.id in {i.id for i in packed(order, b, estimate_tokens)}), 0,
                    )  # fmt: skip
                where = "  ".join(f"{name} {b or '-'}" for name, b in least.items())
                new = "" if item.id in hole.new else " (declared)"
                lines.append(f"  {item.kind} {item.qualified_path}{new}: {where}")
            lines.append(contexts[4000].explain())
            return "\n".join(lines)


def figures(hole: Hole, held: Mapping[int, set[NodeId]]) -> dict[str, float]:
    """The shares that contexts of each budget hold."""
    found = {
        f"@{budget // 1000}k": len(ids & hole.needed) / len(hole.needed)
        for budget, ids in held.items()
    }
    found["new@4k"] = len(held[4000] & hole.new) / len(hole.new)
    return found


def answer(project: Project, place: Place, budget: int) -> Context:
    """What the product would show a model at a hole."""
    return gather(project, at=place, task=INSTRUCTION, budget=budget, count_tokens=estimate_tokens)


def shown_in(context: Context, items_in: Callable[[str], Sequence[GraphItem]]) -> set[NodeId]:
    """What a context shows at least the declaration of: its items, and what stands in those that
    it shows with their inside. ``items_in`` gives the items of a file."""
    held: set[NodeId] = set()
    for shown in context.items:
        item = shown.item
        if shown.level not in _SHOWING:
            continue
        held.add(item.id)
        if shown.level != "signature" and item.kind not in CODE_KINDS:
            inside = items_in(item.file)
            held.update(i.id for i in inside if item.start <= i.start and i.end <= item.end)
    return held


class Emptied:
    """Holds one function's body, and those that would tell of it, away from a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._covered: set[str] = set()
        self._items: dict[str, list[GraphItem]] = {}

    def __enter__(self) -> Emptied:
        return self

    def __exit__(self, *_: object) -> None:
        self._put({})

    def take(self, hole: Hole) -> Place:
        """Take a function's body away, give the one before back, and index; the hole's place."""
        store = self.project.store
        self._put({})
        gone = store.items([hole.target, *sorted(hole.closed)])
        spans = body_spans(self.project, {item.file for item in gone})
        cuts: dict[str, set[tuple[int, int]]] = {}
        for item in gone:
            span = spans.get((item.file, item.name_start))
            if span is not None:
                cuts.setdefault(item.file, set()).add(span)
        self._put(
            {
                file: blanked(self.project.sources.read(file) or b"", _outermost(of))
                for file, of in cuts.items()
            }
        )
        self.project.index_words()
        while self.project.embed():
            pass
        target = store.item(hole.target)
        assert target is not None, hole.id
        inside = target.end - 2
        return Place(target.file, inside, inside)

    def items_in(self, file: str) -> list[GraphItem]:
        """The items of a file as it stands now."""
        if file not in self._items:
            self._items[file] = self.project.store.items_in_file(file)
        return self._items[file]

    def _put(self, texts: Mapping[str, bytes]) -> None:
        changed = self._covered | texts.keys()
        for name in changed:
            self.project.set_overlay(self.project.root / name, texts.get(name))
        if changed:
            self.project.update(sorted(changed))
        self._covered = set(texts)
        for name in changed:
            self._items.pop(name, None)


def _outermost(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


class Baselines:
    """Words, vectors, both, and the nearest items of the same file."""

    def __init__(self, project: Project, model: Model) -> None:
        self.project = project
        self.all = all_items(project.store, dependencies=True)
        parents = {item.id: item for item in self.all if item.kind in ("impl", "trait")}
        self.candidates = {
            item.id: item
            for item in self.all
            if item.kind in KINDS and (not item.is_dependency or _is_public(item, parents))
        }
        self.by_file: dict[str, list[GraphItem]] = {}
        for item in self.all:
            self.by_file.setdefault(item.file, []).append(item)
        self.known = {item.id: item for item in self.all}
        self._words = Words(project, list(self.candidates.values()))
        self._vectors = Vectors(project, encoder_of(model).encode_query, self.candidates)

    def rank(self, hole: Hole) -> dict[str, list[GraphItem]]:
        """Each baseline's order; none of them knows what the hole hides."""
        target = self.known[hole.target]
        query = f"{target.name}\n{target.signature}\n{target.doc}"
        hidden = {hole.target, *hole.closed}
        words, near = (
            [item for item in ranked if item.id not in hidden]
            for ranked in (self._words.rank(query, _DEPTH), self._vectors.rank(query, _DEPTH))
        )
        return {
            "bm25": words,
            "vectors": near,
            "fused": fused(words, near, count=_DEPTH),
            "file": [i for i in self._beside(target) if i.id not in hidden],
        }

    def _beside(self, target: GraphItem) -> list[GraphItem]:
        """The items of the file, the nearest first, then those of the files in its folder."""
        own = [i for i in self.by_file[target.file] if i.kind in KINDS]
        own.sort(key=lambda i: abs(i.start - target.start))
        folder = target.file.rpartition("/")[0]
        others = sorted(f for f in self.by_file if f.rpartition("/")[0] == folder)
        rest = [i for f in others if f != target.file for i in self.by_file[f] if i.kind in KINDS]
        return [*own, *rest][:_DEPTH]


def _is_public(item: GraphItem, parents: Mapping[NodeId, GraphItem]) -> bool:
    parent = parents.get(item.parent or b"")
    if parent is None:
        return item.visibility == "pub"
    return item.visibility == "pub" or parent.kind == "trait" or " for " in parent.name
