"""``ferrograph.embedding``: pause it, resume it, cancel what waits, tell how far it is."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from ..writer import EMBEDDING_DO, EmbeddingDo

if TYPE_CHECKING:
    from ..lsp import FerrographServer

COMMAND = "ferrograph.embedding"


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.command(COMMAND)
    async def embedding(params: types.ExecuteCommandParams) -> dict[str, Any]:
        session = server.session
        if session is None:
            return {"message": "No folder is open."}
        given = params.arguments or ["tell"]
        if given[0] not in EMBEDDING_DO:
            wanted = ", ".join(EMBEDDING_DO)
            raise JsonRpcInvalidParams(f"{COMMAND} takes one of {wanted}, not {given[0]!r}.")
        do = cast(EmbeddingDo, given[0])
        return dataclasses.asdict(await asyncio.to_thread(session.worker.embedding, do))
