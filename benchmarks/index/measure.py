"""``python -m benchmarks.index.measure``: one measurement in a process of its own.

Prints a line of JSON when a phase begins, and the figures as its last line. Run by
`benchmarks.index`, which watches its memory meanwhile.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.progress import IndexReport
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.grammar import parse
from ferrograph.parser.sources import rust_files
from ferrograph.parser.workspace import CargoWorkspace

from .edits import Edit, edits_of

_SEED = 1


class Graph:
    """A workspace's graph, opened as a program that starts opens it."""

    def __init__(self, root: Path, database: Path, cache: Path | None) -> None:
        """``cache`` keeps what is known of dependencies; None leaves dependencies out."""
        self.workspace = _workspace(root, cache is not None)
        self.store = GraphStore.open(database)
        self.sources = Sources(self.workspace.root)
        self.indexer = GraphIndexer(self.store, self.workspace, self.sources, cache=cache)

    def close(self) -> None:
        """Let go of the database."""
        self.indexer.close()
        self.store.close()

    def files(self) -> list[str]:
        """The Rust files that are part of a crate, in an order that only their number decides."""
        files = sorted(n for n, f in self.store.files().items() if n.endswith(".rs") and f.crate)
        random.Random(_SEED).shuffle(files)
        return files

    def text_of(self, file: str) -> bytes:
        """A file as it is on the disk."""
        return self.sources.path_of(file).read_bytes()

    def edit(self, file: str, edit: Edit) -> dict[str, Any]:
        """Make an edit, as an editor hands over unsaved text, and undo it.

        Milliseconds until it is in the graph, undoing not counted.
        """
        self.sources.set_overlay(file, edit.text)
        started = time.perf_counter()
        report = self.indexer.update([file])
        took = time.perf_counter() - started
        self.sources.set_overlay(file, None)
        self.indexer.update([file])
        return {
            "kind": edit.kind,
            "file": file,
            "ms": took * 1e3,
            "items_changed": len(report.changed) + len(report.removed),
        }


def _workspace(root: Path, with_dependencies: bool) -> CargoWorkspace:
    if with_dependencies:
        return load_workspace(root, trusted=True)
    loaded = load_workspace(root, trusted=False)
    return replace(loaded, packages={key: loaded.packages[key] for key in loaded.members})


def bare_parse(workspace: CargoWorkspace) -> float:
    """Seconds that tree-sitter takes for the workspace's files, one after another."""
    seconds = 0.0
    for member in workspace.members:
        for path in rust_files(workspace.packages[member].root):
            source = path.read_bytes()
            started = time.perf_counter()
            parse(source)
            seconds += time.perf_counter() - started
    return seconds


def cold(root: Path, database: Path, cache: Path | None, edits: int) -> dict[str, Any]:
    """The bare parse, a first index, and edits."""
    _phase("bare")
    bare = bare_parse(_workspace(root, with_dependencies=False))
    _phase("cold")
    used = _cpu_seconds()
    started = time.perf_counter()
    graph = Graph(root, database, cache)
    loaded = time.perf_counter() - started
    report = graph.indexer.index()
    took = time.perf_counter() - started
    for worker in multiprocessing.active_children():
        worker.join()  # only then is its time known
    used = _cpu_seconds() - used
    _phase("edits")
    made = _edits(graph, edits)
    graph.close()
    figures = {"bare_s": bare, "load_s": loaded, "cold_s": took, "cold_cpu_s": used}
    return {**figures, **_figures(report), "edits": made}


def _cpu_seconds() -> float:
    """Of this process so far, and of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def warm(root: Path, database: Path, cache: Path | None, *, prepared: bool) -> dict[str, Any]:
    """A start with nothing changed, and the first edit after it."""
    _phase("warm")
    started = time.perf_counter()
    graph = Graph(root, database, cache)
    report = graph.indexer.index()
    ready = time.perf_counter()
    if report.parsed:
        raise SystemExit(f"{root} changed while it was measured: run this again")
    if prepared:
        graph.indexer.prepare()
    after = time.perf_counter()
    _phase("edits")
    file = graph.files()[0]
    edit = edits_of(graph.text_of(file), random.Random(_SEED))[0]
    first = graph.edit(file, edit)
    graph.close()
    return {"warm_s": ready - started, "prepare_s": after - ready, "first_edit": first}


def _edits(graph: Graph, count: int) -> list[dict[str, Any]]:
    """``count`` edits of each kind, in as many different files as there are."""
    chance = random.Random(_SEED)
    made: list[dict[str, Any]] = []
    files = graph.files()
    for number in range(count if files else 0):
        file = files[number % len(files)]
        made.extend(graph.edit(file, edit) for edit in edits_of(graph.text_of(file), chance))
    return made


def _figures(report: IndexReport) -> dict[str, Any]:
    return {
        "files": report.files,
        "lines": report.lines,
        "items": report.items,
        "edges": report.edges,
        "crates": report.crates,
        "dependencies": report.dependencies,
        "dependencies_parsed": report.dependencies_parsed,
        "dependency_items": report.dependency_items,
        "seconds": report.seconds,
    }


def _phase(name: str) -> None:
    print(json.dumps({"phase": name}), flush=True)


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(prog="benchmarks.index.measure", description=__doc__)
    parser.add_argument("what", choices=("cold", "warm", "prepared"))
    parser.add_argument("root", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--cache", type=Path, help="index dependencies, too, with this cache")
    parser.add_argument("--edits", type=int, default=0)
    arguments = parser.parse_args()
    root, database, cache = arguments.root, arguments.database, arguments.cache
    if arguments.what == "cold":
        found = cold(root, database, cache, arguments.edits)
    else:
        found = warm(root, database, cache, prepared=arguments.what == "prepared")
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
