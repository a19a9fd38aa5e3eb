"""``ferrograph lsp``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from .options import json_option, root_option, trust_option


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="For editors that insist on saying so; the default.")
@click.option(
    "--log-file", type=click.Path(path_type=Path, dir_okay=False), help="Write a log here."
)
@click.option("-v", "--verbose", count=True, help="Log more; twice logs every message.")
@trust_option
@root_option
@json_option
def command(
    *, stdio: bool, log_file: Path | None, verbose: int, trust: bool, root: Path, as_json: bool
) -> int:
    """Serve an editor over standard input and output.

    The editor says which folder is open; --root is for one that doesn't.
    """
    import logging

    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(
        level=level,
        filename=str(log_file) if log_file is not None else None,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if verbose < 2:
        # pygls logs every message at INFO.
        logging.getLogger("pygls").setLevel(logging.ERROR)
    from ..config import Layer
    from ..lsp import FerrographServer, serve

    source = click.get_current_context().get_parameter_source("root")
    given = source is click.core.ParameterSource.COMMANDLINE
    layers = (Layer("--trust", {"trusted": True}),) if trust else ()
    fallback = root.resolve() if given else None
    return serve(FerrographServer(environ=os.environ, layers=layers, fallback=fallback))
