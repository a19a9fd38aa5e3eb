"""``ferrograph demo``: the main job, shown step by step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import FilePlace, at_option, json_option, root_option

if TYPE_CHECKING:
    pass

_TASK = "add a critical-hit chance to the attack system"
_FUNCTION = "attack"
"""What the demo's task is about, where no place is given."""


@click.command("demo")
@click.option("--task", default=_TASK, show_default=True, help="What is to be done.")
@at_option
@root_option
@json_option
def command(*, task: str, at: FilePlace | None, root: Path, as_json: bool) -> None:
    """Index a workspace, gather the context of a task and show it; ask the model if there is one.

    Runs cargo, online if need be, in ferrograph's own example; elsewhere only in trusted folders.
    """
    from .. import assist
    from .context import context_fields
    from .demo_steps import answer, open_demo, show_context
    from .output import console, print_json
    from .task import read_task, tokenizer

    out = console()
    started = time.perf_counter()
    with open_demo(root, quiet=as_json) as opening:
        located = _place(opening.project, at, task)
        request = read_task(located, task, mode="edit")
        with tokenizer(opening.settings.model, say=_warn) as (count, counted_by):
            context = assist.gather(
                opening.project,
                at=request.place,
                task=task,
                budget=opening.settings.context.budget,
                count_tokens=count,
            )
        if as_json:
            print_json({**context_fields(context), "counted_by": counted_by})
            return
        line = located.text.count(b"\n", 0, located.start) + 1
        out.print(f'\nThe task: "{task}", at {located.file}:{line}', style="bold")
        show_context(out, context, counted_by)
        answer(out, opening, request, context)
        out.print(f"\n{time.perf_counter() - started:.0f} s in all.", style="dim")
