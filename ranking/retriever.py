"""A task to ranked items: seeds, expansion, factors, scores."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..embedding.errors import EmbeddingError
from ..graph.lookup import workspace_files
from ..graph.model import GraphItem, NodeId
from ..graph.query import subgraph
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .expand import expand, personalised_pagerank
from .focus import Focus, find_focus
from .lexical import Lexical
from .mentions import Mentions, read_mentions
from .model import Place, Ranked
from .pool import read_pool
from .score import Evidence, score
from .seeds import (
    Meaning,
    Origin,
    Seeds,
    from_place,
    from_text,
    from_vectors,
    from_words,
)
from .touch import Touch

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """What a task found. ``ranked`` leaves out the target and whatever is part of another item."""

    focus: Focus | None
    mentions: Mentions
    ranked: tuple[Ranked, ...]
    touched: Mapping[NodeId, Touch]
    """What the place mentions, fields and variants standing for their owner."""
    origins: Mapping[NodeId, Mapping[Origin, float]]
    holders: Mapping[NodeId, GraphItem]
    """The parents of what was found, by id: impl blocks, traits, modules."""
    seconds: Mapping[str, float]
    """Wall time by step."""


class Retriever:
    """Answers tasks and queries from one store. Thread-safe, as the store is.

    ``meaning`` None leaves vectors out, and so does an `EmbeddingError`, which is logged once.
    ``lexical`` None is one in memory, made when it is first asked.
    """

    def __init__(
        self,
        store: GraphStore,
        sources: Sources,
        meaning: Meaning | None = None,
        lexical: Lexical | None = None,
    ) -> None:
        self.store = store
        self.sources = sources
        self.meaning = meaning
        self.lexical = Lexical(store, sources) if lexical is None else lexical
        self._lock = threading.Lock()
        self._told = False
        self._files: tuple[int, list[tuple[str, int]]] = (-1, [])

    def workspace_files(self) -> list[tuple[str, int]]:
        """(path, bytes) of the workspace's own files, read once a revision."""
        with self._lock:
            revision = self.store.revision
            if self._files[0] != revision:
                self._files = (revision, workspace_files(self.store))
            return self._files[1]

    def retrieve(
        self, text: str, at: Place | None = None, *, limit: int = w.RANKED_LIMIT
    ) -> Retrieval:
        """Rank what ``text``, at a place or at none, is about.

        Raises `UnknownPlace` for a file the graph doesn't hold and `GraphError` from the store.
        """
        clock = _Clock()
        focus = find_focus(self.store, self.sources, at) if at is not None else None
        clock.lap("focus")
        mentions = read_mentions(text)
        seeds = Seeds()
        if focus is not None:
            from_place(focus, seeds)
        self.lexical.refresh()
        question = self.lexical.question(mentions)
        # A task needs what it names; a sentence that names something describes something else: an
        # `Iter` that is "an iterator over the keys of an `EntityHashMap`".
        sure = question.share if focus is None else _sure
        from_text(self.store, mentions, seeds, sure)
        clock.lap("names")
        from_words(self.lexical, question, seeds)
        clock.lap("words")
        vectors = self._vectors(text, focus)
        clock.lap("encode")
        near: dict[NodeId, float] = {}
        if vectors and self.meaning is not None:
            near = from_vectors(self.meaning.near, vectors, seeds)
        clock.lap("vectors")
        reached = expand(self.store, seeds.weights)
        clock.lap("expand")
        pool = read_pool(self.store, seeds, reached)
        clock.lap("items")
        ranks = personalised_pagerank(subgraph(self.store, pool.all_ids), seeds.weights)
        clock.lap("pagerank")
        missing = [id for id in pool.items if id not in near]
        if vectors and self.meaning is not None:
            near |= self.meaning.near.similarities(vectors, missing)
        clock.lap("similarities")
        words = self.lexical.scores(question, pool.items)
        clock.lap("scores")
        touched = pool.roll_touches(focus) if focus is not None else {}
        evidence = Evidence(
            focus=focus,
            mentions=mentions,
            seeds=seeds,
            reached=reached,
            ranks=ranks,
            cosines=near,
            touched=touched,
            words=words,
        )
        ranked = score(pool, evidence)
        clock.lap("factors")
        return Retrieval(
            focus=focus,
            mentions=mentions,
            ranked=tuple(ranked[:limit]),
            touched=touched,
            origins=pool.roll_origins(seeds),
            holders=pool.holders,
            seconds=clock.laps,
        )

    def _vectors(self, text: str, focus: Focus | None) -> list[Sequence[float]]:
        meaning = self.meaning
        if meaning is None or not text.strip():
            return []
        queries = [text]
        if focus is not None and focus.target is not None:
            queries.append(f"{focus.target.signature}\n{text}")
        try:
            return [meaning.encode(query) for query in queries]
        except EmbeddingError as error:
            if not self._told:
                self._told = True
                _log.warning("Searching goes on without vectors: %s", error)
            return []


def _sure(_symbol: str) -> float:
    return 1.0


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0.0) + now - self._last
        self._last = now
