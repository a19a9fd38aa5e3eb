"""The graph as text for other programs, piece by piece: never all of it in memory.

Ids are hashes and so spread evenly: one first byte at a time makes 256 pages of about one size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

from .batch import row_item
from .model import EDGE_KINDS, GraphItem, NodeId
from .query import subgraph
from .schema import ITEM_COLUMNS
from .store import GraphStore
from .ties import Tie, absolute_uses, ties_between

FORMAT: Final = "ferrograph-graph"
VERSION: Final = 1
"""Of the JSON; grows when a field changes its meaning or goes."""

_COLUMNS: Final = ", ".join(ITEM_COLUMNS)
_DOT_COLOURS: Final = {
    "calls": "black", "uses_type": "steelblue", "implements": "darkgreen",
    "overrides": "darkgreen", "associated": "gray60", "contains": "gray80", "imports": "goldenrod",
    "re_exports": "goldenrod", "depends": "firebrick", "derives": "darkgreen", "tests": "purple",
    "documents": "purple", "expands_to": "sienna",
}  # fmt: skip


class GraphPart:
    """What to export: everything, or some items and the edges among them."""

    def __init__(
        self,
        store: GraphStore,
        *,
        kinds: Collection[str] | None = None,
        only: Collection[NodeId] | None = None,
    ) -> None:
        """``kinds`` are the edges to keep, None is all; ``only`` the items, None is all."""
        self._store = store
        self._kinds = tuple(k for k in EDGE_KINDS if kinds is None or k in kinds)
        self._only = only
        self.items_given = 0
        self.edges_given = 0
        """How many were handed out so far."""

    def items(self) -> Iterator[GraphItem]:
        """The items, by id."""
        for item in self._items():
            self.items_given += 1
            yield item

    def edges(self) -> Iterator[Tie]:
        """The edges whose ends are both items, by source, kind and target."""
        for tie in self._edges():
            self.edges_given += 1
            yield tie

    def _items(self) -> Iterator[GraphItem]:
        if self._only is not None:
            yield from sorted(self._store.items(self._only), key=lambda item: item.id)
            return
        for page in _pages():
            rows = self._store.run(
                f"?[{_COLUMNS}] := *items{{{_COLUMNS}}}, id >= $low, id < $high",
                page,
                immutable=True,
            )
            yield from map(row_item, rows)

    def _edges(self) -> Iterator[Tie]:
        if self._only is not None:
            pairs = [(edge[0], edge[2]) for edge in subgraph(self._store, list(self._only))]
            found = ties_between(self._store, pairs, self._kinds)
            ties = [tie for between in found.values() for tie in between]
            yield from sorted(ties, key=lambda tie: (tie.source, tie.kind, tie.target))
            return
        for page in _pages():
            places = {
                row[0]: (row[1], row[2])
                for row in self._store.run(
                    "?[id, file, start] := *items{id, file, start}, id >= $low, id < $high",
                    page,
                    immutable=True,
                )
            }
            rows = self._store.run(
                "?[source, kind, target, provenance, uses] := "
                "*edges{source, kind, target, provenance, uses}, source >= $low, source < $high, "
                "is_in(kind, $kinds), *items{id: target}",
                {**page, "kinds": list(self._kinds)},
                immutable=True,
            )
            for source, kind, target, provenance, uses in rows:
                if source in places:
                    file, start = places[source]
                    spans = tuple(absolute_uses(start, uses))
                    yield Tie(source, kind, target, provenance, file, spans)


def _pages() -> Iterator[dict[str, Any]]:
    for first in range(256):
        # Longer than any id, so that the last page has an end as well.
        high = bytes((first + 1,)) if first < 255 else b"\xff" * 17
        yield {"low": bytes((first,)), "high": high}


def item_fields(item: GraphItem) -> dict[str, Any]:
    """An item as the export has it. Spans are byte offsets in its file."""
    return {
        "id": item.id.hex(),
        "path": item.file,
        "line": item.line + 1,
        "kind": item.kind,
        "name": item.name,
        "qualified_path": item.qualified_path,
        "crate": item.crate,
        "parent": item.parent.hex() if item.parent is not None else None,
        "span": [item.start, item.end],
        "definition": [item.def_start, item.end],
        "name_span": [item.name_start, item.name_end],
    }


def edge_fields(tie: Tie) -> dict[str, Any]:
    """An edge as the export has it. Uses are byte spans in the source item's file."""
    return {
        "source": tie.source.hex(),
        "kind": tie.kind,
        "target": tie.target.hex(),
        "provenance": tie.provenance,
        "uses": [list(span) for span in tie.uses],
    }


def json_pieces(part: GraphPart) -> Iterator[str]:
    """One JSON object, an item or an edge a line."""
    yield f'{{"format": "{FORMAT}", "version": {VERSION},\n"items": ['
    yield from _listed(item_fields(item) for item in part.items())
    yield '],\n"edges": ['
    yield from _listed(edge_fields(tie) for tie in part.edges())
    yield "]}\n"


def _listed(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = "\n"
    for value in values:
        yield before + json.dumps(value, ensure_ascii=False)
        before = ",\n"
    yield "\n"


def dot_pieces(part: GraphPart) -> Iterator[str]:
    """A directed graph in Graphviz's language: the edges, then those items that have any."""
    yield "digraph ferrograph {\n"
    yield '  rankdir=LR;\n  node [shape=box, fontname="sans-serif", fontsize=10];\n'
    yield '  edge [fontname="sans-serif", fontsize=8];\n'
    touched: set[NodeId] = set()
    for tie in part.edges():
        touched.update((tie.source, tie.target))
        style = ' style="dashed"' if tie.provenance == "dispatch" else ""
        yield (
            f'  "{tie.source.hex()}" -> "{tie.target.hex()}" '
            f'[label="{tie.kind}" color="{_DOT_COLOURS.get(tie.kind, "black")}"{style}];\n'
        )
    for item in part.items():
        if item.id in touched:
            label = f"{item.kind} {item.qualified_path}\n{item.file}:{item.line + 1}"
            yield f'  "{item.id.hex()}" [label="{_quoted(label)}"];\n'
    yield "}\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


PIECES: Final[dict[str, Callable[[GraphPart], Iterator[str]]]] = {
    "json": json_pieces,
    "dot": dot_pieces,
}
"""By the name of the format."""
