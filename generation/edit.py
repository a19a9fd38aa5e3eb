"""A task at an item to an edit of its file: ask, read, assemble, check, ask again if need be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tree_sitter import Tree

from . import syntax
from .answer import Answer, Wanted, parse_answer
from .assemble import Assembler
from .check import UNCHECKED, Check, Checked
from .engine import Cancellation, Engine, Message
from .errors import AnswerUnusable, ContextTooLong, EditImpossible
from .events import Checking, Event, EventSink, Finished, Repairing, Started, Token, ignore
from .prompt import Task, build_messages, build_repair
from .replacement import Replacement, apply
from .rustfmt import Rustfmt, find_rustfmt
from .syntax import Item

_RENAMES: Final = re.compile(r"\brenam|\bcall(ed)? it\b|\bname it\b", re.IGNORECASE)
# The answer repeats the item and adds to it; with less room than this there is no use in asking.
_ROOM_TOKENS: Final = 64
_MOST_PROBLEMS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """What to change. ``source`` is the whole file; ``start`` and ``end`` are bytes in it.

    They may be an item's whole span, with or without attributes and docs, or any place in it: the
    innermost item that holds them is the one to edit. ``task.item_text`` is filled in from the
    source. ``repairs`` bounds how often the model is told why its answer can't be used.
    """

    path: str
    source: bytes
    start: int
    end: int
    task: Task
    context: str = ""
    max_tokens: int = 2048
    temperature: float = 0.2
    repairs: int = 1
    edition: str = "2021"
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedEdit:
    """An edit that parses. ``replacements`` apply to the source as it was and don't overlap.

    ``notes`` are sentences on what was left out of the answer. ``item_start`` and ``item_end`` are
    where the edited item stands in ``new_source``.
    """

    path: str
    replacements: tuple[Replacement, ...]
    new_source: bytes
    item_start: int
    item_end: int
    notes: tuple[str, ...]
    repairs: int
    checked: Checked = UNCHECKED
    """What is known of it: an edit with problems is the best that all attempts gave."""


def propose_edit(
    engine: Engine,
    request: EditRequest,
    *,
    cancel: Cancellation,
    on_event: EventSink = ignore,
    check: Check | None = None,
    find_formatter: Callable[..., Rustfmt | None] = find_rustfmt,
) -> ProposedEdit:
    """Ask ``engine`` for a new version of the item and turn its answer into an edit.

    An edit in which ``check`` finds problems goes back to the model with them; if no attempt is
    without, the one with the fewest is what there is. Sends `events` to ``on_event`` as they
    happen. Raises `EditImpossible` where there is no item, `AnswerUnusable` where no attempt gave
    code that can be used, and what the engine raises. Never returns an edit that adds a syntax
    error.
    """
    job = _Job(request, find_formatter)
    task = replace(request.task, path=request.path, item_text=job.assembler.original)
    first = build_messages(task=task, context=request.context)
    messages = first
    best: ProposedEdit | None = None
    attempt = 0
    while True:
        try:
            answer = _ask(engine, request, messages, task, cancel=cancel, on_event=on_event)
        except ContextTooLong:
            if best is None:
                raise
            # What went wrong makes the prompt longer, and there is no more room for it.
            return best
        try:
            edit = job.edit(answer.text)
        except AnswerUnusable as error:
            reason = error.reason
            if answer.cut_off and "cut off" not in reason:
                reason = f"it was cut off after {request.max_tokens} tokens"
            if attempt >= request.repairs and best is None:
                raise AnswerUnusable(reason) from error
        else:
            edit = replace(edit, repairs=attempt)
            if check is not None:
                on_event(Checking())
                edit = replace(edit, checked=check(edit.new_source, cancel))
                cancel.check()
            problems = edit.checked.problems
            if not problems:
                return edit
            if best is None or len(problems) < len(best.checked.problems):
                best = edit
            reason = _does_not_compile(problems)
        if attempt >= request.repairs:
            assert best is not None
            return best
        attempt += 1
        on_event(Repairing(reason=reason, attempt=attempt))
        messages = build_repair(first, answer=answer.text, reason=reason, task=task)


def _does_not_compile(problems: tuple[str, ...]) -> str:
    """For the model: the first errors mostly explain the others."""
    lines = "\n".join(problems[:_MOST_PROBLEMS])
    return f"it does not compile:\n{lines}"


@dataclass(slots=True)
class _Reply:
    text: str
    cut_off: bool


def _ask(
    engine: Engine,
    request: EditRequest,
    messages: list[Message],
    task: Task,
    *,
    cancel: Cancellation,
    on_event: EventSink,
) -> _Reply:
    prompt_tokens = engine.count_prompt(messages)
    window = engine.context_window
    needed = engine.count_tokens(task.item_text) + _ROOM_TOKENS
    if prompt_tokens + needed > window:
        raise ContextTooLong(
            f"The prompt has {prompt_tokens:,} tokens, which leaves too little of the window of "
            f"{window:,} for an answer: lower the context budget, or edit a smaller item.",
            prompt_tokens=prompt_tokens,
            context_window=window,
        )
    on_event(Started(prompt_tokens=prompt_tokens, context_window=window))
    reply = _Reply(text="", cut_off=False)

    def watch(event: Event) -> None:
        if isinstance(event, Finished):
            reply.cut_off = event.reason == "length"
        on_event(event)

    pieces: list[str] = []
    for piece in engine.stream(
        messages,
        max_tokens=min(request.max_tokens, window - prompt_tokens),
        temperature=request.temperature,
        cancel=cancel,
        on_event=watch,
    ):
        pieces.append(piece)
        on_event(Token(piece))
    cancel.check()
    reply.text = "".join(pieces)
    return reply


class _Job:
    """What stays the same over the attempts: the file, its tree, the item."""

    def __init__(self, request: EditRequest, find_formatter: Callable[..., Rustfmt | None]) -> None:
        self._request = request
        try:
            request.source.decode("utf-8")
        except UnicodeDecodeError as error:
            raise EditImpossible(
                f"{request.path} is not UTF-8 (byte {error.start}): convert it before editing it."
            ) from None
        self._tree: Tree = syntax.parse(request.source)
        self._errors = len(syntax.errors(self._tree))
        item = syntax.item_at(request.source, self._tree, request.start, request.end)
        if item is None:
            raise EditImpossible(
                f"There is no item at this place of {request.path}: put the cursor into a "
                "function, a type, a trait, an impl or a module."
            )
        self._item: Item = item
        owner = None if item.owner is None else syntax.as_item(request.source, item.owner)
        self.assembler = Assembler(
            source=request.source,
            tree=self._tree,
            item=item,
            rustfmt=find_formatter(edition=request.edition, folder=request.folder),
        )
        self._wanted = Wanted(
            head=item.head,
            original=self.assembler.original,
            owner=None if owner is None else owner.head,
            may_rename=bool(_RENAMES.search(request.task.instruction)),
        )

    def edit(self, text: str) -> ProposedEdit:
        answer = parse_answer(text, self._wanted)
        assembly = self.assembler.assemble(answer, instruction=self._request.task.instruction)
        new_source = apply(self._request.source, assembly.replacements)
        new_item = self._check(new_source, assembly.replacements, answer)
        return ProposedEdit(
            path=self._request.path,
            replacements=assembly.replacements,
            new_source=new_source,
            item_start=new_item.start,
            item_end=new_item.end,
            notes=assembly.notes,
            repairs=0,
        )

    def _check(
        self, new_source: bytes, replacements: tuple[Replacement, ...], answer: Answer
    ) -> Item:
        """The new item in the new file. What parses alone may still break where it is put."""
        tree = syntax.parse(new_source)
        if len(syntax.errors(tree)) > self._errors:
            raise AnswerUnusable("the file no longer parses with it")
        start = self._item.start + sum(
            len(one.new_text) - (one.end - one.start)
            for one in replacements
            if one.end <= self._item.start
        )
        for item in syntax.all_items(new_source, tree.root_node):
            if item.start == start and item.head == answer.head:
                return item
        nested = syntax.item_at(new_source, tree, start, start + 1)
        if nested is not None and nested.head == answer.head:
            return nested
        raise AnswerUnusable(f"the file no longer holds the {answer.head} with it")
