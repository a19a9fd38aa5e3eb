"""Which items, at which level, within a number of (estimated) tokens."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..graph.model import GraphItem, NodeId
from . import weights as w
from .fold import ELLIPSIS
from .forms import Form, Forms
from .model import Ranked
from .render import SHOWS_INSIDE, Shown
from .shape import CONTAINERS, DATA_KINDS, short_path
from .tokens import estimate_tokens
from .touch import Manner, Touch

_LINE: Final = 6
"""Tokens of ``// line 123``, in a line of its own or behind a declaration. Above the first thing of
a file stands its name, and above every body of the workspace's own files."""
_SMALL_TYPE: Final = 150
"""Tokens. A type of this size is shown in full for its fields."""
_MOST_NAMES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to show, in the order it was taken: dropping from the end drops the least."""

    shown: tuple[Shown, ...]
    preamble: bool
    tokens: int
    """Estimated, headers included."""
    complete: bool
    """Whether nothing was left out for want of room."""


class Chooser:
    """Chooses again and again for different budgets; forms are made once.

    The order: what the place mentions, as signatures, its declaration's first; the file's imports;
    the fields of the types it mentions; then whatever brings most for its tokens, signatures of
    further items as well as bodies of those that are in; names with what is left. While a
    signature that the place mentions has found no room, no body of anything else gets any.
    """

    def __init__(
        self,
        *,
        forms: Forms,
        ranked: Sequence[Ranked],
        touched: Mapping[NodeId, Touch],
        holders: Mapping[NodeId, GraphItem],
        target: Shown | None,
        preamble: str,
        at_place: bool,
    ) -> None:
        self.forms = forms
        self.target = target
        self.holders = holders
        self.preamble_tokens = estimate_tokens(preamble) + 2 if preamble else 0
        self._tokens: dict[str, int] = {}
        self.worth = {r.item.id: w.worth(r.score, at_place=at_place) for r in ranked}
        self.touched = [r.item for r in ranked if r.item.id in touched]
        order: dict[Manner, int] = {
            "signature": 0, "selection": 0, "owner": 1, "body": 2, "result": 3,
        }  # fmt: skip
        self.touched.sort(key=lambda i: order[touched[i.id].manner])
        self.declared = frozenset(
            i.id for i in self.touched if touched[i.id].manner in ("signature", "selection")
        )
        self.others = [
            r.item for r in ranked if r.item.id not in touched and self.worth[r.item.id] > 0.0
        ]

    def choose(self, budget: int) -> Choice:
        """The choice for this many estimated tokens."""
        return _Round(self, budget).choice()

    def tokens(self, text: str) -> int:
        """The estimate for a header, which many items ask for."""
        known = self._tokens.get(text)
        if known is None:
            known = self._tokens[text] = estimate_tokens(text)
        return known


class _Round:
    """One choice under way."""

    def __init__(self, chooser: Chooser, budget: int) -> None:
        self.of = chooser
        self.left = budget
        self.budget = budget
        self.taken: dict[NodeId, Shown] = {}
        self.files: set[str] = set()
        self.inside: set[NodeId] = set()
        """Impl blocks and traits that are opened for a member."""
        self.opened: dict[str, dict[NodeId, GraphItem]] = {}
        """By file, what is shown with its inside."""
        self.refused = False
        self.preamble = False

    def choice(self) -> Choice:
        of = self.of
        if of.target is not None:
            self._take(of.target.item, of.target.form, forced=True)
        for item in of.touched:
            self._signature(item)
        short = self.refused
        if of.preamble_tokens and not short and of.preamble_tokens <= self.left:
            self.preamble = True
            self.left -= of.preamble_tokens
        for item in of.touched:
            if item.kind in DATA_KINDS and (item.id in of.declared or not item.is_dependency):
                self._fields(item)
        if not short:
            self._by_worth()
        complete = not self.refused
        self._names()
        return Choice(
            shown=tuple(self.taken.values()),
            preamble=self.preamble,
            tokens=self.budget - self.left,
            complete=complete,
        )

    def _overhead(self, item: GraphItem) -> int:
        """Header and wrapper that showing an item for the first time brings along."""
        parent = item.parent
        holder = self.of.holders.get(parent) if parent is not None else None
        wrapped = holder is not None and holder.kind in CONTAINERS
        if wrapped and parent in self.inside:
            return 1
        cost = _LINE
        if item.file not in self.files:
            cost += self.of.tokens(item.file) + 2
        if wrapped and holder is not None:
            cost += self.of.tokens(holder.signature) + 4
        return cost

    def _take(self, item: GraphItem, form: Form, *, forced: bool = False) -> bool:
        """Take or upgrade an item, if there is room."""
        before = self.taken.get(item.id)
        cost = form.tokens
        cost += -before.form.tokens if before is not None else self._overhead(item)
        if cost > self.left and not forced:
            self.refused = True
            return False
        self.left -= cost
        self.taken[item.id] = Shown(item, form)
        self.files.add(item.file)
        if form.level in SHOWS_INSIDE:
            self.opened.setdefault(item.file, {})[item.id] = item
        if item.parent is not None:
            self.inside.add(item.parent)
        return True

    def _signature(self, item: GraphItem) -> bool:
        form = self.of.forms.form(item, "signature")
        return form is not None and self._take(item, form)

    def _fields(self, item: GraphItem) -> None:
        shown = self.taken.get(item.id)
        if shown is None or shown.form.level != "signature" or ELLIPSIS not in shown.form.text:
            return
        more = next((f for f in self.of.forms.ladder(item) if f.level != "signature"), None)
        # The full text of a library's type is documentation and private fields.
        small = more is not None and more.tokens <= _SMALL_TYPE and not item.is_dependency
        if more is not None and (more.level == "folded" or small):
            self._take(item, more)

    def _by_worth(self) -> None:
        """Take steps up by what they bring for a token, until nothing more fits."""
        of = self.of
        heap: list[tuple[float, int, GraphItem]] = []
        everyone = [*of.touched, *of.others]
        for order, item in enumerate(everyone):
            worth = self._worth(item)
            if worth > 0.0:
                heapq.heappush(heap, (-worth, order, item))
        while heap:
            _, order, item = heapq.heappop(heap)
            if item.id not in self.taken and _declared_tokens(item) > 2 * self.left:
                # Far too large by the guess already: not worth reading.
                self.refused = True
                continue
            step = None if self._covered(item) else self._next(item)
            if step is not None and self._take(item, step):
                heapq.heappush(heap, (-self._worth(item), order, item))

    def _next(self, item: GraphItem) -> Form | None:
        """The next level of an item, None at the top."""
        shown = self.taken.get(item.id)
        if shown is None:
            # Only the declaration for now: bodies are read when their turn comes.
            return self.of.forms.brief(item)
        ladder = self.of.forms.ladder(item)
        return next((f for f in ladder if f.tokens > shown.form.tokens), None)

    def _worth(self, item: GraphItem) -> float:
        """What the next level brings for a token; 0 at the top."""
        shown = self.taken.get(item.id)
        if shown is None:
            # A guess will do: most of the items that are offered never have their turn.
            cost = self._overhead(item) + _declared_tokens(item)
            gain = w.BRIEF_GAIN
        else:
            form = self._next(item)
            if form is None:
                return 0.0
            gain = form.gain - shown.form.gain
            if item.is_dependency:
                gain *= w.DEPENDENCY_BODY
            if item.kind in DATA_KINDS and ELLIPSIS not in shown.form.text:
                gain *= w.MORE_ON_FIELDS
            cost = form.tokens - shown.form.tokens
        return self.of.worth.get(item.id, 0.0) * gain / max(1, cost)

    def _covered(self, item: GraphItem) -> bool:
        """Whether something shown with its inside holds the item, or holds what is shown in it."""
        return any(
            (other.start <= item.start and item.end <= other.end)
            or (item.start <= other.start and other.end <= item.end)
            for id, other in self.opened.get(item.file, {}).items()
            if id != item.id
        )

    def _names(self) -> None:
        count = 0
        missing = [i for i in (*self.of.touched, *self.of.others) if i.id not in self.taken]
        for item in missing:
            if count == _MOST_NAMES or self._covered(item) or item.kind in CONTAINERS:
                continue
            form = self.of.forms.form(item, "name")
            if form is None:
                continue
            cost = estimate_tokens(f", {short_path(item)}")
            if item.file not in self.files:
                cost += self.of.tokens(item.file) + 4
            if cost > self.left:
                continue
            self.left -= cost
            self.taken[item.id] = Shown(item, form)
            self.files.add(item.file)
            count += 1


def _declared_tokens(item: GraphItem) -> int:
    """About what a declaration takes."""
    return len(item.signature) // 3


def dropped(choice: Choice, count: int) -> Choice:
    """The choice without its last ``count`` items."""
    shown: Iterable[Shown] = choice.shown[: max(0, len(choice.shown) - count)]
    return Choice(
        shown=tuple(shown), preamble=choice.preamble, tokens=choice.tokens, complete=False
    )
