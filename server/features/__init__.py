"""One file per LSP feature. ``register(server)`` of each tells pygls which messages it handles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from . import (
    ai,
    code_action,
    configuration,
    embedding,
    explain,
    hover,
    lifecycle,
    status,
    sync,
    watching,
)

if TYPE_CHECKING:
    from ..lsp import FerrographServer

REGISTER: Final[tuple[Callable[[FerrographServer], None], ...]] = (
    lifecycle.register,
    sync.register,
    watching.register,
    configuration.register,
    code_action.register,
    hover.register,
    ai.register,
    explain.register,
    status.register,
    embedding.register,
)
