"""Cases: what is asked, what has to be found, and which half of them they belong to.

A case's half and its turn follow from its id alone: the first *n* of a half are the same in every
run, on every machine, and a larger run contains a smaller one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

from blake3 import blake3

from .errors import RetrievalError

Split: TypeAlias = Literal["tune", "test"]
SPLITS: Final[tuple[Split, ...]] = ("tune", "test")


class Identified(Protocol):
    """Anything that can be drawn."""

    @property
    def id(self) -> str: ...


C = TypeVar("C", bound=Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A query and its right answers: ids of items in hexadecimal, or names of files."""

    id: str
    """``task/corpus/what``: readable, and the same for ever."""
    corpus: str
    query: str
    expected: frozenset[str]


def split_of(id: str) -> Split:
    """Weights may be learned on ``tune``; figures are of ``test``."""
    return SPLITS[_digest(id)[0] & 1]


def draw(cases: Iterable[C], count: int, splits: Sequence[Split] = ("test",)) -> list[C]:
    """The first ``count`` cases of each of the halves, in the order of their draw."""
    ordered = sorted(cases, key=lambda case: _digest(case.id))
    drawn: list[C] = []
    for split in splits:
        drawn.extend([case for case in ordered if split_of(case.id) == split][:count])
    return drawn


def one(cases: Iterable[C], id: str) -> C:
    """The case of that id. Raises `RetrievalError` where there is none."""
    known = {case.id: case for case in cases}
    if id not in known:
        near = difflib.get_close_matches(id, known, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise RetrievalError(f"There is no case {id}{hint}")
    return known[id]


def _digest(id: str) -> bytes:
    return blake3(id.encode()).digest(8)
