"""``ferrograph graph neighbours`` and ``implementors``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from .graph_asking import ITEM, asking, asking_options, item_fields, kinds_option

_TRAITS: Final = frozenset(("trait",))


@click.command("neighbours")
@click.argument("what", metavar=ITEM)
@click.option("--depth", type=click.IntRange(1, 6), default=2, show_default=True,
              help="Edges of the longest path.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 2000), default=30, show_default=True,
              help="At most these, the best.")  # fmt: skip
@kinds_option
@asking_options
def neighbours_command(
    *, what: str, depth: int, limit: int, kinds: tuple[str, ...] | None, root: Path, as_json: bool,
    trust: bool, verbose: bool,
) -> None:  # fmt: skip
    """Show what is around an item, best first, with the tie that each score came over.

    A score starts at 1 and shrinks on every edge, by its kind, its direction and how it is known.

    \b
    Example: ferrograph graph neighbours Transform --limit 10
    """
    from ...graph.neighbours import neighbours
    from .graph_printing import called, close, print_rows, say, tie_words, where
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            item = at.item(what)
            found = neighbours(at.store, item, hops=depth, limit=limit, kinds=kinds)
        if as_json:
            print_json(
                {
                    "item": item_fields(item),
                    "neighbours": [
                        {
                            **item_fields(one.item),
                            "score": round(one.score, 6),
                            "tie": at.tie_fields(one.tie) if one.tie is not None else None,
                        }
                        for one in found.found
                    ],
                    "left_out": found.left_out,
                    "cut_off": found.cut_off,
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        names = {item.id: called(item), **{o.item.id: called(o.item) for o in found.found}}
        rows: list[tuple[str, ...]] = []
        for one in found.found:
            words = ""
            if one.tie is not None:
                kinds_of, _ = tie_words(at, [one.tie])
                leaves = one.tie.source == one.item.id
                other = names.get(one.tie.target if leaves else one.tie.source, "")
                words = f"{'→' if leaves else '←'} {other.rpartition('::')[2]} ({kinds_of})"
            rows.append(
                (f"{one.score:.3f}", one.item.kind, called(one.item), words, where(one.item))
            )
        print_rows(rows)
        if not rows:
            say(f"Nothing is known to be near {called(item)}.")
        if found.left_out:
            say(f"{found.left_out:,} more were reached: --limit shows them.")
        if found.cut_off:
            say("There is more around it than a walk follows from one item.")
        close(at, verbose=verbose)


@click.command("implementors")
@click.argument("what", metavar="TRAIT")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True,
              help="At most these.")  # fmt: skip
@asking_options
def implementors_command(
    *, what: str, limit: int, root: Path, as_json: bool, trust: bool, verbose: bool
) -> None:
    """Show who implements a trait: impls, and types that derive it.

    \b
    Example: ferrograph graph implementors Component
    """
    from ...graph.implementors import implementors
    from ..errors import ServerError
    from .graph_printing import called, close, print_rows, say, where
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            trait = at.item(what, kinds=_TRAITS)
            if trait.kind != "trait":
                raise ServerError(
                    f"{trait.qualified_path} is a {trait.kind}, not a trait: name a trait."
                )
            found = implementors(at.store, trait, limit=limit)
        if as_json:
            print_json(
                {
                    "trait": item_fields(trait),
                    "implementors": [
                        {
                            "how": one.how,
                            "type": item_fields(one.type) if one.type is not None else None,
                            **item_fields(one.place),
                            "ties": [at.tie_fields(one.tie)] if one.tie is not None else [],
                        }
                        for one in found.found
                    ],
                    "left_out": found.left_out,
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        print_rows(
            (
                one.how,
                called(one.type) if one.type is not None else "",
                called(one.place) if one.how == "implements" else "",
                where(one.place),
            )
            for one in found.found
        )
        if not found.found:
            say(f"Nothing known implements {called(trait)}.")
        if found.left_out:
            say(f"{found.left_out:,} more were left out: --limit shows them.")
        close(at, verbose=verbose)
