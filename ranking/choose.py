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


class _Offer:
    """An item with what every choice needs to know of it."""

    __slots__ = (
        "declared", "file", "holder", "holder_tokens", "id", "item", "named", "order", "upgrades",
        "worth",
    )  # fmt: skip

    def __init__(self, item: GraphItem, worth: float) -> None:
        self.item = item
        self.id = item.id
        self.file = item.file
        self.order = 0
        self.worth = worth
        self.declared = len(item.signature) // 3
        """About what its declaration takes."""
        self.holder: NodeId | None = None
        """The impl block or trait that it is shown in."""
        self.holder_tokens = 0
        self.named = -1
        """Tokens of its name in a list, once they were counted."""
        self.upgrades: dict[int, tuple[Form, Form | None, float]] = {}
        """By the form it is shown in (that one first): the next, and what it brings for a token."""


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
        self._files: dict[str, int] = {}
        order: dict[Manner, int] = {
            "signature": 0, "selection": 0, "owner": 1, "body": 2, "result": 3,
        }  # fmt: skip
        first = [r for r in ranked if r.item.id in touched]
        first.sort(key=lambda r: order[touched[r.item.id].manner])
        self.declared = frozenset(
            r.item.id for r in first if touched[r.item.id].manner in ("signature", "selection")
        )
        self.touched: list[_Offer] = []
        self.everyone: list[_Offer] = []
        """Those that the place mentions, then the others that are worth something."""
        for r in first:
            self.touched.append(self.offer(r.item, w.worth(r.score, at_place=at_place)))
        self.everyone += self.touched
        for r in ranked:
            worth = 0.0 if r.item.id in touched else w.worth(r.score, at_place=at_place)
            if worth > 0.0:
                self.everyone.append(self.offer(r.item, worth))
        for at, offer in enumerate(self.everyone):
            offer.order = at

    def choose(self, budget: int) -> Choice:
        """The choice for this many estimated tokens."""
        return _Round(self, budget).choice()

    def file_tokens(self, file: str) -> int:
        """The estimate for a file's name, which many items ask for."""
        known = self._files.get(file)
        if known is None:
            known = self._files[file] = estimate_tokens(file)
        return known

    def upgrade(self, offer: _Offer, shown: Form) -> tuple[Form | None, float]:
        """The next level of what is shown, and what it brings for a token; None at the top."""
        known = offer.upgrades.get(id(shown))
        if known is None:
            known = offer.upgrades[id(shown)] = (shown, *self._upgrade(offer, shown))
        return known[1], known[2]

    def _upgrade(self, offer: _Offer, shown: Form) -> tuple[Form | None, float]:
        item = offer.item
        for form in self.forms.ladder(item):
            if form.tokens > shown.tokens:
                gain = form.gain - shown.gain
                if item.is_dependency:
                    gain *= w.DEPENDENCY_BODY
                if item.kind in DATA_KINDS and ELLIPSIS not in shown.text:
                    gain *= w.MORE_ON_FIELDS
                return form, offer.worth * gain / max(1, form.tokens - shown.tokens)
        return None, 0.0

    def offer(self, item: GraphItem, worth: float) -> _Offer:
        """What there is to know of an item that is worth so much."""
        offer = _Offer(item, worth)
        holder = self.holders.get(item.parent) if item.parent is not None else None
        if holder is not None and holder.kind in CONTAINERS:
            offer.holder = item.parent
            offer.holder_tokens = estimate_tokens(holder.signature) + 4
        return offer


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
            target = of.offer(of.target.item, 1.0)
            cost = of.target.form.tokens + self._overhead(target)
            self._put(target.item, of.target.form, cost)
        for offer in of.touched:
            form = of.forms.form(offer.item, "signature")
            if form is not None:
                self._take(offer, form)
        short = self.refused
        if of.preamble_tokens and not short and of.preamble_tokens <= self.left:
            self.preamble = True
            self.left -= of.preamble_tokens
        for offer in of.touched:
            item = offer.item
            if item.kind in DATA_KINDS and (item.id in of.declared or not item.is_dependency):
                self._fields(offer)
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

    def _overhead(self, offer: _Offer) -> int:
        """Header and wrapper that showing an item for the first time brings along."""
        if offer.holder is not None and offer.holder in self.inside:
            return 1
        cost = _LINE + offer.holder_tokens
        if offer.file not in self.files:
            cost += self.of.file_tokens(offer.file) + 2
        return cost

    def _take(self, offer: _Offer, form: Form) -> bool:
        """Take or upgrade an item, if there is room."""
        before = self.taken.get(offer.id)
        cost = form.tokens
        cost += -before.form.tokens if before is not None else self._overhead(offer)
        if cost > self.left:
            self.refused = True
            return False
        self._put(offer.item, form, cost)
        return True

    def _put(self, item: GraphItem, form: Form, cost: int) -> None:
        self.left -= cost
        self.taken[item.id] = Shown(item, form)
        self.files.add(item.file)
        if form.level in SHOWS_INSIDE:
            self.opened.setdefault(item.file, {})[item.id] = item
        if item.parent is not None:
            self.inside.add(item.parent)

    def _fields(self, offer: _Offer) -> None:
        shown = self.taken.get(offer.id)
        if shown is None or shown.form.level != "signature" or ELLIPSIS not in shown.form.text:
            return
        item = offer.item
        more = next((f for f in self.of.forms.ladder(item) if f.level != "signature"), None)
        # The full text of a library's type is documentation and private fields.
        small = more is not None and more.tokens <= _SMALL_TYPE and not item.is_dependency
        if more is not None and (more.level == "folded" or small):
            self._take(offer, more)

    def _by_worth(self) -> None:
        """Take steps up by what they bring for a token, until nothing more fits."""
        of = self.of
        heap: list[tuple[float, int, _Offer]] = []
        for offer in of.everyone:
            shown = self.taken.get(offer.id)
            if shown is None:
                # A guess will do: most of the items that are offered never have their turn.
                cost = self._overhead(offer) + offer.declared
                worth = offer.worth * w.BRIEF_GAIN / max(1, cost)
            else:
                worth = of.upgrade(offer, shown.form)[1] if offer.worth > 0.0 else 0.0
            if worth > 0.0:
                heap.append((-worth, offer.order, offer))
        heapq.heapify(heap)
        while heap:
            _, order, offer = heapq.heappop(heap)
            shown = self.taken.get(offer.id)
            if shown is None and offer.declared > 2 * self.left:
                # Far too large by the guess already: not worth reading.
                self.refused = True
                continue
            if self._covered(offer.item):
                continue
            # Only the declaration at first: bodies are read when their turn comes.
            step = of.forms.brief(offer.item) if shown is None else of.upgrade(offer, shown.form)[0]
            if step is not None and self._take(offer, step):
                following, worth = of.upgrade(offer, step)
                if following is not None:
                    heapq.heappush(heap, (-worth, order, offer))

    def _covered(self, item: GraphItem) -> bool:
        """Whether something shown with its inside holds the item, or holds what is shown in it."""
        opened = self.opened.get(item.file)
        if opened is None:
            return False
        start, end = item.start, item.end
        for id, other in opened.items():
            inside = other.start <= start and end <= other.end
            if (inside or (start <= other.start and other.end <= end)) and id != item.id:
                return True
        return False

    def _names(self) -> None:
        names = 0
        for offer in self.of.everyone:
            item = offer.item
            if offer.id in self.taken:
                continue
            if names >= _MOST_NAMES:
                break
            if item.kind in CONTAINERS or self._covered(item):
                continue
            if offer.named < 0:
                offer.named = estimate_tokens(f", {short_path(item)}")
            cost = offer.named
            if item.file not in self.files:
                cost += self.of.file_tokens(item.file) + 4
            if cost > self.left:
                continue
            form = self.of.forms.form(item, "name")
            if form is None:
                continue
            self.left -= cost
            self.taken[item.id] = Shown(item, form)
            self.files.add(item.file)
            names += 1


def dropped(choice: Choice, count: int) -> Choice:
    """The choice without its last ``count`` items."""
    shown: Iterable[Shown] = choice.shown[: max(0, len(choice.shown) - count)]
    return Choice(
        shown=tuple(shown), preamble=choice.preamble, tokens=choice.tokens, complete=False
    )
