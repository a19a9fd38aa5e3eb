"""Versions and version requirements as Cargo reads them.

The rules are those of The Cargo Book, "Specifying Dependencies", and of semver.org 2.0.0 for the
order of pre-releases.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_COMPARATOR = re.compile(
    r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+|[*xX])(?:\.(\d+|[*xX]))?(?:\.(\d+|[*xX]))?"
    r"(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)


class Version(NamedTuple):
    """Compares as semver does; build metadata is left out."""

    major: int
    minor: int
    patch: int
    stage: tuple[tuple[int, int, str], ...]
    """Sorts every pre-release before the release."""

    @property
    def is_prerelease(self) -> bool:
        """Whether it has a part such as ``-rc.1``."""
        return self.stage != _RELEASE


_RELEASE = ((2, 0, ""),)
_FIRST_STAGE: tuple[tuple[int, int, str], ...] = ()


def parse_version(text: str) -> Version | None:
    """``1.2.3-rc.1+build``, or None for anything that isn't three numbers."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        return None
    return Version(int(found[1]), int(found[2]), int(found[3]), _stage(found[4]))


def _stage(text: str | None) -> tuple[tuple[int, int, str], ...]:
    if text is None:
        return _RELEASE
    parts = text.split(".")
    # Numbers sort before words, and by value.
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def matches(requirement: str, version: Version) -> bool:
    """Whether ``version`` fits; a requirement that can't be read fits nothing."""
    bounds = [_bounds(part) for part in requirement.split(",") if part.strip()]
    allows_stage = not version.is_prerelease
    for bound in bounds:
        if bound is None:
            return False
        low, high, staged = bound
        if version < low or (high is not None and version >= high):
            return False
        # 1.2.3-rc.1 fits only a requirement that speaks of pre-releases of 1.2.3.
        allows_stage = allows_stage or (staged is not None and staged[:3] == version[:3])
    return allows_stage


_Bounds = tuple[Version, Version | None, Version | None]


def _bounds(text: str) -> _Bounds | None:
    """(lowest, first beyond, the version if it names a pre-release)."""
    found = _COMPARATOR.fullmatch(text.strip())
    if found is None:
        return None
    operator = found[1] or "^"
    numbers: list[int] = []
    for part in found.group(2, 3, 4):
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    if any(part is not None and not part.isdigit() for part in found.group(2, 3, 4)):
        # 1.*: what stands before the star is fixed.
        operator = "=" if found[1] is None else operator
    if not numbers:
        return Version(0, 0, 0, _FIRST_STAGE), None, None
    stage = _stage(found[5]) if len(numbers) == 3 else _RELEASE
    padded = [*numbers, 0, 0][:3]
    given = Version(padded[0], padded[1], padded[2], stage)
    whole = len(numbers) == 3
    low = given if whole else given._replace(stage=_FIRST_STAGE)
    beyond = _after(given) if whole else _next(numbers, len(numbers) - 1)
    staged = given if given.is_prerelease else None
    lowest = Version(0, 0, 0, _FIRST_STAGE)
    if operator == "=":
        return low, beyond, staged
    if operator == ">":
        return beyond, None, staged
    if operator == ">=":
        return low, None, staged
    if operator == "<":
        return lowest, low, staged
    if operator == "<=":
        return lowest, beyond, staged
    if operator == "~":
        return low, _next(numbers, min(1, len(numbers) - 1)), staged
    # ^: the first number that isn't zero may not change.
    fixed = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return low, _next(numbers, fixed), staged


def _next(numbers: list[int], at: int) -> Version:
    """The first version whose number at ``at`` is one higher, its pre-releases included."""
    raised = [*numbers[:at], numbers[at] + 1, 0, 0, 0]
    return Version(raised[0], raised[1], raised[2], _FIRST_STAGE)


def _after(version: Version) -> Version:
    """The smallest version after a whole one."""
    return version._replace(stage=(*version.stage, (0, -1, "")))
