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
from .lexicon import Lexicon
from .mentions import Mentions
from .shape import PARTS
from .words import stem

EncodeQuery: TypeAlias = Callable[[str], Sequence[float]]

Origin: TypeAlias = Literal["target", "touch", "vector", "symbol", "name", "file", "import"]
"""Why an item is a seed: it is the task's own item; the place touches it; its vector is near; the
text spells its name; its name is made of words of the text; its file is named; the file imports
it."""

_NAMES: Final = 60
_ITEMS_PER_NAME: Final = 12
"""Of items that share a name (``new``, ``len``), the workspace's first."""
_FILE_ITEMS: Final = 60
_KNOWN: Final = frozenset(("struct", "enum", "union", "trait", "macro"))
"""What people know of a dependency by name."""


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

    def know(self, items: Iterable[GraphItem]) -> None:
        """Keep items that were read."""
        for item in items:
            self.known[item.id] = item

    @property
    def named(self) -> dict[NodeId, float]:
        """How exactly the text names an item, for those it does."""
        found: dict[NodeId, float] = {}
        for id, origins in self.origins.items():
            best = max(origins.get("symbol", 0.0), origins.get("name", 0.0))
            if best:
                found[id] = best
        return found


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


def from_text(store: GraphStore, lexicon: Lexicon, mentions: Mentions, seeds: Seeds) -> None:
    """Items that the text names: as symbols, by file, or by the words names are made of.

    Plain words find the workspace's own items; of dependencies, whose hundred thousand names leave
    no word out, only what is spelt as code or as one of their types would be.
    """
    lexicon.refresh()
    stems = [stem(word) for word in mentions.words]
    named = _by_name(store, seeds, mentions)
    for symbol in mentions.symbols:
        candidates = named.get(symbol.rsplit("::", 1)[-1], [])
        fitting = [i for i in candidates if f"::{i.qualified_path}".endswith(f"::{symbol}")]
        weight = w.SYMBOL_SEED
        if not fitting:
            # ``bevy::prelude::Query`` is no item's own path, but it names one all the same, and
            # most likely one of a crate of that family.
            head = symbol.split("::", 1)[0]
            fitting = [i for i in candidates if i.qualified_path.startswith(head)] or candidates
            weight *= w.OTHER_PATH
        for item, share in _spread(fitting):
            seeds.add(item.id, "symbol", weight * share)
    for name, length in mentions.spellings:
        known = [i for i in named.get(name, ()) if i.kind in _KNOWN and i.visibility == "pub"]
        weight = w.SPELT_SEED if length > 1 else w.SPELT_WORD_SEED
        for item, share in _spread(known):
            seeds.add(item.id, "name", weight * share)
    own: dict[str, float] = {
        name: score * w.WORDS_SEED
        for name, score in lexicon.search(stems, limit=_NAMES)
        if score >= w.LEAST_WORDS
    }
    plain = w.PLAIN_WORD_SEED * max(1, len(stems)) ** -w.PLAIN_WORD_SHARE
    for word in mentions.identifiers:
        own[word] = max(plain, own.get(word, 0.0))
    _add_own(store, lexicon, own, seeds)
    if mentions.files:
        _from_files(store, mentions.files, seeds)


def _by_name(store: GraphStore, seeds: Seeds, mentions: Mentions) -> dict[str, list[GraphItem]]:
    """Every item with the name of a symbol; of dependencies', what a spelling may mean."""
    symbols = [symbol.rsplit("::", 1)[-1] for symbol in mentions.symbols]
    items = items_named(store, symbols)
    spelt = [name for name, _ in mentions.spellings if name not in symbols]
    items += items_named(store, spelt, foreign_kinds=_KNOWN)
    seeds.know(items)
    named: dict[str, list[GraphItem]] = {}
    for item in items:
        named.setdefault(item.name, []).append(item)
    return named


def _add_own(store: GraphStore, lexicon: Lexicon, names: Mapping[str, float], seeds: Seeds) -> None:
    items = store.items(id for name in names for id in lexicon.ids(name))
    seeds.know(items)
    named: dict[str, list[GraphItem]] = {}
    for item in items:
        named.setdefault(item.name, []).append(item)
    for name, weight in names.items():
        for item, share in _spread(named.get(name, ())):
            # A field's whole name is one word of many; it is a hint at the type it is part of.
            part = w.PART_NAMESAKE if item.kind in PARTS else 1.0
            seeds.add(item.id, "name", weight * share * part)


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
