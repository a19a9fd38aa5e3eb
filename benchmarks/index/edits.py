"""Edits as people make them: a statement in a function's body, a new name, a new function."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ferrograph.parser.grammar import BODY, NAME, parse

KINDS = ("statement", "rename", "function")
ADDED = "added_by_the_benchmark"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file with other text."""

    kind: str
    """One of `KINDS`."""
    text: bytes


@dataclass(frozen=True, slots=True)
class _Function:
    name_end: int
    body: int
    """The first byte after the opening brace."""


def edits_of(text: bytes, chance: random.Random) -> list[Edit]:
    """One edit of each kind; only a new function where the file has none to change."""
    functions = list(_functions(text))
    found: list[Edit] = []
    if functions:
        one = chance.choice(functions)
        found += [
            Edit("statement", _put(text, one.body, b" let %s = 1 + 2; " % ADDED.encode())),
            Edit("rename", _put(text, one.name_end, b"_" + ADDED.encode())),
        ]
    added = b"\npub fn %s() -> u32 { 7 }\n" % ADDED.encode()
    return [*found, Edit("function", text + added)]


def _put(text: bytes, at: int, new: bytes) -> bytes:
    return text[:at] + new + text[at:]


def _functions(text: bytes) -> Iterator[_Function]:
    """Functions and methods with a body that stand among a file's items."""
    waiting = [parse(text).root_node]
    while waiting:
        for node in waiting.pop().named_children:
            if node.type == "function_item":
                name, body = node.child_by_field_id(NAME), node.child_by_field_id(BODY)
                if name is not None and body is not None:
                    yield _Function(name.end_byte, body.start_byte + 1)
            elif node.type in ("impl_item", "trait_item", "mod_item", "declaration_list"):
                waiting.append(node)
