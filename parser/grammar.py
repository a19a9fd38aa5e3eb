"""The tree-sitter grammar: one parser a thread, field ids, and reading text from nodes."""

from __future__ import annotations

import sys
import threading
from typing import Final

import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Tree

LANGUAGE: Final = Language(tree_sitter_rust.language())

_local = threading.local()

_names: Final[dict[bytes, str]] = {}
_MOST_NAMES: Final = 50_000
"""Identifiers known by their bytes at once, some 5 MB: most occur again and again."""


def parse(source: bytes) -> Tree:
    """Parse with this thread's parser. Never fails: errors are nodes of the tree."""
    parser: Parser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = _local.parser = Parser(LANGUAGE)
    return parser.parse(source)


def _field(name: str) -> int:
    number = LANGUAGE.field_id_for_name(name)
    if number is None:
        raise ValueError(f"the grammar has no field {name!r}")
    return number


NAME: Final = _field("name")
TYPE: Final = _field("type")
BODY: Final = _field("body")
PATH: Final = _field("path")
TRAIT: Final = _field("trait")
BOUNDS: Final = _field("bounds")
VALUE: Final = _field("value")
PATTERN: Final = _field("pattern")
CONDITION: Final = _field("condition")
CONSEQUENCE: Final = _field("consequence")
ALTERNATIVE: Final = _field("alternative")
FUNCTION: Final = _field("function")
ARGUMENTS: Final = _field("arguments")
TYPE_ARGUMENTS: Final = _field("type_arguments")
TYPE_PARAMETERS: Final = _field("type_parameters")
PARAMETERS: Final = _field("parameters")
RETURN_TYPE: Final = _field("return_type")
FIELD: Final = _field("field")
LEFT: Final = _field("left")
RIGHT: Final = _field("right")
OPERATOR: Final = _field("operator")
ALIAS: Final = _field("alias")
ARGUMENT: Final = _field("argument")
LIST: Final = _field("list")
MACRO: Final = _field("macro")
ELEMENT: Final = _field("element")
LENGTH: Final = _field("length")
DEFAULT_TYPE: Final = _field("default_type")
OUTER: Final = _field("outer")
INNER: Final = _field("inner")
DOC: Final = _field("doc")


LONGEST_SHALLOW: Final = 300
"""Bytes. What is shorter can't be nested deeply enough to need a look at its depth."""

_DEEPEST: Final = 120


def nested_too_deeply(node: Node) -> bool:
    """Whether lowering a type or a pattern by recursion would go too deep.

    The results end up in `marshal`, which refuses what is nested a thousand levels deep or two.
    """
    cursor = node.walk()
    depth = 0
    while True:
        if cursor.goto_first_child():
            depth += 1
            if depth > _DEEPEST:
                return True
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False
            depth -= 1


def text(source: bytes, node: Node) -> str:
    """The node's text; bytes that are not UTF-8 become U+FFFD."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def name_of(source: bytes, node: Node) -> str:
    """An identifier, interned; ``r#type`` and ``type`` are one name."""
    written = source[node.start_byte : node.end_byte]
    known = _names.get(written)
    if known is not None:
        return known
    name = written.decode("utf-8", "replace")
    if name.startswith("r#"):
        name = name[2:]
    if len(_names) >= _MOST_NAMES:
        _names.clear()
    _names[written] = name = sys.intern(name)
    return name
