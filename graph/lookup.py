"""Batched look-ups for ranking: names, many files at once, similarities of known items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .batch import row_item
from .model import GraphItem, NodeId
from .schema import ITEM_COLUMNS, VECTOR_INDEX
from .store import GraphStore

_ITEM = ", ".join(ITEM_COLUMNS)


def unresolved_names(store: GraphStore, ids: Iterable[NodeId]) -> set[str]:
    """Names that these items mention and that linking found no target for."""
    wanted = [[i] for i in dict.fromkeys(ids)]
    if not wanted:
        return set()
    rows = store.run(
        "wanted[source] <- $ids ?[name] := wanted[source], *unresolved{source, name}",
        {"ids": wanted},
        immutable=True,
    )
    return {row[0] for row in rows}


def members_named(
    store: GraphStore, owners: Iterable[NodeId], names: Iterable[str]
) -> list[NodeId]:
    """Methods of these types, and members of these traits and modules, that bear these names."""
    wanted = [[i] for i in dict.fromkeys(owners)]
    named = [[name] for name in dict.fromkeys(names)]
    if not wanted or not named:
        return []
    rows = store.run(
        "owner[id] <- $owners wanted[name] <- $names "
        "member[id] := owner[type], *edges:by_target{target: type, kind: 'associated', source: id} "
        "member[id] := owner[source], *edges{source, kind: 'contains', target: id} "
        "?[id] := member[id], *items{id, name}, wanted[name]",
        {"owners": wanted, "names": named},
        immutable=True,
    )
    return [row[0] for row in rows]


def items_named(store: GraphStore, names: Iterable[str]) -> list[GraphItem]:
    """All items that bear one of these names."""
    wanted = [[name] for name in dict.fromkeys(names)]
    if not wanted:
        return []
    rows = store.run(
        # In two rules: joined on id and name at once, CozoDB scans all items.
        "wanted[name] <- $names found[id] := wanted[name], *items:by_name{name, id} "
        f"?[{_ITEM}] := found[id], *items{{{_ITEM}}}",
        {"names": wanted},
        immutable=True,
    )
    return [row_item(row) for row in rows]


def touched_dependencies(store: GraphStore, kinds: Sequence[str]) -> list[NodeId]:
    """Items of dependencies that an edge of these kinds leads to from the workspace."""
    rows = store.run(
        "own[source] := *files{path: file}, *items:by_file{file, id: source} "
        "?[target] := own[source], *edges{source, kind, target}, is_in(kind, $kinds), "
        "not own[target]",
        {"kinds": list(kinds)},
        immutable=True,
    )
    return [row[0] for row in rows]


def members_of(store: GraphStore, owners: Iterable[NodeId]) -> list[NodeId]:
    """The methods of these types and the items of these traits."""
    wanted = [[i] for i in dict.fromkeys(owners)]
    if not wanted:
        return []
    rows = store.run(
        "owner[id] <- $owners "
        "?[id] := owner[type], *edges:by_target{target: type, kind: 'associated', source: id} "
        "?[id] := owner[source], *edges{source, kind: 'contains', target: id}",
        {"owners": wanted},
        immutable=True,
    )
    return [row[0] for row in rows]


def items_in_files(store: GraphStore, files: Iterable[str]) -> list[GraphItem]:
    """Every item of these files, by file and in source order."""
    wanted = [[file] for file in dict.fromkeys(files)]
    if not wanted:
        return []
    rows = store.run(
        "wanted[file] <- $files found[id] := wanted[file], *items:by_file{file, id} "
        f"?[{_ITEM}] := found[id], *items{{{_ITEM}}} :order file, start, -end",
        {"files": wanted},
        immutable=True,
    )
    return [row_item(row) for row in rows]


def workspace_files(store: GraphStore) -> list[tuple[str, int]]:
    """(path, bytes) of every file of the workspace, by path."""
    rows = store.run("?[path, size] := *files{path, size} :order path", immutable=True)
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


def file_modules(store: GraphStore, files: Iterable[str]) -> dict[str, NodeId]:
    """The module, or the crate, that each of these files is as a whole; other files have none."""
    wanted = [[file] for file in dict.fromkeys(files)]
    if not wanted:
        return {}
    rows = store.run(
        "wanted[file] <- $files "
        "?[file, id] := wanted[file], *items:by_file{file, id}, *items{id, kind, start: 0}, "
        "is_in(kind, ['module', 'crate']) :order file, id",
        {"files": wanted},
        immutable=True,
    )
    return {row[0]: row[1] for row in rows}
