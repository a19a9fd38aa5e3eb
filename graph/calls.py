"""Who calls an item and whom it calls, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .model import GraphItem, NodeId
from .store import GraphStore
from .ties import Tie, ties_between

_CALLERS: Final = """
hit[id, near, how] := how = 'calls', front[near],
    *edges:by_target{target: near, kind: 'calls', source: id}
"""
_CALLEES: Final = """
hit[id, near, how] := how = 'calls', front[near], *edges{source: near, kind: 'calls', target: id}
"""
# A method to the trait's method that it implements, and back.
_CALLERS_DISPATCH: Final = """
hit[id, near, how] := how = 'overrides', front[near],
    *edges{source: near, kind: 'overrides', target: id}
"""
_CALLEES_DISPATCH: Final = """
hit[id, near, how] := how = 'overrides', front[near],
    *edges:by_target{target: near, kind: 'overrides', source: id}
"""
_IN_ORDER: Final = """
?[foreign, file, start, id, near, how] := hit[id, near, how], *items{id, file, start, crate},
    foreign = str_includes(crate, '@')
:order foreign, file, start, id
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """An item so many calls away. ``ties`` lead from it (callers) or to it (callees) by one step.

    A tie of kind `overrides` stands for a dispatch: the trait's method and one that implements it.
    """

    item: GraphItem
    depth: int
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """What was reached, nearest first and then in the order of files."""

    start: GraphItem
    reached: tuple[Reached, ...]
    left_out: int
    """Items of the last level looked at that the limit left out. Nothing beyond was looked at."""


def callers(
    store: GraphStore, start: GraphItem, *, depth: int = 1, limit: int = 100, dispatch: bool = False
) -> Calls:
    """Items that call ``start``, directly or through at most ``depth - 1`` others.

    ``dispatch``: a method's callers include those of the trait's method that it implements, which
    may mean it.
    """
    return _calls(store, start, True, depth, limit, dispatch)


def callees(
    store: GraphStore, start: GraphItem, *, depth: int = 1, limit: int = 100, dispatch: bool = False
) -> Calls:
    """Items that ``start`` calls, directly or through at most ``depth - 1`` others.

    ``dispatch``: a call of a trait's method may be one of each method that implements it.
    """
    return _calls(store, start, False, depth, limit, dispatch)


def _calls(
    store: GraphStore, start: GraphItem, incoming: bool, depth: int, limit: int, dispatch: bool
) -> Calls:
    seen: set[NodeId] = {start.id}
    front: list[NodeId] = [start.id]
    reached: list[Reached] = []
    left_out = 0
    for level in range(1, depth + 1):
        near = _level(store, front, seen, incoming, dispatch)
        left_out = max(len(near) - (limit - len(reached)), 0)
        kept = dict(list(near.items())[: limit - len(reached)])
        ties = _ties(store, kept, incoming)
        reached += [Reached(i, level, tuple(ties.get(i.id, ()))) for i in store.items(kept)]
        front = list(kept)
        seen.update(front)
        if left_out or not front:
            break
    return Calls(start, tuple(reached), left_out)


def _level(
    store: GraphStore,
    front: Sequence[NodeId],
    seen: set[NodeId],
    incoming: bool,
    dispatch: bool,
) -> dict[NodeId, list[tuple[NodeId, str]]]:
    """New items one step from the front, the workspace's first, with what they are tied to."""
    rules = _CALLERS if incoming else _CALLEES
    if dispatch:
        rules += _CALLERS_DISPATCH if incoming else _CALLEES_DISPATCH
    rows = store.run(
        f"front[near] <- $front {rules} {_IN_ORDER}",
        {"front": [[id] for id in front]},
        immutable=True,
    )
    found: dict[NodeId, list[tuple[NodeId, str]]] = {}
    for _, _, _, id, near, kind in rows:
        if id not in seen:
            found.setdefault(id, []).append((near, kind))
    return found


def _ties(
    store: GraphStore, near: dict[NodeId, list[tuple[NodeId, str]]], incoming: bool
) -> dict[NodeId, list[Tie]]:
    """The ties of each item to the ones it is near to."""
    by_item: dict[NodeId, list[Tie]] = {}
    for kind, leaves in (("calls", incoming), ("overrides", not incoming)):
        pairs = [
            (id, other) if leaves else (other, id)
            for id, others in near.items()
            for other, how in others
            if how == kind
        ]
        for (source, target), ties in ties_between(store, pairs, [kind]).items():
            by_item.setdefault(source if leaves else target, []).extend(ties)
    return by_item
