"""``ferrograph.status``: what is indexed, and which model would answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..engines import configured

if TYPE_CHECKING:
    from ..lsp import FerrographServer
    from ..session import Session

COMMAND = "ferrograph.status"


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.command(COMMAND)
    async def status(params: types.ExecuteCommandParams) -> dict[str, Any]:
        session = server.session
        if session is None:
            return {"ready": False, "message": "No folder is open."}
        return await asyncio.to_thread(_status, session)


def _status(session: Session) -> dict[str, Any]:
    project = session.project
    found: dict[str, Any] = {
        "ready": session.worker.ready,
        "root": str(project.root) if project is not None else None,
        "trusted": session.loaded.trusted,
        "model": configured(session.settings.model),
        "messages": list(session.loaded.messages),
    }
    if project is not None:
        counts = project.store.counts()
        found |= {
            "read_by": project.workspace.via,
            "in_memory": project.store.path is None,
            "owner": project.owner_pid,
            "is_owner": project.is_owner,
            "followers": project.followers,
            "problems": list(project.report.problems) if project.report is not None else [],
            "files": counts.files,
            "lines": counts.lines,
            "items": counts.items,
            "edges": counts.edges,
            "unresolved": counts.unresolved,
            "vectors": counts.vectors,
            "caches": project.caches(),
        }
    return found
