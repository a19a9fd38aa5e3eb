"""Items at their levels of detail, each made once, with an estimate of its tokens."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from ..graph.kept_items import Hits
from ..graph.model import GraphItem, NodeId
from . import weights as w
from .fold import ELLIPSIS
from .model import Level
from .shape import DATA_KINDS, declaration, indent_of, shape
from .snapshot import Snapshot
from .tokens import estimate_tokens

_WORTH: Final = 0.9
"""A level that takes more than this share of the next one's tokens is left out for it."""
_MOST_ITEMS: Final = 8192
_MOST_BYTES: Final = 8_000_000
"""Of the items' own texts; what is kept of them is seldom more than twice that."""
_LONGEST: Final = 64_000
"""Bytes of an item whose forms are kept."""

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


@dataclass(frozen=True, slots=True)
class Wording:
    """By what items that say the same are told."""

    digest: bytes
    """Of the words, their order and number included."""
    count: int
    shingles: frozenset[int]
    """Hashes of every three words in a row."""


class ItemForms:
    """What was made of one item so far."""

    __slots__ = ("brief", "by_level", "ladder", "size", "wording")

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes of the item's own text."""
        self.by_level: dict[Level, Form | None] = {}
        self.brief: Form | None = None
        self.ladder: tuple[Form, ...] | None = None
        self.wording: Wording | None = None


class KeptForms:
    """Forms by what they are made of, from one context to the next. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: OrderedDict[Hashable, ItemForms] = OrderedDict()
        self._bytes = 0
        self.hits = Hits()

    def of(self, key: Hashable, size: int) -> ItemForms:
        """The forms under a key, none yet where it is new; ``size`` is that of the item's text."""
        with self._lock:
            known = self._items.get(key)
            if known is not None:
                self._items.move_to_end(key)
                self.hits.found += 1
                return known
            self.hits.missed += 1
            fresh = ItemForms(size)
            if size <= _LONGEST:
                self._items[key] = fresh
                self._bytes += size
                while len(self._items) > _MOST_ITEMS or self._bytes > _MOST_BYTES:
                    self._bytes -= self._items.popitem(last=False)[1].size
            return fresh


class Forms:
    """Makes forms from the sources of one moment."""

    def __init__(self, sources: Snapshot, kept: KeptForms | None = None) -> None:
        """``kept`` are those of contexts before."""
        self.sources = sources
        self._kept = KeptForms() if kept is None else kept
        self._of: dict[NodeId, ItemForms] = {}

    def form(self, item: GraphItem, level: Level) -> Form | None:
        """The item at a level, or None where it has no such level."""
        return self._form(self.of(item), item, level)

    def brief(self, item: GraphItem) -> Form:
        """The declaration alone: the least by which an item can be used."""
        return self._brief(self.of(item), item)

    def ladder(self, item: GraphItem) -> tuple[Form, ...]:
        """From the bare declaration to the full text: the forms that are worth their tokens,
        growing."""
        of = self.of(item)
        if of.ladder is None:
            of.ladder = self._ladder(of, item)
        return of.ladder

    def of(self, item: GraphItem) -> ItemForms:
        """What was made of an item so far."""
        known = self._of.get(item.id)
        if known is None:
            # All that they depend on: what the text says, where its line begins, and what the
            # graph says of what a macro defines.
            intact = self.sources.text(item) is not None
            indent = indent_of(self.sources, item) if intact else ""
            key = (item.id, item.content_hash, item.signature, item.doc, intact, indent)
            known = self._of[item.id] = self._kept.of(key, item.end - item.start)
        return known

    def _form(self, of: ItemForms, item: GraphItem, level: Level) -> Form | None:
        if level not in of.by_level:
            text = shape(self.sources, item, level)
            made = Form(level, text, estimate_tokens(text), GAINS[level]) if text else None
            of.by_level[level] = made
        return of.by_level[level]

    def _brief(self, of: ItemForms, item: GraphItem) -> Form:
        if of.brief is None:
            signature = self._form(of, item, "signature")
            text = declaration(item, None if signature is None else signature.text)
            of.brief = Form("signature", text, estimate_tokens(text), w.BRIEF_GAIN)
        return of.brief

    def _ladder(self, of: ItemForms, item: GraphItem) -> tuple[Form, ...]:
        steps: list[Form] = []
        # In full, another crate's type is mostly its manual and its private fields.
        foreign = item.is_dependency and item.kind in DATA_KINDS
        full = None if foreign else self._form(of, item, "full")
        if full is not None:
            steps.append(full)
        for level in ("folded", "signature"):
            form = self._form(of, item, level)
            if level == "folded" and form is not None and self._says_no_more(of, item, form):
                continue
            if form is not None and (not steps or form.tokens <= _WORTH * steps[-1].tokens):
                steps.append(form)
        brief = self._brief(of, item)
        if not steps or brief.tokens <= _WORTH * steps[-1].tokens:
            steps.append(brief)
        return tuple(reversed(steps))

    def _says_no_more(self, of: ItemForms, item: GraphItem, folded: Form) -> bool:
        """Whether the signature already has what folding shows: all fields, all of the docs."""
        declared = self._form(of, item, "signature")
        if declared is None:
            return False
        if item.kind in DATA_KINDS:
            return ELLIPSIS not in declared.text
        return _bare(folded.text) == _bare(declared.text)


def _bare(text: str) -> str:
    """The text without what folding and declaring differ in."""
    return "".join(text.split()).removesuffix("{…}").removesuffix(";")
