"""``textDocument/codeAction``: "AI it!" on a selection or the item under the cursor.

Reads the document's text only, so that the menu appears at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from .. import assist
from .ai import COMMAND

if TYPE_CHECKING:
    from ..lsp import FerrographServer

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
