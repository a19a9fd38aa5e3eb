"""One step along edges from many items at once, with a bound: what every search here is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from .model import NodeId
from .store import GraphStore

DISPATCH: Final = "dispatch"
"""Not stored: a trait's method to a method that implements it, `overrides` walked backwards."""

_FORWARD = """
front[source] <- $front
?[source, target] := front[source], *edges{source, kind, target}, is_in(kind, $kinds)
"""
_FORWARD_DISPATCH = """
?[source, target] := front[source],
    *edges:by_target{target: source, kind: 'overrides', source: target}
"""
_BACKWARD = """
front[target] <- $front
?[source, target] := front[target], *edges:by_target{target, kind, source}, is_in(kind, $kinds)
"""
_BACKWARD_DISPATCH = """
?[source, target] := front[target], *edges{source: target, kind: 'overrides', target: source}
"""


@dataclass(frozen=True, slots=True)
class Stepped:
    """(source, target) pairs of one step; ``cut_off`` if there were more than asked for."""

    pairs: list[tuple[NodeId, NodeId]]
    cut_off: bool


def step(
    store: GraphStore,
    front: Iterable[NodeId],
    *,
    kinds: Collection[str],
    incoming: bool = False,
    limit: int,
) -> Stepped:
    """At most ``limit`` ties that leave (or, ``incoming``, reach) any item of the front.

    ``kinds`` may hold `DISPATCH`. Pairs are distinct, several kinds or not.
    """
    script = _BACKWARD if incoming else _FORWARD
    if DISPATCH in kinds:
        script += _BACKWARD_DISPATCH if incoming else _FORWARD_DISPATCH
    rows = store.run(
        f"{script} :limit $limit",
        {"front": [[id] for id in front], "kinds": list(kinds), "limit": limit + 1},
        immutable=True,
    )
    return Stepped([(row[0], row[1]) for row in rows[:limit]], len(rows) > limit)
