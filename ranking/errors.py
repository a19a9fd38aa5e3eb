"""What can go wrong in this package.

``RankingError``
├── ``UnknownPlace``: the place names a file that the graph doesn't know
└── ``WordsBroken``: the index of words can't be read or written
"""

from __future__ import annotations


class RankingError(Exception):
    """Root of this package's errors. Its message is one sentence fit for a user."""


class UnknownPlace(RankingError):
    """The place names a file that the graph doesn't know."""


class WordsBroken(RankingError):
    """The index of words can't be read or written; it is made anew."""
