"""A pair, and the file that keeps pairs. Nothing of the product is needed to read it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    """`text` is what the product embeds of the item that `query` is about."""

    kind: str
    """`doc`, `keywords`, `later`, `module`, `test`, `guide` or `commit`."""
    query: str
    text: str
    crate: str
    place: str
    """The qualified path of what the item stands in."""
    item: str
    """The item itself: pairs that share it are no negatives of one another."""
    near: tuple[int, ...] = ()
    """Places in the file of pairs whose texts BM25 finds for this query, other items' only."""


def write_pairs(pairs: Iterable[Pair], path: Path) -> None:
    """Gzipped lines of JSON, one array a pair; the same pairs give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as file:
        for pair in pairs:
            file.write(json.dumps(pair, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def read_pairs(path: Path) -> list[Pair]:
    """What `write_pairs` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Pair._make([*row[:-1], tuple(row[-1])]) for row in map(json.loads, file)]
