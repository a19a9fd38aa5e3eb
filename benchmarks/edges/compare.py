"""Edges against rust-analyzer's index, use by use.

A use is judged by the exact symbol at its place: the edge is right where rust-analyzer has a
mention of the same definition at the same name. Uses where its index has no mention at all (code
that this machine's ``cfg`` leaves out, tokens inside macros it maps elsewhere) are counted apart
as unjudged.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ferrograph.graph.store import GraphStore, unpack_uses
from ferrograph.parser.grammar import parse
from tree_sitter import Node

from .scip import Document

Place = tuple[str, int]
"""A file and a byte offset."""

CALLABLE = frozenset(("function", "method"))
TYPES = frozenset(("struct", "enum", "union", "trait", "type", "variant"))


@dataclass(slots=True)
class Truth:
    """What rust-analyzer says: definitions by place, and what each mention means."""

    defined: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    places: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    mentions: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))


def read_truth(root: Path, documents: list[Document]) -> Truth:
    """Definitions and mentions at byte offsets. Mentions in ``use`` are imports, not uses."""
    truth = Truth()
    for document in documents:
        source = (root / document.path).read_bytes()
        starts = [0]
        at = source.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = source.find(b"\n", at + 1)
        imports = [(node.start_byte, node.end_byte) for node in _uses(parse(source).root_node)]
        bounds = [start for start, _ in imports]
        for o in document.occurrences:
            if o.symbol.startswith("local ") or o.line >= len(starts):
                continue
            offset = starts[o.line] + o.start
            at = bisect_right(bounds, offset) - 1
            if at >= 0 and offset < imports[at][1]:
                continue
            if o.is_definition:
                truth.defined[(document.path, offset)].add(o.symbol)
                truth.places[o.symbol].add((document.path, offset))
            else:
                truth.mentions[(document.path, offset)].add(o.symbol)
    return truth


def _uses(root: Node) -> list[Node]:
    found: list[Node] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "use_declaration":
            found.append(node)
        else:
            todo.extend(node.named_children)
    return sorted(found, key=lambda node: node.start_byte)


@dataclass(slots=True)
class Score:
    """Counts for one edge kind."""

    right: int = 0
    wrong: list[tuple[Place, str, str, str]] = field(default_factory=list)
    """(place, provenance, our target, rust-analyzer's symbols)"""
    unjudged: int = 0
    found: int = 0
    missed: list[tuple[Place, str]] = field(default_factory=list)
    by_provenance: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def precision(self) -> float:
        """Right among those judged."""
        judged = self.right + len(self.wrong)
        return self.right / judged if judged else 1.0

    @property
    def recall(self) -> float:
        """Found among those rust-analyzer has."""
        wanted = self.found + len(self.missed)
        return self.found / wanted if wanted else 1.0


def kind_of_symbol(symbol: str) -> str:
    """The edge kind a mention of this symbol is: by its SCIP descriptor's suffix."""
    if symbol.endswith(")."):
        return "calls"
    if symbol.endswith("#"):
        return "uses_type"
    return ""


def _names(symbol: str, path: str) -> bool:
    """Whether a SCIP descriptor such as ``units/impl#[Health][Gauge]drain().`` names a path."""
    descriptor = symbol.split(" ", 4)[-1]
    parts = path.split("::")
    owner = f"[{parts[-2]}" if len(parts) > 1 else ""
    return descriptor.endswith((f"{parts[-1]}().", f"{parts[-1]}#")) and (
        owner in descriptor.replace("`", "") or f"/{parts[-2]}" in f"/{descriptor}"
    )


def compare(store: GraphStore, truth: Truth) -> dict[str, Score]:
    """Scores for ``calls``, ``uses_type`` and ``implements``."""
    items = {
        row[0]: row[1:]
        for row in store.run(
            "?[id, kind, file, name_start, crate, path] := "
            "*items{id, kind, file, name_start, crate, path}"
        )
    }
    ours: dict[str, dict[Place, set[tuple[Place, str, str]]]] = {
        "calls": defaultdict(set),
        "uses_type": defaultdict(set),
    }
    rows = store.run(
        "?[source, kind, target, provenance, uses] := "
        "*edges{source, kind, target, provenance, uses}, kind in ['calls', 'uses_type', "
        "'implements']"
    )
    for source, _kind, target, provenance, uses in rows:
        origin, goal = items.get(source), items.get(target)
        if origin is None or goal is None or "@" in origin[3] or "@" in goal[3]:
            continue
        wanted = "calls" if goal[0] in CALLABLE else "uses_type" if goal[0] in TYPES else ""
        if not wanted:
            continue
        for start, _end in unpack_uses(uses):
            ours[wanted][(origin[1], start)].add(((goal[1], goal[2]), provenance, goal[4]))
    scores: dict[str, Score] = {}
    for kind, uses_at in ours.items():
        score = Score()
        scores[kind] = score
        for place, targets in sorted(uses_at.items()):
            symbols = truth.mentions.get(place)
            if not symbols:
                score.unjudged += 1
                continue
            meant = {p for s in symbols for p in truth.places.get(s, ())}
            for goal, provenance, path in targets:
                # What a macro generates has no place in rust-analyzer's index, only a name.
                ok = goal in meant or (not meant and any(_names(s, path) for s in symbols))
                score.by_provenance[provenance][0 if ok else 1] += 1
                if ok:
                    score.right += 1
                else:
                    score.wrong.append((place, provenance, path, " ".join(sorted(symbols))))
        for place, symbols in sorted(truth.mentions.items()):
            for symbol in symbols:
                if kind_of_symbol(symbol) != kind or symbol not in truth.places:
                    continue
                goals = {goal for goal, _, _ in uses_at.get(place, ())}
                if goals & truth.places[symbol]:
                    score.found += 1
                else:
                    score.missed.append((place, symbol))
    return scores
