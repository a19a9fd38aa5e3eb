"""Vectors beside the graph: each item's, one after the other, as float16 in one blob.

They are kept here, so that a transaction keeps them in step with the items, and searched elsewhere
(`embedding.near`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .model import NodeId
from .store import GraphStore


def put_vectors(store: GraphStore, rows: Iterable[tuple[NodeId, bytes, bytes]]) -> None:
    """Store (id, content hash, vectors) rows."""
    store.put("vectors", [list(row) for row in rows])


def vector_hashes(store: GraphStore) -> dict[NodeId, bytes]:
    """The content hash each stored vector was made from."""
    rows = store.run("?[id, hash] := *vectors{id, hash}", immutable=True)
    return {row[0]: row[1] for row in rows}


def read_vectors(store: GraphStore) -> Iterator[tuple[NodeId, bool, bytes]]:
    """Every item that has vectors: id, whether it is a dependency's, its vectors."""
    rows = store.run(
        "?[id, foreign, vectors] := *vectors{id, vectors}, *items{id, crate}, "
        "foreign = str_includes(crate, '@')",
        immutable=True,
    )
    return ((id, foreign, vectors) for id, foreign, vectors in rows)


def drop_orphans(store: GraphStore) -> list[NodeId]:
    """Remove the vectors of items that are gone; gives whose."""
    rows = store.run("?[id] := *vectors{id}, not *items{id}", immutable=True)
    if rows:
        store.run("?[id] <- $rows :rm vectors {id}", {"rows": rows})
    return [row[0] for row in rows]
