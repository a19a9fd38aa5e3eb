"""``ferrograph.ai``: one request at a time per document, and always an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ..generation.engine import Cancellation
from ..generation.errors import Cancelled
from .ai_job import Job
from .ai_request import answer, read_arguments
from .errors import BadPlace, ServerError, Withdrawn, is_expected, sentence
from .positions import local_path

if TYPE_CHECKING:
    from .lsp import FerrographServer

_log = logging.getLogger(__name__)


class _Running:
    def __init__(self) -> None:
        self.cancel = Cancellation()
        self.superseded = False


class AiCommand:
    """Runs the command; remembers which documents are being worked on."""

    def __init__(self, server: FerrographServer) -> None:
        self._server = server
        self._running: dict[Path, _Running] = {}

    async def run(
        self, arguments: Sequence[Any] | None, token: types.ProgressToken | None
    ) -> dict[str, Any]:
        """Always answers, with a ``status`` and a ``message``; what failed is shown as well."""
        try:
            asked = read_arguments(arguments)
            path = local_path(asked.uri)
            session = self._server.session
            if path is None or session is None:
                raise BadPlace(f"Ferrograph does not serve {asked.uri}.")
        except ServerError as error:
            self._server.client.error(sentence(error))
            return answer("failed", sentence(error))
        before = self._running.get(path)
        if before is not None:
            before.superseded = True
            before.cancel.cancel()
        running = self._running[path] = _Running()
        progress = self._server.client.progress(
            "AI it!", token=token, on_cancel=running.cancel.cancel
        )
        result = answer("failed", "It ended unexpectedly.")
        try:
            job = Job(
                self._server, session, asked, path=path, cancel=running.cancel, progress=progress
            )
            result = await job.run()
        except Cancelled:
            result = (
                answer("superseded", "A newer request took its place.")
                if running.superseded
                else answer("cancelled", "Cancelled.")
            )
        except asyncio.CancelledError:
            # The client took the request back; pygls answers it.
            running.cancel.cancel()
            result = answer("cancelled", "Cancelled.")
            raise
        except Withdrawn as error:
            result = answer("withdrawn", sentence(error))
            self._server.client.warn(sentence(error))
        except Exception as error:  # noqa: BLE001 the user is told of whatever happened
            if not is_expected(error):
                _log.exception("The command failed")
            result = answer("failed", sentence(error))
            self._server.client.error(sentence(error))
        finally:
            progress.end(result["message"])
            if self._running.get(path) is running:
                del self._running[path]
        return result
