"""Facts of a file as bytes: what travels between processes, and what the caches keep.

Marshal is as fast as the interpreter itself and holds exactly the tuples facts are made of. It is
neither safe nor stable across Python versions, so every blob carries a checksum and the versions
that wrote it; anything else is taken for "not there" and the file is parsed again.
"""

from __future__ import annotations

import marshal
import sys
from typing import Any

from blake3 import blake3

from ..parser.facts import (
    FileFacts,
    Generated,
    Generics,
    Item,
    MacroCall,
    Problem,
    TypeParam,
    Use,
)
from ..parser.rust import PARSER_VERSION
from .ids import content_hash

STAMP = f"ferrograph-facts {PARSER_VERSION} {sys.version_info[0]}.{sys.version_info[1]}\n".encode()
_SUM = 16


def with_hashes(source: bytes, facts: FileFacts) -> tuple[FileFacts, list[bytes]]:
    """Facts with the digests of macro calls filled in, and the content hash of every item."""
    hashes = [content_hash(source[item.start : item.end]) for item in facts.items]
    if facts.macros:
        calls = [c._replace(digest=content_hash(source[c.start : c.end])) for c in facts.macros]
        facts = facts._replace(macros=tuple(calls))
    return facts, hashes


def pack_facts(facts: FileFacts, hashes: list[bytes]) -> bytes:
    """Facts, and the content hash of every item, as bytes."""
    payload = marshal.dumps(
        (
            [(*item[:14], _pack_generics(item.generics), *item[15:]) for item in facts.items],
            hashes,
            [tuple(use) for use in facts.uses],
            [tuple(call) for call in facts.macros],
            facts.bodies,
            [tuple(problem) for problem in facts.problems],
            facts.doc,
            facts.attrs,
            facts.lines,
            facts.size,
            [tuple(each) for each in facts.generated],
        )
    )
    return STAMP + blake3(payload).digest(_SUM) + payload


def _pack_generics(generics: Generics) -> tuple[Any, ...]:
    return (
        tuple([tuple(param) for param in generics.params]),
        generics.consts,
        generics.where,
    )


def unpack_facts(blob: bytes) -> tuple[FileFacts, list[bytes]] | None:
    """Facts and content hashes, or None where the blob is damaged or of another version."""
    if not blob.startswith(STAMP):
        return None
    at = len(STAMP)
    payload = blob[at + _SUM :]
    if blake3(payload).digest(_SUM) != blob[at : at + _SUM]:
        return None
    (items, hashes, uses, macros, bodies, problems, doc, attrs, lines, size,
     generated) = marshal.loads(payload)  # fmt: skip
    unpacked: list[Item] = []
    for row in items:
        params, consts, where = row[14]
        generics = Generics(tuple([TypeParam(*p) for p in params]), consts, where)
        unpacked.append(Item._make((*row[:14], generics, *row[15:])))
    facts = FileFacts(
        tuple(unpacked),
        tuple([Use(*row) for row in uses]),
        tuple([MacroCall(*row) for row in macros]),
        bodies,
        tuple([Problem(*row) for row in problems]),
        doc,
        attrs,
        lines,
        size,
        tuple([Generated(*row) for row in generated]),
    )
    return facts, hashes
