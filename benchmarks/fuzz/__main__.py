"""``python -m benchmarks.fuzz edits|parser``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import benchmarks.fuzz

from . import edits, parsers

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "bevy_game"


def main() -> int:
    """Run one of the two; 1 where something was found."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.fuzz",
        description=benchmarks.fuzz.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("edits", "parser"))
    parser.add_argument("--seconds", type=float, default=60, help="how long to run (60)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--steps", type=int, default=8, help="edits of a sequence (8)")
    parser.add_argument(
        "--workspace", type=Path, default=EXAMPLE, help="real files to work on (the example)"
    )
    parser.add_argument(
        "--tangle", action="store_true", help="edits: the tests' small workspace of hard cases"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    if given.seconds <= 0 or given.steps <= 0:
        parser.error("--seconds and --steps must be more than 0")
    if not any(given.workspace.rglob("*.rs")):
        parser.error(f"{given.workspace} holds no Rust files; name a workspace that does")
    if given.what == "edits":
        files = edits.tangle() if given.tangle else edits.files_of(given.workspace)
        return edits.run(files, given.seed, given.seconds, given.steps, as_json=given.json)
    return parsers.run(given.workspace, given.seed, given.seconds, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
