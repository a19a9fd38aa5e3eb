"""``ferrograph context``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import FilePlace, at_option, json_option, root_option, trust_option

if TYPE_CHECKING:
    from ...ranking.context import Context


@click.command("context")
@click.option("--task", default="", help="What is to be done; else the comment in reach says it.")
@click.option("--budget", type=click.IntRange(1), help="Most tokens; else what the settings say.")
@at_option
@trust_option
@root_option
@json_option
def command(
    *,
    at: FilePlace | None,
    task: str,
    budget: int | None,
    root: Path,
    as_json: bool,
    trust: bool,
) -> None:
    """Show what a model would be shown for a task: ranked items, their scores, the prompt.

    Tokens are counted by the configured model, or estimated (on the high side) where there is none.
    """
    from .. import assist
    from .opening import opened
    from .output import console, print_json, say
    from .places import locate
    from .search import EMBED_FOR_S
    from .task import read_task, tokenizer

    with opened(root, trust=trust, embed_for_s=EMBED_FOR_S) as opening:
        located = locate(opening.project, at) if at is not None else None
        request = read_task(located, task)
        with tokenizer(opening.settings.model, say=say) as (count, counted_by):
            context = assist.gather(
                opening.project,
                at=request.place if located is not None else None,
                task=request.instruction,
                budget=budget or opening.settings.context.budget,
                count_tokens=count,
            )
            messages = assist.messages_for(request, context)
            prompt_tokens = sum(count(message.content) for message in messages)
    if as_json:
        print_json(
            {
                **context_fields(context),
                "counted_by": counted_by,
                "messages": [{"role": m.role, "content": m.content} for m in messages],
                "prompt_tokens": prompt_tokens,
            }
        )
        return
    out = console()
    out.print(context.explain())
    out.print()
    for message in messages:
        out.print(f"--- {message.role}", style="bold")
        out.print(message.content)
    out.print(f"--- {prompt_tokens:,} tokens in all, by {counted_by}", style="bold")


def context_fields(context: Context) -> dict[str, Any]:
    """The contract's part of a context."""
    from ..contract import ranked_fields

    return {
        "items": [
            {
                **ranked_fields(one.item, one.score, one.factors),
                "level": one.level,
                "tokens": one.tokens,
            }
            for one in context.items
        ],
        "tokens": context.tokens,
        "budget": context.budget,
        "prompt": context.text,
    }
