"""One "AI it!" from the request to the applied edit."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from ..generation import events
from ..generation.ask import ask
from ..generation.check import Checked
from ..generation.engine import Cancellation, Engine
from ..ranking.context import Context
from ..ranking.errors import RankingError, UnknownPlace
from . import assist
from .ai_request import Asked, answer, check_fields
from .client import Progress
from .errors import BadPlace, ServerError, Withdrawn
from .positions import LineIndex
from .project import Project
from .rebase import rebase

if TYPE_CHECKING:
    from .lsp import FerrographServer
    from .session import Session

_CONFIGURED_S: Final = 10.0
_FRESH_S: Final = 3.0
"""How long an edit waits for the newest keystrokes to be indexed."""
_POLL_S: Final = 0.05
_LINE: Final = 60
_ANYWAY: Final = "Apply anyway"
_DISCARD: Final = "Discard"
_MOST_PROBLEMS: Final = 4


class Job:
    """One request, from here to its answer."""

    def __init__(
        self,
        server: FerrographServer,
        session: Session,
        asked: Asked,
        *,
        path: Path,
        cancel: Cancellation,
        progress: Progress,
    ) -> None:
        self._server = server
        self._session = session
        self._asked = asked
        self._path = path
        self._cancel = cancel
        self._progress = progress
        self._written = ""

    async def run(self) -> dict[str, Any]:
        """The command's result. Raises what its parts raise: errors with a sentence to show."""
        lines = self._lines()
        start, end = lines.span_of(self._asked.range)
        # Asked first, so that whoever has no model learns it at once.
        await asyncio.to_thread(self._session.configured.wait, _CONFIGURED_S)
        settings = self._session.settings
        engine = await asyncio.to_thread(self._session.engines.get, settings.model)
        project = await self._indexed()
        file = project.name_of(self._path) or self._path.as_posix()
        request = await asyncio.to_thread(
            assist.read_request,
            file,
            lines.text,
            start,
            end,
            instruction=self._asked.instruction,
            mode=self._asked.mode,
        )
        if not request.instruction:
            raise BadPlace(
                "Say what to do in a comment, `// AI: make this generic`, in the item or above it."
            )
        if request.mode == "edit" and request.item is None:
            raise BadPlace("There is no item here to edit: put the cursor into one.")
        context = await asyncio.to_thread(self._gather, project, request, engine)
        if request.mode == "ask":
            return await self._ask(request, engine, context)
        change = await asyncio.to_thread(
            assist.propose,
            project,
            request,
            engine=engine,
            context=context,
            settings=settings,
            cancel=self._cancel,
            on_event=self._on_event,
        )
        return await self._apply(request, change)

    def _lines(self) -> LineIndex:
        document = self._server.documents.at(self._path)
        if document is not None:
            return document.lines
        try:
            return LineIndex(self._path.read_bytes(), self._server.documents.encoding)
        except OSError as error:
            raise BadPlace(f"{self._path.name} can't be read: {error.strerror}.") from error

    async def _indexed(self) -> Project:
        """The project, with the newest text of the document in it."""
        worker = self._session.worker
        while not worker.ready:
            self._progress.report("waiting for the index")
            await asyncio.sleep(_POLL_S)
            self._cancel.check()
        await self._session.settled(self._path, within_s=_FRESH_S)
        self._cancel.check()
        if worker.project is None:
            raise ServerError("The workspace could not be read; see Ferrograph's log.")
        return worker.project

    def _gather(self, project: Project, request: assist.Request, engine: Engine) -> Context:
        self._progress.report("gathering context")
        budget = assist.context_budget(self._session.settings, engine, assist.item_text(request))
        for place in (request.place, None):
            self._cancel.check()
            try:
                context = assist.gather(
                    project,
                    at=place,
                    task=request.instruction,
                    budget=budget,
                    count_tokens=engine.count_tokens,
                    item_shown=request.item is not None,
                )
            except UnknownPlace:
                # A file that no crate includes: its text is shown, and what the words find.
                continue
            self._progress.report(
                f"{len(context.items)} items, {context.tokens:,} tokens of context"
            )
            return context
        raise RankingError("No context could be gathered.")

    def _on_event(self, event: events.Event) -> None:
        match event:
            case events.Started(prompt_tokens=tokens):
                self._progress.report(f"reading the prompt ({tokens:,} tokens)")
            case events.PromptRead(done=done, total=total):
                self._progress.report(f"reading the prompt ({done:,} of {total:,} tokens)")
            case events.Token(text=text):
                self._written += text
                self._report_written()
            case events.Retrying(reason=reason, delay_s=delay):
                self._progress.report(f"{reason} Trying again in {delay:.0f} s.")
            case events.Repairing() as repairing:
                self._written = ""
                self._progress.report(f"asking again: {repairing.line}")
            case events.Checking():
                self._progress.report("checking whether it compiles")
            case events.Warned(message=message):
                self._server.client.warn(message)
            case events.Finished():
                self._progress.report("checking the answer")

    def _report_written(self) -> None:
        lines = [line for line in self._written.splitlines() if line.strip()]
        if lines:
            self._progress.report(f"{len(lines)} lines: {lines[-1].strip()[:_LINE]}")

    async def _ask(
        self, request: assist.Request, engine: Engine, context: Context
    ) -> dict[str, Any]:
        settings = self._session.settings

        def stream() -> str:
            for piece in ask(
                engine,
                task=assist.question(request),
                context=context.text,
                max_tokens=settings.model.max_tokens,
                temperature=settings.model.temperature,
                cancel=self._cancel,
                on_event=self._on_event,
            ):
                self._written += piece
                self._report_written()
            self._cancel.check()
            return self._written.strip()

        words = await asyncio.to_thread(stream)
        self._server.client.info(words)
        return answer("answered", "Answered.", answer=words)

    async def _apply(self, request: assist.Request, change: assist.Change) -> dict[str, Any]:
        self._cancel.check()
        if not change.replacements:
            return answer("failed", "The answer changes nothing.")
        checked = change.checked
        if checked.problems:
            # Asked before the edit is fitted to what the user types meanwhile.
            chosen = await self._server.client.choose(_warning(checked), (_ANYWAY, _DISCARD))
            if chosen != _ANYWAY:
                raise Withdrawn("The edit would not compile, and was left out.")
            self._cancel.check()
        document = self._server.documents.at(self._path)
        lines = document.lines if document is not None else self._lines()
        item = request.item
        keep = (item.start, item.end) if item is not None else (request.start, request.end)
        replacements = rebase(change.replacements, old=request.text, new=lines.text, keep=keep)
        if replacements is None:
            raise Withdrawn(
                f"{self._path.name} was changed where the edit would go, so it was withdrawn: "
                "run it again."
            )
        edits = [
            types.TextEdit(
                range=lines.range_at(one.start, one.end),
                new_text=one.new_text.decode("utf-8", "surrogateescape"),
            )
            for one in replacements
        ]
        uri = document.uri if document is not None else self._asked.uri
        edit = self._workspace_edit(uri, document.version if document is not None else None, edits)
        label = f"AI: {request.instruction}" + (" (does not compile)" if checked.problems else "")
        applied, reason = await self._server.client.apply_edit(
            types.ApplyWorkspaceEditParams(edit=edit, label=label)
        )
        if not applied:
            because = f" ({reason})" if reason else ""
            raise Withdrawn(f"The editor did not take the edit{because}.")
        for note in change.notes:
            self._server.client.info(note)
        said = "The edit is applied."
        if checked.sure != "compiled" and not checked.problems:
            said += f" Whether it compiles is not known: {checked.why}"
        return answer("applied", said, notes=list(change.notes), check=check_fields(checked))

    def _workspace_edit(
        self, uri: str, version: int | None, edits: list[types.TextEdit]
    ) -> types.WorkspaceEdit:
        workspace = self._server.client_capabilities.workspace
        able = workspace.workspace_edit if workspace is not None else None
        if able is None or not able.document_changes:
            return types.WorkspaceEdit(changes={uri: edits})
        # With the version, an editor refuses the edit if the user typed in the last millisecond.
        name = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
        return types.WorkspaceEdit(
            document_changes=[types.TextDocumentEdit(text_document=name, edits=list(edits))]
        )


def _warning(checked: Checked) -> str:
    """What the user has to know of an edit with problems."""
    first = checked.problems[:_MOST_PROBLEMS]
    more = len(checked.problems) - len(first)
    lines = [*first, f"and {more} more"] if more else first
    return "\n".join(("The edit would not compile:", *lines))
