"""Words compared as people mean them: plural for singular, ``crit`` for ``critical``."""

from __future__ import annotations

from typing import Final

SHORTEST_PREFIX: Final = 4
"""Letters. Shorter prefixes tie words that have nothing to do with each other."""

PREFIX_QUALITY: Final = 0.7
"""What a prefix counts beside the same word."""

_ENDINGS: Final = ("ing", "ies", "ed", "es", "s")


def stem(word: str) -> str:
    """The word without the ending of a plural or a verb's form. Deliberately crude: both sides of a
    comparison go through it, and three letters always stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            if ending == "s" and word.endswith(("ss", "us", "is")):
                return word
            kept = word[: -len(ending)]
            if ending == "ies":
                return kept + "y"
            if ending == "es" and not kept.endswith(("s", "x", "z", "ch", "sh")):
                return kept + "e"
            doubled = len(kept) > 3 and kept[-1] == kept[-2] and kept[-1] not in "lsz"
            if doubled and ending in ("ing", "ed"):
                return kept[:-1]
            return kept
    return word


def likeness(asked: str, found: str) -> float:
    """How well one stemmed word answers another: 1 the same, `PREFIX_QUALITY` a prefix, else 0."""
    if asked == found:
        return 1.0
    short, long = (asked, found) if len(asked) < len(found) else (found, asked)
    return PREFIX_QUALITY if len(short) >= SHORTEST_PREFIX and long.startswith(short) else 0.0
