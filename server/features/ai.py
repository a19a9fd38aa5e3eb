"""``ferrograph.ai``: run an instruction on an item and apply what the model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..ai_command import AiCommand

if TYPE_CHECKING:
    from ..lsp import FerrographServer

COMMAND = "ferrograph.ai"


def register(server: FerrographServer) -> None:
    """Register the feature."""
    runner = AiCommand(server)

    @server.command(COMMAND)
    async def ai(params: types.ExecuteCommandParams) -> dict[str, Any]:
        return await runner.run(params.arguments, params.work_done_token)
