"""``python -m benchmarks.edges WORKSPACE INDEX.scip``: precision and recall of edges by kind."""

from __future__ import annotations

import argparse
import collections
from pathlib import Path

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace

from .compare import Place, compare, read_truth
from .scip import read_index


def main() -> None:
    """Index the workspace from source alone and compare."""
    parser = argparse.ArgumentParser(prog="benchmarks.edges", description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("index", type=Path, help="written by: rust-analyzer scip WORKSPACE")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show N of each mistake")
    arguments = parser.parse_args()
    workspace = load_workspace(arguments.workspace, trusted=True)
    indexer = GraphIndexer(GraphStore.open(None), workspace, Sources(workspace.root))
    report = indexer.index()
    indexer.close()
    truth = read_truth(workspace.root, list(read_index(arguments.index)))
    print(f"{workspace.root.name}: {report.lines} lines, {report.seconds['total']:.1f} s")
    print(f"{'kind':<10} {'precision':>9} {'recall':>7} {'right':>7} {'wrong':>6} {'missed':>7}"
          f" {'unjudged':>9}")  # fmt: skip
    for kind, score in compare(indexer.store, truth).items():
        print(
            f"{kind:<10} {score.precision:>9.4f} {score.recall:>7.4f} {score.right:>7} "
            f"{len(score.wrong):>6} {len(score.missed):>7} {score.unjudged:>9}"
        )
        for provenance, (right, wrong) in sorted(score.by_provenance.items()):
            print(f"  {provenance:<10} right {right}, wrong {wrong}")
        for place, provenance, path, symbols in score.wrong[: arguments.show]:
            print(f"  wrong   {_line(workspace.root, place)}\n          {provenance} {path}")
            print(f"          rust-analyzer: {symbols}")
        missed = collections.Counter(symbol for _, symbol in score.missed)
        for symbol, count in missed.most_common(arguments.show):
            place = next(p for p, s in score.missed if s == symbol)
            print(f"  missed  {count}× {symbol}\n          {_line(workspace.root, place)}")


def _line(root: Path, place: Place) -> str:
    source = (root / place[0]).read_bytes()
    number = source.count(b"\n", 0, place[1])
    text = source.split(b"\n")[number].decode("utf-8", "replace").strip()
    return f"{place[0]}:{number + 1} {text[:100]}"


if __name__ == "__main__":
    main()
