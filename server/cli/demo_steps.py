"""The steps of the demo."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from ...generation.engine import Cancellation, Message
from ...generation.replacement import apply
from ...graph.model import GraphItem
from ...graph.progress import IndexReport
from ...ranking.context import Context
from ...ranking.search import search
from ...ranking.weights import CONTEXT
from .. import assist, config
from ..engines import HOW_TO, configured, make_engine
from ..errors import BadPlace
from ..explain import label
from ..project import Project
from ..roots import workspace_root
from .diff import show_diff, unified
from .events import Watcher
from .opening import embed_with, index_with
from .options import FilePlace
from .output import say
from .places import Located, locate
from .progress import Bars

_EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
_EMBED_FOR_S: Final = 20.0
_FETCH_S: Final = 600.0
_FUNCTION: Final = "attack"
"""What the demo's task is about, where no place is given."""
_WEIGHTS: Final[dict[str, float]] = {str(name): value for name, value in CONTEXT.items()}
_ROWS: Final = 20
_FACTORS: Final = 3
_HEAD, _TAIL = 10, 24
"""Lines of the prompt that are shown."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A workspace, indexed, and embedded as far as the time allowed."""

    project: Project
    loaded: config.Loaded
    report: IndexReport
    waiting: int


@contextlib.contextmanager
def open_demo(folder: Path) -> Generator[Demo]:
    """Open, index and embed a workspace, with progress."""
    root = workspace_root(folder)
    ours = root.is_relative_to(_EXAMPLES)
    # What came with ferrograph is as trustworthy as ferrograph; its dependencies may be missing.
    cargo = {"offline": False, "timeout_s": _FETCH_S}
    layers = [config.Layer("the demo", {"trusted": True, "cargo": cargo})] if ours else []
    with Bars() as bars:
        bars.stage("asking cargo", 0, 0, "its first time downloads the dependencies")
        loaded = config.load(root, environ=os.environ, client=layers)
        for message in loaded.messages:
            say(message)
        project = Project.open(root, lambda: loaded, say=say)
        with contextlib.closing(project):
            report = index_with(project, bars)
            embed_with(project, bars, _EMBED_FOR_S)
            bars.hide()
            yield Demo(project, loaded, report, project.waiting)


def show_index(out: Console, demo: Demo) -> None:
    """What there is in the graph now."""
    report, counts = demo.report, demo.project.store.counts()
    out.print(f"{demo.project.root.name}", style="bold")
    out.print(
        f"  {report.lines:,} lines of Rust, {report.items:,} items, {report.edges:,} ties between "
        "them"
    )
    out.print(
        f"  {report.dependencies:,} pinned dependencies with {report.dependency_items:,} items"
    )
    waiting = f"; {demo.waiting:,} wait for `ferrograph index`" if demo.waiting else ""
    out.print(f"  {counts.vectors:,} items found by meaning{waiting}")
    out.print(f"  indexed in {report.seconds.get('total', 0.0):.1f} s", style="dim")


def task_place(project: Project, at: FilePlace | None, task: str) -> Located:
    """Where the task stands: the place given, the function of that name, or the best item."""
    if at is not None:
        return locate(project, at)
    named = [i for i in project.store.find(_FUNCTION) if i.kind == "function"]
    own = [i for i in named if not i.is_dependency]
    found = own or [
        r.item
        for r in search(project.retriever, task, 50)
        if r.item.kind in ("function", "method") and not r.item.is_dependency
    ]
    if not found:
        raise BadPlace("No function here fits the task: name a place with --at FILE:LINE.")
    return _located(project, found[0])


def _located(project: Project, item: GraphItem) -> Located:
    return locate(project, FilePlace(item.file, item.line + 1, None, None))


def show_context(
    out: Console, context: Context, located: Located, task: str, counted_by: str
) -> None:
    """The ranked items, with what their scores are made of."""
    line = located.text.count(b"\n", 0, located.start) + 1
    out.print(f'\nTask: "{task}", at {located.file}:{line}', style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim")
    # Where all is too wide, paths are cut and not the figures.
    table.add_column("score", justify="right", no_wrap=True, min_width=5)
    table.add_column("tokens", justify="right", no_wrap=True, min_width=6)
    table.add_column("shown as", no_wrap=True, min_width=9)
    for name in ("item", "where", "most of its score"):
        table.add_column(name, no_wrap=True)
    for one in context.items[:_ROWS]:
        best = sorted(one.factors.items(), key=lambda pair: -_WEIGHTS.get(pair[0], 1.0) * pair[1])
        table.add_row(
            f"{one.score:.3f}",
            f"{one.tokens:,}",
            one.level,
            f"{one.item.kind} {label(one.item)}",
            f"{one.item.file}:{one.item.line + 1}",
            ", ".join(f"{name} {value:.2f}" for name, value in best[:_FACTORS] if value > 0),
        )
    out.print(table)
    left = context.items[_ROWS:]
    if left:
        out.print(
            f"… and {len(left)} more, {sum(one.tokens for one in left):,} tokens", style="dim"
        )
    tokens = f"{context.tokens:,} of {context.budget:,} tokens ({counted_by})"
    out.print(f"{tokens}, {len(context.items)} items", style="dim")


def show_prompt(out: Console, messages: Sequence[Message], located: Located, task: str) -> None:
    """How the prompt begins and ends."""
    lines = [line for m in messages for line in (f"--- {m.role}", *m.content.splitlines())]
    out.print("\nThe prompt", style="bold")
    left = len(lines) - _HEAD - _TAIL
    if left > 0:
        line = located.text.count(b"\n", 0, located.start) + 1
        shown = f'ferrograph context --at {located.file}:{line} --task "{task}"'
        middle = [f"    … {left:,} more lines: {shown}"]
        lines = [*lines[:_HEAD], *middle, *lines[-_TAIL:]]
    for each in lines:
        out.print(f"  {each}", style="dim")


def show_answer(out: Console, demo: Demo, request: assist.Request, context: Context) -> None:
    """The model's edit as a diff, or how to get a model."""
    settings = demo.loaded.settings
    if configured(settings.model) == "none":
        out.print(f"\n{HOW_TO}", style="yellow")
        return
    with contextlib.closing(make_engine(settings.model)) as engine:
        out.print(f"\nThe edit, by {engine.name}", style="bold")
        with Bars() as bars:
            change = assist.propose(
                demo.project,
                request,
                engine=engine,
                context=context,
                settings=settings,
                cancel=Cancellation(),
                on_event=Watcher(bars),
            )
    show_diff(out, unified(request.file, request.text, apply(request.text, change.replacements)))
    for note in change.notes:
        say(note)
