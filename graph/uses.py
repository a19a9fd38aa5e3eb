"""Places of use as bytes: pairs of little-endian 32-bit offsets.

They are stored counted from the first byte of their source item, so that an edit elsewhere in the
file changes no edge.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

_PAIR: Final = struct.Struct("<ii")


def pack_uses(uses: Sequence[tuple[int, int]], start: int = 0) -> bytes:
    """Byte spans in a file as bytes, counted from ``start``."""
    if len(uses) == 1:
        first = uses[0]
        return _PAIR.pack(first[0] - start, first[1] - start)
    flat = [offset - start for span in uses for offset in span]
    return struct.pack(f"<{len(flat)}i", *flat) if flat else b""


def unpack_uses(packed: bytes, start: int = 0) -> tuple[tuple[int, int], ...]:
    """The inverse of `pack_uses`."""
    flat = struct.unpack(f"<{len(packed) // 4}i", packed)
    if start:
        flat = tuple([offset + start for offset in flat])
    return tuple(zip(flat[::2], flat[1::2], strict=True))
