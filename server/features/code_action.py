"""``textDocument/codeAction``: "AI it!" on a selection or the item under the cursor.

Reads the document's text only, so that the menu appears at once. While the user reads the menu, the
context is prepared.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from .. import assist
from ..engines import configured
from .ai import COMMAND

if TYPE_CHECKING:
    from ..lsp import FerrographServer
    from ..project import Project

_KIND: Final = types.CodeActionKind.RefactorRewrite
_TITLE: Final = 64


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[_KIND])
    )
    async def code_action(
        params: types.CodeActionParams,
    ) -> list[types.CodeAction | types.Command]:
        document = server.documents.get(params.text_document.uri)
        if document is None or document.path.suffix != ".rs" or not _wanted(params.context.only):
            return []
        start, end = document.lines.span_of(params.range)
        request = await asyncio.to_thread(
            assist.read_request, document.path.as_posix(), document.text, start, end
        )
        if request.item is None and request.mode == "edit":
            return []
        _look_ahead(server, document.path, request)
        arguments = [{"uri": document.uri, "range": params.range}]
        command = types.Command(title=_title(request), command=COMMAND, arguments=arguments)
        able = server.client_capabilities.text_document
        literal = (
            able is not None
            and able.code_action is not None
            and (able.code_action.code_action_literal_support is not None)
        )
        if not literal:
            return [command]
        return [types.CodeAction(title=command.title, kind=_KIND, command=command)]


def _look_ahead(server: FerrographServer, path: Path, request: assist.Request) -> None:
    """Have the context ready when the user has chosen, if there is a model to choose."""
    session = server.session
    if session is None or not request.instruction:
        return
    settings, worker = session.settings, session.worker
    if configured(settings.model) == "none":
        return

    def prepare(project: Project, cancel: Callable[[], bool]) -> None:
        file = project.name_of(path)
        if file is not None and not worker.is_stale(path):
            named = dataclasses.replace(request, file=file)
            assist.gather_ahead(project, named, settings.context.budget, cancel)

    worker.look_ahead(prepare)


def _wanted(only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the client asks for our kind: a kind stands for all that it begins."""
    if not only:
        return True
    kinds = [kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in only]
    ours = _KIND.value
    return any(not kind or kind == ours or ours.startswith(f"{kind}.") for kind in kinds)


def _title(request: assist.Request) -> str:
    verb = "AI, answer:" if request.mode == "ask" else "AI it!"
    title = f"{verb} {request.instruction}".strip()
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1].rstrip()}…"
