"""``python -m benchmarks.edges [CORPUS …]``: how good the edges are.

Without arguments, every corpus that ``python -m benchmarks.corpora`` made. A corpus is a name of
these or the folder of any workspace. The graph is built from source alone; Cargo is asked for
packages and features, rust-analyzer only for what is true.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace

from ..corpora import CORPORA, FOLDER, find
from .compare import compare
from .oracle import OracleError, index_of
from .ours import read_ours
from .report import Result, as_json, markdown, show
from .scip import read_index
from .show_one import show_one
from .truth import read_truth


def main() -> None:
    """Judge each corpus and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.edges",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("corpus", nargs="*", help="a corpus by name, or a workspace's folder")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the corpora stand")
    parser.add_argument("--rust-analyzer", type=Path, help="the program; else $RUST_ANALYZER")
    parser.add_argument("--refresh", action="store_true", help="ask rust-analyzer anew")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="N examples a class")
    parser.add_argument("--classes", type=int, default=8, metavar="N", help="the N largest classes")
    parser.add_argument("--show-one", metavar="FILE:LINE[:COL]", help="what is said of one place")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--markdown", action="store_true", help="the table of the README alone")
    arguments = parser.parse_args()
    roots = _roots(arguments.corpus, arguments.folder)
    if not roots:
        sys.exit("no corpus stands yet; make them with: python -m benchmarks.corpora")
    results: list[Result] = []
    for root in roots:
        try:
            index = index_of(root, rust_analyzer=arguments.rust_analyzer, refresh=arguments.refresh)
        except OracleError as error:
            sys.exit(str(error))
        result = judge(root, index)
        results.append(result)
        if arguments.show_one:
            show_one(result, arguments.show_one)
        elif not arguments.json and not arguments.markdown:
            show(result, examples=arguments.show, classes=arguments.classes)
    if arguments.json:
        print(json.dumps([as_json(result) for result in results], indent=2))
    elif not arguments.show_one:
        print("\n" + markdown(results))


def _roots(named: list[str], folder: Path) -> list[Path]:
    judged = [corpus.name for corpus in CORPORA if corpus.judged]
    roots: list[Path] = []
    for name in named or judged:
        place = find(name, folder)
        if place is None and named and Path(name).is_dir():
            place = Path(name)
        if place is not None:
            roots.append(place.resolve())
        elif named:
            sys.exit(f"{name} is neither a folder nor a corpus made by: "
                     "python -m benchmarks.corpora")  # fmt: skip
        else:
            print(f"{name}: not here; make it with: python -m benchmarks.corpora", file=sys.stderr)
    return roots


def judge(root: Path, index: Path) -> Result:
    """Index a workspace from source alone and compare with rust-analyzer's index of it."""
    workspace = load_workspace(root, trusted=True)
    started = time.perf_counter()
    indexer = GraphIndexer(GraphStore.open(None), workspace, Sources(workspace.root))
    try:
        report = indexer.index()
        seconds = time.perf_counter() - started
        ours = read_ours(indexer.store)
    finally:
        indexer.close()
    truth = read_truth(workspace.root, read_index(index))
    return Result(root.name, report.lines, seconds, compare(ours, truth), ours, truth)


if __name__ == "__main__":
    main()
