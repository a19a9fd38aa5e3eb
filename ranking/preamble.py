"""The ``use`` declarations at the top of a file: what its code can already name."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ..parser import grammar as g

_MOST: Final = 16
"""Files whose text is kept: those that are being worked on."""


@lru_cache(_MOST)
def use_declarations(source: bytes) -> str:
    """The file's own ``use`` and ``extern crate`` lines, as written; those of inner modules not."""
    tree = g.parse(source)
    wanted = ("use_declaration", "extern_crate_declaration")
    return "\n".join(
        g.text(source, child) for child in tree.root_node.named_children if child.type in wanted
    )
