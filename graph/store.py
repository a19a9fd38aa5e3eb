"""The graph in CozoDB: opening it, and writing in batches.

Rows are read back by `graph.reader`, what walks the graph is in `graph.query`, vectors are in
`graph.vectors`.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..parser.rust import PARSER_VERSION
from .adjacency import Adjacency, AdjacencyMaker, read_adjacency
from .batch import Batch
from .database import Database, destroy, first_lines
from .errors import GraphError, StoreBroken, StoreMismatch
from .kept_items import Hits, KeptItems
from .model import GraphItem, NodeId
from .ownership import CAN_SHARE
from .reader import GraphReader
from .schema import (
    INDEXES,
    RELATIONS,
    SCHEMA_VERSION,
    columns,
    put_script,
    remove_script,
)
from .sharing import SharedDatabase

Written = Callable[[Batch | None], None]

_CHUNK = 4000
"""Rows a script. Larger ones gain nothing and hold the write lock longer."""


class GraphStore(GraphReader):
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
        self.adjacency: Adjacency | None = None
        """The edges in memory, where `load_adjacency` was called and they could be kept so."""
        self._adjacency_maker: AdjacencyMaker | None = None
        self._in_bulk = False
        self._listeners: list[weakref.WeakMethod[Written]] = []
        self._kept_items = KeptItems()

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

    def items(self, ids: Iterable[NodeId]) -> list[GraphItem]:
        """See `GraphReader.items`; items that were asked for before are kept in memory."""
        if self.sharing is not None and not self.sharing.is_owner:
            # Of what the owner writes nothing is heard.
            return super().items(ids)
        return self._kept_items.items(list(dict.fromkeys(ids)), super().items)

    @property
    def kept_items(self) -> Hits:
        """How often items were there already."""
        return self._kept_items.hits

    def on_write(self, listener: Written) -> None:
        """Have ``listener`` told what this process writes, on its thread, once it is written.

        It is given the batch, or None where anything may have changed. Only a method is taken: it
        is forgotten with its object.
        """
        self._listeners.append(weakref.WeakMethod(listener))

    def load_adjacency(self, cancel: Callable[[], bool]) -> None:
        """Read all edges into memory, unless they are; writes keep them up to date.

        For the process that writes: of what others write nothing is heard. Takes 9 s for 490,000
        items and 1.5 million edges, in pages of some 20 ms. Raises `Cancelled`.
        """
        if self.adjacency is None:
            maker = self._adjacency_maker = AdjacencyMaker()
            try:
                made = read_adjacency(self, maker, cancel)
                with self._write_lock:
                    if self._adjacency_maker is maker:
                        self.adjacency = maker.caught_up(made)
            finally:
                self._adjacency_maker = None

    def _tell(self, batch: Batch | None) -> None:
        """With the write lock held, where there is a batch."""
        self._kept_items.written(batch)
        if batch is None:
            self.adjacency = self._adjacency_maker = None
        elif self._adjacency_maker is not None:
            self._adjacency_maker.note(batch)
        elif self.adjacency is not None:
            self.adjacency.apply(batch)
            if self.adjacency.is_worn:
                self.adjacency = None
        told = [listener() for listener in self._listeners]
        if None in told:
            self._listeners = [one for one in self._listeners if one() is not None]
        for listener in told:
            if listener is not None:
                listener(batch)

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
            self._tell(Batch(put={relation: [list(row) for row in rows]}))

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
            self._tell(None if self._in_bulk else batch)
            self._in_bulk = False

    def begin_bulk(self) -> None:
        """Say that many transactions belong together; the next `write` ends them."""
        self._in_bulk = True
        self.put("meta", [["bulk", "1"]])
        self._tell(None)

    def exchange(self, folder: Path) -> None:
        """Put the graph in ``folder``, closed, in this one's place. The revision grows by one.

        It was made by a store that counted on from this one's revision.
        """
        with self._write_lock:
            self._client.exchange(folder)
            self._wrote(self.revision + 1)
            self._tell(None)

    def has_vectors(self) -> bool:
        """Whether there is any vector."""
        return bool(self.run("?[id] := *vectors{id} :limit 1", immutable=True))

    def is_half_written(self) -> bool:
        """Whether a bulk was begun and never ended: its process was stopped in the middle."""
        return self.run("?[value] := *meta{key: 'bulk', value}", immutable=True) == [["1"]]

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
            self._tell(None)

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
            self._tell(None)
