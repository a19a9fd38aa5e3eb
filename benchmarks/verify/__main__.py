"""``python -m benchmarks.verify``: are edits that would not compile caught, and only those?

Sixty scripted edits of the example, half of them wrong, go through the check that every edit of the
product goes through: by rust-analyzer alone, and by ``cargo check`` in a copy. Cargo uses the
example's own build folder, or ``$CARGO_TARGET_DIR``; the first run may have to build it.
``--show-one NAME`` tells all that is said of one edit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from ferrograph.parser.rust_analyzer.errors import ExpertError
from ferrograph.server.errors import ServerError

from ..corpora import EXAMPLE
from ..index.__main__ import machine
from .edits import EditError, chosen, look_over, scripted
from .judge import LAYERS, JudgeError, judge
from .report import as_json, details, table


def main() -> None:
    """Judge and report."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print every verdict as JSON")
    parser.add_argument("--only", choices=("right", "wrong"), help="one sort of edits")
    parser.add_argument("--show-one", metavar="NAME", help="all that is said of one edit")
    parser.add_argument(
        "--layer", choices=LAYERS, action="append", help="leave the others out; may be repeated"
    )
    parser.add_argument(
        "--rust-analyzer", metavar="PATH", default=os.environ.get("RUST_ANALYZER"),
        help="the program, else $RUST_ANALYZER, else found",
    )  # fmt: skip
    arguments = parser.parse_args()
    os.environ.setdefault("CARGO_TARGET_DIR", str(EXAMPLE / "target"))
    try:
        look_over(scripted(), EXAMPLE)
        edits = chosen(arguments.only, arguments.show_one)
        with tempfile.TemporaryDirectory(prefix="ferrograph-verify-") as folder:
            # The copies that Cargo checks go when all goes.
            os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
            judged = judge(
                edits,
                EXAMPLE,
                Path(folder),
                layers=arguments.layer or LAYERS,
                rust_analyzer=arguments.rust_analyzer,
                say=_say,
            )
    except (EditError, JudgeError, ExpertError, ServerError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    if arguments.json:
        print(json.dumps({**machine(), **as_json(judged)}, indent=1))
    elif arguments.show_one:
        print(details(judged))
    else:
        print("{date}, {machine}, {cores} cores, Python {python}".format(**machine()))
        print(table(judged))


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
