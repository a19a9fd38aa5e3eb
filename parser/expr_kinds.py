"""How each kind of expression is lowered: one small function a kind, and the table of them.

The tuples they give are described in `parser.exprs`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tree_sitter import Node

from . import grammar as g
from .facts import Expr, Pattern
from .types import lower_path, lower_type, qualified_path, turbofish

if TYPE_CHECKING:
    from .exprs import BodyLowerer

NOTHING: Final[Expr] = ("l", "")
DIVERGES: Final[Expr] = ("n!",)

NOT_EXPRS: Final = frozenset(
    ("line_comment", "block_comment", "attribute_item", "inner_attribute_item", "empty_statement",
     "label", "lifetime", "mutable_specifier", "visibility_modifier")
)  # fmt: skip

_Handler = Callable[["BodyLowerer", Node], Expr]


def _path(b: BodyLowerer, node: Node) -> Expr:
    return ("p", ((g.name_of(b.source, node), node.start_byte, None),))


def _scoped(b: BodyLowerer, node: Node) -> Expr:
    qualified = qualified_path(b.source, node)
    if qualified is not None:
        return qualified
    path = lower_path(b.source, node)
    return ("p", path) if path else NOTHING


def _call(b: BodyLowerer, node: Node) -> Expr:
    callee = node.child_by_field_id(g.FUNCTION)
    arguments = node.child_by_field_id(g.ARGUMENTS)
    if callee is None:
        return NOTHING
    types = None
    target = callee
    if callee.type == "generic_function":
        inner = callee.child_by_field_id(g.FUNCTION)
        if inner is not None and inner.type == "field_expression":
            types = turbofish(b.source, callee.child_by_field_id(g.TYPE_ARGUMENTS))
            target = inner
    if target.type == "field_expression":
        field = target.child_by_field_id(g.FIELD)
        if field is not None and field.type == "field_identifier":
            receiver = b.expr(target.child_by_field_id(g.VALUE))
            name = g.name_of(b.source, field)
            return ("m", receiver, name, field.start_byte, types, b.exprs(arguments))
    return ("c", b.expr(callee), b.exprs(arguments))


def _field(b: BodyLowerer, node: Node) -> Expr:
    field = node.child_by_field_id(g.FIELD)
    value = b.expr(node.child_by_field_id(g.VALUE))
    if field is None:
        return value
    return (".", value, g.name_of(b.source, field), field.start_byte)


def _borrow(b: BodyLowerer, node: Node) -> Expr:
    mutable = any(child.type == "mutable_specifier" for child in node.named_children)
    return ("&", b.last_expr(node), mutable)


def _unary(b: BodyLowerer, node: Node) -> Expr:
    operator = node.children[0].type if node.child_count else ""
    if operator == "*":
        return ("*", b.last_expr(node), node.start_byte)
    return ("!", b.last_expr(node), operator, node.start_byte)


def _await(b: BodyLowerer, node: Node) -> Expr:
    # The word itself is an anonymous token, the last one.
    last = node.children[-1] if node.child_count else node
    return ("w", b.last_expr(node), last.start_byte)


def _binary(b: BodyLowerer, node: Node) -> Expr:
    """Chains such as ``a + b + c`` nest to the left, sometimes by the thousand: one flat node."""
    operator = node.child_by_field_id(g.OPERATOR)
    name = operator.type if operator is not None else ""
    operands: list[Expr] = []
    places: list[int] = []
    current: Node | None = node
    while current is not None and current.type == "binary_expression":
        sign = current.child_by_field_id(g.OPERATOR)
        if current is not node and (sign is None or sign.type != name):
            break
        operands.append(b.expr(current.child_by_field_id(g.RIGHT)))
        places.append(sign.start_byte if sign is not None else current.start_byte)
        current = current.child_by_field_id(g.LEFT)
    operands.append(b.expr(current))
    return ("b", name, tuple(reversed(operands)), tuple(reversed(places)))


def _assign(b: BodyLowerer, node: Node) -> Expr:
    target = node.child_by_field_id(g.LEFT)
    value = b.expr(node.child_by_field_id(g.RIGHT))
    if target is not None and target.type == "range_expression" and target.child_count == 1:
        return ("..", None, value)  # `..=b` is `.. = b` to the grammar
    operator = node.child_by_field_id(g.OPERATOR)
    if operator is None:
        return ("=", b.expr(target), value, "", node.start_byte)
    return ("=", b.expr(target), value, operator.type, operator.start_byte)


def _cast(b: BodyLowerer, node: Node) -> Expr:
    value = b.expr(node.child_by_field_id(g.VALUE))
    return ("as", value, lower_type(b.source, node.child_by_field_id(g.TYPE)))


def _struct(b: BodyLowerer, node: Node) -> Expr:
    name = node.child_by_field_id(g.NAME)
    if name is None:
        return NOTHING
    path = lower_path(b.source, name)
    body = node.child_by_field_id(g.BODY)
    fields: list[tuple[str, int, Expr]] = []
    base: Expr | None = None
    for child in body.named_children if body is not None else ():
        kind = child.type
        if kind == "field_initializer":
            field = child.child_by_field_id(g.FIELD)
            if field is not None:
                value = b.expr(child.child_by_field_id(g.VALUE))
                fields.append((g.name_of(b.source, field), field.start_byte, value))
        elif kind == "shorthand_field_initializer":
            for inner in child.named_children:
                if inner.type == "identifier":
                    text = g.name_of(b.source, inner)
                    fields.append((text, inner.start_byte, _path(b, inner)))
        elif kind == "base_field_initializer":
            base = b.last_expr(child)
    return ("n", path, tuple(fields), base)


def _if(b: BodyLowerer, node: Node) -> Expr:
    otherwise = node.child_by_field_id(g.ALTERNATIVE)
    return (
        "if",
        b.expr(node.child_by_field_id(g.CONDITION)),
        b.block(node.child_by_field_id(g.CONSEQUENCE)),
        b.last_expr(otherwise) if otherwise is not None else None,
    )


def _let_condition(b: BodyLowerer, node: Node) -> Expr:
    value = b.expr(node.child_by_field_id(g.VALUE))
    return ("let", b.pattern(node.child_by_field_id(g.PATTERN)), value)


def _let_chain(b: BodyLowerer, node: Node) -> Expr:
    return ("b", "&&", b.exprs(node), ())


def _match(b: BodyLowerer, node: Node) -> Expr:
    body = node.child_by_field_id(g.BODY)
    arms: list[tuple[Pattern, Expr | None, Expr]] = []
    for arm in body.named_children if body is not None else ():
        if arm.type not in ("match_arm", "last_match_arm"):
            continue
        pattern = arm.child_by_field_id(g.PATTERN)
        guard = pattern.child_by_field_id(g.CONDITION) if pattern is not None else None
        arms.append(
            (
                b.pattern(pattern),
                b.expr(guard) if guard is not None else None,
                b.expr(arm.child_by_field_id(g.VALUE)),
            )
        )
    return ("M", b.expr(node.child_by_field_id(g.VALUE)), tuple(arms))


def _inner_block(b: BodyLowerer, node: Node) -> Expr:
    for child in node.named_children:
        if child.type == "block":
            return b.block(child)
    return NOTHING


def _async(b: BodyLowerer, node: Node) -> Expr:
    return ("a", _inner_block(b, node))


def _while(b: BodyLowerer, node: Node) -> Expr:
    condition = b.expr(node.child_by_field_id(g.CONDITION))
    return ("W", condition, b.block(node.child_by_field_id(g.BODY)))


def _for(b: BodyLowerer, node: Node) -> Expr:
    pattern = b.pattern(node.child_by_field_id(g.PATTERN))
    value = b.expr(node.child_by_field_id(g.VALUE))
    return ("F", pattern, value, b.block(node.child_by_field_id(g.BODY)))


def _closure(b: BodyLowerer, node: Node) -> Expr:
    params: list[tuple[Pattern, object]] = []
    listed = node.child_by_field_id(g.PARAMETERS)
    for child in listed.children if listed is not None else ():
        kind = child.type
        if kind == "parameter":
            annotated = lower_type(b.source, child.child_by_field_id(g.TYPE))
            params.append((b.pattern(child.child_by_field_id(g.PATTERN)), annotated))
        elif (child.is_named and kind not in NOT_EXPRS) or kind == "_":
            params.append((b.pattern(child) if child.is_named else ("_",), None))
    result = node.child_by_field_id(g.RETURN_TYPE)
    returned = lower_type(b.source, result) if result is not None else None
    is_async = any(child.type == "async" for child in node.children[:3])
    body = b.expr(node.child_by_field_id(g.BODY))
    return ("|", tuple(params), returned, body, is_async)


def _array(b: BodyLowerer, node: Node) -> Expr:
    length = node.child_by_field_id(g.LENGTH)
    if length is not None:
        element = next((c for c in node.named_children if c.type not in NOT_EXPRS), None)
        return ("vr", b.expr(element), b.expr(length))
    return ("v", b.exprs(node))


def _index(b: BodyLowerer, node: Node) -> Expr:
    parts = b.exprs(node)
    bracket = next((child for child in node.children if child.type == "["), node)
    return ("i", parts[0], parts[1], bracket.start_byte) if len(parts) == 2 else NOTHING


def _range(b: BodyLowerer, node: Node) -> Expr:
    low: Expr | None = None
    high: Expr | None = None
    past_dots = False
    for child in node.children:
        if child.type in ("..", "..=", "..."):
            past_dots = True
        elif child.is_named and child.type not in NOT_EXPRS:
            if past_dots:
                high = b.expr(child)
            else:
                low = b.expr(child)
    return ("..", low, high)


def _leave(b: BodyLowerer, node: Node) -> Expr:
    parts = b.exprs(node)
    return ("r", parts[-1] if parts else None)


_INT_SIZES: Final = ("8", "16", "32", "64", "128", "size")


def _number(b: BodyLowerer, node: Node, default: str) -> Expr:
    text = g.text(b.source, node)
    for suffix in _SUFFIXES:
        if text.endswith(suffix) and not (suffix[0] == "f" and text.startswith("0x")):
            return ("l", suffix)
    return ("l", default)


_SUFFIXES: Final = tuple(
    sys.intern(f"{sign}{bits}")
    for sign, sizes in (("i", _INT_SIZES), ("u", _INT_SIZES), ("f", ("32", "64")))
    for bits in sizes
)


def _string(b: BodyLowerer, node: Node) -> Expr:
    prefix = b.source[node.start_byte : node.start_byte + 1]
    return ("l", "bytes" if prefix == b"b" else "cstr" if prefix == b"c" else "str")


def _char(b: BodyLowerer, node: Node) -> Expr:
    return ("l", "u8" if b.source[node.start_byte : node.start_byte + 1] == b"b" else "char")


def _macro(b: BodyLowerer, node: Node) -> Expr:
    return b.read_macro(b, node)


EXPRS: Final[dict[str, _Handler]] = {
    "identifier": _path,
    "self": _path,
    "crate": _path,
    "metavariable": lambda _b, _n: NOTHING,
    "scoped_identifier": _scoped,
    "generic_function": _scoped,
    "call_expression": _call,
    "field_expression": _field,
    "reference_expression": _borrow,
    "unary_expression": _unary,
    "binary_expression": _binary,
    "assignment_expression": _assign,
    "compound_assignment_expr": _assign,
    "type_cast_expression": _cast,
    "try_expression": lambda b, n: ("?", b.last_expr(n)),
    "await_expression": _await,
    "struct_expression": _struct,
    "if_expression": _if,
    "let_condition": _let_condition,
    "let_chain": _let_chain,
    "match_expression": _match,
    "block": lambda b, n: b.block(n),
    "unsafe_block": _inner_block,
    "async_block": _async,
    "gen_block": _inner_block,
    "const_block": lambda b, n: b.block(n.child_by_field_id(g.BODY)),
    "try_block": _inner_block,
    "loop_expression": lambda b, n: ("L", b.block(n.child_by_field_id(g.BODY))),
    "while_expression": _while,
    "for_expression": _for,
    "closure_expression": _closure,
    "tuple_expression": lambda b, n: ("t", b.exprs(n)),
    "unit_expression": lambda _b, _n: ("t", ()),
    "array_expression": _array,
    "index_expression": _index,
    "range_expression": _range,
    "return_expression": _leave,
    "break_expression": _leave,
    "yield_expression": _leave,
    "continue_expression": lambda _b, _n: DIVERGES,
    "parenthesized_expression": lambda b, n: b.last_expr(n),
    "macro_invocation": _macro,
    "integer_literal": lambda b, n: _number(b, n, "{int}"),
    "float_literal": lambda b, n: _number(b, n, "{float}"),
    "string_literal": _string,
    "raw_string_literal": _string,
    "char_literal": _char,
    "boolean_literal": lambda _b, _n: ("l", "bool"),
    "negative_literal": lambda b, n: b.last_expr(n),
    # An expression statement can stand where an expression is wanted in broken code.
    "expression_statement": lambda b, n: b.last_expr(n),
}
