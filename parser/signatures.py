"""What an item's head says: its declaration on one line, and who may see it."""

from __future__ import annotations

from tree_sitter import Node

from . import grammar as g


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


def visibility_text(source: bytes, node: Node) -> str:
    """``pub``, ``pub(crate)``, ``pub(in a::b)``, … or "" for a private one."""
    for child in node.named_children:
        if child.type == "visibility_modifier":
            return "".join(g.text(source, child).split()).replace("(in", "(in ")
        if child.type not in ("line_comment", "block_comment", "attribute_item"):
            return ""
    return ""
