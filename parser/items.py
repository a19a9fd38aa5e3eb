"""Items of one file: one pass over the declarations, bodies lowered on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from tree_sitter import Node

from . import grammar as g
from .docs import (
    attribute_doc,
    attribute_text,
    cfg_of,
    doc_text,
    is_inner_doc,
    is_outer_doc,
    join_docs,
)
from .exprs import BodyLowerer
from .facts import NO_GENERICS, Expr, Generics, Item, MacroCall, Use
from .item_kinds import ITEM_KINDS
from .macros import LARGEST_CALL, read_macro
from .signatures import signature_text, visibility_text
from .types import lower_path
from .uses import lower_use

_DEEPEST: Final = 100
"""Levels of modules, impls and the like inside one another."""

_BREATH: Final = 64
"""Items after which other threads get a turn: compiled code gives none by itself."""


class ItemLowerer:
    """Collects the items of one file. ``with_bodies=False`` reads the public surface only."""

    def __init__(self, source: bytes, *, with_bodies: bool) -> None:
        self.source = source
        self.with_bodies = with_bodies
        self.items: list[Item] = []
        self.uses: list[Use] = []
        self.macros: list[MacroCall] = []
        self.bodies: dict[int, Expr] = {}
        self.file_docs: list[str] = []
        self.file_attrs: list[str] = []
        self.parent = -1
        self.scope = -1
        self.depth = 0
        self.body = BodyLowerer(
            source, on_item=self._nested, on_use=self._nested, read_macro=read_macro
        )

    def container(self, node: Node) -> None:
        """Every declaration among a node's children, with the docs and attributes before it."""
        if self.depth >= _DEEPEST:
            self.body.too_deep.append(node.start_byte)
            return
        self.depth += 1
        self._declarations(node)
        self.depth -= 1

    def _declarations(self, node: Node) -> None:
        docs: list[str] = []
        attrs: list[str] = []
        start = -1
        for child in node.named_children:
            kind = child.type
            if kind in ("line_comment", "block_comment"):
                if is_outer_doc(child):
                    docs.append(doc_text(self.source, child))
                    start = child.start_byte if start < 0 else start
                elif is_inner_doc(child):
                    self._inner_doc(doc_text(self.source, child))
                continue
            if kind == "attribute_item":
                attribute = attribute_text(self.source, child)
                doc = attribute_doc(attribute)
                if doc is not None:
                    docs.append(doc)
                else:
                    attrs.append(attribute)
                start = child.start_byte if start < 0 else start
                continue
            if kind == "inner_attribute_item":
                attribute = attribute_text(self.source, child)
                doc = attribute_doc(attribute)
                if doc is not None:
                    self._inner_doc(doc)
                elif self.parent < 0:
                    self.file_attrs.append(attribute)
                continue
            self.declaration(child, start, join_docs(docs), tuple(attrs))
            docs, attrs, start = [], [], -1

    def _inner_doc(self, text: str) -> None:
        """Inner docs belong to the file, or to the module or function they stand in."""
        if self.parent < 0:
            self.file_docs.append(text)
            return
        item = self.items[self.parent]
        self.items[self.parent] = item._replace(doc=f"{item.doc}\n{text}".strip())

    def declaration(self, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
        """One declaration; anything else is passed over, and broken regions are searched."""
        kind = node.type
        handler = ITEM_KINDS.get(kind)
        if handler is not None:
            handler(self, node, start, doc, attrs)
            if len(self.items) % _BREATH == 0:
                time.sleep(0)
        elif kind in ("use_declaration", "extern_crate_declaration"):
            self.uses.extend(
                lower_use(
                    self.source,
                    node,
                    parent=self.parent,
                    visibility=visibility_text(self.source, node),
                    cfg=cfg_of(attrs),
                )
            )
        elif kind == "macro_invocation":
            self._macro_call(node)
        elif kind == "expression_statement":
            inner = node.named_children
            if inner and inner[0].type == "macro_invocation":
                self._macro_call(inner[0])
        elif kind == "ERROR":
            # What is readable around a break is kept.
            self.container(node)

    def macro_calls(self, block: Node) -> None:
        """The macro calls that stand as statements in a block."""
        for child in block.named_children:
            inner = child.named_children if child.type == "expression_statement" else [child]
            if inner and inner[0].type == "macro_invocation" and self.with_bodies:
                self._macro_call(inner[0])

    def _macro_call(self, node: Node) -> None:
        lowered = read_macro(self.body, node) if self.with_bodies else None
        tokens = next((c for c in node.named_children if c.type == "token_tree"), None)
        args, args_start = "", 0
        if tokens is not None and tokens.end_byte - tokens.start_byte <= LARGEST_CALL:
            args_start = tokens.start_byte + 1
            # Where the closing bracket is missing, the end would be before the start.
            args_end = max(args_start, tokens.end_byte - 1)
            args = self.source[args_start:args_end].decode("utf-8", "replace")
        path = lower_path(self.source, node.child_by_field_id(g.MACRO))
        exprs = lowered[2] if lowered is not None and len(lowered) > 2 else None
        self.macros.append(
            MacroCall(
                self.parent,
                path,
                node.start_byte,
                node.end_byte,
                node.start_point[0],
                node.end_point[0],
                args,
                args_start,
                exprs,
            )
        )

    def _nested(self, node: Node) -> None:
        """An item inside a body; the docs and attributes before it are looked up backwards."""
        docs: list[str] = []
        attrs: list[str] = []
        start = -1
        before = node.prev_named_sibling
        while before is not None:
            if before.type == "attribute_item":
                attribute = attribute_text(self.source, before)
                text = attribute_doc(attribute)
                if text is None:
                    attrs.append(attribute)
                else:
                    docs.append(text)
            elif before.type in ("line_comment", "block_comment") and is_outer_doc(before):
                docs.append(doc_text(self.source, before))
            else:
                break
            start = before.start_byte
            before = before.prev_named_sibling
        self.declaration(node, start, join_docs(docs[::-1]), tuple(attrs[::-1]))

    def add(
        self,
        kind: str,
        node: Node,
        name: Node | None,
        *,
        start: int,
        doc: str,
        attrs: tuple[str, ...],
        detail: tuple[Any, ...],
        generics: Generics = NO_GENERICS,
        label: str | None = None,
    ) -> int:
        """Append one item and give its index."""
        text = label if label is not None else g.name_of(self.source, name) if name else ""
        at = name if name is not None else node
        row, end_row = node.start_point[0], node.end_point[0]
        self.items.append(
            Item(
                kind,
                text,
                self.parent,
                start if start >= 0 else node.start_byte,
                node.start_byte,
                node.end_byte,
                at.start_byte,
                at.end_byte,
                row,
                end_row,
                signature_text(self.source, node),
                visibility_text(self.source, node),
                doc,
                attrs,
                generics,
                detail,
                self.scope,
            )
        )
        return len(self.items) - 1

    def inside(self, index: int, walk: Callable[[], None], *, scope: int | None = None) -> None:
        """Walk with ``index`` as the enclosing item."""
        parent, outer = self.parent, self.scope
        self.parent = index
        self.scope = scope if scope is not None else -1
        walk()
        self.parent, self.scope = parent, outer

    def lower_body(self, index: int, body: Node | None) -> None:
        """Lower a body; items declared in it become children of ``index``."""
        if body is None:
            return
        if not self.with_bodies:
            return

        def walk() -> None:
            # Inner docs stand first; elsewhere in a body they are an error.
            first = body.named_child(0) if body.named_child_count else None
            while first is not None and is_inner_doc(first):
                self._inner_doc(doc_text(self.source, first))
                first = first.next_named_sibling
            lowered = self.body.block(body) if body.type == "block" else self.body.expr(body)
            self.bodies[index] = lowered

        self.inside(index, walk, scope=index)
