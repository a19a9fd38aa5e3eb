"""Texts as the words that the index of words holds and is asked for."""

from __future__ import annotations

import re
from typing import Final

from ..embedding.identifiers import split_identifier
from .words import stem

_IDENTIFIER: Final = re.compile(r"\w+")
_LONGEST: Final = 64
"""Characters. Longer identifiers are data: nobody asks for a hash."""
_REMEMBERED: Final = 200_000
"""Identifiers whose words are kept; a workspace of half a million lines has half as many."""


class _Terms(dict[str, str]):
    """The words of an identifier by the identifier: each is split once."""

    def __missing__(self, identifier: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(identifier) > _LONGEST:
            self[identifier] = ""
            return ""
        parts = split_identifier(identifier)
        words = [stem(part) for part in parts]
        if len(parts) > 1:
            words.append("".join(parts))
        made = self[identifier] = " ".join(words)
        return made


_terms = _Terms()


def terms(text: str) -> str:
    """The words of a text, blanks between them, in order and with repeats.

    An identifier gives its parts without their endings and, where there are several, itself as one
    word: ``MessageWriter`` and ``message_writer`` give ``message writer messagewriter``.
    """
    return " ".join(map(_terms.__getitem__, _IDENTIFIER.findall(text)))
