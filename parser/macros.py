"""Reading the arguments of macro calls.

To tree-sitter a macro's arguments are a heap of tokens. Most macros people call take expressions,
so the heap is parsed again as what it most likely is: an argument list, an array, a match arm, a
block. What doesn't parse cleanly is left alone rather than guessed.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from tree_sitter import Node

from . import grammar as g
from .exprs import DEPTH_LIMIT, BodyLowerer
from .facts import UNIT, Expr, Type
from .patterns import lower_pattern
from .types import lower_path, lower_type

_MATCHES: Final = frozenset(("matches", "assert_matches", "debug_assert_matches"))
_LEVEL_DEPTH: Final = 6
"""What a macro inside a macro counts for: each level reads all that it holds once more."""
_LARGEST: Final = 20_000
"""Longer heaps are tables or generated code: reading them twice isn't worth the time."""

_EXPANSION_DEPTH: Final = 80
"""Levels of an expansion that are read: expansions nest, and all of them are typed as one body."""

LATER: Final = "later"
LATER_BLOCK: Final = "later block"
"""What the arguments of a call in an expansion read as while nobody has read them; the second one
where they stand in braces."""

LARGEST_CALL: Final = 100_000
"""Bytes of a macro call that is worth expanding; longer ones are tables."""


_STANDARD: Final = frozenset(
    ("addr_of", "addr_of_mut", "assert", "assert_eq", "assert_ne", "cfg", "column",
     "compile_error", "concat", "dbg", "debug_assert", "debug_assert_eq", "debug_assert_ne", "env",
     "eprint", "eprintln", "file", "format", "format_args", "include", "include_bytes",
     "include_str", "line", "matches", "module_path", "option_env", "panic", "print", "println",
     "stringify", "thread_local", "todo", "unimplemented", "unreachable", "vec", "write",
     "writeln")
)  # fmt: skip
"""The standard library's macros: their arguments are read, never expanded."""


def read_macro(b: BodyLowerer, node: Node) -> Expr:
    """Lower a macro invocation: its path, and the expressions in its arguments."""
    return _read_macro(b, node, later=False)


def _read_later(b: BodyLowerer, node: Node) -> Expr:
    """The same inside an expansion, where most calls are expanded in their turn: the arguments of
    those that may be are left to `read_arguments`. Else each level would read all below it."""
    return _read_macro(b, node, later=True)


def _read_macro(b: BodyLowerer, node: Node, *, later: bool) -> Expr:
    path = lower_path(b.source, node.child_by_field_id(g.MACRO))
    tokens = next((c for c in node.named_children if c.type == "token_tree"), None)
    if not path or tokens is None:
        return ("mac", path, (), "", "", 0)
    start = tokens.start_byte + 1
    # Where the closing bracket is missing, the end would be before the start.
    end = max(start, tokens.end_byte - 1)
    name = path[-1][0]
    text = ""
    if end - start <= LARGEST_CALL and (len(path) > 1 or name not in _STANDARD):
        text = b.source[start:end].decode("utf-8", "replace")
    if end - start <= 0 or end - start > _LARGEST or b.depth >= DEPTH_LIMIT:
        return ("mac", path, (), "", text, start)
    opener = b.source[start - 1 : start]
    if later and text:
        return ("mac", path, (), LATER_BLOCK if opener == b"{" else LATER, text, start)
    es, kind = _read_arguments(b, name, opener, b.source[start:end], start)
    return ("mac", path, es, kind, text, start)


def read_arguments(name: str, text: str, kind: str) -> tuple[tuple[Expr, ...], str]:
    """What an expansion left for later: the arguments of a macro call, and what they read as.

    ``kind`` is the one it left. Positions are offsets into ``text``.
    """
    opener = b"{" if kind == LATER_BLOCK else b"("
    return _read_arguments(_expansion_lowerer(), name, opener, text.encode(), 0)


def _read_arguments(
    b: BodyLowerer, name: str, opener: bytes, args: bytes, start: int
) -> tuple[tuple[Expr, ...], str]:
    """The expressions in a macro's arguments, which stand at ``start``."""
    if name in _MATCHES:
        return _matches(b, args, start)
    if opener == b"[" and name == "vec":
        found = _reparse(b, args, start, around=(b"[", b"]"), kind="array_expression")
        return (found,) if found is not None else (), "vec"
    if opener != b"{":
        found = _reparse(b, args, start, around=_CALL, kind="call_expression")
        if found is not None:
            return found[2] if found[0] == "c" else (), "call"
    found = _reparse(b, args, start, around=(b"{", b"}"), kind="block")
    return (found,) if found is not None else (), "block"


def read_expansion(text: bytes) -> Expr | None:
    """The expansion of a macro in a body, as a block; positions are offsets into ``text``.

    None where it doesn't read as statements and an expression.
    """
    return _reparse(_expansion_lowerer(), text, 0, around=(b"{", b"}"), kind="block")


def _expansion_lowerer() -> BodyLowerer:
    depth = DEPTH_LIMIT - _EXPANSION_DEPTH
    return BodyLowerer(b"", on_item=_ignore, on_use=_ignore, read_macro=_read_later, depth=depth)


def read_type(text: bytes) -> Type | None:
    """The expansion of a macro that stands for a type; positions are offsets into ``text``."""
    opening = b"type T="
    root = g.parse(opening + text + b"\n;").root_node
    item = root.named_children[0] if root.named_child_count == 1 else None
    if root.has_error or item is None or item.type != "type_item":
        return None
    wrapped = opening + text + b"\n;"
    return _shift(lower_type(wrapped, item.child_by_field_id(g.TYPE)), -len(opening))


def _matches(b: BodyLowerer, args: bytes, start: int) -> tuple[tuple[Expr, ...], str]:
    """``matches!(e, pattern if guard)`` is ``match e { pattern if guard => () }``."""
    comma = _top_level_comma(args)
    if comma < 0:
        return (), ""
    # The same number of bytes stands before each part, so that positions can be shifted by one sum.
    head = _reparse(b, args[:comma], start, around=_CALL, kind="call_expression")
    arm = args[comma + 1 :].rstrip().removesuffix(b",") + b"\n"  # a comment may end it
    prefix = b"match x {"
    shift = start + comma + 1
    tree = g.parse(b"fn m(){" + prefix + arm + b"=>()}}")
    match = None if tree.root_node.has_error else _find(tree.root_node, "match_expression")
    value: Expr = head[2][0] if head is not None and head[0] == "c" and head[2] else ("l", "")
    if match is None:
        return (value,), "call"
    shifted = _Shifted(b, len(b"fn m(){") + len(prefix), arm, shift)
    body = match.child_by_field_id(g.BODY)
    if body is None or not body.named_children:
        return (value,), "call"
    pattern = body.named_children[0].child_by_field_id(g.PATTERN)
    guard = pattern.child_by_field_id(g.CONDITION) if pattern is not None else None
    lowered = lower_pattern(shifted.source, pattern)
    condition = None
    if guard is not None:
        condition = _shift(shifted.lowerer.expr(guard), shifted.by)
    arms = ((_shift(lowered, shifted.by), condition, ("t", ())),)
    return (("M", value, arms),), "matches"


class _Shifted:
    """A lowerer over a wrapped copy of some tokens, and how far its positions are off."""

    def __init__(self, b: BodyLowerer, prefix: int, args: bytes, start: int) -> None:
        self.source = b" " * prefix + args
        self.by = start - prefix
        self.lowerer = BodyLowerer(
            self.source,
            on_item=_ignore,
            on_use=_ignore,
            read_macro=b.read_macro,
            depth=b.depth + _LEVEL_DEPTH,
        )


def _ignore(_node: Node) -> None:
    """Items defined inside macro arguments belong to the macro's expansion, not to the file."""


_CALL: Final = (b"f(", b")")


def _reparse(
    b: BodyLowerer, args: bytes, start: int, *, around: tuple[bytes, bytes], kind: str
) -> Expr | None:
    """Parse tokens again with ``around`` around them, and lower the node of that kind.

    ``start`` is where the tokens stand in the file. None if they don't parse cleanly.
    """
    opening = b"fn m(){" + around[0]
    wrapped = opening + args + b"\n" + around[1] + b"}"
    tree = g.parse(wrapped)
    root = tree.root_node
    if root.has_error:
        return None
    function = root.named_children[0] if root.named_child_count else None
    body = function.child_by_field_id(g.BODY) if function is not None else None
    if body is None or root.named_child_count != 1:
        return None
    node = _find(body, kind) if kind != "block" else _first_block(body)
    if node is None:
        return None
    inner: list[Expr] = []

    def on_item(item: Node) -> None:
        _inner_item(lowerer, item, inner)

    lowerer = BodyLowerer(
        wrapped,
        on_item=on_item,
        on_use=_ignore,
        read_macro=b.read_macro,
        depth=b.depth + _LEVEL_DEPTH,
    )
    lowered = lowerer.expr(node)
    lowerer.finish()
    if inner and lowered[0] == "{":
        lowered = ("{", (*lowered[1], *inner), lowered[2])
    return _shift(lowered, start - len(opening))


def _inner_item(b: BodyLowerer, item: Node, found: list[Expr]) -> None:
    """What `thread_local!` or a test macro defines is no item of the file, but its code counts.

    A static becomes a ``let``, a function a closure.
    """
    name = item.child_by_field_id(g.NAME)
    if name is None:
        return
    value = item.child_by_field_id(g.VALUE)
    body = item.child_by_field_id(g.BODY)
    if item.type in ("static_item", "const_item") and value is not None:
        pattern = ("b", g.name_of(b.source, name), name.start_byte, None)
        annotated = lower_type(b.source, item.child_by_field_id(g.TYPE))
        found.append(("D", pattern, annotated, b.expr(value), None))
    elif item.type == "function_item" and body is not None:
        params = item.child_by_field_id(g.PARAMETERS)
        bound = tuple(
            (
                b.pattern(param.child_by_field_id(g.PATTERN)),
                lower_type(b.source, param.child_by_field_id(g.TYPE)),
            )
            for param in (params.named_children if params is not None else ())
            if param.type == "parameter"
        )
        result = item.child_by_field_id(g.RETURN_TYPE)
        returned = lower_type(b.source, result) if result is not None else UNIT
        found.append(("|", bound, returned, b.block(body), False))


def _first_block(body: Node) -> Node | None:
    for child in body.named_children:
        if child.type == "block":
            return child
        if child.type == "expression_statement":
            inner = child.named_children
            if inner and inner[0].type == "block":
                return inner[0]
    return None


def _find(node: Node, kind: str) -> Node | None:
    """The outermost node of a kind."""
    todo = deque([node])
    while todo:
        current = todo.popleft()
        if current.type == kind:
            return current
        todo.extend(current.named_children)
    return None


def _top_level_comma(args: bytes) -> int:
    depth = 0
    quote = 0
    i = 0
    while i < len(args):
        c = args[i]
        if quote:
            if c == 0x5C:
                i += 1
            elif c == quote:
                quote = 0
        elif c == 0x22:
            quote = c
        elif c == 0x27 and args[i + 2 : i + 3] == b"'":
            i += 2
        elif c in b"([{":
            depth += 1
        elif c in b")]}":
            depth -= 1
        elif c == 0x2C and depth == 0:
            return i
        i += 1
    return -1


def _shift(tree: Expr, by: int) -> Expr:
    """Move every position in a lowered tree. Positions are the only bare integers in it."""
    return _moved(tree, by)


def _moved(value: Any, by: int) -> Any:
    kind = value.__class__
    if kind is tuple:
        return tuple([_moved(part, by) for part in value])
    return value + by if kind is int else value
