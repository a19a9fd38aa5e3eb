"""Batched look-ups for ranking: names, many files at once, similarities of known items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from .adjacency import KIND_CODES
from .batch import row_edge, row_item
from .model import Edge, GraphItem, NodeId
from .schema import ITEM_COLUMNS, VECTOR_INDEX
from .store import GraphStore

_ITEM = ", ".join(ITEM_COLUMNS)
MOST_NAMESAKES: Final = 200
"""``new`` and ``from_str`` are borne by thousands, and few of them can be meant."""
_FEW: Final = 500
"""Items that are sooner read than looked for by name."""


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
    wanted = [[name] for name in dict.fromkeys(names)]
    members = members_of(store, owners) if wanted else []
    if not members:
        return []
    # Datalog would join them the long way round: one name may be borne by thousands, and a module
    # that is imported whole has as many members.
    if len(members) <= _FEW:
        rows = store.run(
            "wanted[name] <- $names member[id] <- $ids "
            "?[id] := member[id], *items{id, name}, wanted[name]",
            {"names": wanted, "ids": [[id] for id in members]},
            immutable=True,
        )
        return [row[0] for row in rows]
    rows = store.run(
        "wanted[name] <- $names ?[id] := wanted[name], *items:by_name{name, id}",
        {"names": wanted},
        immutable=True,
    )
    named = {row[0] for row in rows}
    return [id for id in members if id in named]


def ways_in(store: GraphStore, ids: Sequence[NodeId]) -> list[Edge]:
    """The edges by which modules hold these items and export them again.

    Where a module holds one isn't told (``uses`` is empty).
    """
    memory = store.adjacency
    if memory is None:
        return store.edges(ids, kinds=("contains", "re_exports"), incoming=True)
    with memory.reading:
        numbers = memory.numbers(ids)
        at = np.flatnonzero(numbers >= 0)
        steps = memory.into(numbers[at])
        held = steps.kinds == KIND_CODES["contains"]
        exported = steps.kinds == KIND_CODES["re_exports"]
        above = memory.ids(steps.to[held])
        exporting = memory.ids(steps.to[exported])
    below: list[int] = at[steps.of[held]].tolist()
    found = [
        Edge(source=source, kind="contains", target=ids[place], provenance="resolved", uses=())
        for source, place in zip(above, below, strict=True)
    ]
    again: list[int] = at[steps.of[exported]].tolist()
    pairs = [[a, ids[place]] for a, place in zip(exporting, again, strict=True)]
    if pairs:
        rows = store.run(
            "pair[source, target] <- $pairs kind[kind] <- [['re_exports']] "
            "?[source, kind, target, provenance, uses, start] := pair[source, target], kind[kind], "
            "*edges{source, kind, target, provenance, uses}, *items{id: source, start}",
            {"pairs": pairs},
            immutable=True,
        )
        found += map(row_edge, rows)
    return found


def items_named(
    store: GraphStore, symbols: Iterable[str], *, most: int = MOST_NAMESAKES
) -> list[GraphItem]:
    """The items that bear the last name of one of these, ``spawn`` of ``World::spawn``.

    Of more than ``most`` with one name, those that the name before it holds come first, then the
    workspace's; the others are left out.
    """
    asked = list(dict.fromkeys(symbols))
    named = _ids_named(store, [part for symbol in asked for part in symbol.split("::")[-2:]])
    found: list[NodeId] = []
    for symbol in asked:
        *before, name = symbol.split("::")[-2:]
        ids = named.get(name, [])
        if len(ids) > most:
            held = members_named(store, named.get(before[0], ()), [name]) if before else []
            ids = list(dict.fromkeys([*held, *_own_first(store, ids)]))[:most]
        found += ids
    return store.items(found)


def _ids_named(store: GraphStore, names: Iterable[str]) -> dict[str, list[NodeId]]:
    wanted = [[name] for name in dict.fromkeys(names)]
    if not wanted:
        return {}
    rows = store.run(
        "wanted[name] <- $names ?[name, id] := wanted[name], *items:by_name{name, id}",
        {"names": wanted},
        immutable=True,
    )
    found: dict[str, list[NodeId]] = {}
    for name, id in rows:
        found.setdefault(name, []).append(id)
    return found


def _own_first(store: GraphStore, ids: Sequence[NodeId]) -> list[NodeId]:
    memory = store.adjacency
    if memory is None:
        rows = store.run(
            "wanted[id] <- $ids "
            "?[own, id] := wanted[id], *items{id, crate}, own = !str_includes(crate, '@')",
            {"ids": [[id] for id in ids]},
            immutable=True,
        )
        own = {row[1] for row in rows if row[0]}
    else:
        with memory.reading:
            flags: list[bool] = memory.own(memory.numbers(ids)).tolist()
        own = {id for id, flag in zip(ids, flags, strict=True) if flag}
    return sorted(ids, key=lambda id: id not in own)


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
    distinct = list(dict.fromkeys(owners))
    if not distinct:
        return []
    memory = store.adjacency
    if memory is not None:
        with memory.reading:
            numbers = memory.numbers(distinct)
            numbers = numbers[numbers >= 0]
            into, out = memory.into(numbers), memory.out(numbers)
            methods = into.to[into.kinds == KIND_CODES["associated"]]
            held = out.to[out.kinds == KIND_CODES["contains"]]
            return memory.ids(np.unique(np.concatenate([methods, held])))
    wanted = [[i] for i in distinct]
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
    store: GraphStore, vectors: Sequence[Sequence[float]], ids: Iterable[NodeId]
) -> dict[NodeId, float]:
    """These items' cosine similarities to the nearest of ``vectors``; items without one are left
    out."""
    wanted = [[i] for i in dict.fromkeys(ids)]
    if not wanted or not vectors:
        return {}
    near = ", ".join(f"1.0 - cos_dist(vector, vec($v{at}))" for at in range(len(vectors)))
    rows = store.run(
        f"wanted[id] <- $ids ?[id, near] := wanted[id], *vectors{{id, vector}}, near = max({near})",
        {"ids": wanted, **{f"v{at}": list(vector) for at, vector in enumerate(vectors)}},
        immutable=True,
    )
    return {row[0]: row[1] for row in rows}
