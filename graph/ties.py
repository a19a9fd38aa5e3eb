"""Edges with the places of their uses, and the one reading of the ``uses`` column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .model import EDGE_KINDS, NodeId
from .store import GraphStore
from .uses import unpack_uses


@dataclass(frozen=True, slots=True)
class Tie:
    """An edge whose ``uses`` are byte spans (start, end) in ``file``, in source order.

    ``file`` is the source item's. What follows from the structure (``contains``, ``overrides``) has
    no uses; neither has what only a macro's expansion says.
    """

    source: NodeId
    kind: str
    target: NodeId
    provenance: str
    file: str
    uses: tuple[tuple[int, int], ...]


KIND_RANK: Final[dict[str, int]] = {kind: rank for rank, kind in enumerate(EDGE_KINDS)}

_TIES = """
wanted[source, target] <- $pairs
kinds[kind] <- $kinds
?[source, kind, target, provenance, uses, file, start] := wanted[source, target], kinds[kind],
    *edges{source, kind, target, provenance, uses}, *items{id: source, file, start}
"""


def absolute_uses(item_start: int, packed: bytes) -> list[tuple[int, int]]:
    """The ``uses`` column of an edge as byte spans in the source item's file.

    ``item_start`` is where the source item starts. The only place that knows what the stored
    offsets count from.
    """
    return list(unpack_uses(packed, item_start))


def ties_between(
    store: GraphStore, pairs: Iterable[tuple[NodeId, NodeId]], kinds: Iterable[str]
) -> dict[tuple[NodeId, NodeId], list[Tie]]:
    """The edges of these kinds from the first to the second of each pair, by pair.

    Those of one pair are in the order of `model.EDGE_KINDS`. Pairs that nothing ties are left out.
    """
    wanted = [[source, target] for source, target in dict.fromkeys(pairs)]
    found: dict[tuple[NodeId, NodeId], list[Tie]] = {}
    if not wanted:
        return found
    rows = store.run(_TIES, {"pairs": wanted, "kinds": [[kind] for kind in kinds]}, immutable=True)
    for source, kind, target, provenance, uses, file, start in rows:
        tie = Tie(source, kind, target, provenance, file, tuple(absolute_uses(start, uses)))
        found.setdefault((source, target), []).append(tie)
    for ties in found.values():
        ties.sort(key=lambda tie: KIND_RANK.get(tie.kind, len(KIND_RANK)))
    return found
