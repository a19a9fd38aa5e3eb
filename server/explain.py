"""What the graph knows of a symbol: one card, shown by hover and by ``ferrograph explain``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ..graph.model import PROVENANCES, Edge, GraphItem, NodeId
from ..graph.store import GraphStore
from .contract import place_fields

_SHOWN: Final = 6
"""Ties a group shows to people; JSON has them all."""


@dataclass(frozen=True, slots=True)
class _GroupKind:
    key: str
    title: str
    edge: str
    incoming: bool


_GROUPS: Final = (
    _GroupKind("callers", "Called by", "calls", True),
    _GroupKind("callees", "Calls", "calls", False),
    _GroupKind("implementations", "Implemented by", "implements", True),
    _GroupKind("implements", "Implements", "implements", False),
    _GroupKind("overridden_by", "Overridden by", "overrides", True),
    _GroupKind("overrides", "Overrides", "overrides", False),
    _GroupKind("derives", "Derives", "derives", False),
    _GroupKind("associated", "Methods and impls", "associated", True),
    _GroupKind("users", "Used by", "uses_type", True),
    _GroupKind("types", "Uses", "uses_type", False),
    _GroupKind("made_by", "Made by", "expands_to", True),
    _GroupKind("makes", "Makes", "expands_to", False),
    _GroupKind("tests", "Tested by", "tests", True),
    _GroupKind("documentation", "Documented in", "documents", True),
)


@dataclass(frozen=True, slots=True)
class Tie:
    """Another item and how it is tied to the card's. ``uses`` counts the places."""

    item: GraphItem
    provenance: str
    uses: int


@dataclass(frozen=True, slots=True)
class Group:
    """Ties of one kind and direction, the workspace's first."""

    key: str
    title: str
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An item with everything tied to it. ``version`` is "" for the workspace's own crates."""

    item: GraphItem
    crate: str
    version: str
    groups: tuple[Group, ...]
    provenance: dict[str, int]
    """How many of the ties are known in which way, best first."""

    def group(self, key: str) -> tuple[Tie, ...]:
        """The ties of one group, none if it is empty."""
        return next((g.ties for g in self.groups if g.key == key), ())

    def as_json(self) -> dict[str, Any]:
        """See `docs/json.md`."""
        item = self.item
        return {
            **place_fields(item),
            "signature": item.signature,
            "visibility": item.visibility,
            "doc": item.doc,
            "crate": self.crate,
            "version": self.version,
            "ties": {
                group.key: [
                    {**place_fields(t.item), "provenance": t.provenance, "uses": t.uses}
                    for t in group.ties
                ]
                for group in self.groups
            },
            "provenance": self.provenance,
        }

    def markdown(self, link: Callable[[GraphItem], str | None] | None = None) -> str:
        """For editors. ``link`` gives the address of an item's place, or None."""
        item = self.item
        parts = [f"```rust\n{item.signature.strip() or item.name}\n```"]
        if item.doc:
            parts.append(first_paragraph(item.doc))
        lines: list[str] = []
        for group in self.groups:
            shown = [_linked(tie, link) for tie in group.ties[:_SHOWN]]
            more = len(group.ties) - len(shown)
            tail = f" and {more} more" if more else ""
            lines.append(f"- **{group.title}** ({len(group.ties)}): {', '.join(shown)}{tail}")
        if lines:
            parts.append("\n".join(lines))
        home = f"{self.crate} {self.version}".strip()
        where = f"`{item.qualified_path}` · {home} · {item.file}:{item.line + 1}"
        if self.provenance:
            known = ", ".join(f"{count} {name}" for name, count in self.provenance.items())
            where += f" · ties: {known}"
        parts.append(where)
        return "\n\n".join(parts)


def card(store: GraphStore, item: GraphItem) -> Card:
    """Gather what the graph knows of an item."""
    leaving = store.edges([item.id])
    reaching = store.edges([item.id], incoming=True)
    others = {e.target for e in leaving} | {e.source for e in reaching}
    items = {other.id: other for other in store.items(others)}
    groups: list[Group] = []
    counted: Counter[str] = Counter()
    for kind in _GROUPS:
        edges = reaching if kind.incoming else leaving
        ties = [
            Tie(items[other], edge.provenance, len(edge.uses))
            for edge in edges
            if edge.kind == kind.edge
            for other in (edge.source if kind.incoming else edge.target,)
            if other in items and other != item.id
        ]
        if not ties:
            continue
        ties.sort(key=lambda t: (t.item.is_dependency, t.item.file, t.item.start))
        counted.update(tie.provenance for tie in ties)
        groups.append(Group(kind.key, kind.title, tuple(ties)))
    record = store.crates().get(item.crate)
    return Card(
        item=item,
        crate=record.package if record is not None else item.crate.partition("@")[0],
        version=record.version if record is not None and item.is_dependency else "",
        groups=tuple(groups),
        provenance={name: counted[name] for name in PROVENANCES if counted[name]},
    )


def symbols_at(store: GraphStore, file: str, offset: int) -> list[GraphItem]:
    """What the symbol at a byte offset may mean, likeliest first; [] where the graph knows nothing.

    A definition's own name is that definition. Elsewhere, the edges whose use spans hold the offset
    say what is meant: the narrowest span first, then the best provenance.
    """
    enclosing = store.enclosing(file, offset)
    for item in enclosing:
        if item.name_start <= offset <= item.name_end and item.name_start < item.name_end:
            return [item]
    edges = store.edges([item.id for item in enclosing])
    hits = [
        (end - start, PROVENANCES.index(edge.provenance), edge)
        for edge in edges
        if edge.kind not in ("contains", "associated") and edge.provenance in PROVENANCES
        for start, end in edge.uses
        if start <= offset <= end
    ]
    hits.sort(key=lambda hit: (hit[0], hit[1], _EDGE_RANK.get(hit[2].kind, len(_EDGE_RANK))))
    narrowest = hits[0][0] if hits else 0
    return store.items(_targets(edge for width, _, edge in hits if width == narrowest))


_EDGE_RANK: Final = {"calls": 0, "uses_type": 1, "imports": 2, "derives": 3, "implements": 4}


def _targets(edges: Iterable[Edge]) -> list[NodeId]:
    return list(dict.fromkeys(edge.target for edge in edges))


def first_paragraph(doc: str) -> str:
    """A doc comment up to its first blank line."""
    return doc.strip().split("\n\n", 1)[0].strip()


def label(item: GraphItem) -> str:
    """An item in a few words: its path without the crate, an impl by what it is an impl of."""
    if item.kind == "impl":
        return " ".join(item.signature.split("{")[0].split()) or item.name
    path = item.qualified_path
    return path.partition("::")[2] if not item.is_dependency and "::" in path else path


def _linked(tie: Tie, link: Callable[[GraphItem], str | None] | None) -> str:
    target = link(tie.item) if link is not None else None
    text = f"`{label(tie.item)}`"
    return f"[{text}]({target})" if target else text
