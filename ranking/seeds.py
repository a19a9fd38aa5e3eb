"""Where retrieval starts: items that the place or the text names, touches or resembles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ..graph.lookup import has_vector_index, items_in_files, items_named, workspace_files
from ..graph.model import GraphItem, NodeId
from ..graph.store import GraphStore
from ..graph.vectors import nearest
from . import weights as w
from .focus import Focus
from .lexical import Lexical
from .mentions import Mentions
from .question import Question
from .shape import PARTS

EncodeQuery: TypeAlias = Callable[[str], Sequence[float]]

Origin: TypeAlias = Literal["target", "touch", "vector", "symbol", "words", "file", "import"]
"""Why an item is a seed: it is the task's own item; the place touches it; its vector is near; the
text spells its name; it has words of the text; its file is named; the file imports it."""

_ITEMS_PER_NAME: Final = 12
"""Of items that share a name (``new``, ``len``), the workspace's first."""
_FILE_ITEMS: Final = 60


@dataclass(slots=True)
class Seeds:
    """Weighted starting points, and what they were found by."""

    weights: dict[NodeId, float] = field(default_factory=dict[NodeId, float])
    origins: dict[NodeId, dict[Origin, float]] = field(
        default_factory=dict[NodeId, "dict[Origin, float]"]
    )
    known: dict[NodeId, GraphItem] = field(default_factory=dict[NodeId, GraphItem])
    """Items that were read on the way; no need to read them again."""

    def add(self, id: NodeId, origin: Origin, weight: float) -> None:
        """The best weight counts; every origin is kept."""
        self.weights[id] = max(self.weights.get(id, 0.0), weight)
        origins = self.origins.setdefault(id, {})
        origins[origin] = max(origins.get(origin, 0.0), weight)

    def take(self, others: Seeds) -> None:
        """Add the others to these."""
        for id, origins in others.origins.items():
            for origin, weight in origins.items():
                self.add(id, origin, weight)

    def know(self, items: Iterable[GraphItem]) -> None:
        """Keep items that were read."""
        for item in items:
            self.known[item.id] = item

    @property
    def spelt(self) -> dict[NodeId, float]:
        """How exactly the text spells an item's name, for those it does."""
        return {id: of["symbol"] for id, of in self.origins.items() if "symbol" in of}


def from_place(focus: Focus, seeds: Seeds) -> None:
    """The target, what it touches, and what its file imports."""
    if focus.target is not None:
        seeds.add(focus.target.id, "target", 1.0)
    for id, touch in focus.touched.items():
        seeds.add(id, "touch", touch.weight)
    for id in focus.imports:
        seeds.add(id, "import", w.IMPORT_SEED)
    seeds.know(focus.file_items)
    seeds.know(focus.holders)
    seeds.know(focus.touched_items)


def from_text(
    store: GraphStore, mentions: Mentions, seeds: Seeds, sure: Callable[[str], float]
) -> None:
    """Items that the text names, as symbols or by file.

    ``sure`` says how sure it is, in [0, 1], that what a symbol names is also what is wanted.
    """
    items = items_named(store, mentions.symbols)
    seeds.know(items)
    named: dict[str, list[GraphItem]] = {}
    for item in items:
        named.setdefault(item.name, []).append(item)
    for symbol in mentions.symbols:
        candidates = named.get(symbol.rsplit("::", 1)[-1], [])
        fitting = [i for i in candidates if f"::{i.qualified_path}".endswith(f"::{symbol}")]
        weight = w.SYMBOL_SEED * sure(symbol)
        if not fitting:
            # ``bevy::prelude::Query`` is no item's own path, but it names one all the same, and
            # most likely one of a crate of that family.
            head = symbol.split("::", 1)[0]
            fitting = [i for i in candidates if i.qualified_path.startswith(head)] or candidates
            weight *= w.OTHER_PATH
        for item, share in _spread(fitting):
            seeds.add(item.id, "symbol", weight * share)
    if mentions.files:
        _from_files(store, mentions.files, seeds)


def from_words(lexical: Lexical, question: Question, seeds: Seeds) -> None:
    """Items that have words of the text; the workspace's own before its dependencies'."""
    for id, score in lexical.best(question, w.WORD_SEEDS, own=True):
        seeds.add(id, "words", score * w.WORDS_SEED)
    for id, score in lexical.best(question, w.FOREIGN_WORD_SEEDS, own=False):
        seeds.add(id, "words", score * w.WORDS_SEED * w.DEPENDENCY_NAMESAKE)


def _spread(items: Sequence[GraphItem]) -> list[tuple[GraphItem, float]]:
    """The first of the items that share a name, each the less certain the more there are."""
    ordered = sorted(
        items,
        key=lambda i: (i.is_dependency, i.kind in PARTS, len(i.qualified_path), i.qualified_path),
    )
    own = sum(not i.is_dependency for i in ordered)
    share = 1.0 if len(ordered) <= 1 or own == 1 else w.SHARED_NAME
    return [
        (item, share if not item.is_dependency or own == 0 else share * w.DEPENDENCY_NAMESAKE)
        for item in ordered[:_ITEMS_PER_NAME]
    ]


def _from_files(store: GraphStore, wanted: Sequence[str], seeds: Seeds) -> None:
    paths = [path for path, _ in workspace_files(store)]
    # A module may have moved from ``combat.rs`` to ``combat/mod.rs``.
    names = [*wanted, *(file.replace(".rs", "/mod.rs") for file in wanted)]
    fitting = [
        path for path in paths for name in names if path == name or path.endswith(f"/{name}")
    ]
    items = items_in_files(store, fitting[:8])
    seeds.know(items)
    for item in items:
        if item.kind == "module" and item.start == 0 and item.file in fitting:
            # The file itself, as an item.
            seeds.add(item.id, "symbol", w.FILE_MODULE_SEED)
    tops = [i for i in items if i.kind not in PARTS and i.kind != "module"]
    for item in tops[:_FILE_ITEMS]:
        seeds.add(item.id, "file", w.FILE_SEED)


def vector_queries(text: str, mentions: Mentions, focus: Focus | None) -> list[str]:
    """What to look for by vectors: the text, and the text at the target's declaration; the target
    alone where the text says no more than that something is to be written there."""
    target = focus.target if focus is not None else None
    if target is None:
        return [text] if text.strip() else []
    if mentions.is_bare:
        return [f"{target.name}\n{target.signature}\n{target.doc}"]
    return [text, f"{target.signature}\n{text}"]


def from_vectors(
    store: GraphStore, vectors: Iterable[Sequence[float]], seeds: Seeds, *, k: int
) -> dict[NodeId, float]:
    """Items whose vectors are nearest to any of ``vectors``; gives their cosine similarities."""
    found: dict[NodeId, float] = {}
    if not has_vector_index(store):
        return found
    for vector in vectors:
        for id, near in nearest(store, vector, k):
            found[id] = max(found.get(id, -1.0), near)
    for id, near in found.items():
        weight = w.VECTOR_SEED * similarity_factor(near)
        if weight > 0.0:
            seeds.add(id, "vector", weight)
    return found


def similarity_factor(cosine: float) -> float:
    """A cosine as a factor in [0, 1]."""
    return min(1.0, max(0.0, (cosine - w.COSINE_FLOOR) / (w.COSINE_CEILING - w.COSINE_FLOOR)))


def strongest(weights: Mapping[NodeId, float], limit: int) -> dict[NodeId, float]:
    """The ``limit`` heaviest seeds."""
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ordered[:limit])
