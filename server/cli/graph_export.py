"""``ferrograph graph export``."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TextIO

import click

from .graph_asking import ITEM, asking, asking_options, kinds_option


@click.command("export")
@click.option("--format", "form", type=click.Choice(["json", "dot"]), default="json",
              show_default=True, help="JSON, or Graphviz's language.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write to a file instead of standard output.")  # fmt: skip
@kinds_option
@click.option("--around", metavar=ITEM, help="Only what is near this item.")
@click.option("--depth", type=click.IntRange(1, 6), default=2, show_default=True,
              help="With --around: edges of the longest path.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 2000), default=100, show_default=True,
              help="With --around: at most these items, the best.")  # fmt: skip
@asking_options
def export_command(
    *, form: str, out: Path | None, kinds: tuple[str, ...] | None, around: str | None, depth: int,
    limit: int, root: Path, as_json: bool, trust: bool, verbose: bool,
) -> None:  # fmt: skip
    """Write every item and every edge, with where they stand in the source.

    The format is described in docs/graph.md. With --out and --json, a summary is printed.

    \b
    Example: ferrograph graph export --out graph.json
             ferrograph graph export --format dot --around Transform | dot -Tsvg > graph.svg
    """
    from ...graph.export import PIECES, GraphPart
    from ...graph.neighbours import neighbours
    from .graph_printing import close
    from .output import print_json, say

    if as_json and form != "json" and out is None:
        raise click.UsageError("--json and --format dot: give --out FILE for the graph.")
    with asking(root, trust=trust) as at:
        with at.timed():
            only: set[bytes] | None = None
            if around is not None:
                start = at.item(around)
                near = neighbours(at.store, start, hops=depth, limit=limit, kinds=kinds)
                only = {start.id, *(one.item.id for one in near.found)}
            part = GraphPart(at.store, kinds=kinds, only=only)
            size = _write(PIECES[form](part), out)
        if out is not None:
            if as_json:
                print_json(
                    {
                        "file": str(out),
                        "format": form,
                        "items": part.items_given,
                        "edges": part.edges_given,
                        "bytes": size,
                        "seconds": round(at.seconds, 6),
                    }
                )
            else:
                say(
                    f"{part.items_given:,} items and {part.edges_given:,} edges are in {out} "
                    f"({size / 1e6:.1f} MB)."
                )
        close(at, verbose=verbose)


def _write(pieces: Iterable[str], out: Path | None) -> int:
    """Write piece by piece; gives the bytes written."""
    size = 0
    with _opened(out) as file:
        for piece in pieces:
            file.write(piece)
            size += len(piece.encode())
    return size


@contextlib.contextmanager
def _opened(out: Path | None) -> Generator[TextIO]:
    """The file under another name until it is whole: a reader never sees half a graph."""
    from ..errors import ServerError

    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        os.replace(part, out)
    except OSError as error:
        raise ServerError(f"{out} can't be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
