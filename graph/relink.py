"""Linking again what an edit touches, and the difference to what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .batch import Batch
from .changes import Seen
from .edited import Edited
from .link import Linker
from .model import NodeId
from .plan import Rows, link_part, link_root, own_definitions, part_rows
from .reach import reads_of
from .replace import Replaced
from .store import GraphStore
from .symbols import Definition, Part


@dataclass(slots=True)
class Changed:
    """Ids of items that changed in any way, and of those that are no more."""

    changed: set[NodeId] = field(default_factory=set[NodeId])
    removed: set[NodeId] = field(default_factory=set[NodeId])
    linked: set[NodeId] = field(default_factory=set[NodeId])
    """What was linked again for it."""


def relink(
    store: GraphStore,
    linker: Linker,
    replaced: Replaced,
    batch: Batch,
    result: Changed,
    check: Callable[[], None],
) -> None:
    """Fill a batch with everything a replacement changes in the graph."""
    before: dict[bytes, Seen] = {}
    after: dict[bytes, Seen] = {}
    for edited in replaced.edited:
        # A module is seen with its declaration and with its file: the first one saw it as it was.
        before = {**edited.before, **before}
        after.update(edited.after)
    _items(before, after, batch, result)
    rows = Rows()
    gone = before.keys() - after.keys()
    sources = set(gone)
    wanted = dict(replaced.touched)
    for edited in replaced.edited:
        module = edited.part.module
        if not edited.is_gone:
            _add_roots(wanted, edited.part, _changed_roots(edited))
        elif module.id in after and module.opens is None and module.part is not None:
            # A module whose file went imports nothing any more.
            _add_roots(wanted, module.part, {module})
    for part, roots in wanted.items():
        check()
        looked_up = reads_of(own_definitions(part))
        if roots is None:
            rows.update(part_rows(linker, part))
            sources.update(d.id for d in own_definitions(part))
        else:
            sources |= link_part(linker, part, roots, rows)
        replaced.reach.linked(part, looked_up)
    result.linked |= sources - gone
    rows.items.clear()
    rows.drop_structure()
    rows.difference(store.links_of([[i] for i in sources]), batch)


def _items(
    before: dict[bytes, Seen], after: dict[bytes, Seen], batch: Batch, result: Changed
) -> None:
    """Rows of items, and the edges that follow from where they stand."""
    for identity, seen in after.items():
        old = before.get(identity)
        if seen.row is not None and (old is None or old.row != seen.row):
            batch.add("items", [seen.row])
            batch.grow("items", 1 if old is None else 0)
            result.changed.add(identity)
        had: set[tuple[NodeId, str]] = set(old.structure if old is not None else ())
        has = set(seen.structure)
        batch.add("edges", ([s, kind, identity, "resolved", b""] for s, kind in has - had))
        batch.drop("edges", ([s, kind, identity] for s, kind in had - has))
        batch.grow("edges", len(has) - len(had))
    for identity, old in before.items():
        if identity not in after:
            batch.drop("items", [[identity]])
            batch.drop("edges", ([s, kind, identity] for s, kind in old.structure))
            batch.grow("items", -1)
            batch.grow("edges", -len(old.structure))
            result.removed.add(identity)


def _add_roots(
    wanted: dict[Part, set[Definition] | None], part: Part, roots: set[Definition]
) -> None:
    """Add to what is linked of a file, where that isn't all of it."""
    known = wanted.get(part, roots)
    if known is not None:
        wanted[part] = known | roots


def _changed_roots(edited: Edited) -> set[Definition]:
    """What of a file has another text, and its module."""
    roots: set[Definition] = {edited.part.module}
    for identity, seen in edited.after.items():
        old = edited.before.get(identity)
        if old is None or old.hash != seen.hash or old.surface != seen.surface:
            roots.add(link_root(seen.definition))
    return roots
