"""``ferrograph ask``."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from .options import FilePlace, at_option, json_option, root_option, trust_option


@click.command("ask")
@click.argument("question", default="")
@at_option
@trust_option
@root_option
@json_option
def command(*, question: str, at: FilePlace | None, root: Path, as_json: bool, trust: bool) -> None:
    """Ask the model about the code; needs a model. The answer is printed as it comes."""
    from ...generation.ask import ask
    from ...generation.engine import Cancellation
    from .. import assist
    from ..engines import make_engine
    from .context import context_fields
    from .events import Watcher
    from .opening import opened
    from .output import print_json
    from .places import locate
    from .progress import Bars
    from .search import EMBED_FOR_S
    from .task import read_task

    with opened(root, trust=trust, embed_for_s=EMBED_FOR_S) as opening:
        located = locate(opening.project, at) if at is not None else None
        request = read_task(located, question, mode="ask")
        if not request.instruction:
            raise click.UsageError("Give a QUESTION, or --at a place with a comment `// … AI?`.")
        settings = opening.settings
        with contextlib.closing(make_engine(settings.model)) as engine, Bars() as bars:
            context = assist.gather(
                opening.project,
                at=request.place if located is not None else None,
                task=request.instruction,
                budget=assist.context_budget(settings, engine, assist.item_text(request)),
                count_tokens=engine.count_tokens,
            )
            pieces: list[str] = []
            for piece in ask(
                engine,
                task=assist.question(request),
                context=context.text,
                max_tokens=settings.model.max_tokens,
                temperature=settings.model.temperature,
                cancel=Cancellation(),
                on_event=Watcher(bars),
            ):
                if not as_json:
                    bars.hide()
                    click.echo(piece, nl=False)
                pieces.append(piece)
        answer = "".join(pieces).strip()
    if as_json:
        print_json({"answer": answer, "model": engine.name, **context_fields(context)})
    elif pieces and not pieces[-1].endswith("\n"):
        click.echo()
