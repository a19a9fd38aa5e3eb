"""``initialize``, ``initialized`` and ``shutdown``: a session begins and ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from ..positions import choose_encoding, local_path
from ..session import Session

if TYPE_CHECKING:
    from ..lsp import FerrographServer


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        general = params.capabilities.general
        offered = general.position_encodings if general is not None else None
        names = [e.value if isinstance(e, types.PositionEncodingKind) else e for e in offered or ()]
        server.documents.encoding = choose_encoding(names)
        server.client.connect()
        folder, others = _folders(params)
        folder = folder or server.fallback
        if folder is None:
            return
        server.session = Session(server, folder, initialization=params.initialization_options)
        if others:
            server.client.warn(
                f"Ferrograph serves the first folder of this window, {folder.name}; open "
                f"{', '.join(o.name for o in others)} in a window of their own."
            )

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        session = server.session
        if session is None:
            server.client.info("Ferrograph has nothing to do: no folder is open.")
            return
        session.start()
        await session.watch()

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        server.ended_well = True
        if server.session is not None:
            await asyncio.to_thread(server.session.close)

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancel(params: types.WorkDoneProgressCancelParams) -> None:
        server.client.cancel_progress(params.token)


def _folders(params: types.InitializeParams) -> tuple[Path | None, list[Path]]:
    """The folder to serve, and those that are left."""
    paths = [local_path(folder.uri) for folder in params.workspace_folders or ()]
    found = [path for path in paths if path is not None]
    if not found and params.root_uri:
        root = local_path(params.root_uri)
        found = [root] if root is not None else []
    if not found and params.root_path:
        found = [Path(params.root_path)]
    return (found[0] if found else None), found[1:]
