"""``ferrograph graph path``, ``callers`` and ``callees``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .graph_asking import ITEM, Asking, asking, asking_options, item_fields, kinds_option

if TYPE_CHECKING:
    from ...graph.calls import Calls
    from ...graph.model import GraphItem
    from ...graph.paths import Paths

_CALLABLE: Final = frozenset(("function", "method", "macro"))

_dispatch = click.option(
    "--dispatch",
    is_flag=True,
    help="A call of a trait's method may be one of each method that implements it.",
)
_depth = click.option(
    "--depth", type=click.IntRange(1, 50), default=1, show_default=True, help="How many calls away."
)
_limit = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="At most these.",
)


@click.command("path")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@kinds_option
@click.option("--max-length", type=click.IntRange(1, 100), default=12, show_default=True,
              help="Steps of the longest path looked for.")  # fmt: skip
@click.option("--count", type=click.IntRange(1, 1000), default=3, show_default=True,
              help="At most so many paths.")  # fmt: skip
@_dispatch
@asking_options
def path_command(
    *, start: str, end: str, kinds: tuple[str, ...] | None, max_length: int, count: int,
    dispatch: bool, root: Path, as_json: bool, trust: bool, verbose: bool,
) -> None:  # fmt: skip
    """Show the shortest paths from one item to another, along the edges.

    Each step says what ties the two items, how that is known, and where it stands in the source. If
    there is no path, one the other way round is looked for.

    \b
    Example: ferrograph graph path main World::spawn --kinds calls
    """
    import dataclasses

    from ...graph.paths import default_kinds, shortest_paths
    from ...graph.steps import DISPATCH
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            a, b = at.item(start), at.item(end)
            turned = False

            def search(source: GraphItem, target: GraphItem) -> Paths:
                walked = [*(kinds or default_kinds(source)), *([DISPATCH] * dispatch)]
                return shortest_paths(
                    at.store, source.id, target.id, kinds=walked, max_length=max_length, most=count
                )

            found = search(a, b)
            if not found.steps:
                back = search(b, a)
                turned = bool(back.steps)
                cut_off = found.cut_off or back.cut_off
                found = dataclasses.replace(back, cut_off=cut_off)
        if as_json:
            print_json(_path_fields(at, a, b, found, turned=turned))
        else:
            _print_paths(at, a, b, found, turned=turned, max_length=max_length)
            _finish(at, verbose)


def _path_fields(
    at: Asking, a: GraphItem, b: GraphItem, found: Paths, *, turned: bool
) -> dict[str, Any]:
    return {
        "from": item_fields(a),
        "to": item_fields(b),
        "turned": turned,
        "paths": [
            [
                {
                    "from": item_fields(step.source),
                    "to": item_fields(step.target),
                    "ties": [at.tie_fields(tie) for tie in step.ties],
                }
                for step in steps
            ]
            for steps in found.steps
        ],
        "more": found.more,
        "cut_off": found.cut_off,
        "seconds": round(at.seconds, 6),
    }


def _print_paths(
    at: Asking, a: GraphItem, b: GraphItem, found: Paths, *, turned: bool, max_length: int
) -> None:
    from .graph_printing import called, console, print_rows, say, tie_words, where

    out = console()
    if a.id == b.id:
        say(f"Both are {called(a)} ({where(a)}).")
        return
    if not found.steps:
        say(
            f"No path of at most {max_length} steps leads from {called(a)} to {called(b)}, "
            "nor back."
        )
    elif turned:
        say(f"No path leads from {called(a)} to {called(b)}; but the other way round:")
    for at_path, steps in enumerate(found.steps):
        if at_path:
            out.print("")
        first = steps[0].source
        rows = [(called(first), "", "", where(first))]
        for step in steps:
            kinds, places = tie_words(at, step.ties)
            rows.append((f"  → {called(step.target)}", kinds, places, where(step.target)))
        print_rows(rows, out=out)
    if found.more:
        say("There are more paths of this length: --count shows them.")
    if found.cut_off:
        say("The search was cut off at its bound, so paths may be missing: name --kinds.")


@click.command("callers")
@click.argument("what", metavar=ITEM)
@_depth
@_limit
@_dispatch
@asking_options
def callers_command(
    *, what: str, depth: int, limit: int, dispatch: bool, root: Path, as_json: bool, trust: bool,
    verbose: bool,
) -> None:  # fmt: skip
    """Show who calls an item, directly or through others, with the places of the calls.

    \b
    Example: ferrograph graph callers World::spawn --depth 2
    """
    from ...graph.calls import callers

    with asking(root, trust=trust) as at:
        with at.timed():
            item = at.item(what, kinds=_CALLABLE)
            found = callers(at.store, item, depth=depth, limit=limit, dispatch=dispatch)
        _show_calls(at, found, "calls", as_json=as_json, verbose=verbose)


@click.command("callees")
@click.argument("what", metavar=ITEM)
@_depth
@_limit
@_dispatch
@asking_options
def callees_command(
    *, what: str, depth: int, limit: int, dispatch: bool, root: Path, as_json: bool, trust: bool,
    verbose: bool,
) -> None:  # fmt: skip
    """Show what an item calls, directly or through others, with the places of the calls.

    \b
    Example: ferrograph graph callees src/main.rs:12 --depth 2
    """
    from ...graph.calls import callees

    with asking(root, trust=trust) as at:
        with at.timed():
            item = at.item(what, kinds=_CALLABLE)
            found = callees(at.store, item, depth=depth, limit=limit, dispatch=dispatch)
        _show_calls(at, found, "is called by", as_json=as_json, verbose=verbose)


def _show_calls(at: Asking, found: Calls, verb: str, *, as_json: bool, verbose: bool) -> None:
    from .graph_printing import called, print_rows, say, tie_words, where
    from .output import print_json

    if as_json:
        print_json(
            {
                "item": item_fields(found.start),
                "reached": [
                    {
                        **item_fields(one.item),
                        "depth": one.depth,
                        "ties": [at.tie_fields(tie) for tie in one.ties],
                    }
                    for one in found.reached
                ],
                "left_out": found.left_out,
                "seconds": round(at.seconds, 6),
            }
        )
        return
    rows = [(called(found.start), "", "", where(found.start))]
    # Each hangs under the first item it is tied to.
    under: dict[bytes, list[int]] = {}
    for index, one in enumerate(found.reached):
        ends = [e for tie in one.ties for e in (tie.source, tie.target) if e != one.item.id]
        under.setdefault(ends[0] if ends else found.start.id, []).append(index)
    pending = [(i, 1) for i in reversed(under.get(found.start.id, ()))]
    while pending:
        index, level = pending.pop()
        one = found.reached[index]
        _, places = tie_words(at, one.ties)
        known = ", ".join(dict.fromkeys(
            "dispatch" if tie.kind == "overrides" else tie.provenance for tie in one.ties
        ))  # fmt: skip
        rows.append(("  " * level + called(one.item), known, places, where(one.item)))
        pending += [(i, level + 1) for i in reversed(under.get(one.item.id, ()))]
    print_rows(rows)
    if not found.reached:
        say(f"Nothing known {verb} {called(found.start)}.")
    if found.left_out:
        say(f"{found.left_out:,} more were left out, and what is beyond them: --limit shows more.")
    _finish(at, verbose)


def _finish(at: Asking, verbose: bool) -> None:
    from .graph_printing import close

    close(at, verbose=verbose)
