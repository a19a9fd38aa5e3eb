"""How fast the graph is built and kept right, beside the bare parse of the same files.

Tree-sitter's parse is the limit: everything else is what ferrograph adds. Dependencies are left
out, so that only the workspace's own lines count.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.grammar import parse

_EDITS = 40


def run(root: Path) -> None:
    """Print cold index, warm start and single edits of one workspace."""
    loaded = load_workspace(root, trusted=False)
    own = {key: loaded.packages[key] for key in loaded.members}
    workspace = replace(loaded, packages=own)
    with tempfile.TemporaryDirectory(prefix="ferrograph-bench-") as folder:
        store = GraphStore.open(Path(folder) / "graph")
        sources = Sources(workspace.root)
        indexer = GraphIndexer(store, workspace, sources)
        cold = indexer.index()
        files = [f for f in store.files() if f.endswith(".rs")]
        texts = {f: sources.path_of(f).read_bytes() for f in files}
        started = time.perf_counter()
        for text in texts.values():
            parse(text)
        bare = time.perf_counter() - started
        started = time.perf_counter()
        indexer.index()
        warm = time.perf_counter() - started
        edits: list[float] = []
        for number, name in enumerate(files[:_EDITS]):
            added = b"\npub fn added_by_the_benchmark() -> u32 { %d }\n" % number
            sources.set_overlay(name, texts[name] + added)
            started = time.perf_counter()
            indexer.update([name])
            edits.append(time.perf_counter() - started)
            sources.set_overlay(name, None)
            indexer.update([name])
        indexer.close()
        store.close()
    total = cold.seconds["total"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{workspace.root.name}: {cold.lines:,} lines, {cold.items:,} items, {cold.edges:,} edges"
    )
    print(f"  bare parse   {bare:8.3f} s   {cold.lines / bare:>10,.0f} lines/s   (baseline)")
    print(f"  cold index   {total:8.3f} s   {cold.lines / total:>10,.0f} lines/s   "
          f"{total / bare:.1f} times the bare parse")  # fmt: skip
    for stage in ("parse", "link", "store"):
        print(f"    {stage:<10} {cold.seconds[stage]:8.3f} s")
    print(f"  warm start   {warm:8.3f} s")
    ordered = sorted(edits)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(f"  one edit     {statistics.median(edits) * 1e3:8.1f} ms p50  {p95 * 1e3:.1f} ms p95 "
          f"({len(edits)} files)")  # fmt: skip
    print(f"  peak memory  {peak:8.0f} MB (this process)")
