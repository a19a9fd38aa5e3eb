"""Where a file invokes macros that only a compiler can expand: derives, attributes, calls.

What is a macro by name only (``#[derive(Component)]``) may be one of the language's own; those are
left out, since what they make is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from blake3 import blake3
from tree_sitter import Node

from . import grammar as g

InvocationKind: TypeAlias = Literal["derive", "attribute", "call"]

_DIGEST: Final = 16
_BUILT_IN_DERIVES: Final = frozenset(
    ("Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd")
)
_BUILT_IN_ATTRIBUTES: Final = frozenset(
    (
        "allow", "automatically_derived", "bench", "cfg", "cfg_attr", "cold", "collapse_debuginfo",
        "coverage", "crate_name", "crate_type", "debugger_visualizer", "deny", "deprecated",
        "derive", "doc", "expect", "export_name", "feature", "forbid", "global_allocator", "ignore",
        "inline", "instruction_set", "link", "link_name", "link_ordinal", "link_section",
        "macro_export", "macro_use", "must_use", "naked", "no_builtins", "no_implicit_prelude",
        "no_link", "no_main", "no_mangle", "no_std", "non_exhaustive", "panic_handler", "path",
        "proc_macro", "proc_macro_attribute", "proc_macro_derive", "recursion_limit", "repr",
        "should_panic", "target_feature", "test", "track_caller", "type_length_limit", "used",
        "warn", "windows_subsystem",
    )
)  # fmt: skip
_TOOLS: Final = frozenset(("clippy", "diagnostic", "miri", "rust_analyzer", "rustfmt"))
_ATTRIBUTES: Final = frozenset(("attribute_item",))
_BETWEEN: Final = frozenset(("line_comment", "block_comment"))
_LEAVES: Final = frozenset(("block", "expression_statement", "macro_invocation", "token_tree"))


@dataclass(frozen=True, slots=True)
class Invocation:
    """One use of a macro. Offsets are bytes of the file."""

    kind: InvocationKind
    path: str
    """As written: ``Component``, ``bevy::reflect_trait``."""
    at: int
    """Where the name begins: the place to ask rust-analyzer about."""
    start: int
    end: int
    """The text that the macro sees: the item with all that stands above it, or the call."""
    digest: bytes
    """Of that text, the macro's name and its place in it: what is the same expands the same."""


def invocations(source: bytes) -> list[Invocation]:
    """Every invocation among a file's items, bodies left out, in the order of the file."""
    found: list[Invocation] = []
    todo = [g.parse(source).root_node]
    while todo:
        node = todo.pop()
        found += _around(source, node)
        todo.extend(n for n in node.named_children if n.type not in _LEAVES)
    found.sort(key=lambda one: one.at)
    return found


def _around(source: bytes, container: Node) -> Iterator[Invocation]:
    """The invocations directly among the children of a node."""
    above: list[Node] = []
    start = -1
    for child in container.named_children:
        if child.type in _ATTRIBUTES or child.type in _BETWEEN:
            start = child.start_byte if start < 0 else start
            if child.type in _ATTRIBUTES:
                above.append(child)
            continue
        first = start if start >= 0 else child.start_byte
        for attribute in above:
            yield from _of_attribute(source, attribute, first, child.end_byte)
        call = _call_in(child)
        if call is not None:
            name = call.child_by_field_id(g.MACRO)
            if name is not None:
                yield _made("call", source, name, call.start_byte, call.end_byte)
        above, start = [], -1


def _call_in(node: Node) -> Node | None:
    """A macro call that stands where an item could: with or without a semicolon."""
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type != "macro_invocation" or node.parent is None:
        return None
    return node


def _of_attribute(source: bytes, item: Node, start: int, end: int) -> Iterator[Invocation]:
    attribute = next((n for n in item.named_children if n.type == "attribute"), None)
    if attribute is None or not attribute.named_children:
        return
    name = attribute.named_children[0]
    path = g.text(source, name)
    if path == "derive":
        arguments = attribute.child_by_field_id(g.ARGUMENTS)
        for derived in _paths(source, arguments) if arguments is not None else ():
            if derived.path.rpartition("::")[2] not in _BUILT_IN_DERIVES:
                yield _made("derive", source, derived, start, end)
    elif path.split("::", 1)[0] not in _TOOLS and path not in _BUILT_IN_ATTRIBUTES:
        yield _made("attribute", source, name, start, end)


@dataclass(frozen=True, slots=True)
class _Path:
    path: str
    start_byte: int


def _paths(source: bytes, tree: Node) -> Iterator[_Path]:
    """The comma-separated paths of a token tree."""
    parts: list[Node] = []
    for token in tree.children[1:-1]:
        if token.type == ",":
            yield from _joined(source, parts)
            parts = []
        else:
            parts.append(token)
    yield from _joined(source, parts)


def _joined(source: bytes, parts: list[Node]) -> Iterator[_Path]:
    if parts:
        # The last name is what rust-analyzer wants to be asked about.
        text = source[parts[0].start_byte : parts[-1].end_byte].decode("utf-8", "replace")
        yield _Path("".join(text.split()), parts[-1].start_byte)


def _made(
    kind: InvocationKind, source: bytes, name: Node | _Path, start: int, end: int
) -> Invocation:
    path = name.path if isinstance(name, _Path) else "".join(g.text(source, name).split())
    at = name.start_byte
    if isinstance(name, Node):
        # Of ``bevy::reflect_trait`` the last name.
        last = name.child_by_field_id(g.NAME)
        at = last.start_byte if last is not None else at
    about = b"\0".join((kind.encode(), path.encode(), str(at - start).encode(), source[start:end]))
    return Invocation(kind, path, at, start, end, blake3(about).digest(_DIGEST))
