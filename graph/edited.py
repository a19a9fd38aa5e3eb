"""An edited file as it was and as it is, and what of the difference can't be followed in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from .changes import Seen, UseSeen, seen_in, uses_of
from .reach import names_of
from .symbols import Definition, Part, Scope

_Globs: TypeAlias = tuple[list[tuple[str, ...]], dict[int, Scope]]
"""The paths of globs, and what each opens, by its position."""

_Answers: TypeAlias = tuple[
    dict[tuple[str, str], Definition | None], list[tuple[Scope, bool]] | None, int
]
"""A scope's ``cache``, ``reached`` and ``epoch``."""


@dataclass(slots=True, eq=False)
class Edited:
    """A file of a crate that was built again, came or went."""

    part: Part
    before: dict[bytes, Seen] = field(default_factory=dict[bytes, Seen])
    """Its definitions as they were, by id; none where it came."""
    after: dict[bytes, Seen] = field(default_factory=dict[bytes, Seen])
    """As they are; none where it went."""
    uses: set[UseSeen] = field(default_factory=set[UseSeen])
    """Its imports as they were."""
    scopes: list[Scope] = field(default_factory=list[Scope])
    """Its scopes as they were."""
    opened: dict[Scope, _Globs] = field(default_factory=dict[Scope, "_Globs"])
    """The globs of its scopes, and what they opened."""
    answers: dict[Scope, _Answers] = field(default_factory=dict[Scope, "_Answers"])
    """What its scopes kept of earlier lookups."""
    is_gone: bool = False


def as_it_is(part: Part) -> Edited:
    """A file before it is built again."""
    return Edited(
        part,
        seen_in(part),
        uses=uses_of(part),
        scopes=part.scopes,
        opened={s: (glob_paths(s), dict(s.opened)) for s in part.scopes if s.globs},
        answers={s: (s.cache, s.reached, s.epoch) for s in part.scopes},
    )


def restore_answers(edited: list[Edited]) -> bool:
    """Give scopes back what they kept before the edit, where all of them still lead to the same."""
    for entry in edited:
        for scope in entry.part.scopes:
            if scope.globs and scope.opened != entry.opened.get(scope, ([], {}))[1]:
                return False
    for entry in edited:
        for scope, (cache, reached, epoch) in entry.answers.items():
            scope.cache, scope.reached, scope.epoch = cache, reached, epoch
    return True


def glob_paths(scope: Scope) -> list[tuple[str, ...]]:
    """The names along the path of each glob of a scope."""
    return [names_of(use) for use in scope.globs]


def macros_of(seen: Mapping[bytes, Seen]) -> dict[bytes, tuple[Any, ...]]:
    """The macros a file defines, as others find them, and the modules that hand theirs up."""
    return {
        # What it expands to aside: where that changes, its expansions are among the files edited.
        identity: (*entry.surface[:3], *entry.surface[4:])
        for identity, entry in seen.items()
        if entry.definition.kind == "macro"
        or (entry.surface and any(_MACRO_ATTRIBUTE.match(a) for a in entry.surface[1]))
    }


_MACRO_ATTRIBUTE: Final = re.compile(r"macro_use\b|.*proc_macro")


def reordered(before: Mapping[bytes, Seen], after: Mapping[bytes, Seen]) -> bool:
    """Whether files come in another order: of two macros of one name the first one counts."""
    return _files(before, after) != _files(after, before)


def repathed(before: Mapping[bytes, Seen], after: Mapping[bytes, Seen]) -> bool:
    """Whether a file is declared with another ``#[path]``: its own modules are elsewhere then."""
    old, new = _paths(before), _paths(after)
    return any(new.get(i) != path for i, path in old.items()) or any(
        i in before for i in new if i not in old
    )


def _paths(seen: Mapping[bytes, Seen]) -> dict[bytes, tuple[Any, ...]]:
    """What is said of where the files of modules are, where anything is said."""
    return {
        identity: (entry.surface[3][1], *(a for a in entry.surface[1] if "path" in a))
        for identity, entry in seen.items()
        if entry.definition.kind == "module"
        and entry.surface
        and (entry.surface[3][1] or any("path" in a for a in entry.surface[1]))
    }


def _files(seen: Mapping[bytes, Seen], other: Mapping[bytes, Seen]) -> list[bytes]:
    return [
        identity
        for identity, entry in seen.items()
        if entry.definition.kind == "module"
        and identity in other
        and entry.surface
        and not entry.surface[3][0]
    ]
