"""What linking yields, as rows: collected by crate, compared with the store, written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .ids import module_key, node_id
from .link import Linker, Links
from .model import NodeId
from .rows import item_row_of
from .store import Batch, EdgeKey, MissKey, StoredRows, pack_uses, unpack_uses
from .symbols import Crate, Definition, Scope, Unit
from .world import World

_EVERY = 500
"""Definitions between two looks at progress and cancellation."""


@dataclass(slots=True)
class Rows:
    """Rows of items, edges and unresolved mentions, each by its key."""

    items: dict[NodeId, list[Any]] = field(default_factory=dict[NodeId, list[Any]])
    edges: dict[EdgeKey, list[Any]] = field(default_factory=dict[EdgeKey, list[Any]])
    unresolved: dict[MissKey, list[Any]] = field(default_factory=dict[MissKey, list[Any]])

    def relations(self) -> Iterator[tuple[str, list[list[Any]]]]:
        """(relation, rows) for each."""
        yield "items", list(self.items.values())
        yield "edges", list(self.edges.values())
        yield "unresolved", list(self.unresolved.values())

    def add_links(self, links: Links) -> None:
        """Merge the edges that leave one definition."""
        for row in links.edge_rows():
            key = (row[0], row[1], row[2])
            known = self.edges.get(key)
            self.edges[key] = row if known is None else _merged(known, row)
        for row in links.unresolved_rows():
            self.unresolved[(row[0], row[1], row[2], row[3])] = row

    def difference(self, old: Rows | StoredRows, batch: Batch) -> tuple[set[NodeId], set[NodeId]]:
        """Fill a batch with what has to change; gives the items changed and removed."""
        changed = {i for i, row in self.items.items() if old.items.get(i) != row}
        removed = set(old.items) - set(self.items)
        batch.add("items", (self.items[i] for i in changed))
        batch.drop("items", ([i] for i in removed))
        for name in ("edges", "unresolved"):
            new_rows: dict[Any, list[Any]] = getattr(self, name)
            old_rows: dict[Any, list[Any]] = getattr(old, name)
            batch.add(name, (row for key, row in new_rows.items() if old_rows.get(key) != row))
            batch.drop(name, (list(key) for key in old_rows if key not in new_rows))
        return changed, removed


def _merged(left: list[Any], right: list[Any]) -> list[Any]:
    """Two rows of one edge: the better provenance, the uses of both."""
    uses = sorted({*unpack_uses(left[4]), *unpack_uses(right[4])})
    order = ("exact", "resolved", "typed", "dispatch")
    best = min(left[3], right[3], key=order.index)
    return [*left[:3], best, pack_uses(uses)]


class RowPlan:
    """Rows of every crate that was linked."""

    def __init__(self) -> None:
        self._by_crate: dict[str, Rows] = {}
        self._own: set[str] = set()
        self.files: set[str] = set()

    def crate(self, key: str) -> Rows | None:
        """The rows of one crate."""
        return self._by_crate.get(key)

    def workspace(self) -> Rows:
        """The rows of all the workspace's own crates and documents."""
        merged = Rows()
        for key in self._own:
            rows = self._by_crate[key]
            merged.items.update(rows.items)
            merged.edges.update(rows.edges)
            merged.unresolved.update(rows.unresolved)
        return merged

    def rows(self, key: str, *, own: bool) -> Rows:
        """The rows to fill for a crate."""
        if own:
            self._own.add(key)
        return self._by_crate.setdefault(key, Rows())

    def add_document(self, unit: Unit) -> None:
        """The sections of a Markdown file."""
        rows = self.rows("", own=True)
        self.files.add(unit.path)
        key = module_key(unit.path)
        ids: list[NodeId] = []
        counts: dict[tuple[str, str], int] = {}
        for index, item in enumerate(unit.facts.items):
            owner = unit.facts.items[item.parent].name if item.parent >= 0 else ""
            ordinal = counts.get((owner, item.name), 0)
            counts[(owner, item.name)] = ordinal + 1
            identity = node_id(key, item.kind, owner, item.name, ordinal)
            ids.append(identity)
            parent = ids[item.parent] if item.parent >= 0 else None
            rows.items[identity] = [
                identity, item.kind, item.name, f"{unit.path}#{item.name}", "", unit.path, parent,
                item.start, item.def_start, item.end, item.name_start, item.name_end, item.line,
                item.end_line, item.signature, item.visibility, item.doc, "\n".join(item.attrs), "",
                unit.hashes[index],
            ]  # fmt: skip
            if parent is not None:
                rows.edges[(parent, "contains", identity)] = [
                    parent, "contains", identity, "resolved", b"",
                ]  # fmt: skip


def plan_crates(
    plan: RowPlan, world: World, crates: list[Crate], told: Callable[[int, int], None]
) -> None:
    """Link every definition of these crates into the plan."""
    linker = Linker(world.impls)
    total = sum(len(crate.definitions) for crate in crates)
    done = 0
    for crate in crates:
        rows = plan.rows(crate.key, own=not crate.is_dependency)
        contents: dict[int, Unit] = {}
        for unit, scope in crate.units.values():
            contents[id(scope)] = unit
            if not crate.is_dependency:
                plan.files.add(unit.path)
        for definition in crate.definitions:
            done += 1
            if done % _EVERY == 0:
                told(done, total)
            if crate.is_dependency and not is_surface(definition):
                continue
            row = item_row_of(definition, contents)
            if row is None:
                continue
            rows.items[definition.id] = row
            rows.add_links(linker.link(definition))
            scope = definition.scope
            if definition.kind == "crate":
                rows.add_links(linker.depends(definition))
            if definition.kind in ("module", "crate") and scope is not None:
                rows.add_links(linker.imports(definition, scope))
                rows.add_links(_item_macros(linker, definition, scope, contents))
            if definition.body_scope is not None:
                rows.add_links(linker.imports(definition, definition.body_scope))
    told(total, total)


def _item_macros(
    linker: Linker, module: Definition, scope: Scope, contents: dict[int, Unit]
) -> Links:
    """Macro calls among a module's items; inline modules share their file's list."""
    inner = contents.get(id(scope))
    unit = inner or module.unit
    if unit is None:
        return Links(module)
    wanted = -1 if inner is not None else module.index
    calls = [call for call in unit.facts.macros if call.parent == wanted]
    return linker.macro_calls(module, scope, calls)


def is_surface(definition: Definition) -> bool:
    """Whether users of a dependency can meet a definition: public, or on the way to it."""
    if definition.kind in ("crate", "module", "impl", "variant"):
        return definition.active
    item = definition.item
    if item is None or not definition.active:
        return False
    parent = definition.parent
    if parent is not None and parent.kind == "trait":
        return True
    if parent is not None and parent.kind == "impl" and parent.item is not None:
        return parent.item.detail[0] is not None or item.visibility == "pub"
    if definition.kind == "macro":
        return bool(item.detail[0])
    if definition.kind == "field" and parent is not None and parent.kind == "variant":
        return True
    if definition.kind == "function" and any("proc_macro" in a for a in item.attrs):
        return True
    return item.visibility == "pub"
