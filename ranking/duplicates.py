"""Items that say the same twice: ``cfg`` variants, copies, two versions of one crate."""

from __future__ import annotations

import re
from collections import Counter
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
_UNLIKE: Final = 1.5
"""Times the length of another: such a text has too many words that the other hasn't."""
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
    lengths: dict[tuple[str, str], list[int]] = {}
    for r in ranked:
        key = (r.item.kind, r.item.name)
        names[key] = names.get(key, 0) + 1
        lengths.setdefault(key, []).append(r.item.end - r.item.def_start)
    # What is declared differently can't be a copy: only the others' texts are read.
    declared = [_declared(r.item) for r in ranked[:_LOOKED_AT]]
    alike = Counter(declared)
    copies: set[tuple[str, ...]] = set()
    namesakes: dict[tuple[str, str], list[frozenset[str]]] = {}
    left: list[Ranked] = []
    for at, r in enumerate(ranked):
        item = r.item
        if at >= _LOOKED_AT:
            left.extend(ranked[at:])
            break
        key = (item.kind, item.name)
        if alike[declared[at]] == 1 and not _has_like(item, lengths[key]):
            left.append(r)
            continue
        words = _words(item, sources)
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


def _has_like(item: GraphItem, lengths: Sequence[int]) -> bool:
    """Whether one of the namesakes, itself among them, is long enough to share most words."""
    own = item.end - item.def_start
    return sum(own <= _UNLIKE * other and other <= _UNLIKE * own for other in lengths) > 1


def _words(item: GraphItem, sources: Snapshot) -> tuple[str, ...]:
    source = sources.text(item)
    if source is None:
        return _declared(item)
    start = item.def_start - item.start
    return _of(item, source[start : start + _MOST_BYTES].decode("utf-8", "replace"))


def _declared(item: GraphItem) -> tuple[str, ...]:
    return _of(item, item.signature)


def _of(item: GraphItem, text: str) -> tuple[str, ...]:
    owner = item.qualified_path.rsplit("::", 2)[-2:-1]
    words = tuple(word for word in _WORD.findall(text) if word != item.name)
    # Methods of different types are told apart by their type.
    return (*owner, *words) if item.kind == "method" else words


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    union = len(a | b)
    return len(a & b) / union if union else 0.0
