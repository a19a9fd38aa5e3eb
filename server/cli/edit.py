"""``ferrograph edit``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import FilePlace, PlaceType, json_option, root_option, trust_option

if TYPE_CHECKING:
    from ...generation.check import Checked


@click.command("edit")
@click.argument("place", type=PlaceType())
@click.argument("instruction", default="")
@click.option("--write", is_flag=True, help="Write the change; else it is only shown.")
@click.option("--anyway", is_flag=True, help="Write it even if it would not compile.")
@trust_option
@root_option
@json_option
def command(
    *,
    place: FilePlace,
    instruction: str,
    write: bool,
    anyway: bool,
    root: Path,
    as_json: bool,
    trust: bool,
) -> None:
    """Let the model change the item at PLACE (FILE:LINE); needs a model.

    INSTRUCTION says what to do; without it, the comment in reach does (`// AI: make this generic`).
    The change is printed as a diff. In a trusted workspace rust-analyzer and `cargo check` look at
    it first; one that would not compile goes back to the model, and is not written if that fails.
    """
    from ...generation.engine import Cancellation
    from ...generation.replacement import apply
    from .. import assist
    from ..ai_request import check_fields
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
        broken = bool(change.checked.problems)
        written = write and (anyway or not broken)
        if written:
            if located.path.read_bytes() != request.text:
                raise Withdrawn(f"{place.file} was changed meanwhile: run it again.")
            located.path.write_bytes(new)
    for note in change.notes:
        say(note)
    _say_check(change.checked)
    if as_json:
        print_json(
            {
                "path": located.file,
                "diff": diff,
                "written": written,
                "model": engine.name,
                "notes": list(change.notes),
                "check": check_fields(change.checked),
                **context_fields(context),
            }
        )
    else:
        show_diff(console(), diff)
    if write and not written:
        raise Withdrawn("The change would not compile and was not written: see --anyway.")


def _say_check(checked: Checked) -> None:
    from .output import say

    if checked.problems:
        say("It would not compile:")
        for problem in checked.problems:
            say(f"  {problem}")
    elif checked.sure != "compiled":
        say(f"Whether it compiles is not known: {checked.why}")
