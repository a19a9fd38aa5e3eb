"""What can go wrong in this package.

``ServerError``: the message is one sentence for the user
├── ``NoModel``: nothing is configured that could answer
├── ``BadPlace``: a place that names no file, line or item
└── ``Withdrawn``: the document changed under an edit, or another request took its place
"""

from __future__ import annotations


class ServerError(Exception):
    """Root of this package's errors."""


class NoModel(ServerError):
    """No model is configured."""


class BadPlace(ServerError):
    """A place that names no file, line or item."""


class Withdrawn(ServerError):
    """What was asked for no longer fits the document."""


def sentence(error: BaseException) -> str:
    """An error as one line for the user; errors of our own packages already are."""
    words = " ".join(str(error).split())
    return (
        words if is_expected(error) and words else f"{type(error).__name__}: {words}".rstrip(": ")
    )


def is_expected(error: BaseException) -> bool:
    """Whether an error is one of our own packages', and so says what to do; others are bugs."""
    return type(error).__module__.split(".", 1)[0] == __name__.split(".", 1)[0]


def as_sentence(text: str) -> str:
    """Problems are clauses; messages are sentences."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
