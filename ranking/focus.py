"""Where the task stands: the item at a place, what holds it, and what it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..graph.lookup import members_named, unresolved_names
from ..graph.model import Edge, GraphItem, NodeId
from ..graph.query import PROVENANCE_WEIGHT
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .errors import UnknownPlace
from .model import Place
from .shape import CONTAINERS, signature_end

TOUCHING: Final = (
    "calls",
    "uses_type",
    "implements",
    "overrides",
    "associated",
)
"""Edges out of an item to what its text mentions by name and an edit of it has to get right."""

PARTS: Final = frozenset(("field", "variant"))
"""Kinds that are shown and ranked as part of the item that holds them."""

_OPEN: Final = frozenset(("module", "crate"))
"""Kinds whose inside is a place to put things, not an item to work on."""

Manner: TypeAlias = Literal["selection", "signature", "owner", "body"]
"""Where an item mentions another: in the selected text, in its own declaration (or, for a method,
its owner's), or elsewhere."""

MANNER_WEIGHT: Final[dict[Manner, float]] = {
    "selection": 1.0,
    "signature": 1.0,
    "owner": 0.9,
    "body": 0.8,
}


@dataclass(frozen=True, slots=True)
class Touch:
    """How the place mentions an item: the weightiest manner, and a weight in [0, 1]."""

    manner: Manner
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """The surroundings of a place."""

    place: Place
    target: GraphItem | None
    """The innermost item worth working on; None between items or where several are selected."""
    members: tuple[GraphItem, ...]
    """The target and everything in it; without a target, the items a selection overlaps."""
    holders: tuple[GraphItem, ...]
    """What encloses the target, innermost first, up to the crate."""
    file_items: tuple[GraphItem, ...]
    touched: dict[NodeId, Touch]
    """What the members mention, themselves excluded."""
    imports: frozenset[NodeId]
    """What the modules of this file import, the glob's module standing for a glob."""

    @property
    def module(self) -> GraphItem | None:
        """The module the place is in."""
        return next((item for item in self.holders if item.kind in _OPEN), None)

    @property
    def owner(self) -> GraphItem | None:
        """The impl block or trait that holds the target."""
        first = self.holders[0] if self.holders else None
        return first if first is not None and first.kind in CONTAINERS else None

    @property
    def member_ids(self) -> frozenset[NodeId]:
        return frozenset(item.id for item in self.members)


def find_focus(store: GraphStore, sources: Sources, place: Place) -> Focus:
    """The focus at a place. Raises `UnknownPlace` for a file the graph doesn't hold."""
    items = store.items_in_file(place.file)
    if not items:
        raise UnknownPlace(f"The graph holds nothing of {place.file}.")
    target = target_at(items, place)
    if target is not None:
        members = [i for i in items if target.start <= i.start and i.end <= target.end]
    elif place.end > place.start:
        members = [
            i for i in items if i.kind not in _OPEN and i.start < place.end and i.end > place.start
        ]
    else:
        members = []
    holders = _holders(store, items, target, place)
    modules = {i.id for i in items if i.kind in _OPEN} | {h.id for h in holders if h.kind in _OPEN}
    owner = holders[0] if holders and holders[0].kind in CONTAINERS else None
    touches = _Touches(place=place, target=target, members=members, sources=sources)
    asked = [*touches.inside, *modules] + ([owner.id] if owner is not None else [])
    touched: dict[NodeId, Touch] = {}
    imports: set[NodeId] = set()
    for edge in store.edges(asked, kinds=(*TOUCHING, "imports")):
        if edge.source in modules:
            if edge.kind == "imports":
                imports.add(edge.target)
        elif edge.kind != "imports" and edge.target not in touches.inside:
            touch = touches.touch(edge)
            known = touched.get(edge.target)
            if known is None or touch.weight > known.weight:
                touched[edge.target] = touch
    missing = unresolved_names(store, touches.inside)
    for id in members_named(store, {**touched, **dict.fromkeys(imports)}, missing):
        # No edge is guessed for ``rng.chance(…)`` with ``rng: ResMut<BattleRng>``; but a type that
        # is mentioned here has a method of that name.
        if id not in touches.inside:
            touched.setdefault(id, Touch("body", w.LIKELY_TOUCH))
    return Focus(
        place=place,
        target=target,
        members=tuple(members),
        holders=tuple(holders),
        file_items=tuple(items),
        touched=touched,
        imports=frozenset(imports),
    )


def target_at(items: Sequence[GraphItem], place: Place) -> GraphItem | None:
    """The innermost item whose span holds the place; fields and variants stand for their owner."""
    around = [
        i
        for i in items
        if i.start <= place.start and place.end <= i.end and i.kind not in PARTS | _OPEN
    ]
    # What one macro call defines stands in one place: the type before its methods.
    return min(
        around, key=lambda i: (i.end - i.start, -i.start, len(i.qualified_path)), default=None
    )


def _holders(
    store: GraphStore, items: Sequence[GraphItem], target: GraphItem | None, place: Place
) -> list[GraphItem]:
    """Parents up to the crate. Those outside the file are asked for one at a time: a handful."""
    known = {item.id: item for item in items}
    if target is not None:
        parent = target.parent
    else:
        around = [
            i for i in items if i.kind in _OPEN and i.start <= place.start and place.end <= i.end
        ]
        inner = min(around, key=lambda i: i.end - i.start, default=None)
        outermost = min(items, key=lambda i: (i.start, -i.end))
        parent = inner.id if inner is not None else outermost.parent
    found: list[GraphItem] = []
    while parent is not None and len(found) < 64:
        holder = known.get(parent) or store.item(parent)
        if holder is None:
            break
        found.append(holder)
        parent = holder.parent
    return found


class _Touches:
    """Tells in which manner an edge out of the focus mentions its target."""

    def __init__(
        self,
        *,
        place: Place,
        target: GraphItem | None,
        members: Sequence[GraphItem],
        sources: Sources,
    ) -> None:
        self.place = place
        self.target = target
        self.inside = {item.id: item for item in members}
        source = sources.read(place.file)
        self._heads = {
            item.id: signature_end(source, item) for item in members if item.kind not in PARTS
        }

    def touch(self, edge: Edge) -> Touch:
        """The manner and its weight, less for what is less surely known."""
        manner = self._manner(edge)
        known = PROVENANCE_WEIGHT.get(edge.provenance, 0.5)
        return Touch(manner, MANNER_WEIGHT[manner] * known)

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
