"""Where the task stands: the item at a place, what holds it, and what it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..graph.model import GraphItem, NodeId
from ..graph.sources import Sources
from ..graph.store import GraphStore
from .errors import UnknownPlace
from .model import Place
from .shape import CONTAINERS, PARTS
from .touch import Touch, Touches

_OPEN: Final = frozenset(("module", "crate"))
"""Kinds whose inside is a place to put things, not an item to work on."""


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
    touched_items: tuple[GraphItem, ...]
    imports: frozenset[NodeId]
    """What the modules of this file import, the glob's module standing for a glob."""

    # Asked for every candidate.
    module: GraphItem | None = field(init=False)
    """The module the place is in."""
    owner: GraphItem | None = field(init=False)
    """The impl block or trait that holds the target."""
    member_ids: frozenset[NodeId] = field(init=False)

    def __post_init__(self) -> None:
        module = next((item for item in self.holders if item.kind in _OPEN), None)
        first = self.holders[0] if self.holders else None
        owner = first if first is not None and first.kind in CONTAINERS else None
        object.__setattr__(self, "module", module)
        object.__setattr__(self, "owner", owner)
        object.__setattr__(self, "member_ids", frozenset(item.id for item in self.members))


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
    touches = Touches(
        store=store, sources=sources, place=place, target=target, members=members, owner=owner
    )
    touches.read(modules)
    return Focus(
        place=place,
        target=target,
        members=tuple(members),
        holders=tuple(holders),
        file_items=tuple(items),
        touched=touches.touched,
        touched_items=tuple(touches.items),
        imports=frozenset(touches.imports),
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
