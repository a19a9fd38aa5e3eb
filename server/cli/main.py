"""``ferrograph``: the commands, loaded only when they are used, and the exit status."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click

PACKAGE: Final = __name__.rpartition(".")[0]

COMMANDS: Final = {
    "index": "Build or update the graph of a workspace.",
    "search": "Find items by meaning, words or name.",
    "context": "Show what a model would be shown for a task, and why.",
    "ask": "Ask the model about the code.",
    "edit": "Let the model change an item.",
    "explain": "Show what the graph knows of an item.",
    "graph": "Ask the graph: paths, callers, unused items; export it.",
    "embedding": "Pause, resume or cancel embedding; tell how far it is.",
    "doctor": "Show what was found here, and what each missing thing costs.",
    "model": "List, inspect, choose or download language models.",
    "trust": "Trust a folder, so that cargo may run in it.",
    "lsp": "Serve an editor over standard input and output.",
    "demo": "Run the main job on a workspace, step by step.",
    "completion": "Print a shell's completion script.",
}
"""Name to short help, in the order of ``--help``. Each lives in a module of its own name."""

FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


class Commands(click.Group):
    """A group that imports a command only when it is run: ``--help`` must be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(f"{PACKAGE}.{cmd_name}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command takes --root DIR and --json. "
    "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
)
@click.version_option(package_name="ferrograph", prog_name="ferrograph")
def cli() -> None:
    """A graph of your Rust workspace and its pinned dependencies, for local language models."""


def run() -> None:
    """What the ``ferrograph`` command calls. Ends the process."""
    sys.exit(main(sys.argv[1:]))


def main(args: list[str]) -> int:
    """Run one command line; gives the exit status."""
    try:
        result = cli.main(args, prog_name="ferrograph", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`head`, say) has seen enough. Python would complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from ..errors import is_expected

        if not is_expected(error):
            raise
        click.echo(f"Error: {error}", err=True)
        return FAILED
    return result if isinstance(result, int) else 0
