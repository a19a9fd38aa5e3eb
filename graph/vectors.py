"""Vectors beside the graph, with CozoDB's HNSW index over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .model import NodeId
from .schema import VECTOR_INDEX, VECTOR_INDEX_SPEC
from .store import GraphStore


def ensure_index(store: GraphStore) -> None:
    """Create the HNSW index if there is none; later puts keep it up to date."""
    if VECTOR_INDEX in {row[0] for row in store.run("::relations")} or VECTOR_INDEX.split(":")[
        1
    ] in {row[0] for row in store.run("::indices vectors")}:
        return
    spec = VECTOR_INDEX_SPEC.replace("%DIM%", str(store.dimensions))
    store.run(f"::hnsw create {VECTOR_INDEX} {spec}")


def put_vectors(store: GraphStore, rows: Iterable[tuple[NodeId, bytes, Sequence[float]]]) -> None:
    """Store (id, content hash, vector) rows."""
    store.put("vectors", [[i, h, list(v)] for i, h, v in rows])


def vector_hashes(store: GraphStore) -> dict[NodeId, bytes]:
    """The content hash each stored vector was made from."""
    rows = store.run("?[id, hash] := *vectors{id, hash}", immutable=True)
    return {row[0]: row[1] for row in rows}


def drop_orphans(store: GraphStore) -> int:
    """Remove the vectors of items that are gone; gives how many."""
    rows = store.run("?[id] := *vectors{id}, not *items{id}", immutable=True)
    if rows:
        store.run("?[id] <- $rows :rm vectors {id}", {"rows": rows})
    return len(rows)


def nearest(
    store: GraphStore, vector: Sequence[float], k: int, *, ef: int | None = None
) -> list[tuple[NodeId, float]]:
    """The ``k`` nearest items as (id, cosine similarity), best first. Approximate.

    ``ef`` candidates are kept while searching; it is never less than ``k``.
    """
    rows = store.run(
        f"?[distance, id] := ~{VECTOR_INDEX}{{id | query: q, k: $k, ef: $ef, "
        "bind_distance: distance}, q = vec($vector) :order distance, id",
        {"vector": list(vector), "k": k, "ef": max(k, ef or 4 * k)},
        immutable=True,
    )
    return [(row[1], 1.0 - row[0]) for row in rows]


def nearest_exact(store: GraphStore, vector: Sequence[float], k: int) -> list[tuple[NodeId, float]]:
    """The true ``k`` nearest by scanning every vector: the oracle `nearest` is measured against."""
    rows = store.run(
        "?[distance, id] := *vectors{id, vector}, distance = cos_dist(vector, vec($vector)) "
        ":order distance, id :limit $k",
        {"vector": list(vector), "k": k},
        immutable=True,
    )
    return [(row[1], 1.0 - row[0]) for row in rows]
