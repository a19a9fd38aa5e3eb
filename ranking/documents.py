"""What the index of words holds of an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from blake3 import blake3

from ..embedding.index import text_hash
from ..graph.model import GraphItem
from ..graph.sources import Sources
from .shape import PARTS
from .terms import terms

FIELDS: Final = ("name", "path", "signature", "doc", "body")

_MOST_BODY: Final = 20_000
"""Bytes of a body that are read; what is longer was written by a program."""
_MOST_DOC: Final = 600
"""Characters of a dependency's documentation that are read: what it is comes first."""
_WITHOUT_BODY: Final = frozenset(("module", "impl", "crate"))
"""What stands in these are items of their own."""


def is_indexed(item: GraphItem) -> bool:
    """Whether an item is found by words in its own right.

    Fields and variants are words of the type they belong to, and the methods of an impl block say
    more than the block.
    """
    return item.kind not in PARTS and item.kind not in ("crate", "impl")


def document(item: GraphItem, sources: Sources) -> Mapping[str, str]:
    """The words of an item by field. Of dependencies, what they declare."""
    doc = item.doc
    body = ""
    if item.is_dependency:
        doc = doc[:_MOST_DOC]
    elif item.kind not in _WITHOUT_BODY:
        source = sources.read(item.file)
        if source is not None:
            end = min(item.end, item.def_start + _MOST_BODY)
            body = source[item.def_start : end].decode("utf-8", "replace")
    place = item.file if item.kind == "section" else item.qualified_path.rpartition("::")[0]
    return {
        "name": terms(item.name),
        "path": terms(place),
        "signature": terms(item.signature),
        "doc": terms(doc),
        "body": terms(body),
    }


def digest(item: GraphItem) -> int:
    """64 bits of a hash of all that the document is made of: equal means nothing to do."""
    return int.from_bytes(blake3(text_hash(item)).digest(8), "little")
