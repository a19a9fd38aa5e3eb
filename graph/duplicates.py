"""Functions that are nearly copies of each other, whatever their names.

Locality-sensitive hashing finds candidates without comparing all with all: signatures are cut into
bands, and who shares a band is compared exactly (Indyk and Motwani, 1998).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .batch import row_item
from .fingerprint import SIGNATURE, Hashes, grams, signature, similarity, tokens
from .model import GraphItem
from .schema import ITEM_COLUMNS
from .sources import Sources
from .store import GraphStore

_ROWS: Final = 4
"""Of a band. Sixteen bands of four find 98 of 100 pairs whose similarity is 0.7."""
_MOST_BYTES: Final = 40_000
"""Longer functions are generated tables."""
_MOST_IN_BAND: Final = 60
"""Each is compared with so many before it in a band, so that a common shape costs no more."""

_FUNCTIONS = f"""
own[id] := *items{{id, kind, crate}}, !str_includes(crate, '@'), is_in(kind, $kinds)
made[id] := own[id], *edges:by_target{{target: id, kind: 'expands_to'}}
?[{", ".join(ITEM_COLUMNS)}] := own[id], not made[id], *items{{{", ".join(ITEM_COLUMNS)}}}
:order file, start, id
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """A function among near-copies; ``tokens`` is its length without comments."""

    item: GraphItem
    tokens: int
    similarity: float
    """To the first of its group, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups with most repeated tokens first; within one in the order of files."""

    groups: tuple[tuple[Copy, ...], ...]
    compared: int
    """Functions long enough to be compared."""


@dataclass(frozen=True, slots=True)
class _Body:
    item: GraphItem
    tokens: int
    hashes: Hashes


def duplicates(
    store: GraphStore,
    sources: Sources,
    *,
    least_tokens: int = 50,
    least_similarity: float = 0.85,
    tests: bool = False,
) -> Duplicates:
    """Groups of functions whose bodies are at least so long and so similar to a common first one.

    ``similarity`` is the Jaccard similarity of their token runs, names kept out. ``tests`` counts
    test functions, too. What a macro wrote is left out. Reads every function's text once.
    """
    bodies = list(_bodies(store, sources, least_tokens, tests))
    groups: dict[int, list[tuple[int, float]]] = {}
    lead: dict[int, int] = {}
    for at, candidates in _candidates([signature(body.hashes) for body in bodies]):
        best = (least_similarity, -1)
        for first in dict.fromkeys(lead.get(c, c) for c in candidates):
            alike = similarity(bodies[first].hashes, bodies[at].hashes)
            if alike >= best[0] and not _overlap(bodies[first].item, bodies[at].item):
                best = (alike, first)
                if alike == 1.0:
                    break
        if best[1] >= 0:
            lead[at] = best[1]
            groups.setdefault(best[1], []).append((at, best[0]))
    found = [
        (
            Copy(bodies[first].item, bodies[first].tokens, 1.0),
            *(Copy(bodies[at].item, bodies[at].tokens, alike) for at, alike in others),
        )
        for first, others in groups.items()
    ]
    found.sort(key=lambda g: (-sum(c.tokens for c in g[1:]), g[0].item.file, g[0].item.start))
    return Duplicates(tuple(found), compared=len(bodies))


def _bodies(store: GraphStore, sources: Sources, least_tokens: int, tests: bool) -> Iterable[_Body]:
    rows = store.run(_FUNCTIONS, {"kinds": ["function", "method"]}, immutable=True)
    places: set[tuple[str, int]] = set()
    for item in map(row_item, rows):
        # A file that two crates share is one text.
        place = (item.file, item.start)
        if place in places or (item.is_test and not tests):
            continue
        places.add(place)
        source = sources.read(item.file)
        length = item.end - item.def_start
        if source is None or not least_tokens <= length <= _MOST_BYTES:
            continue
        opens = source.find(b"{", item.def_start, item.end)
        if opens < 0:
            continue
        codes, back = tokens(source[opens : item.end])
        if len(codes) >= least_tokens:
            yield _Body(item, len(codes), grams(codes, back))


def _candidates(signatures: Sequence[Hashes]) -> Iterable[tuple[int, list[int]]]:
    """Of each, those before it that share a band with it."""
    bands: dict[bytes, list[int]] = {}
    for at, signed in enumerate(signatures):
        found: dict[int, None] = {}
        for band in range(0, SIGNATURE, _ROWS):
            key = bytes((band,)) + signed[band : band + _ROWS].tobytes()
            others = bands.setdefault(key, [])
            found.update(dict.fromkeys(others))
            if len(others) < _MOST_IN_BAND:
                others.append(at)
        if found:
            yield at, sorted(found)


def _overlap(a: GraphItem, b: GraphItem) -> bool:
    """Whether one stands inside the other."""
    return a.file == b.file and a.start < b.end and b.start < a.end
