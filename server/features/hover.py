"""``textDocument/hover``: what the graph knows of the symbol under the cursor."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from ...graph.errors import GraphError
from ...graph.model import GraphItem
from ..explain import card, symbols_at
from ..positions import uri_of_path

if TYPE_CHECKING:
    from ..documents import Document
    from ..lsp import FerrographServer
    from ..project import Project

_log = logging.getLogger(__name__)

_FRESH_S: Final = 1.0


def register(server: FerrographServer) -> None:
    """Register the feature."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        session = server.session
        document = server.documents.get(params.text_document.uri)
        if session is None or document is None:
            return None
        await session.settled(document.path, within_s=_FRESH_S)
        if session.project is None:
            return None
        text = await asyncio.to_thread(
            _markdown, session.project, document, document.lines.offset_at(params.position)
        )
        if text is None:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))


def _markdown(project: Project, document: Document, offset: int) -> str | None:
    file = project.name_of(document.path)
    if file is None:
        return None

    def link(item: GraphItem) -> str:
        return f"{uri_of_path(project.sources.path_of(item.file))}#L{item.line + 1}"

    try:
        found = symbols_at(project.store, file, offset)
        return card(project.store, found[0]).markdown(link) if found else None
    except GraphError as error:
        _log.warning("Hover failed: %s", error)
        return None
