"""``ferrograph lsp``: the server that editors talk to. The features are in `server.features`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from .. import __version__
from .client import Client
from .config import Layer
from .documents import Documents
from .features import REGISTER
from .protocol import Protocol
from .session import Session


class FerrographServer(LanguageServer):
    """One connection to one editor."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str] = os.environ,
        layers: tuple[Layer, ...] = (),
        fallback: Path | None = None,
    ) -> None:
        """``layers`` are settings from the command line; the editor's win over them.

        ``fallback`` is the folder to serve where the editor names none.
        """
        super().__init__(
            "ferrograph",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=Protocol,
        )
        self.environ = environ
        self.layers = layers
        self.fallback = fallback
        self.documents = Documents()
        self.client = Client(self)
        self.session: Session | None = None
        self.ended_well = False
        """Whether the client said ``shutdown`` before it left."""
        for register in REGISTER:
            register(self)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What escapes a handler is a line in the log; a request is answered with it anyway."""
        logging.getLogger(__name__).error("%s: %s", getattr(source, "__name__", source), error)


def serve(server: FerrographServer) -> int:
    """Talk over standard input and output until the client leaves; gives the exit status.

    LSP wants 1 where the client left without ``shutdown``.
    """
    stdin, stdout = _claim_stdio()
    server.start_io(stdin, stdout)
    if server.session is not None:
        server.session.close()
    return 0 if server.ended_well else 1


def _claim_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard output as a stream of ours alone: what others print goes to standard error.

    A single stray line from a library would end the conversation.
    """
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, os.fdopen(out, "wb")
