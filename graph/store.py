"""The graph in CozoDB: opening, writing in batches, and reading rows back.

Queries that walk the graph are in `graph.query`, vectors in `graph.vectors`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ..parser.rust import PARSER_VERSION
from .database import Database, destroy, first_lines
from .errors import GraphError, StoreBroken, StoreMismatch
from .model import CrateRecord, Edge, FileRecord, GraphCounts, GraphItem, NodeId
from .ownership import CAN_SHARE
from .schema import (
    INDEXES,
    ITEM_COLUMNS,
    RELATIONS,
    SCHEMA_VERSION,
    columns,
    put_script,
    remove_script,
)
from .sharing import SharedDatabase
from .uses import pack_uses, unpack_uses

EdgeKey: TypeAlias = tuple[bytes, str, bytes]
MissKey: TypeAlias = tuple[bytes, str, str, int]

_CHUNK = 4000
"""Rows a script. Larger ones gain nothing and hold the write lock longer."""


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


class GraphStore:
    """One open database. Reads may come from any thread; one writer at a time."""

    def __init__(
        self,
        client: Database | SharedDatabase,
        *,
        path: Path | None,
        model: str,
        dimensions: int,
        revision: int = 0,
    ) -> None:
        self._client = client
        self.path = path
        self.model = model
        self.dimensions = dimensions
        self._write_lock = threading.Lock()
        self._closed = False
        self._revision = revision
        self.sharing: SharedDatabase | None = None
        """Through which it is shared with other processes, if it is."""

    @classmethod
    def open(
        cls, path: Path | None, *, model: str = "", dimensions: int = 384, revision: int = 0
    ) -> GraphStore:
        """Open or create the database in the folder ``path``; None keeps it in memory.

        ``model`` names the embedding model whose vectors it holds; ``revision`` is the one that a
        new database counts on from.

        Raises `StoreLocked`, `StoreMismatch` (call `destroy` and open again) or `StoreBroken`.
        """
        store = cls(
            Database(path), path=path, model=model, dimensions=dimensions, revision=revision
        )
        try:
            store._prepare(model)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def shared(
        cls,
        path: Path,
        *,
        model: str = "",
        dimensions: int = 384,
        hello: Callable[[], dict[str, Any]] = dict,
        rebuilt: Callable[[str], None] = lambda _why: None,
    ) -> GraphStore:
        """Open or create the database in the folder ``path`` together with other processes.

        See `SharedDatabase` for ``hello``, ``rebuilt`` and what is raised. Where processes can't
        share, it is as `open`, except that a database that can't be used is made anew.
        """
        if not CAN_SHARE:
            try:
                return cls.open(path, model=model, dimensions=dimensions)
            except (StoreMismatch, StoreBroken) as error:
                rebuilt(str(error))
                destroy(path)
                return cls.open(path, model=model, dimensions=dimensions)
        database = SharedDatabase(
            path,
            lambda: cls.open(path, model=model, dimensions=dimensions),
            hello=hello,
            rebuilt=rebuilt,
            destroy=destroy,
        )
        store = cls(database, path=path, model=model, dimensions=dimensions)
        store.sharing = database
        return store

    @property
    def client(self) -> Database | SharedDatabase:
        """What runs CozoScript."""
        return self._client

    @property
    def revision(self) -> int:
        """Grows with every write; what was computed at one revision may be stale at the next."""
        return self._revision if self.sharing is None else self.sharing.revision

    def _wrote(self, revision: int) -> None:
        if self.sharing is None:
            self._revision = revision
        else:
            self.sharing.wrote(revision)

    def close(self) -> None:
        """Close the database; closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._client.close()

    def __enter__(self) -> GraphStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, model: str) -> None:
        wanted = {
            "schema": str(SCHEMA_VERSION),
            "parser": str(PARSER_VERSION),
            "model": model,
            "dimensions": str(self.dimensions),
        }
        existing = {row[0] for row in self.run("::relations")}
        if "meta" not in existing:
            for name, spec in RELATIONS.items():
                self.run(f":create {name} " + spec.replace("%DIM%", str(self.dimensions)))
            for name, spec in INDEXES.items():
                self.run(f"::index create {name} {spec}")
            self.put("meta", [[key, value] for key, value in wanted.items()])
            return
        found = dict(self.run("?[key, value] := *meta{key, value}"))
        for key in ("schema", "parser"):
            if found.get(key) != wanted[key]:
                raise StoreMismatch(
                    f"The graph in {self.path} has {key} version {found.get(key, 'none')}; this "
                    f"ferrograph writes version {wanted[key]}. It has to be rebuilt."
                )
        if found.get("model") != model or found.get("dimensions") != wanted["dimensions"]:
            self._replace_vectors()
            self.put("meta", [["model", model], ["dimensions", wanted["dimensions"]]])
        self._revision = int(found.get("revision", "0"))

    def _replace_vectors(self) -> None:
        """Vectors of another model are of no use; everything else stays."""
        # A process may have been killed half way through this.
        existing = {row[0] for row in self.run("::relations")}
        if "vectors:near" in existing:
            self.run("::hnsw drop vectors:near")
        if "vectors" in existing:
            self.run("::remove vectors")
        self.run(":create vectors " + RELATIONS["vectors"].replace("%DIM%", str(self.dimensions)))

    def run(
        self, script: str, parameters: dict[str, Any] | None = None, *, immutable: bool = False
    ) -> list[list[Any]]:
        """Run CozoScript and give the rows. Only this package calls it.

        Raises `GraphError` with the database's own words.
        """
        return self._asked(lambda: self._client.run(script, parameters or {}, immutable)["rows"])

    def _asked(self, ask: Callable[[], Any]) -> Any:
        if self._closed:
            raise GraphError("The graph is closed.")
        try:
            return ask()
        except GraphError:
            raise
        except Exception as error:
            raise GraphError(first_lines(error)) from error

    def put(self, relation: str, rows: Sequence[Sequence[Any]]) -> None:
        """Put rows in chunks, each a transaction of its own."""
        with self._write_lock:
            for at in range(0, len(rows), _CHUNK):
                chunk = [list(row) for row in rows[at : at + _CHUNK]]
                self.run(put_script(relation, "rows"), {"rows": chunk})

    def put_bulk(self, relation: str, rows: list[list[Any]]) -> None:
        """Put rows in one transaction, between `begin_bulk` and the `write` that ends it.

        Threads may do this side by side, each with rows of its own. CozoDB's import is a script's
        ``:put`` without Datalog: a third less work. It keeps indexes, but not that of vectors.
        """
        keys, values = columns(relation)
        self._asked(
            lambda: self._client.import_relations(
                {relation: {"headers": keys + values, "rows": rows}}
            )
        )

    def write(self, batch: Batch, *, totals: dict[str, int] | None = None) -> None:
        """Write everything in one transaction; removals come first. The revision grows by one.

        ``totals`` are what `totals` gives from then on.
        """
        blocks: list[str] = []
        parameters: dict[str, Any] = {}
        for relation, keys in batch.remove.items():
            if keys:
                parameters[f"rm_{relation}"] = keys
                blocks.append(remove_script(relation, f"rm_{relation}"))
        for relation, rows in batch.put.items():
            if rows:
                parameters[f"put_{relation}"] = rows
                blocks.append(put_script(relation, f"put_{relation}"))
        with self._write_lock:
            revision = self.revision + 1
            parameters["put_meta"] = [
                ["revision", str(revision)], ["bulk", "0"], ["totals", json.dumps(totals)],
            ]  # fmt: skip
            blocks.append(put_script("meta", "put_meta"))
            self.run("\n".join(blocks), parameters)
            self._wrote(revision)

    def begin_bulk(self) -> None:
        """Say that many transactions belong together; the next `write` ends them."""
        self.put("meta", [["bulk", "1"]])

    def exchange(self, folder: Path) -> None:
        """Put the graph in ``folder``, closed, in this one's place. The revision grows by one.

        It was made by a store that counted on from this one's revision.
        """
        with self._write_lock:
            self._client.exchange(folder)
            self._wrote(self.revision + 1)

    def has_vectors(self) -> bool:
        """Whether there is any vector."""
        return bool(self.run("?[id] := *vectors{id} :limit 1", immutable=True))

    def is_half_written(self) -> bool:
        """Whether a bulk was begun and never ended: its process was stopped in the middle."""
        return self.run("?[value] := *meta{key: 'bulk', value}", immutable=True) == [["1"]]

    def clear(self) -> None:
        """Remove everything but the vectors, which are found again by content hash."""
        with self._write_lock:
            # A process may have been killed half way through this.
            existing = {row[0] for row in self.run("::relations")}
            for name in RELATIONS:
                if name in ("meta", "vectors"):
                    continue
                for index in INDEXES:
                    if index.startswith(f"{name}:") and index in existing:
                        self.run(f"::index drop {index}")
                if name in existing:
                    self.run(f"::remove {name}")
                self.run(f":create {name} {RELATIONS[name]}")
                for index, spec in INDEXES.items():
                    if index.startswith(f"{name}:"):
                        self.run(f"::index create {index} {spec}")

    # -- reading rows back --------------------------------------------------------------------

    def items(self, ids: Iterable[NodeId]) -> list[GraphItem]:
        """The items with these ids, in the order asked; unknown ids are left out."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        rows = self.run(
            f"wanted[id] <- $ids ?[{_ITEM}] := wanted[id], *items{{{_ITEM}}}",
            {"ids": [[i] for i in wanted]},
            immutable=True,
        )
        found = {row[0]: row_item(row) for row in rows}
        return [found[i] for i in wanted if i in found]

    def item(self, id: NodeId) -> GraphItem | None:
        """One item, or None."""
        found = self.items([id])
        return found[0] if found else None

    def items_in_file(self, file: str) -> list[GraphItem]:
        """Every item of a file, in source order."""
        rows = self.run(
            f"?[{_ITEM}] := *items:by_file{{file: $file, id}}, *items{{{_ITEM}}} "
            ":order start, -end",
            {"file": file},
            immutable=True,
        )
        return [row_item(row) for row in rows]

    def enclosing(self, file: str, start: int, end: int | None = None) -> list[GraphItem]:
        """The items of a file whose span holds ``start..end`` (bytes), innermost first."""
        rows = self.run(
            f"?[{_ITEM}] := *items:by_file{{file: $file, start: s, id}}, s <= $start, "
            f"*items{{{_ITEM}}}, end >= $end",
            {"file": file, "start": start, "end": start if end is None else end},
            immutable=True,
        )
        found = [row_item(row) for row in rows]
        return sorted(found, key=lambda item: (item.end - item.start, -item.start))

    def find(self, name: str, *, limit: int = 50) -> list[GraphItem]:
        """Items by name, or by a qualified path's end (``World::spawn``), the workspace's first."""
        wanted = [part for part in name.split("::") if part]
        if not wanted:
            return []
        rows = self.run(
            f"?[{_ITEM}] := *items:by_name{{name: $name, id}}, *items{{{_ITEM}}}",
            {"name": wanted[-1]},
            immutable=True,
        )
        tail = "::" + "::".join(wanted)
        found = [row_item(row) for row in rows]
        fitting = [i for i in found if f"::{i.qualified_path}".endswith(tail)]
        fitting.sort(key=lambda i: (i.is_dependency, i.kind == "impl", len(i.qualified_path)))
        return fitting[:limit]

    def edges(
        self,
        ids: Iterable[NodeId],
        *,
        kinds: Sequence[str] | None = None,
        incoming: bool = False,
    ) -> list[Edge]:
        """Edges that leave (or, ``incoming``, reach) any of these items."""
        wanted = [[i] for i in dict.fromkeys(ids)]
        if not wanted:
            return []
        if incoming:
            body = (
                "wanted[target], *edges:by_target{target, kind, source}, "
                "*edges{source, kind, target, provenance, uses}"
            )
        else:
            body = "wanted[source], *edges{source, kind, target, provenance, uses}"
        parameters: dict[str, Any] = {"ids": wanted}
        if kinds is not None:
            body += ", is_in(kind, $kinds)"
            parameters["kinds"] = list(kinds)
        column = "target" if incoming else "source"
        script = (
            f"wanted[{column}] <- $ids ?[source, kind, target, provenance, uses, start] := {body}, "
            "*items{id: source, start}"
        )
        return [row_edge(row) for row in self.run(script, parameters, immutable=True)]

    def files(self) -> dict[str, FileRecord]:
        """Every file the graph was built from."""
        rows = self.run(
            "?[path, hash, mtime, size, lines, crate, problems] := "
            "*files{path, hash, mtime, size, lines, crate, problems}",
            immutable=True,
        )
        return {
            row[0]: FileRecord(
                path=row[0],
                hash=row[1],
                mtime_ns=row[2],
                size=row[3],
                lines=row[4],
                crate=row[5],
                problems=tuple((a, b, m) for a, b, m in json.loads(row[6])),
            )
            for row in rows
        }

    def crates(self) -> dict[str, CrateRecord]:
        """Every crate the graph knows."""
        rows = self.run(
            "?[key, package, version, kind, root, edition, source, fingerprint] := "
            "*crates{key, package, version, kind, root, edition, source, fingerprint}",
            immutable=True,
        )
        return {
            row[0]: CrateRecord(
                key=row[0], package=row[1], version=row[2], kind=row[3], root=row[4],
                edition=row[5], source=row[6], fingerprint=row[7],
            )
            for row in rows
        }  # fmt: skip

    def facts(self, paths: Iterable[str] | None = None) -> dict[str, tuple[bytes, bytes]]:
        """(hash, marshalled facts) by path, for all files or these."""
        if paths is None:
            rows = self.run("?[path, hash, blob] := *facts{path, hash, blob}", immutable=True)
        else:
            rows = self.run(
                "wanted[path] <- $paths ?[path, hash, blob] := wanted[path], "
                "*facts{path, hash, blob}",
                {"paths": [[p] for p in paths]},
                immutable=True,
            )
        return {row[0]: (row[1], row[2]) for row in rows}

    def ids_of_files(self, files: Iterable[str]) -> list[NodeId]:
        """The ids of everything that stands in these files."""
        script = "wanted[file] <- $files ?[id] := wanted[file], *items:by_file{file, id}"
        return [row[0] for row in self.run(script, {"files": [[f] for f in files]}, immutable=True)]

    def rows_of(self, ids: Iterable[NodeId]) -> StoredRows:
        """Raw rows of items, of the edges and unresolved mentions that linking them made, and of
        the edges that lead to them because of where they stand."""
        wanted = {"ids": [[i] for i in ids]}
        found = self.links_of(wanted["ids"])
        for row in self.run(
            f"wanted[id] <- $ids ?[{_ITEM}] := wanted[id], *items{{{_ITEM}}}", wanted,
            immutable=True,
        ):  # fmt: skip
            found.items[row[0]] = row
        for row in self.run(
            "wanted[target] <- $ids kinds[kind] <- [['contains'], ['expands_to']] "
            "?[source, kind, target, provenance, uses] := wanted[target], kinds[kind], "
            "*edges:by_target{target, kind, source}, "
            "*edges{source, kind, target, provenance, uses}",
            wanted,
            immutable=True,
        ):
            found.edges[(row[0], row[1], row[2])] = row
        return found

    def links_of(self, ids: Sequence[list[NodeId]]) -> StoredRows:
        """Raw rows of the edges and unresolved mentions that linking these items made."""
        found = StoredRows()
        if not ids:
            return found
        wanted = {"ids": list(ids)}
        for row in self.run(
            "mine[source] <- $ids ?[source, kind, target, provenance, uses] := mine[source], "
            "*edges{source, kind, target, provenance, uses}, kind != 'contains', "
            "kind != 'expands_to'",
            wanted,
            immutable=True,
        ):
            found.edges[(row[0], row[1], row[2])] = row
        for row in self.run(
            "mine[source] <- $ids ?[source, kind, name, start, text] := mine[source], "
            "*unresolved{source, kind, name, start, text}",
            wanted,
            immutable=True,
        ):
            found.unresolved[(row[0], row[1], row[2], row[3])] = row
        return found

    def remove_crate(self, key: str) -> None:
        """Remove everything of a crate: its items and all that leaves them."""
        rows = self.run("?[id] := *items{id, crate: $crate}", {"crate": key})
        with self._write_lock:
            for at in range(0, len(rows), _CHUNK):
                ids = {"ids": rows[at : at + _CHUNK]}
                for script in (
                    "mine[source] <- $ids ?[source, kind, target] := mine[source], "
                    "*edges{source, kind, target} :rm edges {source, kind, target}",
                    "mine[source] <- $ids ?[source, kind, name, start] := mine[source], "
                    "*unresolved{source, kind, name, start} "
                    ":rm unresolved {source, kind, name, start}",
                    "?[id] <- $ids :rm items {id}",
                ):
                    self.run(script, ids)
            self.run("?[key] <- [[$key]] :rm crates {key}", {"key": key})

    def totals(self) -> dict[str, int] | None:
        """What the last `write` was told of how much there is; None where it wasn't told."""
        rows = self.run("?[value] := *meta{key: 'totals', value}", immutable=True)
        return json.loads(rows[0][0]) if rows else None

    def workspace_totals(self) -> dict[str, int]:
        """How many items, edges and unresolved mentions the workspace's own code has, counted."""

        def count(script: str) -> int:
            rows = self.run(script, immutable=True)
            return int(rows[0][0]) if rows else 0

        own = "own[id] := *items{id, crate}, !str_includes(crate, '@') "
        return {
            "items": count(own + "?[count(id)] := own[id]"),
            "edges": count(own + "?[count(target)] := own[source], *edges{source, kind, target}"),
            "unresolved": count(
                own + "?[count(start)] := own[source], *unresolved{source, kind, name, start}"
            ),
        }

    def dependency_items(self) -> int:
        """How many items belong to dependencies."""
        rows = self.run(
            "?[count(id)] := *items{id, crate}, str_includes(crate, '@')", immutable=True
        )
        return int(rows[0][0]) if rows else 0

    def counts(self) -> GraphCounts:
        """How much the graph holds."""

        def count(relation: str, column: str) -> int:
            rows = self.run(f"?[count({column})] := *{relation}{{{column}}}", immutable=True)
            return int(rows[0][0]) if rows else 0

        lines = self.run("?[sum(lines)] := *files{lines, path}", immutable=True)
        return GraphCounts(
            crates=count("crates", "key"),
            files=count("files", "path"),
            lines=int(lines[0][0] or 0) if lines else 0,
            items=count("items", "id"),
            edges=count("edges", "source"),
            unresolved=count("unresolved", "source"),
            vectors=count("vectors", "id"),
        )


_ITEM = ", ".join(ITEM_COLUMNS)
