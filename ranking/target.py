"""The task's own item, in the most of it that its share of the budget takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..graph.model import GraphItem
from . import weights as w
from .focus import Focus
from .forms import GAINS, Form, Forms
from .render import Shown
from .shape import signature_end
from .snapshot import Snapshot
from .tokens import estimate_tokens
from .trim import trim


def target_forms(
    focus: Focus, forms: Forms, sources: Snapshot, budget: int, count: Callable[[str], int]
) -> Iterator[Shown]:
    """The target's forms from the largest that keeps to `weights.TARGET_SHARE` down to its name.

    A text too long for its share is cut around the selection; every next form is smaller, so the
    first whose page fits the budget is the one to take.
    """
    item = focus.target
    if item is None:
        return
    full = forms.form(item, "full") or _call(item, sources)
    if full is not None:
        tokens = count(full.text)
        room = int(budget * w.TARGET_SHARE)
        if tokens <= room:
            yield Shown(item, full)
        else:
            per_character = max(tokens, 1) / max(len(full.text), 1)
            cut = int(room / per_character)
            while cut > 80:
                yield Shown(item, _cut(focus, full.text, sources, cut))
                cut = cut * 2 // 3
    for level in ("signature", "name"):
        form = forms.form(item, level)
        if form is not None:
            yield Shown(item, form)


def _call(item: GraphItem, sources: Snapshot) -> Form | None:
    """The macro call that defines the target, where it has no text of its own."""
    text = sources.span(item)
    if text is None:
        return None
    shown = text.decode("utf-8", "replace")
    return Form("full", shown, estimate_tokens(shown), GAINS["full"])


def _cut(focus: Focus, text: str, sources: Snapshot, room: int) -> Form:
    item = focus.target
    assert item is not None
    source = sources.read(item.file) or b""

    def line_of(offset: int) -> int:
        return source.count(b"\n", item.start, max(item.start, min(offset, item.end)))

    cut = trim(
        text,
        head=line_of(signature_end(source, item)) + 1,
        first=line_of(focus.place.start),
        last=line_of(focus.place.end),
        room=room,
    )
    return Form("folded", cut, estimate_tokens(cut), GAINS["folded"])
