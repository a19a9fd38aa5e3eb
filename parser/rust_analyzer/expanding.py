"""What a file's macros expand to, asked of rust-analyzer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..invocations import Invocation
from ..lines import Lines
from .client import RustAnalyzer
from .process import Cancel

_PATIENCE_S: Final = 120.0
"""The first question after a start or a change has the server resolve whole crates."""


def expansions(
    server: RustAnalyzer,
    path: Path,
    source: bytes,
    wanted: Iterable[Invocation],
    *,
    cancel: Cancel | None = None,
) -> dict[bytes, str]:
    """The text that each invocation makes, by its digest; "" where it can't be expanded.

    ``source`` is what the file holds, saved or not. Raises `ExpertError`; what was learned until
    then is lost.
    """
    lines = Lines(source)
    found: dict[bytes, str] = {}
    with server.shown({path: source} if server.text_of(path) != source else {}):
        for one in wanted:
            if one.digest in found:
                continue
            at = lines.position(one.at)
            made = server.expand(
                path, at["line"], at["character"], timeout=_PATIENCE_S, cancel=cancel
            )
            found[one.digest] = "" if made is None else made.text
    return found
