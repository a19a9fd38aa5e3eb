"""What linking yields, as rows: collected file by file, compared with what the store holds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from .batch import Batch, EdgeKey, MissKey, StoredRows
from .ids import module_key, node_id
from .link import Linker, Links
from .model import PROVENANCES, NodeId
from .rows import item_row_of
from .surface import is_stored, is_surface
from .symbols import Definition, Part, Unit, kept_reads
from .uses import pack_uses, unpack_uses

STRUCTURE: Final = ("contains", "expands_to")
"""Edges that follow from where an item stands; all others come from linking their source."""

_ADT: Final = frozenset(("field", "variant"))
_BREATH: Final = 16
"""Definitions after which other threads get a turn: compiled code gives none by itself."""


@dataclass(slots=True)
class Rows:
    """Rows of items, edges and unresolved mentions, each by its key."""

    items: dict[NodeId, list[Any]] = field(default_factory=dict[NodeId, list[Any]])
    edges: dict[EdgeKey, list[Any]] = field(default_factory=dict[EdgeKey, list[Any]])
    unresolved: dict[MissKey, list[Any]] = field(default_factory=dict[MissKey, list[Any]])

    def add_links(self, links: Links, start: int) -> None:
        """Merge the edges that leave one definition, whose text begins at ``start``."""
        for row in links.edge_rows(start):
            key = (row[0], row[1], row[2])
            known = self.edges.get(key)
            self.edges[key] = row if known is None else _merged(known, row)
        for row in links.unresolved_rows(start):
            self.unresolved[(row[0], row[1], row[2], row[3])] = row

    def add_structure(self, definition: Definition) -> None:
        """The edges that lead to a definition because of where it stands."""
        for source, kind in structure_of(definition):
            self.edges[(source, kind, definition.id)] = [
                source, kind, definition.id, "resolved", b"",
            ]  # fmt: skip

    def update(self, other: Rows) -> None:
        """Take in all rows of another."""
        self.items.update(other.items)
        self.edges.update(other.edges)
        self.unresolved.update(other.unresolved)

    def drop_structure(self) -> None:
        """Leave only the edges that linking made."""
        self.edges = {key: row for key, row in self.edges.items() if key[1] not in STRUCTURE}

    def difference(self, old: Rows | StoredRows, batch: Batch) -> None:
        """Fill a batch with what has to change so that ``old`` becomes this."""
        for name, new_rows, old_rows in (
            ("items", self.items, old.items),
            ("edges", self.edges, old.edges),
            ("unresolved", self.unresolved, old.unresolved),
        ):
            _difference(name, new_rows, old_rows, batch)


def _difference(
    name: str, new: dict[Any, list[Any]], old: dict[Any, list[Any]], batch: Batch
) -> None:
    batch.add(name, [row for key, row in new.items() if old.get(key) != row])
    gone = [key for key in old if key not in new]
    batch.drop(name, [list(key) if name != "items" else [key] for key in gone])
    batch.grow(name, len(new.keys() - old.keys()) - len(gone))


def _merged(left: list[Any], right: list[Any]) -> list[Any]:
    """Two rows of one edge: the better provenance, the uses of both."""
    uses = sorted({*unpack_uses(left[4]), *unpack_uses(right[4])})
    best = min(left[3], right[3], key=PROVENANCES.index)
    return [*left[:3], best, pack_uses(uses)]


def structure_of(definition: Definition) -> list[tuple[NodeId, str]]:
    """(source, kind) of the edges to a definition that follow from where it stands."""
    found: list[tuple[NodeId, str]] = []
    if definition.parent is not None:
        found.append((definition.parent.id, "contains"))
    if definition.expanded_by is not None and is_stored(definition.expanded_by):
        found.append((definition.expanded_by.id, "expands_to"))
    return found


def own_definitions(part: Part) -> Iterable[Definition]:
    """What a file answers for: its module, and its items but for modules that are files."""
    yield part.module
    for definition in part.definitions:
        if definition.opens is None:
            yield definition


def link_root(definition: Definition) -> Definition:
    """The definition together with which one is linked: fields belong to their type."""
    while definition.kind in _ADT and definition.parent is not None:
        definition = definition.parent
    return definition


def link_definition(linker: Linker, definition: Definition, rows: Rows) -> None:
    """Add every edge that leaves one definition, fields and structure left out."""
    source = link_root(definition)
    part = definition.opens
    item = source.item
    start = item.start if item is not None and source.opens is None else 0
    rows.add_links(linker.link(definition), start)
    if definition.kind == "crate":
        rows.add_links(linker.depends(definition), start)
    scope = definition.scope
    if definition.kind in ("module", "crate") and scope is not None:
        rows.add_links(linker.imports(definition, scope), start)
        unit = part.unit if part is not None else definition.unit
        if unit is not None:
            wanted = -1 if part is not None else definition.index
            calls = [call for call in unit.facts.macros if call.parent == wanted]
            if calls:
                rows.add_links(linker.macro_calls(definition, scope, calls), start)
    if definition.body_scope is not None:
        rows.add_links(linker.imports(definition, definition.body_scope), start)


def part_rows(linker: Linker, part: Part) -> Rows:
    """Everything one file contributes to the graph; what linking looks up is kept in it."""
    rows = Rows()
    link_part(linker, part, None, rows)
    part.is_linked = not part.module.crate.is_dependency
    return rows


def link_part(linker: Linker, part: Part, roots: set[Definition] | None, rows: Rows) -> set[NodeId]:
    """Link a file's definitions, those that belong to ``roots`` or all; gives their ids.

    What the whole of a file contributes holds its items, too.
    """
    reads = linker.world.resolver.reads
    looked_up: dict[Definition, set[tuple[Any, Any]]] = {}
    linked: set[NodeId] = set()
    is_dependency = part.module.crate.is_dependency
    for definition in own_definitions(part):
        root = link_root(definition)
        if roots is not None:
            if root not in roots:
                continue
        else:
            if is_dependency and not is_surface(definition):
                continue
            row = item_row_of(definition)
            if row is None:
                continue
            rows.items[definition.id] = row
            rows.add_structure(definition)
        linked.add(definition.id)
        if len(linked) % _BREATH == 0:
            time.sleep(0)
        seen = looked_up.get(root)
        if seen is None:
            looked_up[root] = reads.begin()
        else:
            reads.seen = seen
        link_definition(linker, definition, rows)
    if not is_dependency:
        for root, seen in looked_up.items():
            root.reads = kept_reads(seen)
    return linked


def document_rows(unit: Unit) -> Rows:
    """The sections of a Markdown file."""
    rows = Rows()
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
    return rows
