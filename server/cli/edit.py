"""``ferrograph edit``."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from .options import FilePlace, PlaceType, json_option, root_option, trust_option


@click.command("edit")
@click.argument("place", type=PlaceType())
@click.argument("instruction", default="")
@click.option("--write", is_flag=True, help="Write the change; else it is only shown.")
@trust_option
@root_option
@json_option
def command(
    *, place: FilePlace, instruction: str, write: bool, root: Path, as_json: bool, trust: bool
) -> None:
    """Let the model change the item at PLACE (FILE:LINE); needs a model.

    INSTRUCTION says what to do; without it, the comment in reach does (`// AI: make this generic`).
    The change is printed as a diff.
    """
    from ...generation.engine import Cancellation
    from ...generation.replacement import apply
    from .. import assist
    from ..engines import make_engine
    from ..errors import BadPlace, Withdrawn
    from .context import context_fields
    from .diff import show_diff, unified
    from .events import Watcher
    from .opening import opened
    from .output import console, print_json, say
    from .places import locate
    from .progress import Bars
    from .search import EMBED_FOR_S
    from .task import read_task

    with opened(root, trust=trust, embed_for_s=EMBED_FOR_S) as opening:
        located = locate(opening.project, place)
        request = read_task(located, instruction, mode="edit" if instruction else None)
        if not request.instruction:
            raise click.UsageError("Give an INSTRUCTION, or write one there: `// AI: …`.")
        if request.item is None:
            raise BadPlace(f"There is no item at {place.file}:{place.line} to edit.")
        settings = opening.settings
        with contextlib.closing(make_engine(settings.model)) as engine, Bars() as bars:
            context = assist.gather(
                opening.project,
                at=request.place,
                task=request.instruction,
                budget=assist.context_budget(settings, engine, assist.item_text(request)),
                count_tokens=engine.count_tokens,
                item_shown=True,
            )
            change = assist.propose(
                opening.project,
                request,
                engine=engine,
                context=context,
                settings=settings,
                cancel=Cancellation(),
                on_event=Watcher(bars),
            )
        new = apply(request.text, change.replacements)
        diff = unified(located.file, request.text, new)
        if write:
            if located.path.read_bytes() != request.text:
                raise Withdrawn(f"{place.file} was changed meanwhile: run it again.")
            located.path.write_bytes(new)
    for note in change.notes:
        say(note)
    if as_json:
        print_json(
            {
                "path": located.file,
                "diff": diff,
                "written": write,
                "model": engine.name,
                "notes": list(change.notes),
                **context_fields(context),
            }
        )
        return
    show_diff(console(), diff)
