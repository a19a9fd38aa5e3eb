"""``ferrograph graph depends`` and ``cycles``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .graph_asking import Asking, asking, asking_options, item_fields, kinds_option

if TYPE_CHECKING:
    from ...graph.dependents import Dependent, Dependents
    from ...graph.modules import ModuleCycle

_CRATES: Final = frozenset(("crate",))
_SIDE: Final = frozenset(("example", "test", "bench"))
_SHOWN_MODULES: Final = 8

_limit = click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True,
    help="Print at most these; JSON has all.",
)  # fmt: skip


@click.command("depends")
@click.argument("crate", metavar="CRATE")
@click.option("--depth", type=click.IntRange(1, 64), default=64, help="Steps from the crate.")
@click.option("--all-targets", is_flag=True, help="Show examples, tests and benches, too.")
@asking_options
def depends_command(
    *, crate: str, depth: int, all_targets: bool, root: Path, as_json: bool, trust: bool,
    verbose: bool,
) -> None:  # fmt: skip
    """Show why a crate is here: who depends on it, and on those, up to the workspace.

    CRATE is a name, or NAME@VERSION where there are several versions.

    \b
    Example: ferrograph graph depends syn@2.0.106
    """
    from ...graph.dependents import crate_named, dependents
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            found = dependents(at.store, crate_named(at.store, crate), depth=depth)
        if as_json:
            print_json(
                {
                    "crate": _crate_fields(found.start),
                    "dependents": [
                        {
                            **_crate_fields(one),
                            "depth": one.depth,
                            "needs": [id.hex() for id in one.needs],
                        }
                        for one in found.crates[1:]
                    ],
                    "cut_off": found.cut_off,
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        _print_dependents(found, all_targets=all_targets)
        _finish(at, verbose)


def _crate_fields(one: Dependent) -> dict[str, str]:
    record = one.record
    return {
        "id": one.item.id.hex(),
        "key": one.item.crate,
        "name": record.package,
        "version": record.version,
        "kind": record.kind,
        "source": record.source,
    }


def _crate_words(one: Dependent) -> str:
    words = f"{one.record.package} v{one.record.version}"
    if one.record.kind not in ("lib", "proc-macro"):
        words += f" ({one.record.kind} {one.item.name})"
    return words


def _print_dependents(found: Dependents, *, all_targets: bool) -> None:
    from .graph_printing import say

    seen: set[bytes] = set()
    pending: list[tuple[Dependent, str, str]] = [(found.start, "", "")]
    while pending:
        one, mark, indent = pending.pop()
        users = found.needed_by(one.item.id)
        shown = [u for u in users if all_targets or u.record.kind not in _SIDE]
        again = one.item.id in seen and bool(users)
        side = len(users) - len(shown)
        more = f"  (+ {side:,} examples, tests, benches)" if side and not again else ""
        click.echo(f"{indent}{mark}{_crate_words(one)}{' (*)' if again else ''}{more}")
        if again:
            continue
        seen.add(one.item.id)
        below = indent + {"": "", "├── ": "│   ", "└── ": "    "}[mark]
        for index, user in enumerate(reversed(shown)):
            pending.append((user, "├── " if index else "└── ", below))
    if len(found.crates) == 1:
        say(f"Nothing known depends on {found.start.item.crate}.")
    if found.cut_off:
        say("There is more than was looked at: --depth limits it.")


@click.command("cycles")
@kinds_option
@click.option("--nested", is_flag=True,
              help="Count what ties a module to those inside it, too.")  # fmt: skip
@click.option("--crate", metavar="CRATE", help="Only cycles in this crate.")
@_limit
@asking_options
def cycles_command(
    *, kinds: tuple[str, ...] | None, nested: bool, crate: str | None, limit: int, root: Path,
    as_json: bool, trust: bool, verbose: bool,
) -> None:  # fmt: skip
    """Find modules that need each other, directly or round about; shows a shortest way round.

    \b
    Example: ferrograph graph cycles --crate bevy_game
    """
    from ...graph.dependents import crate_named
    from ...graph.modules import CYCLE_KINDS, module_cycles
    from .output import print_json

    with asking(root, trust=trust) as at:
        with at.timed():
            key = None if crate is None else crate_named(at.store, crate).crate
            found = module_cycles(at.store, kinds=kinds or CYCLE_KINDS, nested=nested, crate=key)
        if as_json:
            print_json(
                {
                    "cycles": [
                        {
                            "modules": [item_fields(module) for module in cycle.modules],
                            "edges": cycle.edges,
                            "shortest": [
                                {
                                    "from": item_fields(tie.source),
                                    "to": item_fields(tie.target),
                                    "edges": tie.edges,
                                    "example": None
                                    if tie.example is None
                                    else at.tie_fields(tie.example),
                                }
                                for tie in cycle.shortest
                            ],
                        }
                        for cycle in found
                    ],
                    "seconds": round(at.seconds, 6),
                }
            )
            return
        _print_cycles(at, found, limit)
        _finish(at, verbose)


def _print_cycles(at: Asking, found: Sequence[ModuleCycle], limit: int) -> None:
    from .graph_printing import print_rows, say, tie_words

    for cycle in found[:limit]:
        names = [module.qualified_path for module in cycle.modules]
        more = len(names) - _SHOWN_MODULES
        tail = f" and {more} more" if more > 0 else ""
        click.echo(f"{len(names)} modules, {cycle.edges:,} edges: ", nl=False)
        click.echo(f"{', '.join(names[:_SHOWN_MODULES])}{tail}")
        rows: list[tuple[str, ...]] = []
        for tie in cycle.shortest:
            kinds, places = tie_words(at, [tie.example] if tie.example is not None else [], 1)
            ends = f"{tie.source.qualified_path} → {tie.target.qualified_path}"
            count = f"{tie.edges:,} edge{'' if tie.edges == 1 else 's'}"
            rows.append((f"  {ends}", count, f"such as {kinds}", places))
        print_rows(rows)
    if not found:
        say("No modules need each other in a circle.")
    if len(found) > limit:
        say(f"{len(found) - limit:,} more cycles: --limit shows them.")


def _finish(at: Asking, verbose: bool) -> None:
    from .graph_printing import close

    close(at, verbose=verbose)
