"""``ferrograph demo``: the main job, shown step by step."""

from __future__ import annotations

import time
from pathlib import Path

import click

from .options import FilePlace, at_option, json_option, root_option


@click.command("demo")
@click.option(
    "--task",
    default="add a critical-hit chance to the attack system",
    show_default=True,
    help="What is to be done.",
)
@at_option
@root_option
@json_option
def command(*, task: str, at: FilePlace | None, root: Path, as_json: bool) -> None:
    """Index a workspace, gather the context of a task and show it; ask the model if there is one.

    Cargo runs, online if need be, in ferrograph's own examples; elsewhere only in trusted folders.
    """
    from .. import assist
    from .context import context_fields
    from .demo_steps import (
        open_demo,
        show_answer,
        show_context,
        show_index,
        show_prompt,
        task_place,
    )
    from .output import console, print_json, say
    from .task import read_task, tokenizer

    out = console()
    started = time.perf_counter()
    with open_demo(root) as demo:
        if not as_json:
            show_index(out, demo)
        located = task_place(demo.project, at, task)
        request = read_task(located, task, mode="edit")
        with tokenizer(demo.loaded.settings.model, say=say) as (count, counted_by):
            context = assist.gather(
                demo.project,
                at=request.place,
                task=task,
                budget=demo.loaded.settings.context.budget,
                count_tokens=count,
            )
        if as_json:
            print_json({**context_fields(context), "counted_by": counted_by})
            return
        show_context(out, context, located, task, counted_by)
        show_prompt(out, assist.messages_for(request, context), located, task)
        show_answer(out, demo, request, context)
    out.print(f"\n{time.perf_counter() - started:.0f} s in all.", style="dim")
