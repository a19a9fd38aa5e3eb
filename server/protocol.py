"""pygls' protocol with three things of our own.

Documents are kept by `Documents` alone (pygls' copy splits lines at characters that LSP does not,
and costs a second copy of every change); commands are handed their whole request, so that they see
the client's progress token; and a cancelled command is cancelled while it runs.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol.language_server import LanguageServerProtocol, lsp_method

_Steps = Generator[Any, Any, None]


class Protocol(LanguageServerProtocol):
    """Dispatches what the client sends."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> _Steps:
        yield self._own(types.TEXT_DOCUMENT_DID_OPEN), (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> _Steps:
        yield self._own(types.TEXT_DOCUMENT_DID_CHANGE), (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> _Steps:
        yield self._own(types.TEXT_DOCUMENT_DID_CLOSE), (params,), None

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> _Steps:
        yield self._own(types.WINDOW_WORK_DONE_PROGRESS_CANCEL), (params,), None

    # pygls runs whatever a handler turns out to be; a coroutine is a task that can be cancelled.
    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        commands = cast(dict[str, Any], self.fm.commands)
        handler = commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
        return await handler(params)

    def _own(self, method: str) -> Any:
        return cast(dict[str, Any], self.fm.features)[method]
