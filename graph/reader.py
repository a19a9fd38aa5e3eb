"""Reading the graph back: items, edges, files, crates, and how much there is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from .batch import StoredRows, row_edge, row_item
from .model import CrateRecord, Edge, FileRecord, GraphCounts, GraphItem, NodeId
from .schema import ITEM_COLUMNS

_ITEM = ", ".join(ITEM_COLUMNS)


class GraphReader:
    """Queries by key. May be called from any thread; each raises `GraphError`."""

    def run(
        self, script: str, parameters: dict[str, Any] | None = None, *, immutable: bool = False
    ) -> list[list[Any]]:
        """Run CozoScript and give the rows."""
        raise NotImplementedError

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
        parameters: dict[str, Any] = {"ids": wanted}
        given = ""
        if incoming:
            body = (
                "wanted[target], *edges:by_target{target, kind, source}, "
                "*edges{source, kind, target, provenance, uses}"
            )
        else:
            body = "wanted[source], *edges{source, kind, target, provenance, uses}"
        if kinds is not None and incoming:
            # Before the edges: thousands of items may use one that few others hold.
            given, body = "chosen[kind] <- $kinds ", f"chosen[kind], {body}"
            parameters["kinds"] = [[kind] for kind in kinds]
        elif kinds is not None:
            body += ", is_in(kind, $kinds)"
            parameters["kinds"] = list(kinds)
        column = "target" if incoming else "source"
        script = (
            f"{given}wanted[{column}] <- $ids "
            f"?[source, kind, target, provenance, uses, start] := {body}, "
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
