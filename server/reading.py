"""Reading a workspace as the settings say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ..parser.cargo import load_workspace
from ..parser.errors import CargoError
from ..parser.workspace import CargoWorkspace
from .config import Loaded
from .database import Say
from .errors import ServerError, as_sentence


def read_workspace(root: Path, loaded: Loaded, say: Say) -> CargoWorkspace:
    """The workspace at ``root``, what is amiss being said. Raises `ServerError`."""
    cargo = loaded.settings.cargo
    try:
        workspace = load_workspace(
            root,
            trusted=loaded.trusted,
            cargo=cargo.path,
            offline=cargo.offline,
            timeout=cargo.timeout_s,
        )
    except CargoError as error:
        raise ServerError(as_sentence(str(error))) from error
    unread = workspace.via == "manifests" and not loaded.trusted
    for at, problem in enumerate(workspace.problems):
        # The first one says that cargo was not run.
        hint = " `ferrograph trust` allows it." if unread and at == 0 else ""
        say(as_sentence(problem) + hint)
    if loaded.settings.index.dependencies:
        return workspace
    own = {key: workspace.packages[key] for key in workspace.members}
    return dataclasses.replace(workspace, packages=own)
