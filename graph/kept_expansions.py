"""What macro calls among dependencies' items expand to: expanded once per machine.

Expanding takes most of the time that building dependencies' crates takes. An expansion follows from
the macro's text and the call's alone, and is kept by these.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from ..parser.facts import FileFacts, MacroCall
from ..parser.workspace import Package
from .blob import pack_facts, unpack_facts
from .cache_files import code_stamp, read_cached, write_cached

_SUM = 16


class Expanded(NamedTuple):
    """The items that a call expands to."""

    size: int
    """Bytes of the text."""
    spans: tuple[tuple[int, int, int], ...]
    """As in `Expansion`."""
    shift: int
    """How much further down offsets in the facts are than in the text."""
    facts: FileFacts


class KeptExpansions:
    """The expansions in the files of one package, in a folder that all workspaces share."""

    def __init__(self, folder: Path, package: Package, fingerprint: bytes) -> None:
        """``fingerprint`` is of the content of the package's files."""
        name = f"{package.name}-{package.version}-{fingerprint.hex()}.expansions"
        self._place = folder / name
        self._kept: dict[bytes, Any] = read_cached(self._place, code_stamp()) or {}
        self._has_new = False

    def get(
        self, about: tuple[str, ...], call: MacroCall, make: Callable[[], Expanded | None]
    ) -> Expanded | None:
        """What a call expands to; ``about`` says of what macro, and where."""
        digest = blake3("\0".join((*about, str(call.args_start), call.args)).encode())
        key = digest.digest(_SUM)
        if key in self._kept:
            row = self._kept[key]
            if row is None:
                return None
            size, spans, shift, blob = row
            facts = unpack_facts(blob)
            if facts is not None:
                return Expanded(size, spans, shift, facts[0])
        made = make()
        self._kept[key] = None if made is None else (*made[:3], pack_facts(made.facts, []))
        self._has_new = True
        return made

    def save(self) -> None:
        """Write what was not there yet."""
        if self._has_new and code_stamp():
            write_cached(self._place, code_stamp(), self._kept)
