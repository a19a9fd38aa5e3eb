"""What earlier changes tell: which files changed for a like reason, together, and of late."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .mentions import Mentions, read_mentions

_ALIKE: Final = 30
"""Earlier changes that are listened to."""
_SHORT: Final = 3
"""Words added to a message's number of them: a message of one word says little of itself."""
_SWEEPING: Final = 12
"""Files. A change of more ties none of them together."""
_HALF: Final = 400.0
"""Changes ago that one counts 1/e of what the latest does."""
_UNSEEN: Final = 1.5
"""Changes added to a file's number of them, so that one change alone proves little."""


@dataclass(frozen=True, slots=True)
class Change:
    """A commit: the words of its subject, and the files that it changed, by their names of now."""

    subject: str
    files: tuple[str, ...]


class History:
    """Changes of a workspace, the latest first. Immutable."""

    def __init__(self, changes: Sequence[Change] = ()) -> None:
        self.changes = changes
        self._postings: dict[str, list[int]] = {}
        self._lengths: list[int] = []
        self._of: dict[str, list[int]] = {}
        self._recent: dict[str, float] = {}
        for at, change in enumerate(changes):
            words = set(read_mentions(change.subject).terms)
            self._lengths.append(len(words))
            for word in words:
                self._postings.setdefault(word, []).append(at)
            for file in change.files:
                self._of.setdefault(file, []).append(at)
                share = _age(at) / math.sqrt(len(change.files))
                self._recent[file] = self._recent.get(file, 0.0) + share

    def alike(self, mentions: Mentions) -> dict[str, float]:
        """Files that earlier changes of a like message changed, at least 0 each.

        The nearest messages vote, by the rarity of the words they share with the text; the more
        files one changed, the less it says of each (Zhou, Zhang and Lo, 2012).
        """
        count = len(self.changes)
        scores: dict[int, float] = {}
        for word, times in mentions.terms.items():
            found = self._postings.get(word, ())
            rarity = times * math.log(1 + (count - len(found) + 0.5) / (len(found) + 0.5))
            for at in found:
                scores[at] = scores.get(at, 0.0) + rarity
        near = {at: value / math.sqrt(self._lengths[at] + _SHORT) for at, value in scores.items()}
        votes: dict[str, float] = {}
        for at in sorted(near, key=lambda at: (-near[at], at))[:_ALIKE]:
            files = self.changes[at].files
            for file in files:
                votes[file] = votes.get(file, 0.0) + near[at] / math.sqrt(len(files))
        return votes

    def together(self, files: Mapping[str, float]) -> dict[str, float]:
        """Files that changed when these, with weights in [0, 1], did: the share of their changes,
        later ones counting for more (Zimmermann and others, 2005)."""
        found: dict[str, float] = {}
        for file, weight in files.items():
            beside: dict[str, float] = {}
            total = _UNSEEN
            for at in self._of.get(file, ()):
                among = self.changes[at].files
                if len(among) > _SWEEPING:
                    continue
                total += _age(at)
                for other in among:
                    if other != file:
                        beside[other] = beside.get(other, 0.0) + _age(at)
            for other, share in beside.items():
                found[other] = found.get(other, 0.0) + weight * share / total
        return found

    def recent(self, files: Collection[str]) -> dict[str, float]:
        """How much of the latest changes went into each of these files, at least 0."""
        return {file: self._recent[file] for file in files if file in self._recent}


def _age(at: int) -> float:
    return math.exp(-at / _HALF)


NO_HISTORY: Final = History()


def named_as_now(
    changes: Iterable[tuple[str, Sequence[tuple[str, str]]]],
) -> list[Change]:
    """Changes as (subject, [(name before, name after)]), the latest first, with the names that the
    files have now: renames are followed back."""
    now: dict[str, str] = {}
    found: list[Change] = []
    for subject, files in changes:
        names: list[str] = []
        for before, after in files:
            name = now.get(after, after)
            names.append(name)
            if before != after:
                now[before] = name
        found.append(Change(subject, tuple(dict.fromkeys(names))))
    return found
