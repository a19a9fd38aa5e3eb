"""The main job without an editor: a place and an instruction to a context, an edit, an answer."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..generation.edit import EditRequest, propose_edit
from ..generation.engine import Cancellation, Engine, Message
from ..generation.events import EventSink, ignore
from ..generation.prompt import Task, build_messages
from ..generation.replacement import Replacement, trimmed
from ..ranking.context import Context, build_context
from ..ranking.errors import RankingError
from ..ranking.model import Place
from ..ranking.tokens import estimate_tokens
from .instruction import Instruction, Mode, in_reach
from .outline import Outline, outline

if TYPE_CHECKING:
    from ..parser.facts import Item
    from .project import Project
    from .settings import Settings

_RULES_TOKENS: Final = 700
"""The rules, the frame and the instruction of a prompt, generously."""
SMALLEST_BUDGET: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user wants where. ``text`` is the file as the user sees it; offsets are bytes."""

    file: str
    text: bytes
    start: int
    end: int
    instruction: str
    mode: Mode
    item: Item | None
    comment: Instruction | None = None
    """The comment that said it, to be taken away by an edit."""

    @property
    def place(self) -> Place:
        """The place for ranking."""
        return Place(self.file, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Change:
    """Replacements for a file's text, in order, none overlapping; and what to tell the user."""

    replacements: tuple[Replacement, ...]
    notes: tuple[str, ...]


def read_request(
    file: str, text: bytes, start: int, end: int, *, instruction: str = "", mode: Mode | None = None
) -> Request:
    """A request from a selection; without an instruction, from the comment in reach.

    The instruction stays empty where there is none.
    """
    shape = outline(text)
    comment = None if instruction.strip() else in_reach(shape, start, end)
    words = instruction.strip() if comment is None else comment.text
    return Request(
        file=file,
        text=text,
        start=start,
        end=end,
        instruction=words or _unwritten(shape, start, end),
        mode=mode or (comment.mode if comment is not None else "edit"),
        item=shape.enclosing(start, end),
        comment=comment,
    )


def _unwritten(shape: Outline, start: int, end: int) -> str:
    """An item that says itself what is missing needs no instruction."""
    item = shape.enclosing(start, end)
    if item is None or item.kind not in ("function", "method"):
        return ""
    body = shape.text[item.def_start : item.end]
    holes = [mark for mark in (b"todo!(", b"unimplemented!(") if mark in body]
    return f"Write what {holes[0].decode()}) stands for." if holes else ""


def context_budget(settings: Settings, engine: Engine | None, item_text: str) -> int:
    """Most tokens of context: what is set, or less where the model's window is small."""
    budget = settings.context.budget
    if engine is None:
        return budget
    taken = _RULES_TOKENS + engine.count_tokens(item_text)
    # The answer repeats the item, so that it needs at least as much again.
    room = (
        engine.context_window - taken - min(settings.model.max_tokens, engine.context_window // 3)
    )
    return max(SMALLEST_BUDGET, min(budget, room))


def gather(
    project: Project,
    *,
    at: Place | None,
    task: str,
    budget: int,
    count_tokens: Callable[[str], int] = estimate_tokens,
    item_shown: bool = False,
) -> Context:
    """The context for a task; ``item_shown`` leaves out the item that the prompt shows anyway.

    Raises `RankingError` and `GraphError`.
    """
    return build_context(
        project.retriever,
        at=at,
        task=task,
        budget=budget,
        count_tokens=count_tokens,
        include_target=not item_shown,
    )


def gather_ahead(
    project: Project, request: Request, budget: int, cancel: Callable[[], bool]
) -> None:
    """Make a request's context before anybody asks for it: what it took to find is kept then."""
    if cancel():
        return
    with contextlib.suppress(RankingError):
        gather(
            project,
            at=request.place,
            task=request.instruction,
            budget=budget,
            item_shown=request.item is not None,
        )


def messages_for(request: Request, context: Context) -> list[Message]:
    """The conversation that a model would be sent."""
    return build_messages(
        task=dataclasses.replace(_task(request), item_text=item_text(request)), context=context.text
    )


def propose(
    project: Project,
    request: Request,
    *,
    engine: Engine,
    context: Context,
    settings: Settings,
    cancel: Cancellation,
    on_event: EventSink = ignore,
) -> Change:
    """Ask the model for a new version of the item. Raises as `propose_edit`."""
    clean, start, end = _without_comment(request)
    edit = propose_edit(
        engine,
        EditRequest(
            path=request.file,
            source=clean,
            start=start,
            end=end,
            task=_task(request),
            context=context.text,
            max_tokens=settings.model.max_tokens,
            temperature=settings.model.temperature,
            edition=project.edition_of(request.file),
            folder=project.root,
        ),
        cancel=cancel,
        on_event=on_event,
    )
    moved = _in_original(edit.replacements, request.comment)
    shown = tuple(trimmed(request.text, one) for one in moved)
    return Change(tuple(r for r in shown if r.start < r.end or r.new_text), edit.notes)


def question(request: Request) -> Task:
    """The task of answering a request in words."""
    return dataclasses.replace(
        _task(request), kind="ask", item_text=item_text(request) if request.item else ""
    )


def item_text(request: Request) -> str:
    """The item to change, as it stands."""
    item = request.item
    if item is None:
        return ""
    return request.text[item.start : item.end].decode("utf-8", "replace")


def _task(request: Request) -> Task:
    item = request.item
    marked = request.text[request.start : request.end].decode("utf-8", "replace")
    whole = item is None or (request.start <= item.start and item.end <= request.end)
    return Task(
        kind="edit" if request.mode == "edit" else "ask",
        instruction=request.instruction,
        path=request.file,
        item_kind=item.kind if item is not None else "item",
        item_name=item.name if item is not None else "",
        selection=None if whole or not marked.strip() else marked,
    )


def _without_comment(request: Request) -> tuple[bytes, int, int]:
    """The text without the instruction's comment, and the item's span in it."""
    start = request.item.start if request.item is not None else request.start
    end = request.item.end if request.item is not None else request.end
    gone = request.comment
    if gone is None:
        return request.text, start, end
    clean = request.text[: gone.start] + request.text[gone.end :]
    return clean, _shifted(start, gone), _shifted(end, gone)


def _shifted(offset: int, gone: Instruction) -> int:
    """An offset of the original in the text without the comment."""
    if offset <= gone.start:
        return offset
    return max(gone.start, offset - (gone.end - gone.start))


def _in_original(
    replacements: tuple[Replacement, ...], gone: Instruction | None
) -> list[Replacement]:
    """Replacements for the original, from those for the text without the comment."""
    if gone is None:
        return sorted(replacements, key=lambda r: (r.start, r.end))
    width = gone.end - gone.start
    moved: list[Replacement] = []
    covered = False
    for one in replacements:
        # What ends where the comment stood ends before it, what starts there starts before it too,
        # so that the comment goes with what is replaced.
        start = one.start if one.start <= gone.start else one.start + width
        end = one.end if one.end <= gone.start else one.end + width
        covered = covered or (start <= gone.start and gone.end <= end)
        moved.append(Replacement(start, end, one.new_text))
    if not covered:
        moved.append(Replacement(gone.start, gone.end, b""))
    return sorted(moved, key=lambda r: (r.start, r.end))
