"""Who implements a trait: impls and derives."""

from __future__ import annotations

from dataclasses import dataclass

from .model import GraphItem, NodeId
from .store import GraphStore
from .ties import Tie, ties_between

_HITS = """
hit[id, how] := how = 'implements',
    *edges:by_target{target: $trait, kind: 'implements', source: id}
hit[id, how] := how = 'derives',
    *edges:by_target{target: $trait, kind: 'derives', source: id}
"""
_IN_ORDER = """
?[foreign, file, start, id, how] := hit[id, how], *items{id, file, start, crate},
    foreign = str_includes(crate, '@')
:order foreign, file, start, id
:limit $limit
"""
_TYPES = """
impl[source] <- $impls
?[source, target] := impl[source], *edges{source, kind: 'associated', target}
"""


@dataclass(frozen=True, slots=True)
class Implementor:
    """One way a trait is implemented: by an impl, or by a derive on the type itself."""

    how: str
    """"implements" or "derives"."""
    place: GraphItem
    """The impl, or the type that derives."""
    type: GraphItem | None
    """The type, where it is one of the graph's; None for `impl<T> Trait for T` and foreign ones."""
    tie: Tie | None


@dataclass(frozen=True, slots=True)
class Implementors:
    """In the order of files, the workspace's first; ``left_out`` are those the limit left out."""

    trait: GraphItem
    found: tuple[Implementor, ...]
    left_out: int


def implementors(store: GraphStore, trait: GraphItem, *, limit: int = 200) -> Implementors:
    """The impls of a trait and the types that derive it."""
    rows = store.run(_HITS + _IN_ORDER, {"trait": trait.id, "limit": limit}, immutable=True)
    counted = store.run(
        f"{_HITS} ?[count(id)] := hit[id, how]", {"trait": trait.id}, immutable=True
    )
    total = int(counted[0][0]) if counted else 0
    kept = [(row[3], row[4]) for row in rows]
    impls = [id for id, how in kept if how == "implements"]
    types: dict[NodeId, NodeId] = {}
    if impls:
        rows_of = store.run(_TYPES, {"impls": [[id] for id in impls]}, immutable=True)
        types = {row[0]: row[1] for row in rows_of}
    items = {item.id: item for item in store.items([*(id for id, _ in kept), *types.values()])}
    ties = ties_between(store, [(id, trait.id) for id, _ in kept], ["implements", "derives"])
    found: list[Implementor] = []
    for id, how in kept:
        place = items[id]
        of = place if how == "derives" else items.get(types.get(id, b""))
        tie = next((t for t in ties.get((id, trait.id), ()) if t.kind == how), None)
        found.append(Implementor(how, place, of, tie))
    return Implementors(trait, tuple(found), total - len(rows))
