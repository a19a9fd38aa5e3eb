"""``python -m benchmarks.index``: cold index, warm start, edits and memory as a workspace grows.

Measured on bevy's crates at 5 thousand, 50 thousand and half a million lines, without
dependencies, and on the example game with them: as the first workspace of a machine, and as the
second. Beside each stands tree-sitter's bare parse of the same files in the same run, on one core
and with the files in memory: it is the limit, all else is what ferrograph adds. Files were just
read, so the cold index finds them in the system's cache; its database is new. An edit is
measured until it is in the graph; a warm start, from a fresh process's first look at the workspace,
imports not counted. Memory is the highest sum of what the process and its children hold at a time.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from ..corpora import FOLDER, find
from .report import growth, growth_text, tables, wanted
from .run import MeasureError, Row, measure, measure_example

SIZES = ("5k", "50k", "500k")
_EXAMPLE = "bevy_game"
_EDITS = 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.index",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", action="append", choices=SIZES, help="only this; may be repeated")
    parser.add_argument("--no-example", action="store_true", help="leave the example out")
    parser.add_argument("--workspace", type=Path, action="append", metavar="DIR",
                        help="measure this in place of bevy and the example")  # fmt: skip
    parser.add_argument("--with-dependencies", action="store_true",
                        help="index the dependencies of --workspace, too")  # fmt: skip
    parser.add_argument("--edits", type=_count, default=_EDITS, help="of each kind (200)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the corpora stand")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    arguments = parser.parse_args()
    try:
        rows, series = _run(arguments)
    except MeasureError as error:
        sys.exit(str(error))
    grown = growth(series)
    if arguments.json:
        figures = [{"name": row.name, **row.figures} for row in rows]
        print(json.dumps({**machine(), "rows": figures, "growth": grown}, indent=2))
        return
    print("{date}, {machine}, {cores} cores, Python {python}\n".format(**machine()))
    print(tables(rows))
    if grown:
        print(f"\n{growth_text(grown)}")
    if series and series[-1].name == "500k":
        print(f"\n{wanted(series[-1])}")


def machine() -> dict[str, Any]:
    """When and on what this runs."""
    return {
        "date": str(datetime.date.today()),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 1 up, not {text!r}")
    return int(text)


def _run(arguments: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    """All rows, and those of growing size."""
    edits: int = arguments.edits
    rows: list[Row] = []
    if arguments.workspace:
        for root in arguments.workspace:
            name = root.resolve().name
            if not root.is_dir():
                raise MeasureError(f"{root} is no folder: give that of a Rust project")
            if arguments.with_dependencies:
                rows.extend(measure_example(name, root.resolve(), edits=edits))
            else:
                rows.append(measure(name, root.resolve(), edits=edits))
        return rows, []
    wanted_sizes = [size for size in SIZES if size in (arguments.size or SIZES)]
    names = {size: f"bevy-{size}" for size in wanted_sizes}
    if not arguments.no_example and not arguments.size:
        names[_EXAMPLE] = _EXAMPLE
    roots = {name: find(corpus, arguments.folder) for name, corpus in names.items()}
    missing = [names[name] for name, root in roots.items() if root is None]
    if missing:
        only = " ".join(f"--only {name}" for name in missing)
        raise MeasureError(f"not there yet; make them with: python -m benchmarks.corpora {only}")
    series: list[Row] = []
    for name, root in roots.items():
        assert root is not None
        print(f"measuring {name}", file=sys.stderr, flush=True)
        if name == _EXAMPLE:
            rows.extend(measure_example(name, root, edits=edits))
        else:
            series.append(measure(name, root, edits=edits))
            rows.append(series[-1])
    return rows, series


if __name__ == "__main__":
    main()
