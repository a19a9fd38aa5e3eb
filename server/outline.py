"""One Rust document as the editor has it now: its items and comments.

Made from the text alone, so that the code-action menu needs neither the graph nor a model and is
right for text that is newer than the last indexing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..parser import grammar
from ..parser.facts import Item
from ..parser.rust import LARGEST_FILE, parse_rust

EDITABLE: Final = frozenset(
    ("function", "method", "struct", "enum", "union", "trait", "impl", "const", "static", "type",
     "macro")
)  # fmt: skip
"""Kinds that can be replaced as a whole. A field or variant is edited with what it belongs to."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is no documentation. ``alone`` if nothing else stands on its lines."""

    start: int
    end: int
    alone: bool
    block: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """Items (parents before what they hold) and plain comments, both in source order."""

    text: bytes
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]

    def enclosing(self, start: int, end: int) -> Item | None:
        """The innermost editable item that holds a span.

        A span outside every item, on a comment right above one, belongs to that one.
        """
        held = self._smallest(start, end)
        below = self._next_item(end)
        if below is not None and (held is None or self._directly_in(below, held)):
            return below
        return held

    def _smallest(self, start: int, end: int) -> Item | None:
        holding = [
            item
            for item in self.items
            if item.kind in EDITABLE and item.start <= start and end <= item.end
        ]
        return min(holding, key=lambda item: item.end - item.start, default=None)

    def _next_item(self, offset: int) -> Item | None:
        """The item that follows with nothing but comment lines between, if a comment is here."""
        at = self._line_start(offset)
        touched = False
        for comment in self.comments:
            if comment.end <= at or not comment.alone:
                continue
            if not _one_line_on(self.text[at : comment.start]):
                break
            at, touched = comment.end, True
        if not touched:
            return None
        following = [
            item
            for item in self.items
            if item.kind in EDITABLE
            and item.start >= at
            and _one_line_on(self.text[at : item.start])
        ]
        return min(following, key=lambda item: (item.start, -item.end), default=None)

    def _directly_in(self, inner: Item, outer: Item) -> bool:
        return outer.start <= inner.start and inner.end <= outer.end and inner is not outer

    def _line_start(self, offset: int) -> int:
        return self.text.rfind(b"\n", 0, offset) + 1


def outline(text: bytes) -> Outline:
    """Read a document. Never fails; a file too large to be indexed has no items."""
    if len(text) > LARGEST_FILE:
        return Outline(text, (), ())
    return Outline(text, parse_rust(text, with_bodies=False).items, _comments(text))


def _comments(text: bytes) -> tuple[Comment, ...]:
    found: list[Comment] = []
    todo = [grammar.parse(text).root_node]
    while todo:
        node = todo.pop()
        if node.type in ("line_comment", "block_comment"):
            if not any(child.type.endswith("doc_comment_marker") for child in node.children):
                alone = _alone(text, node.start_byte, node.end_byte)
                block = node.type == "block_comment"
                found.append(Comment(node.start_byte, node.end_byte, alone, block))
        else:
            todo.extend(node.children)
    found.sort(key=lambda comment: comment.start)
    return tuple(found)


def _alone(text: bytes, start: int, end: int) -> bool:
    before = text[text.rfind(b"\n", 0, start) + 1 : start]
    line_end = text.find(b"\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    return not before.strip() and not after.strip()


def _one_line_on(between: bytes) -> bool:
    """Whether only white space and at most one line end stand between."""
    return not between.strip() and between.count(b"\n") <= 1
