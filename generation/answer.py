"""From what a model wrote to the parts of an edit, or the reason why not.

Tolerant of everything around the code, strict about the code: an answer that doesn't parse, leaves
something out, or is about another item is refused, since no guess at what was meant is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node, Tree

from . import syntax
from .errors import AnswerUnusable
from .fences import Block, code_blocks, widest_block, without_thoughts
from .layout import dedent, indent_at
from .syntax import Head, Item

_DIFF: Final = re.compile(r"^(@@ |--- |\+\+\+ |<<<<<<<|>>>>>>>|[-+](?![-+=]))", re.MULTILINE)
_DOTS: Final = r"(\.{3}|…)"
_CODE: Final = (
    r"(code|functions?|methods?|fields?|variants?|impl\w*|logic|body|arms?|cases?|imports?|tests?"
    r"|items?|struct|enum|trait|file|definitions?)"
)
_OTHER: Final = r"(rest|existing|remaining|previous|original|same|other|your)"
# Words of comments that stand for code. Each needs a noun for code or an ellipsis at its head,
# since plain comments also speak of what is unchanged, other or existing.
_ELISION: Final = re.compile(
    rf"^[/*\s(]*{_DOTS}"
    r"|^[/*\s(]*(unchanged|same as (before|above)|omitted)\b"
    rf"|^[/*\s(]*{_OTHER} {_CODE}( goes)?( here)?[\s.…)*/]*$"
    rf"|\b{_OTHER}\b[^.…]*\b{_CODE}\b.*({_DOTS}|\b(here|unchanged|as before|omitted)\b)"
    rf"|\brest of (the |your |this )?{_CODE}\b"
    rf"|\b{_CODE}\b[^.]*\b(unchanged|as before|(remains?|stays?) the same|omitted)\b",
    re.IGNORECASE,
)
_OUTSIDE: Final = ("expression_statement", "let_declaration")


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of a usable answer, dedented, with LF line ends and no blank ends.

    ``item_code`` is the new version of the item, ``uses`` whole ``use`` declarations, ``members``
    items that belong beside a method in its impl, ``helpers`` items that belong beside the impl or
    function.
    """

    item_code: str
    head: Head
    uses: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    """``closeness`` tells which of several refusals is the most helpful one."""

    closeness: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The item that an answer must define, and ``original``, its text as the model saw it.

    ``owner`` is the impl or trait around it, if any. With ``may_rename``, an item of the same kind
    under another name will do if it is the only one.
    """

    head: Head
    original: str
    owner: Head | None = None
    may_rename: bool = False


def parse_answer(text: str, wanted: Wanted) -> Answer:
    """Find the new version of the wanted item in a model's answer. Raises `AnswerUnusable`."""
    spoken = without_thoughts(text.replace("\r\n", "\n"))
    if not spoken.strip():
        raise AnswerUnusable("it ends inside its reasoning" if text.strip() else "it is empty")
    blocks = code_blocks(spoken)
    widest = widest_block(spoken)
    candidates = [*blocks, *([widest] if widest else [])] or [Block("", spoken, closed=True)]
    refusals: list[_Refusal] = []
    for block in reversed(candidates):
        outcome = _read(block, wanted)
        if isinstance(outcome, Answer):
            return _with_uses(outcome, blocks, block)
        refusals.append(outcome)
    best = max(refusals, key=lambda refusal: refusal.closeness)
    if not blocks and best.closeness != 2:
        raise AnswerUnusable("it holds no fenced block of Rust code")
    raise AnswerUnusable(best.reason)


def _read(block: Block, wanted: Wanted) -> Answer | _Refusal:
    source = block.code.encode()
    tree = syntax.parse(source)
    broken = syntax.errors(tree)
    if block.language in ("diff", "patch") or (broken and len(_DIFF.findall(block.code)) > 1):
        return _Refusal(3, "it is a diff, not the complete new version of the item")
    found = _candidates(source, tree, wanted)
    if not found:
        others = [str(item.head) for item in syntax.items(source, tree.root_node)]
        if broken and not block.closed:
            return _Refusal(1, "it was cut off before the end of the code")
        what = f"only {', '.join(others[:3])}" if others else "nothing of that name"
        return _Refusal(1 if others else 0, f"it does not define the {wanted.head}, but {what}")
    if broken:
        if not block.closed:
            return _Refusal(4, "it was cut off before the end of the code")
        return _Refusal(4, _describe(source, broken[0]))
    elided = _elision(source, tree, wanted.original)
    if elided is not None:
        return _Refusal(5, f"it leaves code out (`{elided}`), but must be complete")
    item = found[-1]
    code = _code(source, item)
    if " ".join(code.split()) == " ".join(wanted.original.split()):
        return _Refusal(2, "it repeats the item unchanged")
    return _split(source, tree, item, code)


def _candidates(source: bytes, tree: Tree, wanted: Wanted) -> list[Item]:
    """Items that may be the wanted one, the likeliest last."""
    named = [i for i in syntax.all_items(source, tree.root_node) if i.head == wanted.head]
    if not named and wanted.may_rename:
        top = syntax.items(source, tree.root_node)
        same_kind = [item for item in top if item.head.kind == wanted.head.kind]
        return same_kind if len(same_kind) == 1 else []
    nested: list[Item] = []
    bare: list[Item] = []
    owned: list[Item] = []
    for item in named:
        owner = syntax.as_item(source, item.owner) if item.owner is not None else None
        if owner is None:
            bare.append(item)
        elif owner.head.kind == "module":
            nested.append(item)
        # `new` of another type is not the `new` that was asked for.
        elif wanted.owner is not None and _subject(owner.head) == _subject(wanted.owner):
            owned.append(item)
    return nested + bare + owned


def _subject(owner: Head) -> str:
    return owner.name.rpartition(" for ")[2]


def _split(source: bytes, tree: Tree, item: Item, code: str) -> Answer | _Refusal:
    """Sort what stands beside the item in the answer."""
    uses: list[str] = []
    members: list[str] = []
    helpers: list[str] = []
    owner = item.owner
    for child in tree.root_node.named_children:
        if child.type == "use_declaration":
            uses.append(" ".join(syntax.text(source, child).split()))
        elif child.type in _OUTSIDE:
            line = syntax.text(source, child).split("\n")[0]
            return _Refusal(4, f"it has a statement outside of any item (`{line}`)")
        elif child.type == "macro_invocation":
            helpers.append(_dedented(source, child.start_byte, child.end_byte))
        elif owner is not None and child == owner and owner.type in ("impl_item", "trait_item"):
            body = owner.child_by_field_name("body")
            siblings = syntax.items(source, body) if body is not None else []
            members += [_code(source, other) for other in siblings if other.node != item.node]
        else:
            other = syntax.as_item(source, child)
            # The same function again is an earlier draft of it, not a second one.
            if other is None or other.head == item.head or _holds(child, item.node):
                continue
            target = members if _is_method(source, other, item) else helpers
            target.append(_code(source, other))
    return Answer(
        item_code=code,
        head=item.head,
        uses=tuple(uses),
        members=tuple(members),
        helpers=tuple(helpers),
    )


def _with_uses(answer: Answer, blocks: list[Block], chosen: Block) -> Answer:
    """Models like to give the imports in a block of their own."""
    more: list[str] = []
    for block in blocks:
        if block is chosen:
            continue
        source = block.code.encode()
        tree = syntax.parse(source)
        children = tree.root_node.named_children
        if (
            children
            and all(c.type == "use_declaration" for c in children)
            and not syntax.errors(tree)
        ):
            more += [" ".join(syntax.text(source, child).split()) for child in children]
    if not more:
        return answer
    return Answer(
        item_code=answer.item_code,
        head=answer.head,
        uses=(*answer.uses, *more),
        members=answer.members,
        helpers=answer.helpers,
    )


def _is_method(source: bytes, other: Item, item: Item) -> bool:
    """Whether a bare function beside a method belongs into the same impl."""
    parameters = other.node.child_by_field_name("parameters")
    if parameters is None or other.head.kind != "function" or item.head.kind != "function":
        return False
    if any(child.type == "self_parameter" for child in parameters.named_children):
        return True
    return f"Self::{other.head.name}" in syntax.text(source, item.node)


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _code(source: bytes, item: Item) -> str:
    return _dedented(source, item.start, item.end)


def _dedented(source: bytes, start: int, end: int) -> str:
    return dedent(source[start:end].decode(), indent_at(source, start)).strip()


def _elision(source: bytes, tree: Tree, original: str) -> str | None:
    """A comment that stands for code, unless the user's own code has it."""
    for comment in syntax.comments(tree.root_node):
        words = syntax.text(source, comment).strip()
        if _ELISION.search(words) and words not in original:
            return words
    return None


def _describe(source: bytes, error: Node) -> str:
    line = source.split(b"\n")[error.start_point.row].decode("utf-8", "replace").strip()
    missing = f", where `{error.type}` is missing" if error.is_missing else ""
    return f"it does not parse at line {error.start_point.row + 1} (`{line[:80]}`){missing}"
