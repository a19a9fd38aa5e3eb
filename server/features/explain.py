"""``ferrograph.explain``: the hover's card as data, by place or by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from ..errors import BadPlace, sentence
from ..explain import card, symbols_at
from ..positions import local_path

if TYPE_CHECKING:
    from ...graph.model import GraphItem
    from ..lsp import FerrographServer
    from ..project import Project

COMMAND = "ferrograph.explain"
_FRESH_S = 1.0


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.command(COMMAND)
    async def explain(params: types.ExecuteCommandParams) -> dict[str, Any]:
        session = server.session
        if session is None:
            return {"error": "No folder is open."}
        await session.settled(within_s=_FRESH_S)
        project = session.project
        if project is None:
            return {"error": "The workspace is not read yet."}
        given: Any = params.arguments[0] if params.arguments else None
        try:
            found = await asyncio.to_thread(_find, server, project, given)
        except BadPlace as error:
            return {"error": sentence(error)}
        cards = await asyncio.to_thread(lambda: [card(project.store, item) for item in found])
        return {"cards": [{**c.as_json(), "markdown": c.markdown()} for c in cards]}


def _find(server: FerrographServer, project: Project, given: Any) -> list[GraphItem]:
    """``{name}`` or ``{uri, position}`` to items. Raises `BadPlace`."""
    named = cast(dict[str, Any], given) if isinstance(given, dict) else {"name": given}
    name, uri, position = named.get("name"), named.get("uri"), named.get("position")
    if isinstance(name, str) and name:
        return project.store.find(name, limit=5)
    path = local_path(uri) if isinstance(uri, str) else None
    document = server.documents.at(path) if path is not None else None
    file = project.name_of(path) if path is not None else None
    if document is None or file is None or not isinstance(position, dict):
        raise BadPlace("ferrograph.explain wants {name} or {uri, position} of an open document.")
    at = cast(dict[str, Any], position)
    offset = document.lines.offset(int(at.get("line", 0)), int(at.get("character", 0)))
    return symbols_at(project.store, file, offset)
