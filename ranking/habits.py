"""What a function will most likely use: what those around it use, and what its types offer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..graph.habits import Around, around, uses_of
from ..graph.model import GraphItem, NodeId
from ..graph.store import GraphStore
from .factors import is_test_code
from .focus import Focus
from .shape import CODE_KINDS
from .weights import Factor

_MOST_AROUND: Final = 400
"""Of each sort. A glob may import a module of thousands."""
_MOST_PEERS: Final = 60
"""Of each sort: functions whose uses are looked at."""
_MEMBERS: Final[dict[Around, float]] = {
    "signature": 1.0, "result": 0.5, "import": 0.45, "owner": 0.3, "field": 0.3,
}  # fmt: skip
"""In [0, 1]: how likely a member is used by whose member it is."""
_PARTS: Final[dict[Around, float]] = {"self": 1.0, "part": 0.8}
_IMPORT: Final = 0.7
_NEARBY: Final = 6.0
"""Functions of a file further apart than this count half."""
_LINES: Final = 40.0
"""Lines of a file further away than this count half."""
_MANY: Final = math.log(8.0)
"""Seven that use something count as much as any more."""
_MANY_TWINS: Final = math.log(4.0)

Values = dict[NodeId, float]


@dataclass(frozen=True, slots=True)
class Habits:
    """Factors in [0, 1] by item; those of a type's fields and variants are to be rolled up."""

    values: Mapping[Factor, Mapping[NodeId, float]] = field(
        default_factory=dict[Factor, Mapping[NodeId, float]]
    )
    rests_on: frozenset[NodeId] = frozenset()
    """Everything whose edges were looked at: only a change of one of these can change them."""

    def candidates(self, weights: Mapping[Factor, float]) -> Values:
        """Everything that some factor speaks for, with what they add to its score."""
        found: Values = {}
        for name, values in self.values.items():
            for id, value in values.items():
                found[id] = found.get(id, 0.0) + weights.get(name, 0.0) * value
        return found


def find_habits(store: GraphStore, focus: Focus | None, near: Mapping[NodeId, float]) -> Habits:
    """What speaks for items around the target, in two queries; nothing without a target.

    ``near`` are items like the target with their likeness in [0, 1].
    """
    target = focus.target if focus is not None else None
    if focus is None or target is None:
        return Habits()
    declared = [id for id, touch in focus.touched.items() if touch.manner == "signature"]
    standing = around(
        store, target.id, declared=declared, imported=sorted(focus.imports), limit=_MOST_AROUND
    )
    own = focus.member_ids
    kin = _peers(standing["kin"], own)
    twins = _peers(standing["twin"], own)
    beside = _beside(focus, target)
    alike = {id: likeness for id, likeness in near.items() if id not in own and likeness > 0.0}
    peers = list(dict.fromkeys([*kin, *twins, *beside, *alike]))
    used: dict[NodeId, set[NodeId]] = {}
    for source, target_id in uses_of(store, peers):
        used.setdefault(source, set()).add(target_id)
    members: Values = {}
    for how, weight in _MEMBERS.items():
        _raise(members, standing[how], weight)
    parts: Values = {}
    for how, weight in _PARTS.items():
        _raise(parts, standing[how], weight)
    _raise(parts, focus.imports, _IMPORT)
    return Habits(
        {
            "kin": _shares(kin, used),
            "twin": _counts(twins, used, _MANY_TWINS),
            "alike": _mixed(_shares(alike, used), _counts(alike, used, _MANY)),
            "beside": _nearest(beside, used),
            "member": members,
            "part": parts,
            "proximity": _proximity(focus, target),
        },
        frozenset([*peers, *standing["self"], *standing["part"], *standing["trait"], target.id]),
    )


def _peers(ids: Sequence[NodeId], own: frozenset[NodeId]) -> Values:
    return dict.fromkeys([id for id in ids if id not in own][:_MOST_PEERS], 1.0)


def _beside(focus: Focus, target: GraphItem) -> Values:
    """The functions of the file, those near the target more."""
    tests = is_test_code(target)
    functions = [
        item
        for item in focus.file_items
        if item.kind in CODE_KINDS and (item.id == target.id or tests or not is_test_code(item))
    ]
    functions.sort(key=lambda item: item.start)
    own = focus.member_ids
    at = next((n for n, item in enumerate(functions) if item.id == target.id), 0)
    return {
        item.id: 1.0 / (1.0 + abs(n - at) / _NEARBY)
        for n, item in enumerate(functions)
        if item.id not in own and abs(n - at) <= _MOST_PEERS // 2
    }


def _proximity(focus: Focus, target: GraphItem) -> Values:
    """1 at the target, falling with the lines between, for the items of its file."""
    own = focus.member_ids
    return {
        item.id: 1.0 / (1.0 + abs(item.line - target.line) / _LINES)
        for item in focus.file_items
        if item.id not in own
    }


def _sums(peers: Mapping[NodeId, float], used: Mapping[NodeId, Iterable[NodeId]]) -> Values:
    found: Values = {}
    for peer, weight in peers.items():
        for id in used.get(peer, ()):
            found[id] = found.get(id, 0.0) + weight
    return found


def _shares(peers: Mapping[NodeId, float], used: Mapping[NodeId, Iterable[NodeId]]) -> Values:
    """How large a share of the peers use something; the root spreads what few do."""
    whole = sum(peers.values())
    return {id: math.sqrt(min(1.0, s / whole)) for id, s in _sums(peers, used).items()}


def _counts(
    peers: Mapping[NodeId, float], used: Mapping[NodeId, Iterable[NodeId]], many: float
) -> Values:
    """How many of the peers use something, on a logarithmic scale."""
    return {id: min(1.0, math.log1p(s) / many) for id, s in _sums(peers, used).items()}


def _nearest(peers: Mapping[NodeId, float], used: Mapping[NodeId, Iterable[NodeId]]) -> Values:
    """The weight of the weightiest peer that uses something."""
    found: Values = {}
    for peer, weight in peers.items():
        _raise(found, used.get(peer, ()), weight)
    return found


def _mixed(first: Values, second: Values) -> Values:
    return {id: (value + second.get(id, 0.0)) / 2.0 for id, value in first.items()}


def _raise(values: Values, ids: Iterable[NodeId], weight: float) -> None:
    for id in ids:
        known = values.get(id, 0.0)
        values[id] = weight if weight > known else known
