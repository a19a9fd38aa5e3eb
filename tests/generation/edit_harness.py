"""One edit as a test writes it: a file with a cursor, and the answers that a server is to give."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

from ferrograph.generation import syntax
from ferrograph.generation.check import Check
from ferrograph.generation.edit import EditRequest, ProposedEdit, propose_edit
from ferrograph.generation.endpoint import EndpointEngine
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.events import Event
from ferrograph.generation.prompt import Task
from ferrograph.generation.replacement import apply
from ferrograph.tests.support.openai_server import OpenAIServer, Reply

Serve = Callable[..., OpenAIServer]
EngineOn = Callable[..., EndpointEngine]


class Editor:
    """Runs one edit: the cursor is ``$0`` in the file, the model's answers are scripted."""

    def __init__(self, serve: Serve, engine_on: EngineOn) -> None:
        self._serve = serve
        self._engine_on = engine_on
        self.events: list[Event] = []
        self.server: OpenAIServer

    def __call__(
        self,
        file: str,
        *answers: str | Reply,
        instruction: str = "do it",
        newline: str = "\n",
        check: Check | None = None,
        **rest: Any,
    ) -> ProposedEdit:
        source = dedent(file).lstrip("\n").replace("\n", newline).encode()
        cursor = source.index(b"$0")
        source = source.replace(b"$0", b"")
        replies = [a if isinstance(a, Reply) else Reply.text(dedent(a)) for a in answers]
        self.server = self._serve(*replies)
        request = EditRequest(
            path="src/combat.rs",
            source=source,
            start=cursor,
            end=cursor,
            task=Task(kind="edit", instruction=instruction, item_kind="item", item_name="x"),
            **rest,
        )
        edit = propose_edit(
            self._engine_on(self.server),
            request,
            cancel=Cancellation(),
            on_event=self.events.append,
            check=check,
        )
        # What holds for every edit, whatever it is about.
        assert apply(source, edit.replacements) == edit.new_source
        before, after = syntax.parse(source), syntax.parse(edit.new_source)
        assert len(syntax.errors(after)) <= len(syntax.errors(before))
        return edit

    def text(self, file: str, *answers: str | Reply, **rest: Any) -> str:
        return self(file, *answers, **rest).new_source.decode()
