"""How each kind of item is read: one small function a kind, and the table of them.

What they keep in ``detail`` is described in `parser.facts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tree_sitter import Node

from . import grammar as g
from .docs import attribute_doc, attribute_text, doc_text, is_outer_doc, join_docs
from .facts import UNIT, Pattern, Type
from .patterns import lower_pattern
from .types import lower_bounds, lower_generics, lower_path, lower_type

if TYPE_CHECKING:
    from .items import ItemLowerer

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


_PATH_ATTRIBUTE: Final = re.compile(r'path\s*=\s*r?#*"(.*)"#*')


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
    value = node.child_by_field_id(g.VALUE)
    w.lower_body(index, value)
    if value is not None and value.type == "block" and g.name_of(w.source, name) == "_":
        # `const _: () = { … };` keeps items to itself, and calls of macros that define some.
        w.inside(index, lambda: w.macro_calls(value), scope=index)


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
    w.add(
        "macro",
        node,
        name,
        start=start,
        doc=doc,
        attrs=attrs,
        detail=(exported, _rules(w.source, node)),
    )


def _rules(source: bytes, node: Node) -> str:
    """The text between the braces of a ``macro_rules!``."""
    whole = g.text(source, node)
    opened = re.search(r"[({\[]", whole)
    closed = max(whole.rfind(c) for c in ")}]")
    return whole[opened.end() : closed] if opened and closed > opened.start() else ""


def _foreign(w: ItemLowerer, node: Node, start: int, doc: str, attrs: tuple[str, ...]) -> None:
    body = node.child_by_field_id(g.BODY)
    if body is not None:
        w.container(body)


_Handler = Callable[["ItemLowerer", Node, int, str, tuple[str, ...]], None]

ITEM_KINDS: Final[dict[str, _Handler]] = {
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
