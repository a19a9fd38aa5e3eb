"""``ferrograph graph``: a group whose subcommands are loaded only when they are used."""

from __future__ import annotations

import importlib
from typing import Final

import click

_PACKAGE: Final = __name__.rpartition(".")[0]

SUBCOMMANDS: Final[dict[str, tuple[str, str]]] = {
    "path": ("graph_walks", "Show the shortest paths from one item to another."),
    "callers": ("graph_walks", "Show who calls an item, directly or through others."),
    "callees": ("graph_walks", "Show what an item calls, directly or through others."),
    "neighbours": ("graph_near", "Show what is around an item, scored."),
    "implementors": ("graph_near", "Show who implements a trait."),
    "depends": ("graph_crates", "Show why a crate is here: who depends on it."),
    "cycles": ("graph_crates", "Find modules that need each other."),
    "unused": ("graph_review", "Find items that nothing refers to."),
    "duplicates": ("graph_review", "Find functions that are nearly copies of each other."),
    "stats": ("graph_review", "Count what the graph holds."),
    "export": ("graph_export", "Write items and edges as JSON or DOT."),
}
"""Name to module and short help, in the order of ``--help``."""


class Subcommands(click.Group):
    """Imports a subcommand's module when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(f"{_PACKAGE}.{SUBCOMMANDS[cmd_name][0]}")
        return getattr(module, f"{cmd_name}_command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in SUBCOMMANDS.items()])


@click.group(
    "graph",
    cls=Subcommands,
    epilog="An item is named by its name, by the end of its path (`World::spawn`), by its whole "
    "path, or by a place: FILE:LINE or FILE:LINE:COLUMN. See docs/graph.md.",
)
def command() -> None:
    """Ask the graph: paths, callers, neighbours, cycles, unused items, copies; and export it."""
