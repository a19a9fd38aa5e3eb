"""A task to ranked items: seeds, expansion, factors, scores."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from ..embedding.errors import EmbeddingError
from ..graph.ids import content_hash
from ..graph.lookup import workspace_files
from ..graph.model import GraphItem, NodeId
from ..graph.query import among
from ..graph.sources import Sources
from ..graph.store import GraphStore
from . import weights as w
from .expand import expand, personalised_pagerank
from .focus import Focus, find_focus
from .forms import KeptForms
from .habits import find_habits
from .kept import KeptRetrievals, Key, ids_of, support_of
from .lexical import Lexical
from .mentions import Mentions, read_mentions
from .model import Place, Ranked
from .pool import read_pool
from .question import NOTHING, Question
from .score import Evidence, score
from .seeds import (
    Meaning,
    Origin,
    Seeds,
    from_place,
    from_text,
    from_vectors,
    from_words,
    vector_queries,
)
from .touch import Touch

_log = logging.getLogger(__name__)

_MOST_ENCODINGS: Final = 256
"""Queries whose vectors are kept: 3 kB each."""


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
        self.aside = ThreadPoolExecutor(2, thread_name_prefix="ferrograph-retrieve")
        """For what can be done at the same time."""
        self.forms = KeptForms()
        self.kept = KeptRetrievals(sources)
        store.on_write(self.kept.written)
        self._told = False
        self._encodings: dict[str, Future[Sequence[float]]] = {}
        self._files: tuple[int, list[tuple[str, int]], int] = (-1, [], 0)

    def workspace_files(self) -> list[tuple[str, int]]:
        """(path, bytes) of the workspace's own files, read once a revision."""
        with self._lock:
            revision = self.store.revision
            if self._files[0] != revision:
                files = workspace_files(self.store)
                self._files = (revision, files, sum(size for _, size in files))
            return self._files[1]

    def workspace_bytes(self) -> int:
        """How large those are together."""
        self.workspace_files()
        return self._files[2]

    def retrieve(
        self, text: str, at: Place | None = None, *, limit: int = w.RANKED_LIMIT
    ) -> Retrieval:
        """Rank what ``text``, at a place or at none, is about.

        Raises `UnknownPlace` for a file the graph doesn't hold and `GraphError` from the store.
        """
        clock = _Clock()
        key = self._key(text, at, limit)
        begun = self.kept.writes
        known = self.kept.get(key)
        if known is not None:
            clock.lap("kept")
            return replace(known, seconds=clock.laps)
        mentions = read_mentions(text)
        self.lexical.refresh()
        bare = at is not None and mentions.is_bare
        question = NOTHING if bare else self.lexical.question(mentions)
        # Neither the index of words nor the model needs the store or, while it works, the
        # interpreter.
        by_words = self.aside.submit(self._by_words, question)
        if mentions.words and not bare:
            self.aside.submit(self._vectors, [text])
        clock.lap("question")
        focus = find_focus(self.store, self.sources, at) if at is not None else None
        clock.lap("focus")
        queries = vector_queries(text, mentions, focus)
        encoding = self.aside.submit(self._vectors, queries)
        seeds = Seeds()
        if focus is not None:
            from_place(focus, seeds)
        # A task needs what it names; a sentence that names something describes something else: an
        # `Iter` that is "an iterator over the keys of an `EntityHashMap`".
        sure = question.share if focus is None else _sure
        from_text(self.store, mentions, seeds, sure)
        clock.lap("names")
        seeds.take(by_words.result())
        clock.lap("words")
        vectors = encoding.result()
        clock.lap("encode")
        own: dict[NodeId, float] = {}
        near: dict[NodeId, float] = {}
        if vectors and self.meaning is not None:
            own, foreign = from_vectors(self.meaning.near, vectors, seeds)
            near = own | foreign
        clock.lap("vectors")
        habits = find_habits(self.store, focus, near)
        clock.lap("habits")
        reached = expand(self.store, seeds.weights)
        clock.lap("expand")
        pool = read_pool(self.store, seeds, reached, habits.candidates(w.CONTEXT))
        scoring = self.aside.submit(self.lexical.scores, question, pool.items)
        clock.lap("items")
        edges = among(self.store, pool.all_ids)
        ranks = personalised_pagerank(pool.all_ids, edges, seeds.weights)
        clock.lap("pagerank")
        missing = [id for id in pool.items if id not in near]
        if vectors and self.meaning is not None:
            near |= self.meaning.near.similarities(vectors, missing)
        clock.lap("similarities")
        words = scoring.result()
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
            habits=habits,
        )
        ranked = score(pool, evidence, limit)
        clock.lap("factors")
        found = Retrieval(
            focus=focus,
            mentions=mentions,
            ranked=tuple(ranked),
            touched=touched,
            origins=pool.roll_origins(seeds),
            holders=pool.holders,
            seconds=clock.laps,
        )
        with_meaning = self.meaning is None or len(vectors) == len(queries)
        if with_meaning and not self.lexical.is_behind:
            # Otherwise the model failed, or what changed last isn't found by its words yet.
            about = () if focus is None else (ids_of(focus.file_items), ids_of(focus.holders))
            support = support_of(
                (
                    seeds.weights,
                    seeds.known,
                    reached,
                    pool.all_ids,
                    pool.holders,
                    habits.rests_on,
                    *about,
                ),
                file="" if at is None else at.file,
                symbols=mentions.symbols,
                files=mentions.files,
                words=(*mentions.terms, *mentions.joined),
                vectors=vectors,
                near=own,
                asked=w.VECTOR_NEIGHBOURS,
            )
            self.kept.put(key, support, found, begun=begun)
        return found

    def cosines(self, text: str, ids: Sequence[NodeId]) -> dict[NodeId, float]:
        """How near these items are to a text, for those that have a vector."""
        vectors = self._vectors([text]) if text.strip() else []
        if self.meaning is None or not vectors:
            return {}
        return self.meaning.near.similarities(vectors, ids)

    def _key(self, text: str, at: Place | None, limit: int) -> Key:
        if at is None:
            return text, None, b"", limit
        source = self.sources.read(at.file)
        return text, at, b"" if source is None else content_hash(source), limit

    def _by_words(self, question: Question) -> Seeds:
        seeds = Seeds()
        from_words(self.lexical, question, seeds)
        return seeds

    def _vectors(self, queries: Sequence[str]) -> list[Sequence[float]]:
        if self.meaning is None:
            return []
        try:
            return [self._encoded(query) for query in queries]
        except EmbeddingError as error:
            if not self._told:
                self._told = True
                _log.warning("Searching goes on without vectors: %s", error)
            return []

    def _encoded(self, query: str) -> Sequence[float]:
        """The query's vector, from before where there is one."""
        with self._lock:
            known = self._encodings.get(query)
            if known is None:
                known = self._encodings[query] = Future()
                encode = self.meaning.encode if self.meaning is not None else None
            else:
                encode = None
        if encode is not None:
            try:
                known.set_result(encode(query))
            except BaseException as error:  # noqa: BLE001 whoever waits for it is told
                known.set_exception(error)
                with self._lock:
                    self._encodings.pop(query, None)
            with self._lock:
                while len(self._encodings) > _MOST_ENCODINGS:
                    self._encodings.pop(next(iter(self._encodings)))
        return known.result()


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
