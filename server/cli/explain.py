"""``ferrograph explain``."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, parse_place, root_option, trust_option


@click.command("explain")
@click.argument("what", metavar="NAME|FILE:LINE:COLUMN")
@click.option("--all", "show_all", is_flag=True, help="Every item of that name, not the likeliest.")
@trust_option
@root_option
@json_option
def command(*, what: str, show_all: bool, root: Path, as_json: bool, trust: bool) -> None:
    """Show what the graph knows of an item: callers, callees, implementations, tests, its crate.

    NAME is a name or the end of a path (`World::spawn`). Needs no model.
    """
    from ..errors import BadPlace
    from ..explain import card, symbols_at
    from .opening import opened
    from .output import console, print_json, say
    from .places import locate

    place = parse_place(what)
    with opened(root, trust=trust, embed_for_s=0) as at:
        store = at.project.store
        if place is not None:
            located = locate(at.project, place)
            found = symbols_at(store, located.file, located.start)
            if not found:
                # A line without a symbol is about the item it stands in.
                found = store.enclosing(located.file, located.start)[:1]
        else:
            # A function and its module may share a name; who asks for one means the function.
            found = sorted(store.find(what), key=lambda i: (i.is_dependency, i.kind == "module"))
        if not found:
            raise BadPlace(f"The graph knows nothing of {what}.")
        cards = [card(store, item) for item in (found if show_all else found[:1])]
    if as_json:
        print_json([each.as_json() for each in cards] if show_all else cards[0].as_json())
        return
    out = console()
    from rich.markdown import Markdown

    for each in cards:
        out.print(Markdown(each.markdown()) if out.is_terminal else each.markdown())
    if len(found) > len(cards):
        say(f"{len(found) - len(cards)} more of that name: --all shows them.")
