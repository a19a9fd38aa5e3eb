"""From a usable answer to replacements in the file, laid out as the file is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tree_sitter import Node, Tree

from . import syntax
from .answer import Answer
from .layout import dedent, indent, indent_at, newline_of, with_newlines, without_carriage_returns
from .replacement import Replacement
from .rustfmt import Rustfmt
from .syntax import Item
from .uses import insert_uses, missing_uses

# The user wants something above the item gone: then what the answer leaves out stays out.
_REMOVES: Final = re.compile(
    r"\b(remove|delete|drop|strip)\b[^.]*\b(docs?|comments?|attributes?|derives?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Assembly:
    """What to change, and a sentence on each part of the answer that was left out."""

    replacements: tuple[Replacement, ...]
    notes: tuple[str, ...]


class Assembler:
    """Puts answers into one file in place of one item."""

    def __init__(self, *, source: bytes, tree: Tree, item: Item, rustfmt: Rustfmt | None) -> None:
        self._source = source
        self._tree = tree
        self._item = item
        self._newline = newline_of(source)
        self._prefix = indent_at(source, item.start)
        text = source[item.start : item.end].decode("utf-8", "replace")
        self.original = dedent(without_carriage_returns(text), self._prefix)
        """The item as a model should see it: dedented, with LF line ends."""
        self._scopes = _scopes(item)
        self._found_rustfmt = rustfmt

    def assemble(self, answer: Answer, *, instruction: str) -> Assembly:
        """The replacements that put ``answer`` into the file. Touches no line beside them."""
        code = answer.item_code
        if not _REMOVES.search(instruction):
            code = keep_lead(self.original, code)
        scope = syntax.scope_of(self._tree, self._item)
        uses, notes = missing_uses(self._source, scope, answer.uses)
        replacements = [
            *insert_uses(self._source, scope, uses, self._rustfmt),
            Replacement(self._item.start, self._item.end, self._laid_out(code, self._scopes)),
        ]
        members, dropped = self._new_ones(answer.members, self._siblings())
        notes += dropped
        anchor = self._item.end
        replacements += self._insert(
            members, after=anchor, scopes=self._scopes, at=self._item.start
        )
        owner = self._item.owner
        scopes = self._scopes
        at = self._item.start
        if owner is not None and owner.type in ("impl_item", "trait_item"):
            anchor, at, scopes = owner.end_byte, owner.start_byte, self._scopes[:-1]
        helpers, dropped = self._new_ones(answer.helpers, _around(owner, self._item))
        notes += dropped
        replacements += self._insert(helpers, after=anchor, scopes=scopes, at=at)
        return Assembly(tuple(replacements), tuple(notes))

    @cached_property
    def _rustfmt(self) -> Rustfmt | None:
        """rustfmt, if the item was formatted by it: who lays code out otherwise wants it kept.

        Broken code can't tell, and gets the benefit of the doubt. Looked at only once an answer is
        there, since the request should leave without waiting for it.
        """
        if self._found_rustfmt is None:
            return None
        formatted = self._found_rustfmt.format(self.original, scopes=self._scopes)
        return self._found_rustfmt if formatted in (None, self.original) else None

    def _siblings(self) -> Node | None:
        owner = self._item.owner
        return None if owner is None else owner.child_by_field_name("body")

    def _laid_out(self, code: str, scopes: Sequence[str], prefix: str | None = None) -> bytes:
        if self._rustfmt is not None:
            code = self._rustfmt.format(code, scopes=scopes) or code
        return with_newlines(
            indent(code, self._prefix if prefix is None else prefix), self._newline
        )

    def _insert(
        self, codes: Sequence[str], *, after: int, scopes: Sequence[str], at: int
    ) -> list[Replacement]:
        """New items below the one that ends at ``after``, as deep as what begins at ``at``."""
        if not codes:
            return []
        prefix = indent_at(self._source, at)
        gap = (self._newline * 2 + prefix).encode()
        text = b"".join(gap + self._laid_out(code, scopes, prefix) for code in codes)
        offset = _line_end(self._source, after)
        return [Replacement(offset, offset, text)]

    def _new_ones(self, codes: Sequence[str], scope: Node | None) -> tuple[list[str], list[str]]:
        """Those that the scope doesn't have yet, and a note on each that it has."""
        if scope is None:
            return list(codes), []
        existing = {item.head: item for item in syntax.items(self._source, scope)}
        kept: list[str] = []
        notes: list[str] = []
        for code in codes:
            data = code.encode()
            found = syntax.items(data, syntax.parse(data).root_node)
            known = existing.get(found[0].head) if found else None
            if known is None:
                kept.append(code)
                continue
            shown = self._source[known.start : known.end].split()
            rest = _without_known(self._source, known, data, found[0])
            if rest:
                kept.append(rest)
            elif data.split() != shown:
                notes.append(
                    f"The {found[0].head} also stands in the answer; it was left as it is."
                )
        return kept, notes


def keep_lead(original: str, code: str) -> str:
    """``code`` with the doc comments and attributes of ``original`` that it lost.

    Docs are kept if the new code has none; an attribute if none of its path is there, so that a
    changed ``derive`` is not doubled.
    """
    old_data, new_data = original.encode(), code.encode()
    old_items = syntax.items(old_data, syntax.parse(old_data).root_node)
    new_items = syntax.items(new_data, syntax.parse(new_data).root_node)
    if not old_items or not new_items:
        return code
    old_docs, old_attributes = syntax.leading(old_items[0])
    new_docs, new_attributes = syntax.leading(new_items[0])
    present = {_path(new_data, node) for node in new_attributes}
    lost = [node for node in old_attributes if _path(old_data, node) not in present]
    lead = new_data[: new_docs[-1].end_byte].decode().rstrip() if new_docs else ""
    rest = new_data[new_docs[-1].end_byte :].decode().lstrip() if new_docs else code
    docs = [lead] if new_docs else [syntax.text(old_data, node).rstrip() for node in old_docs]
    return "\n".join([*docs, *(syntax.text(old_data, node) for node in lost), rest])


def _path(source: bytes, attribute_item: Node) -> str:
    for attribute in attribute_item.named_children:
        if attribute.named_children:
            return syntax.text(source, attribute.named_children[0])
    return syntax.text(source, attribute_item)


def _without_known(source: bytes, known: Item, data: bytes, new: Item) -> str:
    """Of an impl that the file has already, a block with only the items that are new."""
    if new.head.kind != "impl" or new.body is None or known.body is None:
        return ""
    heads = {item.head for item in syntax.items(source, known.body)}
    fresh = [item for item in syntax.items(data, new.body) if item.head not in heads]
    if not fresh:
        return ""
    opening = data[new.start : new.body.start_byte + 1].decode()
    return "\n".join([opening, *(data[item.start : item.end].decode() for item in fresh), "}"])


def _scopes(item: Item) -> list[str]:
    """The node types of what is around an item, outermost first."""
    scopes: list[str] = []
    node = item.owner
    while node is not None:
        scopes.append(node.type)
        node = syntax.owner_of(node)
    return scopes[::-1]


def _around(owner: Node | None, item: Item) -> Node | None:
    """The scope in which helpers of ``item`` are put."""
    node = owner if owner is not None and owner.type in ("impl_item", "trait_item") else item.node
    return node.parent


def _line_end(source: bytes, offset: int) -> int:
    """The end of the line, if only a comment follows on it; else ``offset``."""
    end = source.find(b"\n", offset)
    end = len(source) if end < 0 else end
    rest = source[offset:end].strip()
    if rest and not rest.startswith(b"//"):
        return offset
    return end - (source[end - 1 : end] == b"\r") if end > offset else end
