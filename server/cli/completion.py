"""``ferrograph completion``."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, root_option

_VARIABLE = "_FERROGRAPH_COMPLETE"
_HINTS = {
    "bash": 'eval "$(ferrograph completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(ferrograph completion zsh)"   # in ~/.zshrc',
    "fish": "ferrograph completion fish | source   # in ~/.config/fish/config.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_HINTS)))
@root_option
@json_option
def command(*, shell: str, root: Path, as_json: bool) -> None:
    """Print the completion script of SHELL.

    \b
    bash: eval "$(ferrograph completion bash)"
    zsh:  eval "$(ferrograph completion zsh)"
    fish: ferrograph completion fish | source
    """
    from click.shell_completion import get_completion_class

    from .main import cli
    from .output import print_json

    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"There is no completion for {shell}.")
    # `source` would run bash to ask for its version; the script does not depend on it.
    made = kind(cli, {}, "ferrograph", _VARIABLE)
    script = made.source_template % made.source_vars()
    if as_json:
        print_json({"shell": shell, "script": script, "hint": _HINTS[shell]})
    else:
        click.echo(script)
