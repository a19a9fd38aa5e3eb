"""Items and errors in a piece of Rust, as far as an edit needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node, Tree

from ..parser.grammar import parse as parse_source

_KINDS: Final = {
    "function_item": "function",
    "function_signature_item": "function",
    "struct_item": "struct",
    "enum_item": "enum",
    "union_item": "union",
    "trait_item": "trait",
    "impl_item": "impl",
    "mod_item": "module",
    "const_item": "constant",
    "static_item": "static",
    "type_item": "type alias",
    "associated_type": "type alias",
    "macro_definition": "macro",
}
_COMMENTS: Final = ("line_comment", "block_comment")


@dataclass(frozen=True, slots=True)
class Head:
    """What an item is called; an impl's name is ``Type`` or ``Trait for Type``, no generics."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`"


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An item in its source, from byte ``start`` to ``end``, attributes and docs included."""

    head: Head
    start: int
    end: int
    node: Node

    @property
    def body(self) -> Node | None:
        return self.node.child_by_field_name("body")

    @property
    def owner(self) -> Node | None:
        """The impl, trait, module or function right around it; None at the top of the file."""
        return owner_of(self.node)


def owner_of(node: Node) -> Node | None:
    """The nearest item around ``node``."""
    around = node.parent
    while around is not None and around.type not in _KINDS:
        around = around.parent
    return around


def parse(source: bytes) -> Tree:
    """Parse Rust. Never fails: what can't be read becomes ``ERROR`` and missing nodes."""
    return parse_source(source)


def text(source: bytes, node: Node) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def as_item(source: bytes, node: Node) -> Item | None:
    """The item that ``node`` is, with the attributes and doc comments above it."""
    kind = _KINDS.get(node.type)
    if kind is None:
        return None
    return Item(
        head=Head(kind, _name(source, node)), start=_first(node), end=node.end_byte, node=node
    )


def items(source: bytes, scope: Node) -> list[Item]:
    """The items directly in ``scope``: a file, or the body of a module, an impl, a trait."""
    found = (as_item(source, child) for child in scope.named_children)
    return [item for item in found if item is not None]


def all_items(source: bytes, scope: Node) -> Iterator[Item]:
    """The items in ``scope`` and, after each, those in its module, impl or trait body."""
    for item in items(source, scope):
        yield item
        if item.node.type in ("mod_item", "impl_item", "trait_item") and item.body is not None:
            yield from all_items(source, item.body)


def item_at(source: bytes, tree: Tree, start: int, end: int) -> Item | None:
    """The innermost item that holds the bytes from ``start`` to ``end``, blank ends aside."""
    while start < end and source[start : start + 1].isspace():
        start += 1
    while end > start and source[end - 1 : end].isspace():
        end -= 1
    best: Item | None = None
    level = [tree.root_node]
    while level:
        inner: list[Node] = []
        for node in level:
            for child in node.named_children:
                item = as_item(source, child)
                if item is not None and item.start <= start and end <= item.end:
                    best = item
                if child.start_byte <= start and end <= child.end_byte:
                    inner.append(child)
        level = inner
    return best


def scope_of(tree: Tree, item: Item) -> Node:
    """The body of the module around ``item``, or the whole file: where its ``use`` lines belong."""
    node = item.node.parent
    while node is not None and node.parent is not None:
        if node.type == "declaration_list" and node.parent.type == "mod_item":
            return node
        node = node.parent
    return tree.root_node


def is_doc(node: Node) -> bool:
    """Whether it is an outer doc comment."""
    return node.type in _COMMENTS and node.child_by_field_name("outer") is not None


def leading(item: Item) -> tuple[list[Node], list[Node]]:
    """Doc comments and attributes above an item, each in source order."""
    docs: list[Node] = []
    attributes: list[Node] = []
    node = item.node.prev_named_sibling
    while node is not None and node.start_byte >= item.start:
        if is_doc(node):
            docs.append(node)
        elif node.type == "attribute_item":
            attributes.append(node)
        node = node.prev_named_sibling
    return docs[::-1], attributes[::-1]


def errors(tree: Tree) -> list[Node]:
    """``ERROR`` nodes and missing ones, in source order."""
    found: list[Node] = []
    _collect_errors(tree.root_node, found)
    return found


def _collect_errors(node: Node, found: list[Node]) -> None:
    if not node.has_error:
        return
    if node.is_error or node.is_missing:
        found.append(node)
    for child in node.children:
        _collect_errors(child, found)


def comments(node: Node) -> Iterator[Node]:
    """Comments inside ``node`` that are no docs."""
    if node.type in _COMMENTS:
        if not is_doc(node) and node.child_by_field_name("inner") is None:
            yield node
        return
    for child in node.named_children:
        yield from comments(child)


def multiline_literals(node: Node) -> Iterator[Node]:
    """String literals of several lines, whose inner lines must never be re-indented."""
    if node.start_point.row == node.end_point.row:
        return
    if node.type in ("string_literal", "raw_string_literal"):
        yield node
        return
    for child in node.named_children:
        yield from multiline_literals(child)


def _first(node: Node) -> int:
    start = node.start_byte
    above = node.prev_named_sibling
    while above is not None and (above.type == "attribute_item" or above.type in _COMMENTS):
        # A plain comment belongs to the item only if docs or attributes stand above it.
        if above.type == "attribute_item" or is_doc(above):
            start = above.start_byte
        above = above.prev_named_sibling
    return start


def _name(source: bytes, node: Node) -> str:
    if node.type == "impl_item":
        subject = _base(source, node.child_by_field_name("type"))
        trait = node.child_by_field_name("trait")
        return f"{_base(source, trait)} for {subject}" if trait is not None else subject
    name = node.child_by_field_name("name")
    return "" if name is None else text(source, name).removeprefix("r#")


def _base(source: bytes, node: Node | None) -> str:
    """A type without path and generics: models write ``fmt::Display`` and ``Display`` alike."""
    if node is None:
        return ""
    if node.type == "generic_type":
        return _base(source, node.child_by_field_name("type"))
    if node.type == "scoped_type_identifier":
        return _base(source, node.child_by_field_name("name"))
    return " ".join(text(source, node).split())
