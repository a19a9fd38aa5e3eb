"""What an edge is worth to a walk, by kind and provenance; and the edges among some items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .adjacency import KIND_CODES, PROVENANCE_CODES, UNKNOWN, Codes, Ints
from .model import NodeId
from .store import GraphStore


@dataclass(frozen=True, slots=True)
class Decay:
    """How much of a score survives one step along an edge kind, in each direction."""

    forward: float
    backward: float


NEIGHBOURHOOD_DECAY: Final[dict[str, Decay]] = {
    # What an item uses tells more of it than what uses it: a type has a few parts and many users.
    "calls": Decay(0.7, 0.45),
    "uses_type": Decay(0.75, 0.3),
    "implements": Decay(0.6, 0.5),
    "overrides": Decay(0.6, 0.4),
    "associated": Decay(0.5, 0.5),
    "contains": Decay(0.45, 0.4),
    "imports": Decay(0.4, 0.2),
    "re_exports": Decay(0.5, 0.3),
    "derives": Decay(0.3, 0.1),
    "tests": Decay(0.5, 0.5),
    "documents": Decay(0.5, 0.5),
    "expands_to": Decay(0.5, 0.5),
}

PROVENANCE_WEIGHT: Final[dict[str, float]] = {
    "exact": 1.0,
    "resolved": 1.0,
    "typed": 0.95,
    "dispatch": 0.6,
}


STRUCTURE: Final = frozenset(("associated", "contains"))
"""Kinds that few edges of reach one item, so that walking them backwards is cheap anywhere."""


@dataclass(frozen=True, slots=True)
class Among:
    """The edges among some items, an element of each array an edge."""

    sources: Ints
    """Positions in the items asked for."""
    targets: Ints
    kinds: Codes
    """See `adjacency.KIND_CODES`."""
    provenances: Codes
    """See `adjacency.PROVENANCE_CODES`."""


def among(store: GraphStore, ids: Sequence[NodeId]) -> Among:
    """The edges among these items, each named once; from memory where they are there."""
    memory = store.adjacency
    if memory is None:
        place = {id: at for at, id in enumerate(ids)}
        rows = subgraph(store, ids)
        return Among(
            np.array([place[row[0]] for row in rows], np.int32),
            np.array([place[row[2]] for row in rows], np.int32),
            np.array([KIND_CODES.get(row[1], UNKNOWN) for row in rows], np.uint8),
            np.array([PROVENANCE_CODES.get(row[3], UNKNOWN) for row in rows], np.uint8),
        )
    with memory.reading:
        numbers = memory.numbers(ids)
        at = np.flatnonzero(numbers >= 0).astype(np.int32)
        steps = memory.out(numbers[at])
        place = np.full(memory.items, -1, np.int32)
        place[numbers[at]] = at
    to = place[steps.to]
    inside = to >= 0
    of = at[steps.of]
    return Among(of[inside], to[inside], steps.kinds[inside], steps.provenances[inside])


def subgraph(store: GraphStore, ids: Sequence[NodeId]) -> list[tuple[NodeId, str, NodeId, str]]:
    """The edges among these items: (source, kind, target, provenance)."""
    rows = store.run(
        "chosen[id] <- $ids "
        "?[source, kind, target, provenance] := chosen[source], "
        "*edges{source, kind, target, provenance}, chosen[target]",
        {"ids": [[i] for i in ids]},
        immutable=True,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
