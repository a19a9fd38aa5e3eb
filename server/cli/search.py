"""``ferrograph search``."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, root_option, trust_option

EMBED_FOR_S = 10.0
"""A search does not wait longer for vectors; the rest is embedded by `index` or the editor."""


@click.command("search")
@click.argument("query")
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="How many items.")  # fmt: skip
@click.option("--factors", is_flag=True, help="Show what each score is made of.")
@trust_option
@root_option
@json_option
def command(
    *, query: str, count: int, factors: bool, root: Path, as_json: bool, trust: bool
) -> None:
    """Find the items that QUERY is about: a question, words, or a name."""
    from ...ranking.search import search
    from ..contract import ranked_fields
    from .opening import opened
    from .output import console, print_json, say

    with opened(root, trust=trust, embed_for_s=EMBED_FOR_S) as at:
        found = search(at.project.retriever, query, count)
    if as_json:
        print_json([ranked_fields(r.item, r.score, r.factors) for r in found])
        return
    if not found:
        say("Nothing was found.")
    from rich.text import Text

    out = console()
    for one in found:
        item = one.item
        line = f"{one.score:.3f}  {item.kind:<9} {item.qualified_path}"
        out.print(Text.assemble(line, "  ", (f"{item.file}:{item.line + 1}", "dim")))
        if factors:
            named = (f"{name} {value:.2f}" for name, value in one.factors.items() if value)
            out.print(f"       {'  '.join(named)}", style="dim")
