"""Items that say the same twice: ``cfg`` variants, copies, two versions of one crate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from ..graph.ids import content_hash
from ..graph.model import GraphItem, NodeId
from . import weights as w
from .forms import Forms, Wording
from .model import Ranked

_WORD: Final = re.compile(r"\w+")
_FEWEST_WORDS: Final = 10
"""Shorter items look alike without being copies."""
_MOST_BYTES: Final = 6000
_UNLIKE: Final = 1.5
"""Times the length of another: such a text has too many words that the other hasn't."""
_LOOKED_AT: Final = 120
"""Items, from the best; those after them are shown as a name, if at all."""


def drop_duplicates(
    ranked: Sequence[Ranked], forms: Forms, *, keep: Iterable[NodeId] | Mapping[NodeId, object]
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
    copies: set[bytes] = set()
    namesakes: dict[tuple[str, str], list[frozenset[int]]] = {}
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
        wording = _wording(item, forms)
        twin = wording.count >= _FEWEST_WORDS and wording.digest in copies
        shingles = frozenset[int]()
        if names[key] > 1:
            shingles = wording.shingles
            twin = twin or any(
                _overlap(shingles, other) >= w.DUPLICATE_OVERLAP for other in namesakes.get(key, ())
            )
        if twin and item.id not in kept_always:
            continue
        copies.add(wording.digest)
        namesakes.setdefault(key, []).append(shingles)
        left.append(r)
    return left


def _has_like(item: GraphItem, lengths: Sequence[int]) -> bool:
    """Whether one of the namesakes, itself among them, is long enough to share most words."""
    own = item.end - item.def_start
    return sum(own <= _UNLIKE * other and other <= _UNLIKE * own for other in lengths) > 1


def _wording(item: GraphItem, forms: Forms) -> Wording:
    of = forms.of(item)
    if of.wording is None:
        text = forms.sources.text(item)
        if text is None:
            words = _declared(item)
        else:
            start = item.def_start - item.start
            shown = text[start : start + _MOST_BYTES].decode("utf-8", "replace")
            words = _words(shown, item.name, _owner(item))
        runs = (hash(words[i : i + 3]) for i in range(max(1, len(words) - 2)))
        digest = content_hash("\0".join(words).encode())
        of.wording = Wording(digest, len(words), frozenset(runs))
    return of.wording


def _declared(item: GraphItem) -> tuple[str, ...]:
    return _declared_words(item.signature, item.name, _owner(item))


def _owner(item: GraphItem) -> str:
    """What methods of different types are told apart by: their type."""
    return item.qualified_path.rsplit("::", 2)[-2] if item.kind == "method" else ""


def _words(text: str, name: str, owner: str) -> tuple[str, ...]:
    words = tuple([word for word in _WORD.findall(text) if word != name])
    return (owner, *words) if owner else words


_declared_words = lru_cache(4096)(_words)


def _overlap(a: frozenset[int], b: frozenset[int]) -> float:
    both = len(a & b)
    union = len(a) + len(b) - both
    return both / union if union else 0.0
