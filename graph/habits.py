"""What functions around a place use, and what the types around it offer: for ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .model import NodeId
from .store import GraphStore

Around: TypeAlias = Literal[
    "self", "part", "kin", "twin", "signature", "owner", "field", "result", "import"
]
"""How something stands to a function: the type it is a method of; a type that this or the types of
the declaration are made of; another method of its type; the same method in another impl of its
trait. The others are members: of the declaration's types, of its own type, of the types that either
is made of, of what is imported."""

_AROUND: Final = """
declared[t] <- $declared
brought[t] <- $imported
self[t] := *edges{source: $id, kind: 'associated', target: t}
trait[x] := *edges{source: $id, kind: 'overrides', target: x}
inside[t, f] := self[t], *edges{source: t, kind: 'contains', target: f}
inside[t, g] := inside[t, f], *edges{source: f, kind: 'contains', target: g}
fields[y] := self[t], *edges{source: t, kind: 'uses_type', target: y}
fields[y] := inside[_, f], *edges{source: f, kind: 'uses_type', target: y}
part[t, f] := declared[t], *edges{source: t, kind: 'contains', target: f}
made[y] := declared[t], *edges{source: t, kind: 'uses_type', target: y}
made[y] := part[_, f], *edges{source: f, kind: 'uses_type', target: y}
kind_of[how, t] := declared[t], how = 'signature'
kind_of[how, t] := self[t], how = 'owner'
kind_of[how, t] := fields[t], how = 'field'
kind_of[how, t] := made[t], how = 'result'
kind_of[how, t] := brought[t], how = 'import'
around[how, t] := self[t], how = 'self'
around[how, t] := fields[t], how = 'part'
around[how, t] := made[t], how = 'part'
around[how, m] := self[t], *edges:by_target{target: t, kind: 'associated', source: m}, how = 'kin'
around[how, m] := trait[x], *edges:by_target{target: x, kind: 'overrides', source: m}, how = 'twin'
around[how, m] := kind_of[how, t], *edges:by_target{target: t, kind: 'associated', source: m}
around[how, m] := kind_of[how, t], *edges{source: t, kind: 'contains', target: m}
?[how, id] := around[how, id]
:limit $limit
"""

_USES: Final = """
wanted[source] <- $ids
?[source, target] := wanted[source], *edges{source, kind: 'calls', target, provenance},
    provenance != 'dispatch'
?[source, target] := wanted[source], *edges{source, kind: 'uses_type', target}
:limit $limit
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Something around a function, and how it stands to it."""

    how: Around
    id: NodeId


def around(
    store: GraphStore,
    function: NodeId,
    *,
    declared: Iterable[NodeId],
    imported: Iterable[NodeId],
    limit: int,
) -> list[Standing]:
    """At most ``limit`` ties of a function; ``declared`` are the types its declaration names."""
    rows = store.run(
        _AROUND,
        {
            "id": function,
            "declared": [[i] for i in declared],
            "imported": [[i] for i in imported],
            "limit": limit,
        },
        immutable=True,
    )
    return [Standing(row[0], row[1]) for row in rows]


def uses_of(
    store: GraphStore, sources: Sequence[NodeId], *, limit: int
) -> list[tuple[NodeId, NodeId]]:
    """(source, target) for at most ``limit`` calls and uses of types by these items."""
    if not sources:
        return []
    rows = store.run(_USES, {"ids": [[i] for i in sources], "limit": limit}, immutable=True)
    return [(row[0], row[1]) for row in rows]
