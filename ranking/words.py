"""Words compared as people mean them: plural for singular."""

from __future__ import annotations

from typing import Final

SHORTEST_PREFIX: Final = 4
"""Letters. Shorter prefixes tie words that have nothing to do with each other."""

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
