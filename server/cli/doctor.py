"""``ferrograph doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from .options import json_option, root_option, trust_option

_MARKS: Final = {"ok": ("✓", "green"), "missing": ("✗", "red"), "note": ("·", "yellow")}


@click.command("doctor")
@trust_option
@root_option
@json_option
def command(*, root: Path, as_json: bool, trust: bool) -> None:
    """Show what was found on this machine and in the workspace, and what each missing thing costs.

    Succeeds whatever it finds.
    """
    import dataclasses
    import os

    from rich.text import Text

    from ..config import Layer, load
    from ..diagnosis import diagnose
    from ..roots import workspace_root
    from .output import console, print_json

    folder = workspace_root(root)
    layers = [Layer("--trust", {"trusted": True})] if trust else []
    findings = diagnose(folder, load(folder, environ=os.environ, client=layers))
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
        return
    out = console()
    for finding in findings:
        mark, colour = _MARKS[finding.state]
        out.print(Text.assemble((mark, colour), f" {finding.name:<18} {finding.found}"))
        if finding.costs:
            out.print(Text(f"  {'':<18} {finding.costs}", style="dim"))
