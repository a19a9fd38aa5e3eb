"""``ferrograph search``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, root_option, trust_option

if TYPE_CHECKING:
    from rich.console import Console

    from ...graph.store import GraphStore
    from ...ranking.files import RankedFile
    from ...ranking.model import Ranked

EMBED_FOR_S = 10.0
"""A search does not wait longer for vectors; the rest is embedded by `index` or the editor."""


@click.command("search")
@click.argument("query")
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="How many answers.")  # fmt: skip
@click.option("--files", is_flag=True, help="Find files.")
@click.option("--task", is_flag=True, help="Find files that a task, QUERY, changes.")
@click.option("--tag", "tags", multiple=True, metavar="TAG",
              help="Only notes whose front matter has this tag; may be repeated.")  # fmt: skip
@click.option("--factors", "--explain", is_flag=True, help="Show what each score is made of.")
@trust_option
@root_option
@json_option
def command(
    *,
    query: str,
    count: int,
    files: bool,
    task: bool,
    tags: tuple[str, ...],
    factors: bool,
    root: Path,
    as_json: bool,
    trust: bool,
) -> None:
    """Find the items that QUERY is about: a question, words, a name, or a task.

    With --files, the files it is about. With --task, those that it would change: in a git
    repository, earlier changes tell, too. With --tag, sections of the workspace's Markdown notes
    that bear the tag; an empty QUERY lists them all.
    """
    from ...ranking.notes import search_notes
    from ...ranking.search import search
    from .opening import opened

    if tags and (files or task):
        raise click.UsageError("--tag finds sections of notes: leave --files and --task out.")

    with opened(root, trust=trust, embed_for_s=EMBED_FOR_S) as at:
        if files or task:
            answers = at.project.file_ranker.rank(query, count, task=task)
            _print_files(answers, factors=factors, as_json=as_json)
        elif tags:
            notes = search_notes(at.project.retriever, query, tags, count)
            if not notes and not as_json:
                _say_tags(at.project.store, tags)
            _print_items(notes, factors=factors, as_json=as_json)
        else:
            found = search(at.project.retriever, query, count)
            _print_items(found, factors=factors, as_json=as_json)


def _say_tags(store: GraphStore, asked: Sequence[str]) -> None:
    """Which tags there are, where none of the notes has those that were asked for."""
    from ...ranking.notes import all_tags
    from .output import say

    known = all_tags(store)
    unknown = [tag for tag in asked if tag.strip().lower() not in known]
    if not known:
        say("No note of this workspace has tags: `tags: [design]` in a front matter sets one.")
    elif unknown:
        say(f"No note has the tag {', '.join(unknown)}; there are: {', '.join(known)}.")


def _print_items(found: Sequence[Ranked], *, factors: bool, as_json: bool) -> None:
    from ..contract import ranked_fields
    from .output import console, print_json, say

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
            _print_factors(out, one.factors)


def _print_files(found: Sequence[RankedFile], *, factors: bool, as_json: bool) -> None:
    from ..contract import ranked_file_fields
    from .output import console, print_json, say

    if as_json:
        print_json([ranked_file_fields(one) for one in found])
        return
    if not found:
        say("Nothing was found.")
    from rich.text import Text

    out = console()
    for one in found:
        names = ", ".join(ranked.item.name for ranked in one.items)
        out.print(Text.assemble(f"{one.score:.3f}  {one.path}", "  ", (names, "dim")))
        if factors:
            _print_factors(out, one.factors)


def _print_factors(out: Console, factors: Mapping[str, float]) -> None:
    named = (f"{name} {value:.2f}" for name, value in factors.items() if value)
    out.print(f"       {'  '.join(named)}", style="dim")
