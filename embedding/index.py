"""The graph's items and their vectors: what is embedded, when, and from which text."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from blake3 import blake3

from ..graph.ids import HASH_BYTES, content_hash
from ..graph.lookup import items_in_files, members_of, touched_dependencies, workspace_files
from ..graph.model import GraphItem, NodeId
from ..graph.sources import Sources
from ..graph.store import GraphStore
from ..graph.vectors import drop_orphans, put_vectors, read_vectors, vector_hashes
from .errors import EmbeddingError
from .near import NearIndex
from .ports import Delivery, Problem, QueueState, TextEncoder, Vector, VectorStore, packed, unpacked
from .queue import EmbeddingQueue, Job, Priority
from .text import embedding_windows, outline_text

_TEXT_VERSION: Final = b"1"
"""Changes whenever the same item gives another text."""

_WINDOWED_FROM: Final = 500
"""Bytes of source from which a body may be too long for one window."""

_ALWAYS: Final = frozenset(
    ("function", "method", "struct", "enum", "union", "trait", "macro", "section")
)
_DOCUMENTED: Final = frozenset(("type", "const", "static", "module", "crate"))
"""Kinds whose name alone says too little to be found by meaning, unless it is the workspace's."""

_OUTLINED: Final = frozenset(("module", "crate"))
_WORDS: Final[Mapping[str, str]] = {"type": "type_alias"}
_TOUCHING: Final = ("calls", "uses_type", "implements", "overrides", "derives")
_OWNERS: Final = frozenset(("struct", "enum", "union", "trait"))


class ItemEncoder(TextEncoder, Protocol):
    """What is needed of `Encoder`."""

    @property
    def name(self) -> str: ...
    @property
    def dimensions(self) -> int: ...


class VectorIndexer:
    """Keeps the store's vectors in step with its items.

    An item's vector is made again only when what its text is made from has changed: its own
    source, its name and place, and for a module the names in it. Fields, variants and impl blocks
    have none, since the text of the item they belong to speaks of them.

    Scheduling and draining are for one thread at a time; searching, `pause`, `resume` and `pending`
    may be called from any.
    """

    def __init__(
        self,
        store: GraphStore,
        sources: Sources,
        encoder: ItemEncoder,
        cache: VectorStore | None = None,
        *,
        on_problem: Callable[[Problem], None] | None = None,
    ) -> None:
        """``encoder`` must be the one the store was opened for: raises `EmbeddingError` where its
        vectors have another length."""
        if encoder.dimensions != store.dimensions:
            raise EmbeddingError(
                f"The embedding model makes vectors of {encoder.dimensions} numbers and the graph "
                f"holds vectors of {store.dimensions}: the graph has to be rebuilt."
            )
        self._store = store
        self._sources = sources
        self._encoder = encoder
        self._known: dict[NodeId, bytes] | None = None
        self._own = NearIndex(encoder.dimensions)
        self._foreign = NearIndex(encoder.dimensions)
        self._dependencies: set[NodeId] = set()
        """Whose items belong to dependencies, of those that were ever queued or stored."""
        self._lock = threading.Lock()
        self._tell: Callable[[int, int], None] | None = None
        self._queue = EmbeddingQueue(
            encoder=encoder,
            sink=self._keep,
            cache=cache,
            progress=self._progress,
            on_problem=on_problem,
        )
        self._load()

    # -- what to embed ------------------------------------------------------------------------

    def schedule(
        self,
        ids: Iterable[NodeId] | None = None,
        *,
        removed: Iterable[NodeId] = (),
        first: Collection[str] = (),
        dependencies: bool = True,
    ) -> int:
        """Queue what has no vector, or one of another text; gives how many jobs that are.

        ``ids`` None looks at the whole workspace, at what it touches in its dependencies and at
        the members of that; with ids, only those are looked at, and ``removed`` are forgotten. The
        vectors of items that are gone are dropped. Items of the files in ``first`` (the graph's
        names) come first, then the workspace's, then, with ``dependencies``, theirs. Raises
        `GraphError`.
        """
        known = self._hashes()
        gone = list(removed)
        if ids is None or gone:
            self._forget(drop_orphans(self._store))
        if ids is None:
            items = self._workspace()
            if dependencies:
                items += self._touched()
        else:
            items = self._store.items(ids)
        self._queue.cancel(gone)
        self._forget(gone)
        members = _members(items if ids is None else self._with_members(items))
        jobs: list[Job] = []
        tests = {item.id for item in items if _is_of_tests(item)}
        for item in items:
            if not has_vector(item):
                continue
            digest = text_hash(item, members.get(item.id, ()))
            if known.get(item.id) == digest:
                continue
            if item.is_dependency:
                self._dependencies.add(item.id)
            jobs.append(
                Job(
                    key=item.id,
                    content_hash=digest,
                    text=_Text(self._sources, item, tuple(members.get(item.id, ()))),
                    priority=_priority(item, first),
                )
            )
        # What is looked for is seldom a test: these wait for the rest of their priority.
        self._queue.add(sorted(jobs, key=lambda job: job.key in tests))
        return len(jobs)

    def _workspace(self) -> list[GraphItem]:
        return items_in_files(self._store, (path for path, _ in workspace_files(self._store)))

    def _touched(self) -> list[GraphItem]:
        """Dependencies' items that the workspace touches, then the public members of those."""
        touched = self._store.items(touched_dependencies(self._store, _TOUCHING))
        seen = {item.id for item in touched}
        owners = (item.id for item in touched if item.kind in _OWNERS)
        beside = self._store.items(id for id in members_of(self._store, owners) if id not in seen)
        return touched + [item for item in beside if item.visibility == "pub" or item.doc]

    def _with_members(self, items: Sequence[GraphItem]) -> list[GraphItem]:
        """The items, and those in any modules among them."""
        modules = [item.id for item in items if item.kind in _OUTLINED]
        known = {item.id for item in items}
        inside = (id for id in members_of(self._store, modules) if id not in known)
        return [*items, *self._store.items(inside)]

    def _hashes(self) -> dict[NodeId, bytes]:
        if self._known is None:
            self._known = vector_hashes(self._store)
        return self._known

    # -- doing it -----------------------------------------------------------------------------

    def drain(
        self,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        lowest: Priority = Priority.DEPENDENCY,
    ) -> bool:
        """Embed until the queue is empty or ``cancel()``, asked between batches, says so.

        ``progress`` receives how many jobs are done and how many there are since the queue was last
        empty. Returns whether nothing is left to do. Raises `EmbeddingError` if the encoder or the
        store fails; the jobs then stay in the queue.
        """
        told = (0, 0)

        def tell(done: int, total: int) -> None:
            nonlocal told
            told = done, total
            if progress is not None:
                progress(done, total)

        with self._lock:
            self._tell = tell
        try:
            while not (cancel is not None and cancel()):
                if not self._queue.run_once():
                    break
        finally:
            with self._lock:
                self._tell = None
        if self._queue.pending:
            return False
        if told[0] < told[1]:
            tell(told[0], told[0])  # the rest was cancelled between two batches
        return True

    def pause(self) -> None:
        """Begin no further batch: `drain` returns."""
        self._queue.pause()

    def resume(self) -> None:
        """Let `drain` go on."""
        self._queue.resume()

    def clear(self) -> int:
        """Forget what is queued; gives how many jobs that were."""
        return self._queue.clear()

    @property
    def pending(self) -> int:
        """Jobs that wait."""
        return self._queue.pending

    @property
    def state(self) -> QueueState:
        """How far it is."""
        return self._queue.state

    # -- searching ----------------------------------------------------------------------------

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[NodeId, float]:
        """See `ports.VectorSearch`."""
        return (self._own if own else self._foreign).nearest(vectors, k)

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[NodeId]
    ) -> dict[NodeId, float]:
        """See `ports.VectorSearch`."""
        return self._own.similarities(vectors, ids) | self._foreign.similarities(vectors, ids)

    # -- keeping ------------------------------------------------------------------------------

    def _load(self) -> None:
        own: list[tuple[NodeId, Vector]] = []
        foreign: list[tuple[NodeId, Vector]] = []
        for id, is_foreign, blob in read_vectors(self._store):
            vectors = unpacked(blob, self._encoder.dimensions)
            if vectors is not None:
                (foreign if is_foreign else own).append((id, vectors))
        self._dependencies.update(id for id, _ in foreign)
        self._own.put(own)
        self._foreign.put(foreign)

    def _keep(self, deliveries: list[Delivery]) -> None:
        known = self._hashes()
        # In memory first: who keeps answers drops them when the store is written, and what is asked
        # after that has to find these.
        of = self._dependencies
        self._own.put((key, vectors) for key, _, vectors in deliveries if key not in of)
        self._foreign.put((key, vectors) for key, _, vectors in deliveries if key in of)
        put_vectors(self._store, ((key, digest, packed(of)) for key, digest, of in deliveries))
        known.update((key, digest) for key, digest, _ in deliveries)

    def _forget(self, ids: Sequence[NodeId]) -> None:
        known = self._hashes()
        for id in ids:
            known.pop(id, None)
        self._dependencies.difference_update(ids)
        self._own.remove(ids)
        self._foreign.remove(ids)

    def _progress(self, done: int, total: int, _rate: float) -> None:
        with self._lock:
            tell = self._tell
        if tell is not None:
            tell(done, total)


def has_vector(item: GraphItem) -> bool:
    """Whether an item is found by meaning in its own right."""
    if item.kind in _ALWAYS:
        return True
    return item.kind in _DOCUMENTED and (bool(item.doc) or not item.is_dependency)


def text_hash(item: GraphItem, members: Sequence[str] = ()) -> bytes:
    """A hash of all that an item's text is made from: equal hashes mean equal texts.

    The item's file need not be read for it. The crate's version is no part of the text, so that a
    new release of a dependency shares the vectors of what did not change.
    """
    parts = (item.kind, item.qualified_path, *members)
    source = b"" if item.kind in _OUTLINED else item.content_hash
    if _is_long(item):
        parts += ("windows",)  # texts of a version before had one only
    digest = blake3(_TEXT_VERSION)
    for part in (source, item.doc.encode(), item.signature.encode(), *(p.encode() for p in parts)):
        digest.update(len(part).to_bytes(4, "little") + part)
    return digest.digest(HASH_BYTES)


def _is_long(item: GraphItem) -> bool:
    return item.kind not in _OUTLINED and item.end - item.def_start >= _WINDOWED_FROM


class _Text:
    """An item's text, or its windows, made when its turn comes."""

    __slots__ = ("_item", "_members", "_sources")

    def __init__(self, sources: Sources, item: GraphItem, members: Sequence[str]) -> None:
        self._sources = sources
        self._item = item
        self._members = members

    def __call__(self) -> list[str]:
        item = self._item
        crate, module, owner = place_of(item)
        kind = _WORDS.get(item.kind, item.kind)
        if item.kind in _OUTLINED:
            outline = outline_text(
                crate=crate, module_path=module, name=item.name, kind=kind, doc=item.doc,
                members=self._members,
            )  # fmt: skip
            return [outline]
        source = self._sources.read(item.file)
        text = None if source is None else source[item.start : item.end]
        if source is None or text is None or content_hash(text) != item.content_hash:
            # The vector would be kept under the hash of a text it was not made from.
            raise EmbeddingError(f"{item.file} has changed since it was indexed.")
        return embedding_windows(
            crate=crate, module_path=module, name=item.name, kind=kind, owner=owner,
            signature=item.signature, doc=item.doc,
            body=source[item.def_start : item.end].decode("utf-8", "replace"),
        )  # fmt: skip


def place_of(item: GraphItem) -> tuple[str, str, str | None]:
    """(crate, module path, owner) from a qualified path; sections have their file for a module."""
    if item.kind == "section":
        return "", item.file, None
    crate, *rest = item.qualified_path.split("::")
    rest = rest[:-1]
    owner = rest.pop() if item.kind == "method" and rest else None
    return crate, "::".join(rest), owner


def _members(items: Sequence[GraphItem]) -> dict[NodeId, list[str]]:
    """The names in each of the workspace's modules."""
    modules = {item.id for item in items if item.kind in _OUTLINED}
    found: dict[NodeId, list[str]] = {}
    for item in items:
        if item.parent in modules and item.kind not in ("impl", "section"):
            found.setdefault(item.parent, []).append(item.name)
    return found


def _is_of_tests(item: GraphItem) -> bool:
    return "::tests::" in item.qualified_path or "/tests/" in f"/{item.file}"


def _priority(item: GraphItem, first: Collection[str]) -> Priority:
    if item.file in first:
        return Priority.OPEN
    return Priority.DEPENDENCY if item.is_dependency else Priority.WORKSPACE
