"""``python -m benchmarks [WORKSPACE …]``: the quick benchmarks, on the example by default.

The full ones have commands of their own: ``benchmarks.index`` and ``benchmarks.edges``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .corpora import EXAMPLE
from .index.__main__ import machine
from .index.report import tables
from .index.run import MeasureError, measure

_EDITS = 40


def main() -> None:
    """Say on what and when, then run."""
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workspace", type=Path, nargs="*", default=[EXAMPLE])
    arguments = parser.parse_args()
    print("{date}, {machine}, {cores} cores, Python {python}\n".format(**machine()))
    try:
        rows = [measure(p.resolve().name, p.resolve(), edits=_EDITS) for p in arguments.workspace]
    except MeasureError as error:
        sys.exit(str(error))
    print(tables(rows))


if __name__ == "__main__":
    main()
