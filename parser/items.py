"""Items of one file: one pass over the declarations, bodies lowered on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

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
from .facts import NO_GENERICS, UNIT, Expr, Generics, Item, MacroCall, Pattern, Type, Use
from .macros import read_macro
from .patterns import lower_pattern
from .types import lower_bounds, lower_generics, lower_path, lower_type
from .uses import lower_use

_DEEPEST = 100
"""Levels of modules, impls and the like inside one another."""


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
        handler = _ITEMS.get(kind)
        if handler is not None:
            handler(self, node, start, doc, attrs)
        elif kind in ("use_declaration", "extern_crate_declaration"):
            self.uses.extend(
                lower_use(
                    self.source,
                    node,
                    parent=self.parent,
                    visibility=_visibility(self.source, node),
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

    def _macro_call(self, node: Node) -> None:
        lowered = read_macro(self.body, node) if self.with_bodies else None
        tokens = next((c for c in node.named_children if c.type == "token_tree"), None)
        args = g.text(self.source, tokens)[:4000] if tokens is not None else ""
        path = lower_path(self.source, node.child_by_field_id(g.MACRO))
        exprs = lowered[2] if lowered is not None and len(lowered) > 2 else None
        self.macros.append(
            MacroCall(self.parent, path, node.start_byte, node.end_byte, args, exprs)
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
                _visibility(self.source, node),
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


def signature_text(source: bytes, node: Node) -> str:
    """The declaration up to its body, on one line."""
    body = node.child_by_field_id(g.BODY)
    end = node.end_byte
    # The fields of a tuple struct or variant are part of its signature.
    if body is not None and (
        node.type not in ("struct_item", "enum_variant") or body.type == "field_declaration_list"
    ):
        end = body.start_byte
    elif node.type in ("const_item", "static_item"):
        value = node.child_by_field_id(g.VALUE)
        end = value.start_byte if value is not None else end
    elif node.type == "macro_definition":
        name = node.child_by_field_id(g.NAME)
        end = name.end_byte if name is not None else end
    text = " ".join(source[node.start_byte : end].decode("utf-8", "replace").split())
    return text.rstrip(" ={;,")


def _visibility(source: bytes, node: Node) -> str:
    for child in node.named_children:
        if child.type == "visibility_modifier":
            return "".join(g.text(source, child).split()).replace("(in", "(in ")
        if child.type not in ("line_comment", "block_comment", "attribute_item"):
            return ""
    return ""


_Parameters = tuple[tuple[tuple[Pattern, Type], ...], str]


def _parameters(source: bytes, node: Node | None) -> _Parameters:
    found: list[tuple[Pattern, Type]] = []
    self_kind = ""
    for child in node.named_children if node is not None else ():
        if child.type == "self_parameter":
            text = g.text(source, child)
            self_kind = "self"
            if text.startswith("&"):
                self_kind = "&mut self" if "mut" in text.split("self")[0] else "&self"
        elif child.type == "parameter":
            pattern = child.child_by_field_id(g.PATTERN)
            kind = lower_type(source, child.child_by_field_id(g.TYPE))
            if pattern is not None and pattern.type == "self":
                self_kind = "typed"
            found.append((lower_pattern(source, pattern), kind))
    return tuple(found), self_kind


def _function(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    owner = w.items[w.parent].kind if w.parent >= 0 and w.scope < 0 else ""
    params, self_kind = _parameters(w.source, node.child_by_field_id(g.PARAMETERS))
    result = node.child_by_field_id(g.RETURN_TYPE)
    returned = lower_type(w.source, result) if result is not None else UNIT
    is_async = any(
        child.type == "function_modifiers"
        and b"async" in w.source[child.start_byte : child.end_byte]
        for child in node.named_children[:3]
    )
    index = w.add(
        "method" if owner in ("impl", "trait") else "function",
        node,
        name,
        start=start,
        doc=doc,
        attrs=attrs,
        detail=(params, returned, self_kind, is_async),
        generics=lower_generics(w.source, node),
    )
    w.lower_body(index, node.child_by_field_id(g.BODY))


def _struct(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    body = node.child_by_field_id(g.BODY)
    index = w.add(
        "union" if node.type == "union_item" else "struct",
        node,
        name,
        start=start,
        doc=doc,
        attrs=attrs,
        detail=(_style(body),),
        generics=lower_generics(w.source, node),
    )
    w.inside(index, lambda: _fields(w, body))


def _style(body: Node | None) -> str:
    if body is None:
        return "unit"
    return "named" if body.type == "field_declaration_list" else "tuple"


def _fields(w: ItemLowerer, body: Node | None) -> None:
    if body is None:
        return
    named = body.type == "field_declaration_list"
    docs: list[str] = []
    attrs: list[str] = []
    start = -1
    position = 0
    visibility = ""
    for child in body.named_children:
        kind = child.type
        if kind in ("line_comment", "block_comment"):
            if is_outer_doc(child):
                docs.append(doc_text(w.source, child))
                start = child.start_byte if start < 0 else start
            continue
        if kind == "attribute_item":
            attribute = attribute_text(w.source, child)
            doc = attribute_doc(attribute)
            if doc is None:
                attrs.append(attribute)
            else:
                docs.append(doc)
            start = child.start_byte if start < 0 else start
            continue
        if named and kind == "field_declaration":
            detail = (lower_type(w.source, child.child_by_field_id(g.TYPE)),)
            name = child.child_by_field_id(g.NAME)
            w.add("field", child, name, start=start, doc=join_docs(docs), attrs=tuple(attrs),
                  detail=detail)  # fmt: skip
        elif not named and kind == "visibility_modifier":
            visibility = "".join(g.text(w.source, child).split())
            start = child.start_byte if start < 0 else start
            continue
        elif not named:
            index = w.add("field", child, child, start=start, doc=join_docs(docs),
                          attrs=tuple(attrs), detail=(lower_type(w.source, child),),
                          label=str(position))  # fmt: skip
            w.items[index] = w.items[index]._replace(visibility=visibility)
            visibility = ""
            position += 1
        docs, attrs, start = [], [], -1


def _enum(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    generics = lower_generics(w.source, node)
    index = w.add(
        "enum", node, name, start=start, doc=doc, attrs=attrs, detail=(), generics=generics
    )
    body = node.child_by_field_id(g.BODY)
    if body is not None:
        w.inside(index, lambda: w.container(body))


def _variant(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    body = node.child_by_field_id(g.BODY)
    index = w.add("variant", node, name, start=start, doc=doc, attrs=attrs, detail=(_style(body),))
    w.inside(index, lambda: _fields(w, body))
    w.lower_body(index, node.child_by_field_id(g.VALUE))


def _trait(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    bounds = lower_bounds(w.source, node.child_by_field_id(g.BOUNDS))
    generics = lower_generics(w.source, node)
    index = w.add(
        "trait", node, name, start=start, doc=doc, attrs=attrs, detail=(bounds,), generics=generics
    )
    body = node.child_by_field_id(g.BODY)
    if body is not None:
        w.inside(index, lambda: w.container(body))


def _impl(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    target = node.child_by_field_id(g.TYPE)
    if target is None:
        return
    trait = node.child_by_field_id(g.TRAIT)
    trait_path = lower_path(w.source, trait) if trait is not None else None
    negative = any(child.type == "!" for child in node.children)
    label = " ".join(g.text(w.source, target).split())
    if trait is not None:
        label = f"{' '.join(g.text(w.source, trait).split())} for {label}"
    index = w.add(
        "impl",
        node,
        target,
        start=start,
        doc=doc,
        attrs=attrs,
        detail=(trait_path, lower_type(w.source, target), negative),
        generics=lower_generics(w.source, node),
        label=label,
    )
    body = node.child_by_field_id(g.BODY)
    if body is not None:
        w.inside(index, lambda: w.container(body))


_PATH_ATTRIBUTE = re.compile(r'path\s*=\s*r?#*"(.*)"#*')


def _module(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    body = node.child_by_field_id(g.BODY)
    target = next((found[1] for a in attrs if (found := _PATH_ATTRIBUTE.fullmatch(a))), None)
    index = w.add(
        "module", node, name, start=start, doc=doc, attrs=attrs, detail=(body is not None, target)
    )
    if body is not None:
        w.inside(index, lambda: w.container(body))


def _constant(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    kind = "const" if node.type == "const_item" else "static"
    detail = (lower_type(w.source, node.child_by_field_id(g.TYPE)),)
    index = w.add(kind, node, name, start=start, doc=doc, attrs=attrs, detail=detail)
    w.lower_body(index, node.child_by_field_id(g.VALUE))


def _alias(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return
    target = node.child_by_field_id(g.TYPE)
    bounds = lower_bounds(w.source, node.child_by_field_id(g.BOUNDS))
    detail = (lower_type(w.source, target) if target is not None else None, bounds)
    w.add("type", node, name, start=start, doc=doc, attrs=attrs, detail=detail,
          generics=lower_generics(w.source, node))  # fmt: skip


def _macro_definition(
    w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]
) -> None:
    name = node.child_by_field_id(g.NAME)
    exported = any(a == "macro_export" or a.startswith("macro_export(") for a in attrs)
    w.add("macro", node, name, start=start, doc=doc, attrs=attrs, detail=(exported,))


def _foreign(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    body = node.child_by_field_id(g.BODY)
    if body is not None:
        w.container(body)


_Handler = Callable[[ItemLowerer, Node, int, str, tuple[str, ...]], None]

_ITEMS: dict[str, _Handler] = {
    "function_item": _function,
    "function_signature_item": _function,
    "struct_item": _struct,
    "union_item": _struct,
    "enum_item": _enum,
    "enum_variant": _variant,
    "trait_item": _trait,
    "impl_item": _impl,
    "mod_item": _module,
    "const_item": _constant,
    "static_item": _constant,
    "type_item": _alias,
    "associated_type": _alias,
    "macro_definition": _macro_definition,
    "foreign_mod_item": _foreign,
}
