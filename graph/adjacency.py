"""The graph's edges in memory, as arrays: what a walk or a rank over hundreds of items reads.

A walk around a hundred seeds opens a thousand ranges of CozoDB's indexes and, around what thousands
of items use, reads as many rows: 30 ms a hop where this takes one. An edge takes 12 bytes (both
directions), an item 25. It is a copy: the store is asked wherever there is none yet.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .batch import Batch
from .errors import Cancelled
from .model import EDGE_KINDS, PROVENANCES, NodeId
from .reader import GraphReader
from .schema import columns

ID_BYTES: Final = 16
KIND_CODES: Final[dict[str, int]] = {kind: code for code, kind in enumerate(EDGE_KINDS)}
PROVENANCE_CODES: Final[dict[str, int]] = {name: code for code, name in enumerate(PROVENANCES)}
UNKNOWN: Final = 255
"""The code of a kind or provenance that the model doesn't name."""

_CRATE: Final = 1 + columns("items")[1].index("crate")
_MOST_NEW: Final = 20_000
"""Edges that are kept beside the arrays; with more it is time for other arrays."""

Ints: TypeAlias = NDArray[np.int32]
Codes: TypeAlias = NDArray[np.uint8]
EdgeRow: TypeAlias = Sequence[Any]
"""(source, kind, target, provenance, …), as in the relation."""


class Steps(NamedTuple):
    """Edges met on a step: from which of the places asked for, over what, to which item."""

    of: NDArray[np.intp]
    """Positions in the front that was given."""
    kinds: Codes
    provenances: Codes
    to: Ints
    """Numbers of items."""


class _Side:
    """The edges in one direction: by item, a range of the arrays, and what came since."""

    def __init__(self, count: int, near: Ints, far: Ints, kinds: Codes, provs: Codes) -> None:
        order = np.argsort(near, kind="stable")
        self.far = far[order]
        self.kinds = kinds[order]
        self.provenances = provs[order]
        self.starts = np.zeros(count + 1, np.int32)
        np.cumsum(np.bincount(near, minlength=count), out=self.starts[1:])
        self.gone = np.zeros(0, np.bool_)
        """Edges that are no more; empty while there is none."""
        self.new: dict[int, list[tuple[int, int, int]]] = {}
        """(far, kind, provenance) by item."""

    def range_of(self, at: int) -> tuple[int, int]:
        if at + 1 >= len(self.starts):
            return 0, 0
        return int(self.starts[at]), int(self.starts[at + 1])

    def drop(self, near: int, far: int, kind: int) -> None:
        known = self.new.get(near)
        if known is not None:
            known[:] = [edge for edge in known if edge[0] != far or edge[1] != kind]
        start, end = self.range_of(near)
        hit = np.flatnonzero((self.far[start:end] == far) & (self.kinds[start:end] == kind))
        if len(hit):
            if not len(self.gone):
                self.gone = np.zeros(len(self.far), np.bool_)
            self.gone[start + hit] = True

    def add(self, near: int, far: int, kind: int, provenance: int) -> None:
        self.drop(near, far, kind)
        self.new.setdefault(near, []).append((far, kind, provenance))

    def steps(self, front: Ints) -> Steps:
        inside = np.minimum(front, len(self.starts) - 2) if len(self.starts) > 1 else front[:0]
        if len(inside):
            starts, ends = self.starts[inside], self.starts[inside + 1]
            counts = np.where(front == inside, ends - starts, 0)
        else:
            starts = counts = np.zeros(len(front), np.int32)
        of = np.repeat(np.arange(len(front)), counts)
        shift = np.cumsum(counts) - counts
        at = np.arange(len(of)) + (starts - shift)[of]
        if len(self.gone) and len(at):
            alive = ~self.gone[at]
            of, at = of[alive], at[alive]
        found = Steps(of, self.kinds[at], self.provenances[at], self.far[at])
        return self._with_new(found, front) if self.new else found

    def _with_new(self, found: Steps, front: Ints) -> Steps:
        more = [
            (place, *edge)
            for place, item in enumerate(front.tolist())
            for edge in self.new.get(item, ())
        ]
        if not more:
            return found
        of, far, kinds, provs = zip(*more, strict=True)
        return Steps(
            np.concatenate([found.of, np.array(of, np.intp)]),
            np.concatenate([found.kinds, np.array(kinds, np.uint8)]),
            np.concatenate([found.provenances, np.array(provs, np.uint8)]),
            np.concatenate([found.to, np.array(far, np.int32)]),
        )

    @property
    def bytes(self) -> int:
        arrays = (self.far, self.kinds, self.provenances, self.starts, self.gone)
        return sum(array.nbytes for array in arrays)


class Adjacency:
    """Items by number, and their edges. Thread-safe; readers see a write whole or not at all.

    Numbers hold from one call to another only under `reading`.
    """

    def __init__(self, ids: NDArray[np.bytes_], own: NDArray[np.bool_], edges: _Edges) -> None:
        """Use `AdjacencyMaker`. ``ids`` are sorted."""
        self._lock = threading.RLock()
        self._ids = ids
        self._own = own
        sources, targets, kinds, provenances = edges
        self._out = _Side(len(ids), sources, targets, kinds, provenances)
        self._in = _Side(len(ids), targets, sources, kinds, provenances)
        self._more: dict[NodeId, int] = {}
        self._more_ids: list[NodeId] = []
        self._more_own: list[bool] = []
        self._new = 0

    # -- reading ----------------------------------------------------------------------------------

    @property
    def reading(self) -> threading.RLock:
        """Held while numbers are worked with."""
        return self._lock

    @property
    def items(self) -> int:
        """How many numbers there are."""
        return len(self._ids) + len(self._more_ids)

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        return self._ids.nbytes + self._own.nbytes + self._out.bytes + self._in.bytes

    def numbers(self, ids: Sequence[NodeId]) -> Ints:
        """The items' numbers, -1 for those that have no edge and are no item."""
        if not ids:
            return np.zeros(0, np.int32)
        wanted = np.array(ids, f"S{ID_BYTES}")
        if len(self._ids):
            at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
            found = np.where(self._ids[at] == wanted, at, -1).astype(np.int32)
        else:
            found = np.full(len(ids), -1, np.int32)
        if self._more:
            for place in np.flatnonzero(found < 0).tolist():
                found[place] = self._more.get(ids[place], -1)
        return found

    def ids(self, numbers: Ints) -> list[NodeId]:
        """The items behind numbers."""
        inside = numbers < len(self._ids)
        if inside.all():
            # An element of its own would lose the zeros it ends with.
            packed = self._ids[numbers].tobytes()
            return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]
        return [self._id(number) for number in numbers.tolist()]

    def _id(self, number: int) -> NodeId:
        if number < len(self._ids):
            return self._ids[number : number + 1].tobytes()
        return self._more_ids[number - len(self._ids)]

    def order(self, numbers: Ints) -> NDArray[np.float64]:
        """Sort keys that put items in the order of their ids."""
        keys = numbers.astype(np.float64)
        for place in np.flatnonzero(numbers >= len(self._ids)).tolist():
            id = self._id(int(numbers[place]))
            # Between its neighbours; what came since is rarely more than one between two.
            before = sum(other < id for other in self._more_ids)
            at = int(np.searchsorted(self._ids, np.array([id], f"S{ID_BYTES}"))[0])
            keys[place] = at - 0.5 + 0.5 * before / (len(self._more_ids) + 1)
        return keys

    def own(self, numbers: Ints) -> NDArray[np.bool_]:
        """Which of them are items of the workspace."""
        inside = numbers < len(self._own)
        if inside.all():
            return self._own[numbers]
        return np.array([self._is_own(number) for number in numbers.tolist()], np.bool_)

    def _is_own(self, number: int) -> bool:
        inside = number < len(self._own)
        return bool(self._own[number]) if inside else self._more_own[number - len(self._own)]

    def out(self, front: Ints) -> Steps:
        """The edges that leave these items."""
        return self._out.steps(front)

    def into(self, front: Ints) -> Steps:
        """The edges that lead to these items."""
        return self._in.steps(front)

    # -- writing ----------------------------------------------------------------------------------

    @property
    def is_worn(self) -> bool:
        """Whether so much came since it was made that it is time for another."""
        return self._new > _MOST_NEW

    def apply(self, batch: Batch) -> None:
        """Follow a write; costs what it changes."""
        dropped = batch.remove.get("edges", ())
        removed = batch.remove.get("items", ())
        items = batch.put.get("items", ())
        edges = batch.put.get("edges", ())
        with self._lock:
            number = self._numbered(
                [key[0] for key in (*removed, *items)]
                + [id for edge in (*dropped, *edges) for id in (edge[0], edge[2])]
            )
            for source, kind, target in dropped:
                a, b, code = number[source], number[target], KIND_CODES.get(kind, UNKNOWN)
                self._out.drop(a, b, code)
                self._in.drop(b, a, code)
            for key in removed:
                self._set_own(number[key[0]], own=False)
            for row in items:
                self._set_own(number[row[0]], own="@" not in row[_CRATE])
            for row in edges:
                a, b, code = number[row[0]], number[row[2]], KIND_CODES.get(row[1], UNKNOWN)
                provenance = PROVENANCE_CODES.get(row[3], UNKNOWN)
                self._out.add(a, b, code, provenance)
                self._in.add(b, a, code, provenance)
            self._new += len(edges)

    def _numbered(self, ids: Sequence[NodeId]) -> dict[NodeId, int]:
        """The items' numbers, new ones where they have none."""
        distinct = list(dict.fromkeys(ids))
        found = dict(zip(distinct, self.numbers(distinct).tolist(), strict=True))
        for id, number in found.items():
            if number < 0:
                found[id] = self._more[id] = self.items
                self._more_ids.append(id)
                self._more_own.append(False)
        return found

    def _set_own(self, number: int, *, own: bool) -> None:
        if number < len(self._own):
            self._own[number] = own
        else:
            self._more_own[number - len(self._own)] = own


_Edges: TypeAlias = "tuple[Ints, Ints, Codes, Codes]"


class AdjacencyMaker:
    """Takes in items and edges page by page, and what is written meanwhile."""

    def __init__(self) -> None:
        self._ids: list[NodeId] = []
        self._own = bytearray()
        self._sources = bytearray()
        self._targets = bytearray()
        self._kinds = bytearray()
        self._provenances = bytearray()
        self._written: list[Batch] = []

    def add_items(self, rows: Iterable[tuple[NodeId, bool]]) -> None:
        """Items, and whether they are the workspace's own."""
        for id, own in rows:
            self._ids.append(id)
            self._own.append(own)

    def add_edges(self, rows: Iterable[EdgeRow]) -> None:
        """Edges, each once."""
        for source, kind, target, provenance in rows:
            self._sources += source
            self._targets += target
            self._kinds.append(KIND_CODES.get(kind, UNKNOWN))
            self._provenances.append(PROVENANCE_CODES.get(provenance, UNKNOWN))

    def note(self, batch: Batch) -> None:
        """Something is written while pages are read: it counts, whether they have it or not."""
        self._written.append(Batch(put=dict(batch.put), remove=dict(batch.remove)))

    def made(self) -> Adjacency:
        """What the pages held."""
        name = f"S{ID_BYTES}"
        items = np.array(self._ids, name) if self._ids else np.zeros(0, name)
        sources = np.frombuffer(bytes(self._sources), name)
        targets = np.frombuffer(bytes(self._targets), name)
        ids = np.unique(np.concatenate([items, sources, targets]))
        own = np.zeros(len(ids), np.bool_)
        own[np.searchsorted(ids, items)] = np.frombuffer(bytes(self._own), np.bool_)
        edges = (
            np.searchsorted(ids, sources).astype(np.int32),
            np.searchsorted(ids, targets).astype(np.int32),
            np.frombuffer(bytes(self._kinds), np.uint8),
            np.frombuffer(bytes(self._provenances), np.uint8),
        )
        return Adjacency(ids, own, edges)

    def caught_up(self, made: Adjacency) -> Adjacency:
        """With what was written while it was read; nothing may be written meanwhile."""
        for batch in self._written:
            made.apply(batch)
        return made


def read_adjacency(
    store: GraphReader, maker: AdjacencyMaker, cancel: Callable[[], bool]
) -> Adjacency:
    """All of a graph, page by page: so that nobody is held up. Raises `Cancelled`."""
    for first in range(256):
        if cancel():
            raise Cancelled("It was cancelled.")
        # Longer than any id, so that the last page has an end as well.
        high = bytes((first + 1,)) if first < 255 else b"\xff" * (ID_BYTES + 1)
        page = {"low": bytes((first,)), "high": high}
        items = store.run(
            "?[id, own] := *items{id, crate}, id >= $low, id < $high, "
            "own = !str_includes(crate, '@')",
            page,
            immutable=True,
        )
        maker.add_items((row[0], row[1]) for row in items)
        maker.add_edges(
            store.run(
                "?[source, kind, target, provenance] := "
                "*edges{source, kind, target, provenance}, source >= $low, source < $high",
                page,
                immutable=True,
            )
        )
    return maker.made()
