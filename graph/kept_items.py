"""Items that were read before, kept until they are written again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from .batch import Batch
from .model import GraphItem, NodeId

_MOST: Final = 16_384
"""Items: some 13 MB with their documentation."""


@dataclass(slots=True)
class Hits:
    """How often something was there already."""

    found: int = 0
    missed: int = 0

    @property
    def rate(self) -> float:
        """In [0, 1]; 0 where nothing was asked."""
        asked = self.found + self.missed
        return self.found / asked if asked else 0.0


class KeptItems:
    """The items that were asked for last. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._items: OrderedDict[NodeId, GraphItem] = OrderedDict()
        self._writes = 0
        self.hits = Hits()

    def items(
        self, ids: Sequence[NodeId], read: Callable[[Sequence[NodeId]], list[GraphItem]]
    ) -> list[GraphItem]:
        """These items, in the order asked; those that aren't here are read."""
        found: dict[NodeId, GraphItem] = {}
        with self._lock:
            writes = self._writes
            for id in ids:
                item = self._items.get(id)
                if item is not None:
                    self._items.move_to_end(id)
                    found[id] = item
            self.hits.found += len(found)
            self.hits.missed += len(ids) - len(found)
        missing = [id for id in ids if id not in found]
        if missing:
            fresh = {item.id: item for item in read(missing)}
            found.update(fresh)
            with self._lock:
                # What was written while it was read may be read as it was before.
                if writes == self._writes:
                    self._items.update(fresh)
                    while len(self._items) > self._most:
                        self._items.popitem(last=False)
        return [found[id] for id in ids if id in found]

    def written(self, batch: Batch | None) -> None:
        """Forget what a write made others of; None is all."""
        with self._lock:
            self._writes += 1
            if batch is None:
                self._items.clear()
                return
            for rows in (batch.put.get("items", ()), batch.remove.get("items", ())):
                for row in rows:
                    self._items.pop(row[0], None)
