"""Items that say the same twice: ``cfg`` variants, copies, two versions of one crate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..graph.model import GraphItem, NodeId
from . import weights as w
from .model import Ranked
from .snapshot import Snapshot

_WORD: Final = re.compile(r"\w+")
_FEWEST_WORDS: Final = 10
"""Shorter items look alike without being copies."""
_MOST_BYTES: Final = 6000
_LOOKED_AT: Final = 120
"""Items, from the best; those after them are shown as a name, if at all."""


def drop_duplicates(
    ranked: Sequence[Ranked], sources: Snapshot, *, keep: Iterable[NodeId] | Mapping[NodeId, object]
) -> list[Ranked]:
    """The items without those that nearly repeat a better one. Those in ``keep`` always stay.

    A copy is an item whose words are those of a better one, its own name aside, or an item of the
    same name and kind of whose words at least `weights.DUPLICATE_OVERLAP` are shared.
    """
    kept_always = frozenset(keep)
    names: dict[tuple[str, str], int] = {}
    for r in ranked:
        key = (r.item.kind, r.item.name)
        names[key] = names.get(key, 0) + 1
    copies: set[tuple[str, ...]] = set()
    namesakes: dict[tuple[str, str], list[frozenset[str]]] = {}
    left: list[Ranked] = []
    for at, r in enumerate(ranked):
        item = r.item
        if at >= _LOOKED_AT:
            left.extend(ranked[at:])
            break
        words = _words(item, sources)
        key = (item.kind, item.name)
        twin = len(words) >= _FEWEST_WORDS and words in copies
        shingles = frozenset[str]()
        if names[key] > 1:
            shingles = frozenset(" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2)))
            twin = twin or any(
                _overlap(shingles, other) >= w.DUPLICATE_OVERLAP for other in namesakes.get(key, ())
            )
        if twin and item.id not in kept_always:
            continue
        copies.add(words)
        namesakes.setdefault(key, []).append(shingles)
        left.append(r)
    return left


def _words(item: GraphItem, sources: Snapshot) -> tuple[str, ...]:
    text = item.signature
    source = sources.text(item)
    if source is not None:
        start = item.def_start - item.start
        text = source[start : start + _MOST_BYTES].decode("utf-8", "replace")
    owner = item.qualified_path.rsplit("::", 2)[-2:-1]
    words = tuple(word for word in _WORD.findall(text) if word != item.name)
    # Methods of different types are told apart by their type.
    return (*owner, *words) if item.kind == "method" else words


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    union = len(a | b)
    return len(a & b) / union if union else 0.0
