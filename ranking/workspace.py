"""The whole workspace as a context, where it is small enough."""

from __future__ import annotations

from typing import Final

from ..graph.lookup import items_in_files
from .forms import Forms
from .render import Page, Shown, render
from .retriever import Retrieval, Retriever
from .shape import CONTAINERS, OPEN_KINDS
from .snapshot import Snapshot

_MOST_BYTES_PER_TOKEN: Final = 5.0
"""No tokenizer packs code more tightly; a workspace larger than this by budget can't fit."""


def whole_workspace(
    retriever: Retriever, found: Retrieval, forms: Forms, sources: Snapshot, budget: int
) -> tuple[list[Shown], str] | None:
    """Every file of the workspace, after the declarations of what the place touches beyond it.

    None where that can't fit ``budget`` tokens, or a file can't be read. The text is not counted
    here: it may still turn out too long.
    """
    if retriever.workspace_bytes() > budget * _MOST_BYTES_PER_TOKEN:
        return None
    files = retriever.workspace_files()
    if not files:
        return None
    first = found.focus.place.file if found.focus is not None else ""
    ordered = sorted((path for path, _ in files), key=lambda path: (path != first, path))
    items = items_in_files(retriever.store, ordered)
    tops: dict[str, list[Shown]] = {path: [] for path in ordered}
    kinds = {item.id: item.kind for item in items}
    opened = {i.parent for i in items if kinds.get(i.parent or b"") in CONTAINERS}
    for item in items:
        if item.kind in OPEN_KINDS or item.id in opened:
            # Their members are items of their own.
            continue
        if item.parent is not None and kinds.get(item.parent) not in OPEN_KINDS | CONTAINERS:
            continue
        full = forms.form(item, "full")
        if full is not None:
            tops[item.file].append(Shown(item, full))
    beyond = _beyond(found, forms)
    page = Page(file="", preamble="", holders=found.holders, imports={})
    parts = [render(beyond, page)] if beyond else []
    for path in ordered:
        source = sources.read(path)
        if source is None:
            return None
        text = source.decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
        if not path.endswith(".rs"):
            text = "\n".join(f"// {line}".rstrip() for line in text.split("\n"))
        parts.append(f"// {path}:1\n{text}")
    shown = [*beyond, *(one for path in ordered for one in tops[path])]
    return _target_first(shown, found, forms), "\n\n".join(parts)


def _beyond(found: Retrieval, forms: Forms) -> list[Shown]:
    """Signatures of the dependencies' items that the place mentions."""
    shown: list[Shown] = []
    for ranked in found.ranked:
        if ranked.item.is_dependency and ranked.item.id in found.touched:
            form = forms.form(ranked.item, "signature")
            if form is not None:
                shown.append(Shown(ranked.item, form))
    return shown


def _target_first(shown: list[Shown], found: Retrieval, forms: Forms) -> list[Shown]:
    """The target is an item of the context even where only its members, or its owner, are."""
    target = found.focus.target if found.focus is not None else None
    if target is None or any(one.item.id == target.id for one in shown):
        return shown
    full = forms.form(target, "full")
    return [Shown(target, full), *shown] if full is not None else shown
