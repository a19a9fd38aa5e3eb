"""Errors of the graph floor.

``GraphError``
├── ``StoreLocked``: another process has this database open, and it can't be shared
├── ``OwnerSilent``: the process that has it open does not answer
├── ``OwnerChanged``: that process ended before it did what it was asked to
├── ``Cancelled``: the caller asked for indexing to stop
├── ``StoreMismatch``: written by another version; it has to be rebuilt
├── ``StoreBroken``: the database can't be read
├── ``UnknownItem``: no item is called that
└── ``AmbiguousItem``: several are
"""

from __future__ import annotations


class GraphError(Exception):
    """Root of everything this package raises; the message says what to do."""


class StoreLocked(GraphError):
    """Another process has this database open, and it can't be shared with that one."""


class OwnerSilent(StoreLocked):
    """The process that has the database open does not answer."""


class OwnerChanged(GraphError):
    """The process that owned the database ended before it did what it was asked to: ask again."""


class StoreMismatch(GraphError):
    """The database was written by another version of ferrograph."""


class StoreBroken(GraphError):
    """The database can't be opened or read."""


class Cancelled(GraphError):
    """The caller asked for indexing to stop."""


class UnknownItem(GraphError):
    """No item has this name; the message suggests others."""


class AmbiguousItem(GraphError):
    """Several items have this name; the message lists what to type instead."""
