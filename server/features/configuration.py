"""``workspace/didChangeConfiguration``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from ..config import client_section

if TYPE_CHECKING:
    from ..lsp import FerrographServer


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        session = server.session
        if session is None:
            return
        values = client_section(params.settings)
        workspace = server.client_capabilities.workspace
        if values is None and workspace is not None and workspace.configuration:
            # Some editors only say that something changed, and want to be asked what.
            values = client_section(await server.client.configuration("ferrograph"))
        if values is not None:
            await session.configure(values)
