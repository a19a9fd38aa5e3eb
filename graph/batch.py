"""Rows as the store takes and gives them: changes to write together, and records as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .model import Edge, FileRecord, GraphItem, NodeId
from .uses import pack_uses, unpack_uses

EdgeKey: TypeAlias = tuple[bytes, str, bytes]
MissKey: TypeAlias = tuple[bytes, str, str, int]


@dataclass(slots=True)
class Batch:
    """Changes to write together. Rows are in the order of the relation's columns."""

    put: dict[str, list[list[Any]]] = field(default_factory=dict[str, list[list[Any]]])
    remove: dict[str, list[list[Any]]] = field(default_factory=dict[str, list[list[Any]]])
    growth: dict[str, int] = field(default_factory=dict[str, int])
    """Rows a relation will have more, by name, as far as the batch's maker said."""

    def grow(self, relation: str, rows: int) -> None:
        """Say how many rows a relation gains (or, below zero, loses)."""
        self.growth[relation] = self.growth.get(relation, 0) + rows

    def add(self, relation: str, rows: Iterable[list[Any]]) -> None:
        """Rows to put."""
        self.put.setdefault(relation, []).extend(rows)

    def drop(self, relation: str, keys: Iterable[list[Any]]) -> None:
        """Keys to remove."""
        self.remove.setdefault(relation, []).extend(keys)

    def __bool__(self) -> bool:
        return any(self.put.values()) or any(self.remove.values())


@dataclass(slots=True)
class StoredRows:
    """Rows as the store holds them, by key."""

    items: dict[NodeId, list[Any]] = field(default_factory=dict[NodeId, list[Any]])
    edges: dict[EdgeKey, list[Any]] = field(default_factory=dict[EdgeKey, list[Any]])
    unresolved: dict[MissKey, list[Any]] = field(default_factory=dict[MissKey, list[Any]])


def file_row(record: FileRecord) -> list[Any]:
    """A file in the order of its relation's columns."""
    return [
        record.path, record.hash, record.mtime_ns, record.size, record.lines, record.crate,
        json.dumps(record.problems),
    ]  # fmt: skip


def item_row(item: GraphItem) -> list[Any]:
    """An item in the order of its relation's columns."""
    return [
        item.id, item.kind, item.name, item.qualified_path, item.crate, item.file, item.parent,
        item.start, item.def_start, item.end, item.name_start, item.name_end, item.line,
        item.end_line, item.signature, item.visibility, item.doc, "\n".join(item.attrs), item.cfg,
        item.content_hash,
    ]  # fmt: skip


def row_item(row: Sequence[Any]) -> GraphItem:
    """The inverse of `item_row`."""
    return GraphItem(
        id=row[0], kind=row[1], name=row[2], qualified_path=row[3], crate=row[4], file=row[5],
        parent=row[6], start=row[7], def_start=row[8], end=row[9], name_start=row[10],
        name_end=row[11], line=row[12], end_line=row[13], signature=row[14], visibility=row[15],
        doc=row[16], attrs=tuple(row[17].split("\n")) if row[17] else (), cfg=row[18],
        content_hash=row[19],
    )  # fmt: skip


def edge_row(edge: Edge) -> list[Any]:
    """An edge in the order of its relation's columns."""
    return [edge.source, edge.kind, edge.target, edge.provenance, pack_uses(edge.uses)]


def row_edge(row: Sequence[Any]) -> Edge:
    """The inverse of `edge_row`; a sixth column is the source's start, from which uses count."""
    return Edge(
        source=row[0], kind=row[1], target=row[2], provenance=row[3],
        uses=unpack_uses(row[4], row[5] if len(row) > 5 else 0),
    )  # fmt: skip
