"""Function bodies as sets of numbers that near-copies share, names kept out.

A body's tokens lose their comments; literals become one token each kind, and an identifier becomes
how many tokens ago it last stood (Baker's parameterised matching, 1993), so that a consistent
renaming changes nothing while swapping two names does. Every run of `GRAM` tokens is hashed; all
of these is the body's fingerprint. MinHash (Broder, 1997) shortens it to `SIGNATURE` numbers of
which two bodies share about the fraction that is their Jaccard similarity.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .rust_tokens import KEYWORDS, TOKEN

Hashes: TypeAlias = NDArray[np.uint64]

GRAM: Final = 6
SIGNATURE: Final = 64

_NAME: Final = 0
_CLASSES: Final = {"string": 1, "lifetime": 2, "number": 3}
_KNOWN: Final = {word: at for at, word in enumerate(sorted(KEYWORDS), start=16)}
_MARKS: Final = 512

_FACTORS: Final[Hashes] = np.random.default_rng(1997).integers(
    1, 2**63, size=(2, SIGNATURE), dtype=np.uint64
) | np.uint64(1)


def tokens(body: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each token its class, and for identifiers how far back it last stood (0: it is new)."""
    codes: list[int] = []
    back: list[int] = []
    last: dict[bytes, int] = {}
    known = _KNOWN.get
    for match in TOKEN.finditer(body):
        group = match.lastgroup
        if group == "comment":
            continue
        distance = 0
        if group == "word":
            word = match[0]
            code = known(word, _NAME)
            if code == _NAME:
                at = len(codes)
                seen = last.get(word)
                distance = 0 if seen is None else at - seen
                last[word] = at
        elif group == "mark":
            code = _MARKS + match[0][0]
        else:
            code = _CLASSES[group or "string"]
        codes.append(code)
        back.append(distance)
    return np.array(codes, dtype=np.int64), np.array(back, dtype=np.int64)


def grams(codes: NDArray[np.int64], back: NDArray[np.int64]) -> Hashes:
    """A hash for every run of `GRAM` tokens, sorted; one of all tokens where there are fewer.

    A run that stands twice has two hashes: ten like arms of a `match` are no copy of three.
    """
    width = min(GRAM, len(codes))
    count = len(codes) - width + 1
    if width == 0:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(count, dtype=np.uint64)
    for at in range(width):
        # What a name last stood for before the run is nothing to it.
        distance = back[at : at + count]
        value = codes[at : at + count] * (GRAM + 1) + np.where(distance <= at, distance, 0)
        total = _mixed(total * np.uint64(0x9E3779B97F4A7C15) + value.astype(np.uint64))
    total.sort()
    fresh = np.append(True, total[1:] != total[:-1])
    first = np.maximum.accumulate(np.where(fresh, np.arange(count), 0))
    again = (np.arange(count) - first).astype(np.uint64)
    return np.unique(_mixed(total + again * np.uint64(0x94D049BB133111EB)))


def signature(hashes: Hashes) -> Hashes:
    """MinHash: of each of `SIGNATURE` orders of all numbers, the first that is in the set."""
    mixed = _mixed(hashes[:, None] * _FACTORS[0] + _FACTORS[1])
    return mixed.min(axis=0)


def similarity(a: Hashes, b: Hashes) -> float:
    """Jaccard: what both have over what either has."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    either = len(a) + len(b) - both
    return both / either if either else 0.0


def _mixed(values: Hashes) -> Hashes:
    values = values ^ (values >> np.uint64(31))
    return values * np.uint64(0xBF58476D1CE4E5B9)
