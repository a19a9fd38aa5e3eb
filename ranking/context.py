"""What a model is shown for a task: ranked items, at most ``budget`` tokens of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..graph.model import GraphItem, NodeId
from .choose import Choice, Chooser, dropped
from .duplicates import drop_duplicates
from .explain import explain
from .forms import Forms
from .imports import import_paths
from .model import ContextItem, Place
from .preamble import use_declarations
from .render import Page, Shown, render, visible
from .retriever import Retrieval, Retriever
from .snapshot import Snapshot
from .target import target_forms
from .workspace import whole_workspace

__all__ = ["Context", "ContextItem", "Place", "build_context"]

Mode: TypeAlias = Literal["ranked", "workspace"]

_TRIES: Final = 5
"""Times the whole text is counted while looking for the fullest one that fits."""
_FULL_ENOUGH: Final = 0.97
"""Of the budget: what is left is less than another item takes."""
_OWN: Final[dict[str, float]] = {"target": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A context and why it is what it is.

    ``items`` are in order of importance, the target first; ``tokens`` is the count of ``text`` by
    the caller's counter and never above ``budget``.
    """

    items: tuple[ContextItem, ...]
    tokens: int
    budget: int
    text: str
    target: GraphItem | None
    mode: Mode
    """"workspace" where all of it fitted the budget and was put in."""
    seconds: Mapping[str, float]
    """Wall time by step."""

    def explain(self) -> str:
        """Every item with its level, tokens, score and factors, as a table."""
        return explain(self.items, tokens=self.tokens, budget=self.budget, seconds=self.seconds)


def build_context(
    retriever: Retriever,
    *,
    at: Place | None,
    task: str,
    budget: int,
    count_tokens: Callable[[str], int],
    include_target: bool = True,
) -> Context:
    """The context for a task at a place, or at none.

    ``include_target`` False leaves the target's own text out, for prompts that show it anyway.
    ``count_tokens`` is asked a handful of times, mostly about the whole text; its answer for the
    text that is returned is never above ``budget``. A budget that nothing fits in gives an empty
    text. Raises `UnknownPlace` and `GraphError`.
    """
    started = time.perf_counter()
    found = retriever.retrieve(task, at)
    retrieved = time.perf_counter()
    builder = _Builder(retriever, found, budget, count_tokens, include_target=include_target)
    draft = builder.workspace() or builder.ranked()
    seconds = {
        **found.seconds,
        "retrieve": retrieved - started,
        "compose": time.perf_counter() - retrieved,
    }
    return Context(
        items=tuple(builder.items(draft)),
        tokens=draft.tokens,
        budget=budget,
        text=draft.text,
        target=found.focus.target if found.focus is not None else None,
        mode=draft.mode,
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A text with what is in it."""

    shown: tuple[Shown, ...]
    text: str
    tokens: int
    mode: Mode = "ranked"


class _Builder:
    def __init__(
        self,
        retriever: Retriever,
        found: Retrieval,
        budget: int,
        count: Callable[[str], int],
        *,
        include_target: bool,
    ) -> None:
        self.include_target = include_target
        self.sources = Snapshot(retriever.sources)
        self.retriever = retriever
        self.found = found
        self.budget = budget
        self.count = count
        self.forms = Forms(self.sources, retriever.forms)
        self.ranks = {r.item.id: r for r in found.ranked}

    # -- all of it -------------------------------------------------------------------------------

    def workspace(self) -> _Draft | None:
        """The whole workspace and what the place touches beyond it, if that fits."""
        if not self.include_target:
            return None
        whole = whole_workspace(self.retriever, self.found, self.forms, self.sources, self.budget)
        if whole is None:
            return None
        shown, text = whole
        tokens = self.count(text)
        return _Draft(tuple(shown), text, tokens, "workspace") if tokens <= self.budget else None

    # -- the best of it --------------------------------------------------------------------------

    def ranked(self) -> _Draft:
        """The fullest text within the budget."""
        found = self.found
        focus = found.focus
        ranked = drop_duplicates(found.ranked, self.forms, keep=found.touched)
        # The store is asked while items are chosen; the paths are only written.
        imports = self.retriever.aside.submit(
            import_paths, self.retriever.store, self.sources, ranked, focus
        )
        file = focus.place.file if focus is not None else ""
        source = self.sources.read(file) if file else None
        preamble = use_declarations(source) if source and file.endswith(".rs") else ""
        targets: Iterable[Shown | None] = (
            target_forms(focus, self.forms, self.sources, self.budget, self.count)
            if self.include_target and focus is not None and focus.target is not None
            else [None]
        )
        for target in targets:
            chooser = Chooser(
                forms=self.forms,
                ranked=ranked,
                touched=found.touched,
                holders=self._holders(),
                target=target,
                preamble=preamble,
                at_place=focus is not None,
            )
            draft = self._fill(chooser, file, preamble, imports)
            if draft is not None:
                return draft
        return _Draft((), "", min(self.count(""), self.budget))

    def _holders(self) -> dict[bytes, GraphItem]:
        focus = self.found.focus
        holders = dict(self.found.holders)
        if focus is not None:
            holders.update((holder.id, holder) for holder in focus.holders)
        return holders

    def _fill(
        self, chooser: Chooser, file: str, preamble: str, imports: Future[dict[NodeId, str]]
    ) -> _Draft | None:
        """Choose by estimates, count the text, correct the estimates, and choose again."""
        holders = chooser.holders

        def draft(choice: Choice) -> _Draft:
            shown = visible(choice.shown)
            page = Page(
                file=file,
                preamble=preamble if choice.preamble else "",
                holders=holders,
                imports=imports.result(),
            )
            text = render(shown, page)
            return _Draft(tuple(shown), text, self.count(text))

        best: _Draft | None = None
        planned = self.budget
        choice = chooser.choose(planned)
        for _ in range(_TRIES):
            made = draft(choice)
            if made.tokens <= self.budget:
                if best is None or made.tokens > best.tokens:
                    best = made
                if choice.complete or made.tokens >= _FULL_ENOUGH * self.budget:
                    break
            if made.tokens <= 0 or choice.tokens <= 0:
                break
            # A little under, since pieces taken later may cost more than the average.
            wanted = int(self.budget * (choice.tokens / made.tokens) * 0.99)
            if wanted == planned:
                break
            planned = wanted
            choice = chooser.choose(planned)
        if best is not None:
            return best
        return self._shrunk(draft, choice, must=chooser.target is not None)

    def _shrunk(
        self, draft: Callable[[Choice], _Draft], choice: Choice, *, must: bool
    ) -> _Draft | None:
        """Drop the least important until the rest fits; None if not even the target does."""
        least = 1 if must else 0
        step = 1
        while len(choice.shown) > least or choice.preamble:
            fewer = min(step, len(choice.shown) - least)
            choice = dropped(choice, fewer)
            step *= 2
            made = draft(choice)
            if made.tokens <= self.budget:
                return made if made.shown else None
        return None

    # -- reporting -------------------------------------------------------------------------------

    def items(self, draft: _Draft) -> list[ContextItem]:
        """What the text shows, most important first, with shares of its tokens that add up."""
        weights = [max(1, one.form.tokens) for one in draft.shown]
        shares = _shares(weights, draft.tokens)
        target = self.found.focus.target if self.found.focus is not None else None
        order: list[tuple[tuple[bool, float], ContextItem]] = []
        for one, tokens in zip(draft.shown, shares, strict=True):
            own = target is not None and one.item.id == target.id
            rank = self.ranks.get(one.item.id)
            item = ContextItem(
                item=one.item,
                score=1.0 if own else rank.score if rank is not None else 0.0,
                factors=_OWN if own else rank.factors if rank is not None else {},
                level=one.form.level,
                tokens=tokens,
                text=one.form.text,
            )
            order.append(((not own, -item.score), item))
        order.sort(key=lambda pair: pair[0])
        return [item for _, item in order]


def _shares(weights: Sequence[int], total: int) -> list[int]:
    """``total`` divided in proportion to the weights, in whole numbers that add up to it."""
    whole = sum(weights)
    if not whole:
        return []
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_rest[:left]:
        shares[i] += 1
    return shares
