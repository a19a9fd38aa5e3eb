"""``ferrograph graph unused``, ``duplicates`` and ``stats``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .graph_asking import Asking, asking, asking_options, item_fields

if TYPE_CHECKING:
    from ...graph.duplicates import Duplicates
    from ...graph.stats import GraphStats
    from ...graph.unused import Unused

_limit = click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True,
    help="Print at most these; JSON has all.",
)  # fmt: skip


@click.command("unused")
@click.option("--public", is_flag=True, help="Count public items of libraries, too.")
@_limit
@asking_options
def unused_command(
    *, public: bool, limit: int, root: Path, as_json: bool, trust: bool, verbose: bool
) -> None:
    """Find the workspace's items that nothing but themselves refers to.

    Whatever may be used unseen is left out, and counted by why. Fields, variants, impls and modules
    are not judged.

    \b
    Example: ferrograph graph unused
    """
    from ...graph.unused import unused
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            found = unused(at.store, at.sources, public=public)
        if as_json:
            print_json(
                {
                    "unused": [item_fields(item) for item in found.items],
                    "left_out": found.left_out,
                    "judged": found.judged,
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        _print_unused(found, limit)
        _finish(at, verbose)


def _print_unused(found: Unused, limit: int) -> None:
    from ...graph.unused import REASONS
    from .graph_printing import called, print_rows, say, where

    print_rows((where(i), i.kind, called(i)) for i in found.items[:limit])
    if len(found.items) > limit:
        say(f"{len(found.items) - limit:,} more: --limit shows them.")
    say(
        f"Nothing refers to {len(found.items):,} of {found.judged:,} items. "
        f"Not counted, for all that nothing known refers to them:"
    )
    for reason, count in found.left_out.items():
        say(f"  {count:>6,}  {REASONS[reason]}")


@click.command("duplicates")
@click.option("--min-tokens", type=click.IntRange(6, 10_000), default=50, show_default=True,
              help="Length of the shortest body compared.")  # fmt: skip
@click.option("--similarity", type=click.FloatRange(0.5, 1.0), default=0.85, show_default=True,
              help="Share of token runs in common.")  # fmt: skip
@click.option("--tests", is_flag=True, help="Compare test functions, too.")
@_limit
@asking_options
def duplicates_command(
    *, min_tokens: int, similarity: float, tests: bool, limit: int, root: Path, as_json: bool,
    trust: bool, verbose: bool,
) -> None:  # fmt: skip
    """Find functions whose bodies are nearly the same, whatever their names are.

    \b
    Example: ferrograph graph duplicates --similarity 0.9
    """
    from ...graph.duplicates import duplicates
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            found = duplicates(
                at.store, at.sources, least_tokens=min_tokens, least_similarity=similarity,
                tests=tests,
            )  # fmt: skip
        if as_json:
            print_json(
                {
                    "groups": [
                        [
                            {
                                **item_fields(copy.item),
                                "tokens": copy.tokens,
                                "similarity": round(copy.similarity, 4),
                            }
                            for copy in group
                        ]
                        for group in found.groups
                    ],
                    "compared": found.compared,
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        _print_duplicates(found, limit)
        _finish(at, verbose)


def _print_duplicates(found: Duplicates, limit: int) -> None:
    from .graph_printing import called, print_rows, say, where

    for group in found.groups[:limit]:
        click.echo(f"{len(group)} functions")
        print_rows(
            (f"  {c.similarity:.2f}", f"{c.tokens} tokens", called(c.item), where(c.item))
            for c in group
        )
    if len(found.groups) > limit:
        say(f"{len(found.groups) - limit:,} more groups: --limit shows them.")
    groups = "group" if len(found.groups) == 1 else "groups"
    say(f"{len(found.groups):,} {groups} among {found.compared:,} functions compared.")


@click.command("stats")
@click.option("--hubs", type=click.IntRange(0, 1000), default=10, show_default=True,
              help="How many of the items most referred to.")  # fmt: skip
@asking_options
def stats_command(*, hubs: int, root: Path, as_json: bool, trust: bool, verbose: bool) -> None:
    """Count what the graph holds: items and edges by kind, how they are known, and the hubs.

    \b
    Example: ferrograph graph stats --hubs 20
    """
    import dataclasses

    from ...graph.stats import graph_stats
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            found = graph_stats(at.store, hubs=hubs)
        if as_json:
            print_json(
                {
                    "counts": dataclasses.asdict(found.counts),
                    "items": found.items,
                    "edges": found.edges,
                    "unresolved": found.unresolved,
                    "hubs": [{**item_fields(i), "referred_by": n} for i, n in found.hubs],
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        _print_stats(found)
        _finish(at, verbose)


def _print_stats(found: GraphStats) -> None:
    from .graph_printing import called, print_rows, where

    print_rows((name.replace("_", " "), f"{count:>10,}") for name, count in _counted(found).items())
    click.echo("\nitems")
    print_rows((f"  {kind}", f"{count:>10,}") for kind, count in found.items.items())
    click.echo("\nedges")
    print_rows(
        (
            f"  {kind}",
            f"{sum(known.values()):>10,}",
            ", ".join(f"{count:,} {name}" for name, count in known.items()),
        )
        for kind, known in found.edges.items()
    )
    click.echo("\nunresolved mentions")
    print_rows((f"  {kind}", f"{count:>10,}") for kind, count in found.unresolved.items())
    if found.hubs:
        click.echo("\nmost referred to")
        print_rows(
            (f"  {count:>8,}", item.kind, called(item), where(item)) for item, count in found.hubs
        )


def _counted(found: GraphStats) -> dict[str, int]:
    import dataclasses

    return dataclasses.asdict(found.counts)


def _finish(at: Asking, verbose: bool) -> None:
    from .graph_printing import close

    close(at, verbose=verbose)
