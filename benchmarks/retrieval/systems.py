"""The systems that are compared: words alone, vectors alone, both fused, and the product.

All of them answer the same query over the same candidates. Where files are wanted, a file stands
where its first item stands.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from blake3 import blake3
from ferrograph.embedding.index import text_hash
from ferrograph.embedding.near import NearIndex
from ferrograph.embedding.ports import unpacked
from ferrograph.graph.model import GraphItem
from ferrograph.graph.vectors import read_vectors
from ferrograph.ranking.model import Place
from ferrograph.server.project import Project

from .bm25 import TEXTBOOK, Bm25, Counted, Vocabulary, counted, merged
from .workplace import Model

DEPTH: Final = 100
"""Answers that a system is asked for."""

KINDS: Final = frozenset(
    ("function", "method", "struct", "enum", "union", "trait", "macro", "type", "const", "static")
)
"""Definitions: what may be an answer. Fields and variants are part of theirs."""

_FUSION: Final = 60
"""Reciprocal rank fusion's constant, as Cormack, Clarke and Büttcher (2009) give it."""

_kept: dict[bytes, Counted] = {}
"""Documents by what they are made of: an item that stays the same is read once a process."""
VOCABULARY: Final = Vocabulary()


def fields_of(project: Project, item: GraphItem, *, body: bool = True) -> dict[str, str]:
    """An item as a document for BM25."""
    texts = {
        "name": item.name,
        "path": item.qualified_path.rpartition("::")[0],
        "signature": item.signature,
        "doc": item.doc,
    }
    source = project.sources.read(item.file) if body else None
    if source is not None:
        texts["body"] = source[item.def_start : item.end].decode("utf-8", "replace")
    return texts


class Words:
    """BM25 over items, each a document of its own; ``plain`` is without fields."""

    def __init__(
        self, project: Project, items: Sequence[GraphItem], *, plain: bool = False
    ) -> None:
        self._items = items
        documents: list[Counted] = []
        for item in items:
            # Dependencies are known by what they declare.
            own = not item.is_dependency
            key = text_hash(item) + item.content_hash + bytes([own])
            known = _kept.get(key)
            if known is None:
                known = counted(VOCABULARY, fields_of(project, item, body=own))
                _kept[key] = known
            documents.append(known)
        if plain:
            self.index = Bm25(VOCABULARY, map(merged, documents), TEXTBOOK)
        else:
            self.index = Bm25(VOCABULARY, documents)

    def rank(self, query: str, count: int = DEPTH) -> list[GraphItem]:
        """The best items."""
        return [self._items[row] for row, _ in self.index.best(query, count)]


class FileWords:
    """BM25 over whole files; ``plain`` is without fields."""

    def __init__(self, project: Project, files: Iterable[str], *, plain: bool = False) -> None:
        self._files = sorted(files)
        documents: list[Counted] = []
        for file in self._files:
            source = project.sources.read(file) or b""
            key = blake3(file.encode() + b"\0" + source).digest(16)
            known = _kept.get(key)
            if known is None:
                name = file.removesuffix(".rs")
                texts = {"name": name.rpartition("/")[2], "path": name,
                         "body": source.decode("utf-8", "replace")}  # fmt: skip
                known = _kept[key] = counted(VOCABULARY, texts)
            documents.append(known)
        if plain:
            self._index = Bm25(VOCABULARY, map(merged, documents), TEXTBOOK)
        else:
            self._index = Bm25(VOCABULARY, documents)

    def rank(self, query: str, count: int = DEPTH) -> list[str]:
        """The best files."""
        return [self._files[row] for row, _ in self._index.best(query, count)]


class Vectors:
    """Nearest neighbours of a query among the project's vectors, compared with every one."""

    def __init__(self, project: Project, encode: Callable[[str], Sequence[float]],
                 items: Mapping[bytes, GraphItem]) -> None:  # fmt: skip
        self._index = exact_index(project)
        self._encode = encode
        self._items = items

    def rank(self, query: str, count: int = DEPTH) -> list[GraphItem]:
        """The nearest items that are candidates."""
        # Modules and sections have vectors, too, and are no candidates.
        near = self._index.nearest([self._encode(query)], 2 * count)
        return [self._items[id] for id in near if id in self._items][:count]


def exact_index(project: Project) -> NearIndex:
    """All vectors of a project's graph, to be compared one by one: the truth."""
    index = NearIndex(project.store.dimensions, exact_rows=sys.maxsize)
    found = ((id, unpacked(of, index.dimensions)) for id, _, of in read_vectors(project.store))
    index.put((id, vectors) for id, vectors in found if vectors is not None)
    return index


def fused(*rankings: Sequence[GraphItem], count: int = DEPTH) -> list[GraphItem]:
    """Reciprocal rank fusion."""
    scores: dict[bytes, float] = {}
    items: dict[bytes, GraphItem] = {}
    for ranking in rankings:
        for at, item in enumerate(ranking, 1):
            scores[item.id] = scores.get(item.id, 0.0) + 1.0 / (_FUSION + at)
            items[item.id] = item
    order = sorted(scores, key=lambda id: (-scores[id], id))
    return [items[id] for id in order][:count]


def whole(
    project: Project,
    query: str,
    items: Mapping[bytes, GraphItem],
    at: Place | None = None,
    count: int = DEPTH,
) -> list[GraphItem]:
    """The product's own answer: ``ferrograph search``, candidates only."""
    found = project.retriever.retrieve(query, at)
    return [r.item for r in found.ranked if r.item.id in items][:count]


def files_of(ranked: Iterable[GraphItem]) -> list[str]:
    """Files in the order in which their first item comes."""
    return list(dict.fromkeys(item.file for item in ranked))


def named(system: str, model: Model, models: Sequence[Model]) -> str:
    """A system's name, with its model where there are several."""
    return system if len(models) == 1 else f"{system} ({model.name})"
