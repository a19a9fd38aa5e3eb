"""What the text at a place mentions, and in which manner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..graph.lookup import members_named, unresolved_names
from ..graph.model import Edge, GraphItem, NodeId
from ..graph.query import PROVENANCE_WEIGHT
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .model import Place
from .shape import CODE_KINDS, CONTAINERS, PARTS, signature_end

TOUCHING: Final = ("calls", "uses_type", "implements", "overrides", "associated")
"""Edges out of an item to what its text mentions by name and an edit of it has to get right."""

Manner: TypeAlias = Literal["selection", "signature", "owner", "body", "result"]
"""Where an item is mentioned: in the selected text; in the item's own declaration; for a method, in
its owner's; elsewhere in the text; or not at all, but in what a called function gives back."""


@dataclass(frozen=True, slots=True)
class Touch:
    """How the place mentions an item: the weightiest manner, and a weight in [0, 1]."""

    manner: Manner
    weight: float


class Touches:
    """Collects what a target, or several selected items, mention."""

    def __init__(
        self,
        *,
        store: GraphStore,
        sources: Sources,
        place: Place,
        target: GraphItem | None,
        members: Sequence[GraphItem],
        owner: GraphItem | None,
    ) -> None:
        """``members`` are the target and all in it; ``owner`` is the impl block or trait around."""
        self.store = store
        self.sources = sources
        self.place = place
        self.target = target
        self.owner = owner
        self.inside = {item.id: item for item in members}
        source = sources.read(place.file)
        self._heads = {
            item.id: signature_end(source, item) for item in members if item.kind not in PARTS
        }
        self.touched: dict[NodeId, Touch] = {}
        self.items: list[GraphItem] = []
        """The touched items."""
        self.imports: set[NodeId] = set()
        """What the modules import."""

    def read(self, modules: Iterable[NodeId]) -> None:
        """Ask the store, with the same few queries however much is touched."""
        around = set(modules)
        asked = [*self.inside, *around] + ([self.owner.id] if self.owner is not None else [])
        for edge in self.store.edges(asked, kinds=(*TOUCHING, "imports")):
            if edge.source in around:
                if edge.kind == "imports":
                    self.imports.add(edge.target)
            elif edge.kind != "imports":
                self._add(edge.target, self._manner(edge), edge.provenance)
        self._add_likely()
        self.items = self.store.items(self.touched)
        self._add_results()

    def _add(self, id: NodeId, manner: Manner, provenance: str) -> None:
        if id in self.inside:
            return
        weight = w.MANNERS[manner] * PROVENANCE_WEIGHT.get(provenance, 0.5)
        known = self.touched.get(id)
        if known is None or weight > known.weight:
            self.touched[id] = Touch(manner, weight)

    def _add_likely(self) -> None:
        """Methods that unplaced calls may mean.

        No edge is guessed for ``x.chance(…)`` where the type of ``x`` isn't known; but a type or
        trait that is mentioned here may have a method of that name.
        """
        missing = unresolved_names(self.store, self.inside)
        owners = {**self.touched, **dict.fromkeys(self.imports)}
        for id in members_named(self.store, owners, missing):
            if id not in self.inside:
                self.touched.setdefault(id, Touch("body", w.LIKELY_TOUCH))

    def _add_results(self) -> None:
        """Types that the workspace's called functions give back: values the text handles without
        ever naming their type."""
        called = {i.id: i for i in self.items if i.kind in CODE_KINDS and not i.is_dependency}
        before = set(self.touched)
        for edge in self.store.edges(called, kinds=("uses_type",)):
            item = called[edge.source]
            source = self.sources.read(item.file)
            end = signature_end(source, item)
            arrow = (source or b"").rfind(b"->", item.def_start, end)
            if arrow >= 0 and any(arrow < start and stop <= end for start, stop in edge.uses):
                self._add(edge.target, "result", edge.provenance)
        self.items += self.store.items(id for id in self.touched if id not in before)

    def _manner(self, edge: Edge) -> Manner:
        source = self.inside.get(edge.source)
        if source is None:
            return "owner"
        place, target = self.place, self.target
        if place.end > place.start and any(
            place.start <= start and end <= place.end for start, end in edge.uses
        ):
            return "selection"
        if source.kind in PARTS:
            # What a field or variant is made of is part of its owner's declaration.
            return "signature"
        if target is not None and source.id != target.id and target.kind not in CONTAINERS:
            return "body"
        if edge.kind == "associated":
            return "signature"
        head = self._heads.get(source.id, 0)
        return "signature" if any(end <= head for _, end in edge.uses) else "body"
