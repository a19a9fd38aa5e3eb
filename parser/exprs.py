"""Function bodies to a small expression tree: what linking needs to type receivers, and no more.

    ("p", path)                          a path or a local
    ("q", type, trait, path)             <type as trait>::path
    ("c", callee, (args…))               call
    ("m", receiver, name, start, types, (args…))   method call; types is the turbofish or None
    (".", value, name, start)            field; tuple fields are named "0", "1", …
    ("&", e, mutable) ("*", e, start)    borrow, dereference
    ("!", e, op, start)                  other unary
    ("l", type name or "")               literal: "str", "bool", "char", "u8", "{int}", …
    ("b", op, (operands…), (starts…))    binary; chains of one operator are flattened; where each
                                         operator stands, nothing for chains of conditions
    ("as", e, type) ("?", e)             cast, try
    ("w", e, start)                      await, and where the word stands
    ("n", path, ((name, start, e)…), base)   struct literal
    ("if", cond, then, else or None)     cond may be or hold ("let", pattern, e)
    ("let", pattern, e)
    ("M", e, ((pattern, guard, body)…))  match
    ("{", (statements…), tail or None)   block; items declared in it are in FileFacts
    ("a", block)                         async block: a future of the block's value
    ("L", body) ("W", cond, body) ("F", pattern, e, body)   loop, while, for
    ("|", ((pattern, type)…), type or None, body, is_async)   closure
    ("t", (es…)) ("v", (es…)) ("vr", e, n)   tuple, array, repeat
    ("i", e, index, start) ("..", a, b)  index with its bracket's place, range
    ("r", e or None) ("n!",)             return or break, diverges
    ("=", l, r, op, start)               assignment; op is "" or one such as "+="
    ("mac", path, (es…), kind, text, start)   macro call, with what could be read of its arguments,
                                         and the arguments themselves where it may be expanded;
                                         in expansions they are read later (`parser.macros`)

Statements are expressions, or ``("D", pattern, type, init, else)`` for ``let``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tree_sitter import Node

from . import grammar as g
from .expr_kinds import EXPRS, NOT_EXPRS, NOTHING
from .facts import Expr, Pattern
from .patterns import lower_pattern
from .types import lower_type

DEPTH_LIMIT: Final = 250
"""Deeper expressions are left out: marshal and the call stack have limits of their own."""

MacroReader = Callable[["BodyLowerer", Node], Expr]


def _ignore(_node: Node) -> None:
    pass


class BodyLowerer:
    """Lowers the bodies of one file.

    ``on_item`` is called with every item found inside a body and gives its index in the file;
    ``read_macro`` lowers a macro invocation.
    """

    __slots__ = ("depth", "on_item", "on_use", "read_macro", "source", "too_deep")

    def __init__(
        self,
        source: bytes,
        *,
        on_item: Callable[[Node], None],
        on_use: Callable[[Node], None],
        read_macro: MacroReader,
        depth: int = 0,
    ) -> None:
        self.source = source
        self.on_item = on_item
        self.on_use = on_use
        self.read_macro = read_macro
        self.too_deep: list[int] = []
        self.depth = depth

    def finish(self) -> None:
        """Let go of who is told of items: they hold this lowerer, and only the cycle collector
        would find the two, with the file's text and trees.
        """
        self.on_item = self.on_use = _ignore

    def expr(self, node: Node | None) -> Expr:
        """Lower an expression; what can't be read is an unknown literal."""
        return self._expr(node, node.type) if node is not None else NOTHING

    def _expr(self, node: Node, kind: str) -> Expr:
        handler = EXPRS.get(kind)
        if handler is None:
            return NOTHING
        if self.depth >= DEPTH_LIMIT:
            self.too_deep.append(node.start_byte)
            return NOTHING
        self.depth += 1
        lowered = handler(self, node)
        self.depth -= 1
        return lowered

    def exprs(self, node: Node | None) -> tuple[Expr, ...]:
        """Every expression among the children."""
        if node is None:
            return ()
        lowered: list[Expr] = []
        for child in node.named_children:
            kind = child.type
            if kind not in NOT_EXPRS:
                lowered.append(self._expr(child, kind))
        return tuple(lowered)

    def pattern(self, node: Node | None) -> Pattern:
        """Lower a pattern."""
        return lower_pattern(self.source, node)

    def block(self, node: Node | None) -> Expr:
        """A block: statements, then its tail expression."""
        if node is None:
            return NOTHING
        if self.depth >= DEPTH_LIMIT:
            self.too_deep.append(node.start_byte)
            return NOTHING
        self.depth += 1
        lowered = self._statements(node)
        self.depth -= 1
        return lowered

    def _statements(self, node: Node) -> Expr:
        statements: list[Expr] = []
        tail: Expr | None = None
        for child in node.named_children:
            kind = child.type
            if kind in NOT_EXPRS:
                continue
            if tail is not None:
                statements.append(tail)
                tail = None
            if kind == "expression_statement":
                inner = child.named_children
                if not inner:
                    continue
                lowered = self.expr(inner[0])
                # `if`, `match` and blocks are statements without a semicolon, tails included.
                if child.child_count == len(inner):
                    tail = lowered
                else:
                    statements.append(lowered)
            elif kind == "let_declaration":
                statements.append(self._let(child))
            elif kind in ITEMS:
                self.on_item(child)
            elif kind in ("use_declaration", "extern_crate_declaration"):
                self.on_use(child)
            elif kind in EXPRS:
                tail = self._expr(child, kind)
            elif kind == "ERROR":
                # What is readable in a break is kept: code is broken while it is being written.
                statements.extend(self.expr(c) for c in child.named_children if c.type in EXPRS)
        return ("{", tuple(statements), tail)

    def _let(self, node: Node) -> Expr:
        kind = node.child_by_field_id(g.TYPE)
        value = node.child_by_field_id(g.VALUE)
        alternative = node.child_by_field_id(g.ALTERNATIVE)
        return (
            "D",
            self.pattern(node.child_by_field_id(g.PATTERN)),
            lower_type(self.source, kind) if kind is not None else None,
            self.expr(value) if value is not None else None,
            self.block(alternative) if alternative is not None else None,
        )

    def last_expr(self, node: Node) -> Expr:
        """The last expression among the children (what ``&``, ``*``, ``?`` apply to)."""
        for child in reversed(node.named_children):
            kind = child.type
            if kind not in NOT_EXPRS:
                return self._expr(child, kind)
        return NOTHING


ITEMS: Final = frozenset(
    ("function_item", "function_signature_item", "struct_item", "enum_item", "union_item",
     "trait_item", "impl_item", "mod_item", "const_item", "static_item", "type_item",
     "macro_definition", "foreign_mod_item", "associated_type")
)  # fmt: skip
