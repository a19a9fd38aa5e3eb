"""Files of the caches that all workspaces of a machine share: whole and of this version, or none.

A file begins with the stamp of what wrote it and a checksum. Several processes may read and write
one at the same time.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import platform
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from blake3 import blake3

_SUM = 16
_CODE = ("parser", "graph")


def read_cached(place: Path, stamp: bytes) -> Any:
    """What was written under this stamp; None where nothing was, or where it is damaged."""
    try:
        raw = place.read_bytes()
    except OSError:
        return None
    at = len(stamp)
    payload = memoryview(raw)[at + _SUM :]
    if not raw.startswith(stamp) or blake3(payload).digest(_SUM) != raw[at : at + _SUM]:
        return None
    return marshal.loads(payload)


def write_cached(place: Path, stamp: bytes, value: Any) -> None:
    """Keep a value that marshal can hold.

    It is written beside its place and moved there, so that nobody reads half of it. A cache that
    can't be written is a slower next time, not an error.
    """
    payload = marshal.dumps(value)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(stamp)
                file.write(blake3(payload).digest(_SUM))
                file.write(payload)
            os.replace(temporary, place)
        except BaseException:
            os.unlink(temporary)
            raise


@cache
def code_stamp() -> bytes:
    """The stamp of what the code of parsing and linking works out, for this kind of machine.

    No version number has to be remembered: any change of the code makes another stamp. Empty where
    the code can't be read; then nothing should be kept.
    """
    root = Path(__file__).parent.parent
    digest = blake3(f"{sys.version_info[:2]} {sys.platform} {platform.machine()}".encode())
    count = 0
    try:
        for folder in _CODE:
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in (".py", ".rs"):
                    digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
                    count += 1
    except OSError:
        return b""
    return f"ferrograph-code {digest.hexdigest()[:32]}\n".encode() if count else b""
