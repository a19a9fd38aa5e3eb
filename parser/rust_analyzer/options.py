"""What rust-analyzer is told when it starts: exact answers, and as little else as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a rust-analyzer is run."""

    program: str | None = None
    """Found by itself if None."""
    memory_mb: int | None = 6144
    """The most memory of each of its processes, where the system can see to that."""
    threads: int | None = None
    """Half of the cores if None: editors and builds want the others."""
    start_s: float = 60.0
    """Seconds to answer at all."""
    load_s: float = 900.0
    """Seconds to read a workspace, which builds its build scripts and procedural macros."""
    answer_s: float = 20.0
    """Seconds to answer one request."""
    idle_s: float = 600.0
    """Seconds without a question after which it is stopped."""
    offline: bool = True
    """Whether it, and the Cargo that it runs, must stay off the network."""


def initialization(options: Options, cores: int) -> dict[str, Any]:
    """rust-analyzer's own settings.

    Nothing is computed ahead (memory is what its users complain of most), nothing is checked on
    save: who wants ``cargo check`` runs it. Experimental problems are wanted, since only those that
    an edit adds are ever told.
    """
    return {
        "cachePriming": {"enable": False},
        "cargo": {"buildScripts": {"enable": True}, "allTargets": True},
        "cfg": {"setTest": True},
        "checkOnSave": False,
        "completion": {"autoimport": {"enable": False}},
        "diagnostics": {"enable": True, "experimental": {"enable": True}},
        "files": {"watcher": "server"},
        "inlayHints": {"enable": False},
        "lens": {"enable": False},
        "lru": {"capacity": 64},
        "notifications": {"cargoTomlNotFound": False},
        "numThreads": options.threads or max(1, cores // 2),
        "procMacro": {"enable": True, "attributes": {"enable": True}},
    }


CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-8"]},
    "textDocument": {
        "synchronization": {"dynamicRegistration": False},
        "diagnostic": {"dynamicRegistration": False, "relatedDocumentSupport": False},
        "publishDiagnostics": {"relatedInformation": False, "versionSupport": True},
    },
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True},
    "experimental": {"serverStatusNotification": True},
}
"""What we understand. Columns are bytes, as everywhere in this package."""
