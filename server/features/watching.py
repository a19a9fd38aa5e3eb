"""Files that change outside the editor: a branch switch, a formatter, ``cargo update``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from ..positions import local_path

if TYPE_CHECKING:
    from ..lsp import FerrographServer


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        paths = [local_path(event.uri) for event in params.changes]
        if server.session is not None:
            server.session.saved([path for path in paths if path is not None])
