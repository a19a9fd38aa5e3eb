"""``ferrograph index``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import json_option, root_option, trust_option


@click.command("index")
@click.option("--no-embed", is_flag=True, help="Leave the vectors for later.")
@click.option(
    "--macros", is_flag=True, help="Let rust-analyzer expand derives, attributes and other macros."
)
@trust_option
@root_option
@json_option
def command(*, root: Path, as_json: bool, trust: bool, no_embed: bool, macros: bool) -> None:
    """Build or update the graph of the workspace, its dependencies and its vectors."""
    from .opening import expand_with, opened
    from .output import console, print_json
    from .progress import Bars

    with opened(root, trust=trust, embed_for_s=0 if no_embed else None) as at:
        if macros:
            with Bars() as bars:
                expand_with(at.project, bars)
        report = at.project.report or at.report
        total = report.seconds.get("total", 0.0)
        vectors = at.project.store.counts().vectors
        result: dict[str, Any] = {
            "root": str(at.project.root),
            "read_by": at.project.workspace.via,
            "files": report.files,
            "parsed": report.parsed,
            "lines": report.lines,
            "items": report.items,
            "edges": report.edges,
            "unresolved": report.unresolved,
            "crates": report.crates,
            "dependencies": report.dependencies,
            "dependencies_parsed": report.dependencies_parsed,
            "dependencies_cached": report.dependencies_cached,
            "dependency_items": report.dependency_items,
            "vectors": vectors,
            "seconds": {stage: round(value, 3) for stage, value in report.seconds.items()},
            "lines_per_second": round(report.lines / total) if total > 0 else None,
            "problems": list(report.problems),
        }
    if as_json:
        print_json(result)
        return
    out = console()
    out.print(
        f"{report.lines:,} lines in {report.files:,} files ({report.parsed:,} parsed), "
        f"{report.crates} crates"
    )
    out.print(
        f"{report.items:,} items, {report.edges:,} edges, {report.unresolved:,} mentions unresolved"
    )
    out.print(
        f"{report.dependencies:,} dependencies ({report.dependencies_cached:,} known already), "
        f"{report.dependency_items:,} items"
    )
    out.print(f"{vectors:,} vectors")
    stages = ", ".join(f"{k} {v:.2f}" for k, v in report.seconds.items() if k != "total")
    rate = f", {report.lines / total:,.0f} lines/s" if total > 0 else ""
    out.print(f"{total:.2f} s ({stages}){rate}")
