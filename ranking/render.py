"""Chosen forms as one text: by file, in source order, with ``path:line`` headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..graph.model import GraphItem, NodeId
from .forms import Form
from .shape import CONTAINERS, first_sentence, short_path

SHOWS_INSIDE: Final = frozenset(("full", "folded"))
"""Levels of a container at which its members are seen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item in the form it is shown in."""

    item: GraphItem
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the text is made from besides the chosen forms."""

    file: str
    """The file that comes first: the one the task is in, or ""."""
    preamble: str
    """The ``use`` declarations of that file, or ""."""
    holders: Mapping[NodeId, GraphItem]
    """Parents by id; methods are shown inside their impl block or trait."""
    imports: Mapping[NodeId, str]
    """The path to import an item by, where the task's file doesn't yet."""


def render(shown: Sequence[Shown], page: Page) -> str:
    """The text for items in order of importance, which decides the order of files."""
    files: dict[str, list[Shown]] = {page.file: []} if page.file else {}
    for one in shown:
        files.setdefault(one.item.file, []).append(one)
    blocks = [
        _file(name, ones, page, page.preamble if name == page.file else "")
        for name, ones in files.items()
        if ones
    ]
    return "\n\n".join(block for block in blocks if block)


def visible(shown: Iterable[Shown]) -> list[Shown]:
    """Those that no other one already shows as its part."""
    ones = list(shown)
    open_spans: dict[str, list[tuple[int, int, NodeId]]] = {}
    for one in ones:
        if one.form.level in SHOWS_INSIDE:
            spans = open_spans.setdefault(one.item.file, [])
            spans.append((one.item.start, one.item.end, one.item.id))
    return [
        one
        for one in ones
        if not any(
            start <= one.item.start and one.item.end <= end and id != one.item.id
            for start, end, id in open_spans.get(one.item.file, ())
        )
    ]


def _file(name: str, ones: Sequence[Shown], page: Page, preamble: str) -> str:
    """One file's part."""
    texts = sorted(
        (one for one in ones if one.form.level != "name"),
        key=lambda one: (one.item.start, -one.item.end),
    )
    names = [one.item for one in ones if one.form.level == "name"]
    shown_ids = {one.item.id for one in texts}
    foreign = "@" in name.partition("/")[0]
    blocks: list[str] = []
    if preamble:
        blocks.append(f"// {name}:1\n{preamble}")
    at = 0
    while at < len(texts):
        one = texts[at]
        holder = _holder(one.item, page)
        group = [one]
        while at + len(group) < len(texts) and holder is not None:
            following = texts[at + len(group)]
            if _holder(following.item, page) is not holder:
                break
            group.append(following)
        at += len(group)
        if holder is None and _wraps_next(one, texts[at : at + 1], page):
            # Its members open the block that it names.
            continue
        line = group[0].item.line + 1
        # A row of declarations is read as one.
        row = bool(blocks) and all(member.form.level == "signature" for member in group)
        note = f" // line {line}" if row and not foreign else ""
        lines = _uses([holder] if holder is not None else [], group, page)
        if holder is None:
            lines.append(one.form.text + note)
        else:
            lines.append(_opening(holder, with_doc=holder.id in shown_ids) + note)
            lines.extend(member.form.text for member in group)
            lines.append("}")
        text = "\n".join(lines)
        if row:
            blocks[-1] += f"\n{text}"
        else:
            # The workspace's files in full, so that a model can cite any place as it stands.
            short = foreign and bool(blocks)
            blocks.append(f"// {f'line {line}' if short else f'{name}:{line}'}\n{text}")
    if names:
        listed = ", ".join(short_path(item) for item in names)
        blocks.append(f"// also in this file: {listed}" if blocks else f"// {name}: {listed}")
    return "\n\n".join(blocks)


def _holder(item: GraphItem, page: Page) -> GraphItem | None:
    """The impl block or trait an item is shown in."""
    holder = page.holders.get(item.parent) if item.parent is not None else None
    return holder if holder is not None and holder.kind in CONTAINERS else None


def _wraps_next(one: Shown, following: Sequence[Shown], page: Page) -> bool:
    return (
        one.item.kind in CONTAINERS
        and one.form.level == "signature"
        and bool(following)
        and following[0].item.parent == one.item.id
    )


def _opening(holder: GraphItem, *, with_doc: bool) -> str:
    doc = first_sentence(holder.doc) if with_doc else ""
    return (f"/// {doc}\n" if doc else "") + f"{holder.signature} {{"


def _uses(holders: Sequence[GraphItem], group: Sequence[Shown], page: Page) -> list[str]:
    """How to import what is shown, as comments: the text below them is a definition."""
    ids = [item.id for item in (*holders, *(one.item for one in group))]
    return [
        f"// use {path};" for path in dict.fromkeys(page.imports.get(i, "") for i in ids) if path
    ]
