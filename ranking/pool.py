"""The candidates of one retrieval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..graph.model import GraphItem, NodeId
from ..graph.store import GraphStore
from . import weights as w
from .focus import Focus
from .seeds import Origin, Seeds, strongest
from .shape import PARTS
from .touch import Touch

_NOT_RANKED: Final = PARTS | {"crate"}


class Pool:
    """Candidates by id, with fields and variants standing for the item they are part of."""

    def __init__(
        self, known: Mapping[NodeId, GraphItem], holders: Mapping[NodeId, GraphItem]
    ) -> None:
        self.holders = holders
        self.all_ids = list(known)
        self.items: dict[NodeId, GraphItem] = {}
        self.parts: dict[NodeId, list[GraphItem]] = {}
        self._whole: dict[NodeId, NodeId] = {}
        for item in known.values():
            whole = item
            while whole.kind in PARTS and whole.parent is not None and whole.parent in holders:
                whole = holders[whole.parent]
            if whole.kind in _NOT_RANKED or (whole.kind == "impl" and " for " not in whole.name):
                # An inherent impl block says nothing that its methods and its type don't.
                continue
            self._whole[item.id] = whole.id
            self.items[whole.id] = whole
            if whole is not item:
                self.parts.setdefault(whole.id, []).append(item)

    def whole(self, id: NodeId) -> NodeId | None:
        """The candidate that stands for an id; None where it is none."""
        return self._whole.get(id)

    def roll(self, values: Mapping[NodeId, float]) -> dict[NodeId, float]:
        """The best value among an item and its parts."""
        rolled: dict[NodeId, float] = {}
        for id, value in values.items():
            whole = self._whole.get(id)
            if whole is not None:
                known = rolled.get(whole, 0.0)
                rolled[whole] = value if value > known else known
        return rolled

    def roll_origins(self, seeds: Seeds) -> dict[NodeId, dict[Origin, float]]:
        """Why each candidate was a seed, its parts' reasons included."""
        rolled: dict[NodeId, dict[Origin, float]] = {}
        for id, origins in seeds.origins.items():
            whole = self._whole.get(id)
            if whole is None:
                continue
            into = rolled.setdefault(whole, {})
            for origin, weight in origins.items():
                into[origin] = max(into.get(origin, 0.0), weight)
        return rolled

    def roll_touches(self, focus: Focus) -> dict[NodeId, Touch]:
        """What the place mentions, the place's own items left out."""
        rolled: dict[NodeId, Touch] = {}
        for id, touch in focus.touched.items():
            whole = self._whole.get(id)
            if whole is None or whole in focus.member_ids:
                continue
            known = rolled.get(whole)
            if known is None or touch.weight > known.weight:
                rolled[whole] = touch
        return rolled


def read_pool(
    store: GraphStore,
    seeds: Seeds,
    reached: Mapping[NodeId, float],
    habitual: Mapping[NodeId, float],
) -> Pool:
    """The items behind seeds, what expansion reached, and what is used around the place, with
    their parents, in three queries."""
    scores = dict(reached)
    for id, weight in seeds.weights.items():
        scores[id] = max(weight, scores.get(id, 0.0))
    wanted = strongest(scores, w.POOL_LIMIT) | strongest(habitual, w.HABITUAL_LIMIT)
    known = {id: seeds.known[id] for id in wanted if id in seeds.known}
    known.update((i.id, i) for i in store.items(id for id in wanted if id not in known))
    holders: dict[NodeId, GraphItem] = {}
    below = list(known.values())
    # Twice, since a variant's field belongs to the enum two steps up.
    for _ in range(2):
        parents = {i.parent for i in below if i.parent is not None and i.parent not in holders}
        near = {id: seeds.known.get(id) or known.get(id) for id in parents}
        read = store.items(id for id, item in near.items() if item is None)
        found = [item for item in near.values() if item is not None] + read
        holders.update((item.id, item) for item in found)
        below = [item for item in found if item.kind in PARTS]
    return Pool(known, holders)
