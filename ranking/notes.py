"""Notes by their tags: sections of Markdown files whose front matter names what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..graph.lookup import items_in_files
from ..graph.model import GraphItem
from ..graph.store import GraphStore
from .mentions import read_mentions
from .model import Ranked
from .retriever import Retriever
from .seeds import similarity_factor

_ENDINGS: Final = (".md", ".markdown")
_MARK: Final = "tag:"
_WORDS: Final = 0.6
"""In [0, 1]: what a section's words count beside its vector's 1 - `_WORDS`. A note is found by its
heading more often than code is by its name."""


def tags_of(item: GraphItem) -> frozenset[str]:
    """The tags of an item's file, in lower case."""
    marks = (a.removeprefix(_MARK).lower() for a in item.attrs if a.startswith(_MARK))
    return frozenset(marks)


def all_tags(store: GraphStore) -> list[str]:
    """Every tag of the workspace's notes, sorted."""
    return sorted(frozenset[str]().union(*map(tags_of, _sections(store))))


def search_notes(engine: Retriever, query: str, tags: Iterable[str], k: int) -> list[Ranked]:
    """The ``k`` sections of notes with all these tags that answer a query best.

    All of them, in their order, where the query is blank. Raises `GraphError` from the store.
    """
    wanted = {tag.strip().lower() for tag in tags}
    found = [item for item in _sections(engine.store) if wanted <= tags_of(item)]
    ids = [item.id for item in found]
    engine.lexical.refresh()
    words = engine.lexical.scores(engine.lexical.question(read_mentions(query)), ids)
    cosines = engine.cosines(query, ids)
    ranked: list[Ranked] = []
    for item in found:
        lexical = words.get(item.id, 0.0)
        vector = similarity_factor(cosines[item.id]) if item.id in cosines else 0.0
        score = _WORDS * lexical + (1.0 - _WORDS) * vector
        if score > 0.0 or not query.strip():
            ranked.append(Ranked(item, score, {"lexical": lexical, "vector": vector}))
    ranked.sort(key=lambda one: (-one.score, one.item.file, one.item.start))
    return ranked[:k]


def _sections(store: GraphStore) -> list[GraphItem]:
    notes = [path for path in store.files() if path.endswith(_ENDINGS)]
    return [item for item in items_in_files(store, notes) if item.kind == "section"]
