"""Errors of the graph floor.

``GraphError``
├── ``StoreLocked``: another process has this database open
├── ``Cancelled``: the caller asked for indexing to stop
├── ``StoreMismatch``: written by another version; it has to be rebuilt
└── ``StoreBroken``: the database can't be read
"""

from __future__ import annotations


class GraphError(Exception):
    """Root of everything this package raises; the message says what to do."""


class StoreLocked(GraphError):
    """Another process has this database open."""


class StoreMismatch(GraphError):
    """The database was written by another version of ferrograph."""


class StoreBroken(GraphError):
    """The database can't be opened or read."""


class Cancelled(GraphError):
    """The caller asked for indexing to stop."""
