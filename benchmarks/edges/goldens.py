"""``python -m benchmarks.edges.goldens``: what rust-analyzer says of small workspaces, as JSON.

A golden lies beside its fixture in ``tests/goldens``; the tests compare the graph's edges with it
and so need no rust-analyzer themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferrograph.tests.support.graphs import write_fixture

from .oracle import OracleError, index_of
from .scip import Document, Occurrence, read_index

FOLDER = Path(__file__).parent.parent.parent / "tests" / "goldens"


def main() -> None:
    """Ask rust-analyzer about every fixture and write what it says."""
    parser = argparse.ArgumentParser(prog="benchmarks.edges.goldens", description=__doc__)
    parser.add_argument("--rust-analyzer", type=Path, help="the program; else $RUST_ANALYZER")
    arguments = parser.parse_args()
    for fixture in sorted(FOLDER.glob("*.rs")):
        with tempfile.TemporaryDirectory(prefix="ferrograph-golden-") as scratch:
            root = Path(scratch)
            write_fixture(root, fixture.read_text(encoding="utf-8"))
            try:
                index = index_of(root, rust_analyzer=arguments.rust_analyzer)
            except OracleError as error:
                sys.exit(str(error))
            documents = sorted(read_index(index), key=lambda document: document.path)
        golden = fixture.with_suffix(".json")
        golden.write_text(_dumped(documents), encoding="utf-8")
        print(f"{golden.name}: {len(documents)} files")


def _dumped(documents: list[Document]) -> str:
    """One line an occurrence, so that a change can be read."""
    rows = [json.dumps({"symbols": _symbols(documents)}, ensure_ascii=False)]
    names = {name: at for at, name in enumerate(_symbols(documents))}
    for document in documents:
        rows.append(json.dumps({"file": document.path, "kinds": {
            names[name]: kind for name, kind in sorted(document.kinds.items()) if name in names
        }}))  # fmt: skip
        rows.extend(
            json.dumps([o.line, o.start, o.end_line, o.end, names[o.symbol], int(o.is_definition)])
            for o in document.occurrences
            if o.symbol in names
        )
    return "\n".join(rows) + "\n"


def _symbols(documents: list[Document]) -> list[str]:
    found = {o.symbol for document in documents for o in document.occurrences}
    return sorted(name for name in found if not name.startswith("local "))


def read_golden(path: Path) -> Iterator[Document]:
    """The documents of a golden."""
    rows: list[Any] = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    symbols: list[str] = rows[0]["symbols"]
    current: dict[str, Any] | None = None
    occurrences: list[Occurrence] = []
    for row in [*rows[1:], None]:
        if isinstance(row, list):
            line, start, end_line, end, symbol, defined = row
            occurrences.append(
                Occurrence(line, start, end_line, end, symbols[symbol], bool(defined))
            )
            continue
        if current is not None:
            kinds = {symbols[int(at)]: kind for at, kind in current["kinds"].items()}
            yield Document(current["file"], tuple(occurrences), kinds)
        current, occurrences = row, []


if __name__ == "__main__":
    main()
