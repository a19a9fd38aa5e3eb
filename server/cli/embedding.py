"""``ferrograph embedding``."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, root_option

if TYPE_CHECKING:
    from ..writer import EmbeddingDo


@click.command("embedding")
@click.argument(
    "do", type=click.Choice(["tell", "pause", "resume", "cancel"]), default="tell", required=False
)
@root_option
@json_option
def command(*, do: EmbeddingDo, root: Path, as_json: bool) -> None:
    """Pause, resume or cancel the embedding that an editor or a command is at, or tell how far it
    is.

    What is cancelled waits until the workspace is opened again or the items change.
    """
    from ..errors import BadPlace
    from ..project import Project
    from .opening import settings_for
    from .output import print_json, say

    at, loaded = settings_for(root)
    with contextlib.closing(Project.open(at, lambda: loaded, say=say)) as project:
        if project.is_owner:
            raise BadPlace(
                f"Nobody has {at} open: nothing is being embedded. `ferrograph index` does it."
            )
        state = project.embedding(do)
    if as_json:
        print_json(dataclasses.asdict(state))
        return
    click.echo(
        f"{'paused, ' if state.paused else ''}{state.done:,} done, {state.waiting:,} waiting, "
        f"{state.failed:,} failed; {state.per_second:,.0f} items/s"
    )
