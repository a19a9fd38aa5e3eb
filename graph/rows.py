"""Definitions as rows of the ``items`` relation."""

from __future__ import annotations

from typing import Any

from ..parser.docs import cfg_of
from .symbols import Definition


def item_row_of(definition: Definition) -> list[Any] | None:
    """A definition's row, None where it has no file.

    A module that is a file of its own is described by that file: its span is the whole of it.
    """
    unit = definition.unit
    item = definition.item
    parent = definition.parent.id if definition.parent is not None else None
    if definition.opens is not None:
        inner = definition.opens.unit
        facts = inner.facts
        doc = facts.doc if item is None or not item.doc else f"{item.doc}\n{facts.doc}".strip()
        attrs = facts.attrs if item is None else (*item.attrs, *facts.attrs)
        keyword = "crate" if item is None else "mod"
        visibility = item.visibility if item is not None else "pub"
        signature = f"{visibility} {keyword} {definition.name}".strip()
        return [
            definition.id, definition.kind, definition.name, definition.qualified,
            definition.crate.key, inner.path, parent, 0, 0, facts.size, 0, 0, 0,
            max(facts.lines - 1, 0), signature, visibility, doc, "\n".join(attrs),
            cfg_of(attrs), inner.hash[:16],
        ]  # fmt: skip
    if unit is None or item is None:
        return None
    return [
        definition.id, item.kind, item.name, definition.qualified, definition.crate.key, unit.path,
        parent, item.start, item.def_start, item.end, item.name_start, item.name_end, item.line,
        item.end_line, item.signature, item.visibility, item.doc, "\n".join(item.attrs),
        cfg_of(item.attrs), unit.hashes[definition.index],
    ]  # fmt: skip
