"""An editor without a screen: pytest-lsp's client, documents, and `workspace/applyEdit`.

It keeps its own text by its own conversion of positions, so that it is an oracle for the server's, and refuses edits for versions that it no longer has, as editors do.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Union

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client
from pytest_lsp.checks import LspSpecificationWarning

WAIT_S = 120.0


class Editor:
    """Use as an async context manager; the server is a real process on real pipes."""

    def __init__(
        self,
        root: Path,
        *,
        environ: Mapping[str, str],
        client: str = "neovim",
        options: object = None,
        folders: Sequence[Path] | None = None,
        args: Sequence[str] = (),
        change_capabilities: Callable[[types.ClientCapabilities], None] | None = None,
    ) -> None:
        self.root = root
        self.environ = dict(environ)
        self.capabilities = client_capabilities(client)
        if change_capabilities is not None:
            change_capabilities(self.capabilities)
        self.options = options
        self.folders = [root] if folders is None else list(folders)
        self.args = args
        self.client: LanguageClient = make_test_lsp_client()
        _read_code_actions_rightly(self.client)

        # pygls notes things on these functions, which bound methods don't take.
        @self.client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams) -> Any:
            return self._apply_edit(params)

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            self.registrations.extend(params.registrations)

        self.text: dict[str, str] = {}
        self.version: dict[str, int] = {}
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.registrations: list[types.Registration] = []
        self.refuse_edits = ""
        self.result: types.InitializeResult | None = None
        self._violations: list[warnings.WarningMessage] = []
        self._catcher = warnings.catch_warnings(record=True)

    async def __aenter__(self) -> Editor:
        self._violations = self._catcher.__enter__() or []
        warnings.simplefilter("always", LspSpecificationWarning)
        command = ["-m", "ferrograph", "lsp", *self.args]
        await self.client.start_io(sys.executable, *command, env=self.environ)
        self.result = await asyncio.wait_for(
            self.client.initialize_session(
                types.InitializeParams(
                    capabilities=self.capabilities,
                    workspace_folders=[
                        types.WorkspaceFolder(folder.as_uri(), folder.name)
                        for folder in self.folders
                    ],
                    root_uri=self.folders[0].as_uri() if self.folders else None,
                    initialization_options=self.options,
                )
            ),
            WAIT_S,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self.client.error is None and not self.client.stopped:
                await asyncio.wait_for(self.client.shutdown_session(), WAIT_S)
                await asyncio.wait_for(self.client.stop(), WAIT_S)
        finally:
            self._catcher.__exit__(kind, error, traceback)
        if kind is None:
            wrong = [w for w in self._violations if w.category is LspSpecificationWarning]
            assert not wrong, [str(w.message) for w in wrong]

    # -- documents ------------------------------------------------------------------------------

    def uri(self, file: str) -> str:
        return (self.root / file).as_uri()

    def open(self, file: str) -> str:
        """Open a file; gives its text."""
        with (self.root / file).open(newline="", encoding="utf-8") as handle:
            text = handle.read()
        uri = self.uri(file)
        self.text[uri], self.version[uri] = text, 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "rust", 1, text))
        )
        return text

    def replace(self, file: str, old: str, new: str) -> None:
        """Type: replace the first ``old`` by ``new``, as an incremental change."""
        uri = self.uri(file)
        text = self.text[uri]
        at = text.index(old)
        span = types.Range(self._position(text, at), self._position(text, at + len(old)))
        self._changed(uri, text[:at] + new + text[at + len(old) :])
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.version[uri], uri),
                [types.TextDocumentContentChangePartial(span, new)],
            )
        )

    def save(self, file: str) -> None:
        """Write a document to disk."""
        uri = self.uri(file)
        (self.root / file).write_bytes(self.text[uri].encode())
        self.client.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
        )

    def close(self, file: str) -> None:
        uri = self.uri(file)
        del self.text[uri], self.version[uri]
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )

    def at(self, file: str, marker: str, *, into: int = 0) -> types.Position:
        """The position of a piece of text, ``into`` characters of it in."""
        text = self.text[self.uri(file)]
        return self._position(text, text.index(marker) + into)

    def cursor(self, file: str, marker: str, *, into: int = 0) -> types.Range:
        here = self.at(file, marker, into=into)
        return types.Range(here, here)

    # -- requests -------------------------------------------------------------------------------

    async def code_actions(self, file: str, range: types.Range, **context: Any) -> list[Any]:
        found = await asyncio.wait_for(
            self.client.text_document_code_action_async(
                types.CodeActionParams(
                    types.TextDocumentIdentifier(self.uri(file)),
                    range,
                    types.CodeActionContext(diagnostics=[], **context),
                )
            ),
            WAIT_S,
        )
        return list(found or [])

    async def hover(self, file: str, position: types.Position) -> str | None:
        found = await asyncio.wait_for(
            self.client.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(self.uri(file)), position)
            ),
            WAIT_S,
        )
        return None if found is None else found.contents.value

    async def execute(
        self,
        command: str,
        *arguments: Any,
        token: types.ProgressToken | None = None,
        seconds: float = WAIT_S,
    ) -> Any:
        if token is not None:
            self.client.progress_reports.setdefault(token, [])
        params = types.ExecuteCommandParams(command, list(arguments), token)
        return await asyncio.wait_for(self.client.workspace_execute_command_async(params), seconds)

    async def until(
        self, condition: Callable[[], bool], what: str, seconds: float = WAIT_S
    ) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what} did not happen; {self.said()}"
            assert self.client.error is None, self.client.error
            await asyncio.sleep(0.01)

    async def indexed(self) -> str:
        """Wait until indexing has ended; gives what its progress said at the end."""
        await self.until(lambda: any(self._indexing()), "the end of indexing")
        return next(self._indexing())

    def progress(self, title: str) -> list[list[Any]]:
        """The values of every progress whose title holds ``title``, each in order."""
        return [
            values
            for values in self.client.progress_reports.values()
            if values and title in getattr(values[0], "title", "")
        ]

    def said(self) -> list[str]:
        """Messages that the server showed."""
        return [message.message for message in self.client.messages]

    def _indexing(self) -> Any:
        return (
            values[-1].message
            for values in self.progress("indexing")
            if isinstance(values[-1], types.WorkDoneProgressEnd)
        )

    # -- the server's requests --------------------------------------------------------------------

    def _apply_edit(self, params: types.ApplyWorkspaceEditParams) -> Any:
        self.edits.append(params)
        if self.refuse_edits:
            return types.ApplyWorkspaceEditResult(applied=False, failure_reason=self.refuse_edits)
        for uri, version, edits in _edits(params.edit):
            if version is not None and version != self.version[uri]:
                reason = f"version {version} is not {self.version[uri]}"
                return types.ApplyWorkspaceEditResult(applied=False, failure_reason=reason)
            text = self.text[uri]
            for edit in sorted(
                edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True
            ):
                start = offset_at(text, edit.range.start, self.encoding)
                end = offset_at(text, edit.range.end, self.encoding)
                text = text[:start] + edit.new_text + text[end:]
            self._changed(uri, text)
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(self.version[uri], uri),
                    [types.TextDocumentContentChangeWholeDocument(text)],
                )
            )
        return types.ApplyWorkspaceEditResult(applied=True)

    @property
    def encoding(self) -> str:
        """The unit of columns that the server chose."""
        chosen = self.result.capabilities.position_encoding if self.result else None
        return str(getattr(chosen, "value", chosen) or "utf-16")

    def _position(self, text: str, offset: int) -> types.Position:
        return position_at(text, offset, self.encoding)

    def _changed(self, uri: str, text: str) -> None:
        self.text[uri] = text
        self.version[uri] += 1


def _edits(edit: types.WorkspaceEdit) -> list[tuple[str, int | None, list[Any]]]:
    if edit.document_changes is not None:
        return [
            (change.text_document.uri, change.text_document.version, list(change.edits))
            for change in edit.document_changes
            if isinstance(change, types.TextDocumentEdit)
        ]
    return [(uri, None, list(edits)) for uri, edits in (edit.changes or {}).items()]


_UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def position_at(text: str, offset: int, encoding: str = "utf-16") -> types.Position:
    """A position, its column in units of the encoding."""
    codec, width = _UNITS[encoding]
    before = text[:offset].split("\n")
    return types.Position(len(before) - 1, len(before[-1].encode(codec)) // width)


def offset_at(text: str, position: types.Position, encoding: str = "utf-16") -> int:
    """The inverse of `position_at`."""
    codec, width = _UNITS[encoding]
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: position.line])
    units = lines[position.line].encode(codec)[: width * position.character]
    return before + len(units.decode(codec))


def _read_code_actions_rightly(client: LanguageClient) -> None:
    """lsprotocol takes every action with a command for a bare command, and loses its kind."""
    converter = client.protocol._converter

    def read(given: Any, _: Any) -> types.Command | types.CodeAction:
        bare = isinstance(given.get("command"), str)
        return converter.structure(given, types.Command if bare else types.CodeAction)

    converter.register_structure_hook(types.Command | types.CodeAction, read)
    converter.register_structure_hook(Union[types.Command, types.CodeAction], read)  # noqa: UP007
