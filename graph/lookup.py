"""Batched look-ups for ranking: names, many files at once, similarities of known items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .model import GraphItem, NodeId
from .schema import ITEM_COLUMNS, VECTOR_INDEX
from .store import GraphStore, row_item

_ITEM = ", ".join(ITEM_COLUMNS)


def all_names(store: GraphStore) -> list[str]:
    """Every distinct name of an item."""
    return [row[0] for row in store.run("?[name] := *items:by_name{name}", immutable=True)]


def items_named(store: GraphStore, names: Iterable[str]) -> list[GraphItem]:
    """All items that bear one of these names."""
    wanted = [[name] for name in dict.fromkeys(names)]
    if not wanted:
        return []
    rows = store.run(
        f"wanted[name] <- $names ?[{_ITEM}] := wanted[name], *items:by_name{{name, id}}, "
        f"*items{{{_ITEM}}}",
        {"names": wanted},
        immutable=True,
    )
    return [row_item(row) for row in rows]


def items_in_files(store: GraphStore, files: Iterable[str]) -> list[GraphItem]:
    """Every item of these files, by file and in source order."""
    wanted = [[file] for file in dict.fromkeys(files)]
    if not wanted:
        return []
    rows = store.run(
        f"wanted[file] <- $files ?[{_ITEM}] := wanted[file], *items:by_file{{file, id}}, "
        f"*items{{{_ITEM}}} :order file, start, -end",
        {"files": wanted},
        immutable=True,
    )
    return [row_item(row) for row in rows]


def workspace_files(store: GraphStore) -> list[tuple[str, int]]:
    """(path, bytes) of every file that belongs to no dependency, by path."""
    rows = store.run(
        "?[path, size] := *files{path, size, crate}, !str_includes(crate, '@') :order path",
        immutable=True,
    )
    return [(row[0], row[1]) for row in rows]


def has_vector_index(store: GraphStore) -> bool:
    """Whether `vectors.nearest` can be asked."""
    return VECTOR_INDEX in {row[0] for row in store.run("::relations", immutable=True)}


def similarities(
    store: GraphStore, vector: Sequence[float], ids: Iterable[NodeId]
) -> dict[NodeId, float]:
    """Cosine similarity of these items' vectors to ``vector``; items without one are left out."""
    wanted = [[i] for i in dict.fromkeys(ids)]
    if not wanted:
        return {}
    rows = store.run(
        "wanted[id] <- $ids ?[id, near] := wanted[id], *vectors{id, vector}, "
        "near = 1.0 - cos_dist(vector, vec($vector))",
        {"ids": wanted, "vector": list(vector)},
        immutable=True,
    )
    return {row[0]: row[1] for row in rows}
