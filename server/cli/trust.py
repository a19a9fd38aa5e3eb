"""``ferrograph trust``."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, root_option


@click.command("trust")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--remove", is_flag=True, help="Take the trust back.")
@click.option("--list", "show", is_flag=True, help="Only show what is trusted.")
@root_option
@json_option
def command(*, folder: Path | None, remove: bool, show: bool, root: Path, as_json: bool) -> None:
    """Trust FOLDER (the current workspace by default) and all below it.

    In a trusted workspace ferrograph runs cargo, which obeys the workspace's own configuration, and
    heeds every setting of its ferrograph.toml.
    """
    from .. import trust
    from ..errors import BadPlace
    from ..roots import workspace_root
    from .output import print_json

    if not show:
        target = folder if folder is not None else workspace_root(root)
        if not target.is_dir():
            raise BadPlace(f"{target} is no folder.")
        if remove:
            if not trust.distrust(target):
                raise BadPlace(f"{target.resolve()} is not in the list of trusted folders.")
        else:
            trust.trust(target)
    folders = trust.trusted_folders()
    if as_json:
        print_json([str(each) for each in folders])
        return
    for each in folders:
        click.echo(str(each))
