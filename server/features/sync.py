"""Open, changed, saved and closed documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from ..positions import local_path

if TYPE_CHECKING:
    from ..lsp import FerrographServer


def register(server: FerrographServer) -> None:
    """Register the feature."""
    documents = server.documents

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        document = documents.open(opened.uri, opened.version, opened.text)
        if document is not None and server.session is not None:
            server.session.changed([document.path], soon=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        changed = params.text_document
        document = documents.change(changed.uri, changed.version, params.content_changes)
        if document is not None and server.session is not None:
            server.session.changed([document.path])

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        path = local_path(params.text_document.uri)
        if path is not None and server.session is not None:
            server.session.saved([path])

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        document = documents.close(params.text_document.uri)
        if document is not None and server.session is not None:
            # What was not saved is gone: the file on disk counts again.
            server.session.changed([document.path], soon=True)
