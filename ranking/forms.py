"""Items at their levels of detail, each made once, with an estimate of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..graph.model import GraphItem, NodeId
from . import weights as w
from .fold import ELLIPSIS
from .model import Level
from .shape import DATA_KINDS, declaration, shape
from .snapshot import Snapshot
from .tokens import estimate_tokens

_WORTH: Final = 0.9
"""A level that takes more than this share of the next one's tokens is left out for it."""

GAINS: Final[dict[Level, float]] = {
    "name": w.NAME_GAIN,
    "signature": w.SIGNATURE_GAIN,
    "folded": w.FOLDED_GAIN,
    "full": w.FULL_GAIN,
}


@dataclass(frozen=True, slots=True)
class Form:
    """An item as one level shows it."""

    level: Level
    text: str
    tokens: int
    """Estimated, see `tokens.estimate_tokens`."""
    gain: float
    """In [0, 1]: what a model gains from it, as a share of what the full text would bring."""


class Forms:
    """Makes forms from the sources of one moment."""

    def __init__(self, sources: Snapshot) -> None:
        self._sources = sources
        self._made: dict[tuple[NodeId, Level], Form | None] = {}
        self._brief: dict[NodeId, Form] = {}
        self._ladders: dict[NodeId, tuple[Form, ...]] = {}

    def form(self, item: GraphItem, level: Level) -> Form | None:
        """The item at a level, or None where it has no such level."""
        key = (item.id, level)
        if key not in self._made:
            text = shape(self._sources, item, level)
            made = Form(level, text, estimate_tokens(text), GAINS[level]) if text else None
            self._made[key] = made
        return self._made[key]

    def brief(self, item: GraphItem) -> Form:
        """The declaration alone: the least by which an item can be used."""
        made = self._brief.get(item.id)
        if made is None:
            text = declaration(self._sources, item)
            made = Form("signature", text, estimate_tokens(text), w.BRIEF_GAIN)
            self._brief[item.id] = made
        return made

    def ladder(self, item: GraphItem) -> tuple[Form, ...]:
        """From the bare declaration to the full text: the forms that are worth their tokens,
        growing."""
        known = self._ladders.get(item.id)
        if known is None:
            known = self._ladders[item.id] = self._ladder(item)
        return known

    def _ladder(self, item: GraphItem) -> tuple[Form, ...]:
        steps: list[Form] = []
        # In full, another crate's type is mostly its manual and its private fields.
        foreign = item.is_dependency and item.kind in DATA_KINDS
        full = None if foreign else self.form(item, "full")
        if full is not None:
            steps.append(full)
        for level in ("folded", "signature"):
            form = self.form(item, level)
            if level == "folded" and form is not None and self._says_no_more(item, form):
                continue
            if form is not None and (not steps or form.tokens <= _WORTH * steps[-1].tokens):
                steps.append(form)
        brief = self.brief(item)
        if not steps or brief.tokens <= _WORTH * steps[-1].tokens:
            steps.append(brief)
        return tuple(reversed(steps))

    def _says_no_more(self, item: GraphItem, folded: Form) -> bool:
        """Whether the signature already has what folding shows: all fields, all of the docs."""
        declared = self.form(item, "signature")
        if declared is None:
            return False
        if item.kind in DATA_KINDS:
            return ELLIPSIS not in declared.text
        return _bare(folded.text) == _bare(declared.text)


def _bare(text: str) -> str:
    """The text without what folding and declaring differ in."""
    return "".join(text.split()).removesuffix("{…}").removesuffix(";")
