"""``python -m benchmarks [WORKSPACE …]``: the quick benchmarks, on the example by default."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from pathlib import Path

from . import index

EXAMPLE = Path(__file__).parent.parent / "examples" / "bevy_game"


def main() -> None:
    """Say on what and when, then run."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="*", default=[EXAMPLE])
    arguments = parser.parse_args()
    cores = os.cpu_count()
    print(f"{datetime.date.today()}, {platform.machine()}, {cores} cores, Python "
          f"{platform.python_version()}")  # fmt: skip
    for root in arguments.workspace:
        index.run(root)


if __name__ == "__main__":
    main()
