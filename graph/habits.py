"""What functions around a place use, and what the types around it offer: for ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

import numpy as np

from .adjacency import KIND_CODES, PROVENANCE_CODES, Adjacency
from .model import EdgeKind, NodeId
from .store import GraphStore

Around: TypeAlias = Literal[
    "self", "trait", "part", "kin", "twin", "signature", "owner", "field", "result", "import"
]
"""How something stands to a function: the type it is a method of; the trait's method that it is an
implementation of; a type that this type or those of the declaration are made of; another method of
its type; the same method in another impl of its trait. The others are members: of the declaration's
types, of its own type, of what its own type is made of, of what the declaration's types are made
of, of what is imported."""

_DISPATCH: Final = "dispatch"

_OUT: Final = """
wanted[a] <- $ids
kind[k] <- $kinds
?[a, b] := wanted[a], kind[k], *edges{source: a, kind: k, target: b, provenance},
    provenance != 'dispatch'
"""
_INTO: Final = """
wanted[a] <- $ids
kind[k] <- $kinds
?[a, b] := wanted[a], kind[k], *edges:by_target{target: a, kind: k, source: b}
"""

Pair: TypeAlias = tuple[NodeId, NodeId]


def uses_of(store: GraphStore, sources: Sequence[NodeId]) -> list[Pair]:
    """(source, target) for the calls and uses of types by these items, dispatched ones left out."""
    return _pairs(store, sources, ("calls", "uses_type"))


def around(
    store: GraphStore,
    function: NodeId,
    *,
    declared: Sequence[NodeId],
    imported: Sequence[NodeId],
    limit: int,
) -> dict[Around, list[NodeId]]:
    """What stands around a function, at most ``limit`` of each sort.

    ``declared`` are the types that its declaration names. An item may stand in several ways.
    """
    own = _ends(store, [function], ("associated",))
    traits = _ends(store, [function], ("overrides",))
    fields, results = _made_of(store, own), _made_of(store, declared)
    found: dict[Around, list[NodeId]] = {
        "self": own,
        "trait": traits,
        "part": _unique([*fields, *results]),
        "kin": _ends(store, own, ("associated",), back=True),
        "twin": _ends(store, traits, ("overrides",), back=True),
        "signature": _members(store, declared),
        "owner": _members(store, own),
        "field": _members(store, fields),
        "result": _members(store, results),
        "import": _members(store, imported),
    }
    return {how: ids[:limit] for how, ids in found.items()}


def _made_of(store: GraphStore, types: Sequence[NodeId]) -> list[NodeId]:
    """The types of the fields of types, those of their variants included."""
    parts = _ends(store, types, ("contains",))
    inner = _ends(store, parts, ("contains",))
    return _ends(store, [*types, *parts, *inner], ("uses_type",))


def _members(store: GraphStore, owners: Sequence[NodeId]) -> list[NodeId]:
    """Methods of types, and what traits and modules hold."""
    methods = _ends(store, owners, ("associated",), back=True)
    return _unique([*methods, *_ends(store, owners, ("contains",))])


def _ends(
    store: GraphStore, ids: Sequence[NodeId], kinds: Sequence[EdgeKind], *, back: bool = False
) -> list[NodeId]:
    return _unique(end for _, end in _pairs(store, ids, kinds, back=back))


def _pairs(
    store: GraphStore, ids: Sequence[NodeId], kinds: Sequence[EdgeKind], *, back: bool = False
) -> list[Pair]:
    """The items asked for with those that edges lead to, or come from; from memory where they
    are there."""
    if not ids:
        return []
    memory = store.adjacency
    if memory is not None:
        return _from_memory(memory, ids, kinds, back=back)
    parameters = {"ids": [[i] for i in ids], "kinds": [[kind] for kind in kinds]}
    rows = store.run(_INTO if back else _OUT, parameters, immutable=True)
    return [(row[0], row[1]) for row in rows]


def _from_memory(
    memory: Adjacency, ids: Sequence[NodeId], kinds: Sequence[EdgeKind], *, back: bool
) -> list[Pair]:
    with memory.reading:
        numbers = memory.numbers(ids)
        at = np.flatnonzero(numbers >= 0)
        steps = memory.into(numbers[at]) if back else memory.out(numbers[at])
        fitting = np.isin(steps.kinds, [KIND_CODES[kind] for kind in kinds])
        if not back:
            fitting &= steps.provenances != PROVENANCE_CODES[_DISPATCH]
        ends = memory.ids(steps.to[fitting])
        starts = at[steps.of[fitting]].tolist()
    return [(ids[start], end) for start, end in zip(starts, ends, strict=True)]


def _unique(ids: Iterable[NodeId]) -> list[NodeId]:
    return list(dict.fromkeys(ids))
