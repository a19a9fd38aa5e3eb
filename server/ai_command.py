"""``ferrograph.ai`` from the request to the applied edit. One at a time per document."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from lsprotocol import types

from ..generation import events
from ..generation.ask import ask
from ..generation.engine import Cancellation, Engine
from ..generation.errors import Cancelled
from ..ranking.context import Context
from ..ranking.errors import RankingError, UnknownPlace
from . import assist
from .client import Progress
from .errors import BadPlace, ServerError, Withdrawn, is_expected, sentence
from .positions import LineIndex, local_path
from .project import Project
from .rebase import rebase

if TYPE_CHECKING:
    from .lsp import FerrographServer
    from .session import Session

_log = logging.getLogger(__name__)

_FRESH_S: Final = 3.0
"""How long an edit waits for the newest keystrokes to be indexed."""
_POLL_S: Final = 0.05
_CONFIGURED_S: Final = 10.0
_LINE: Final = 60

Status = Literal["applied", "answered", "withdrawn", "cancelled", "superseded", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's argument. ``mode`` is None where the comment in reach decides."""

    uri: str
    range: types.Range
    instruction: str
    mode: Literal["edit", "ask"] | None


class _Running:
    def __init__(self) -> None:
        self.cancel = Cancellation()
        self.superseded = False


class AiCommand:
    """Runs the command; remembers which documents are being worked on."""

    def __init__(self, server: FerrographServer) -> None:
        self._server = server
        self._running: dict[Path, _Running] = {}

    async def run(
        self, arguments: Sequence[Any] | None, token: types.ProgressToken | None
    ) -> dict[str, Any]:
        """Always answers, with a ``status`` and a ``message``; what failed is shown as well."""
        try:
            asked = read_arguments(arguments)
            path = local_path(asked.uri)
            session = self._server.session
            if path is None or session is None:
                raise BadPlace(f"Ferrograph does not serve {asked.uri}.")
        except ServerError as error:
            self._server.client.error(sentence(error))
            return _answer("failed", sentence(error))
        before = self._running.get(path)
        if before is not None:
            before.superseded = True
            before.cancel.cancel()
        running = self._running[path] = _Running()
        progress = self._server.client.progress(
            "AI it!", token=token, on_cancel=running.cancel.cancel
        )
        answer = _answer("failed", "It ended unexpectedly.")
        try:
            job = _Job(
                self._server, session, asked, path=path, cancel=running.cancel, progress=progress
            )
            answer = await job.run()
        except Cancelled:
            answer = (
                _answer("superseded", "A newer request took its place.")
                if running.superseded
                else _answer("cancelled", "Cancelled.")
            )
        except asyncio.CancelledError:
            # The client took the request back; pygls answers it.
            running.cancel.cancel()
            answer = _answer("cancelled", "Cancelled.")
            raise
        except Withdrawn as error:
            answer = _answer("withdrawn", sentence(error))
            self._server.client.warn(sentence(error))
        except Exception as error:  # noqa: BLE001 the user is told of whatever happened
            if not is_expected(error):
                _log.exception("The command failed")
            answer = _answer("failed", sentence(error))
            self._server.client.error(sentence(error))
        finally:
            progress.end(answer["message"])
            if self._running.get(path) is running:
                del self._running[path]
        return answer


def read_arguments(arguments: Sequence[Any] | None) -> Asked:
    """The command's arguments: one object, or ``uri, range, instruction``. Raises `BadPlace`."""
    given = list(arguments or ())
    if len(given) == 1 and isinstance(given[0], dict):
        named = cast(dict[str, Any], given[0])
    else:
        named = dict(zip(("uri", "range", "instruction", "mode"), given, strict=False))
    uri: Any = named.get("uri")
    span: Any = named.get("range")
    instruction, mode = named.get("instruction") or "", named.get("mode")
    try:
        if not isinstance(uri, str) or not isinstance(instruction, str):
            raise TypeError
        range = types.Range(_position(span["start"]), _position(span["end"]))
        if mode not in (None, "edit", "ask"):
            raise ValueError
    except (TypeError, KeyError, ValueError, IndexError, AttributeError):
        raise BadPlace(
            "ferrograph.ai wants {uri, range, instruction?, mode?}, where mode is edit or ask."
        ) from None
    return Asked(uri, range, instruction, mode)


def _position(given: Any) -> types.Position:
    return types.Position(line=int(given["line"]), character=int(given["character"]))


def _answer(status: Status, message: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "applied": status == "applied", "message": message, **more}


class _Job:
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
            case events.Repairing(reason=reason):
                self._written = ""
                self._progress.report(f"asking again: {reason}")
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

        answer = await asyncio.to_thread(stream)
        self._server.client.info(answer)
        return _answer("answered", "Answered.", answer=answer)

    async def _apply(self, request: assist.Request, change: assist.Change) -> dict[str, Any]:
        self._cancel.check()
        if not change.replacements:
            return _answer("failed", "The answer changes nothing.")
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
        label = f"AI: {request.instruction}"
        applied, reason = await self._server.client.apply_edit(
            types.ApplyWorkspaceEditParams(edit=edit, label=label)
        )
        if not applied:
            because = f" ({reason})" if reason else ""
            raise Withdrawn(f"The editor did not take the edit{because}.")
        for note in change.notes:
            self._server.client.info(note)
        return _answer("applied", "The edit is applied.", notes=list(change.notes))

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
