"""The named factors of a score, each in [0, 1]. Pure functions of what retrieval found."""

from __future__ import annotations

import math
import re
from typing import Final

from ..graph.model import GraphItem
from .focus import Focus
from .mentions import Mentions
from .words import stem

_KINDS: Final[dict[str, float]] = {
    "function": 1.0,
    "method": 1.0,
    "struct": 1.0,
    "enum": 1.0,
    "trait": 1.0,
    "union": 0.9,
    "type": 0.8,
    "const": 0.8,
    "static": 0.8,
    "macro": 0.8,
    "section": 0.6,
    "impl": 0.4,
    "module": 0.3,
    "crate": 0.1,
}

_GOOD_DOC: Final = 160
"""Characters. Documentation of this length or more explains an item."""

_TEST_FILE: Final = re.compile(r"(?:^|/)(?:tests|benches|test_\w+|\w+_tests?)(?:/|\.rs$)")
_TEST_PATH: Final = re.compile(r"::tests?::|::tests?$")
_TEST_CFG: Final = re.compile(r"(?<!\w)test(?!\w)")
_TEST_WORDS: Final = frozenset(("test", "bench", "assert", "mock", "fixture", "regression"))


def documentation(item: GraphItem) -> float:
    """0 without documentation, 1 from `_GOOD_DOC` characters on, growing with the square root."""
    return min(1.0, math.sqrt(len(item.doc) / _GOOD_DOC))


def kind(item: GraphItem) -> float:
    """Functions and types first."""
    return _KINDS.get(item.kind, 0.5)


def is_test_code(item: GraphItem) -> bool:
    """A test, or code that exists only for tests."""
    # Most have nothing of it: that is seen sooner without the patterns.
    return (
        (bool(item.attrs) and item.is_test)
        or (item.cfg != "" and _TEST_CFG.search(item.cfg) is not None)
        or ("::test" in item.qualified_path and _TEST_PATH.search(item.qualified_path) is not None)
        or (not item.is_dependency and _TEST_FILE.search(item.file) is not None)
    )


def wants_tests(mentions: Mentions, focus: Focus | None) -> bool:
    """Whether the task is about tests, or stands in one."""
    if any(stem(word) in _TEST_WORDS for word in mentions.words):
        return True
    return focus is not None and focus.target is not None and is_test_code(focus.target)


def visibility(item: GraphItem, focus: Focus | None, holder: GraphItem | None = None) -> float:
    """Whether the place could name the item: 1 yes, 0.2 no; without a place, 1 if it is public,
    0.6 if partly, 0.3 if private.

    ``holder`` is the impl block or trait that a method stands in: items of a trait carry no
    visibility of their own and are as visible as the trait.
    """
    if holder is not None and holder.kind == "trait":
        item = holder
    if item.visibility == "pub" or item.kind in ("impl", "section", "crate"):
        return 1.0
    if holder is not None and holder.kind == "impl" and " for " in holder.name:
        return 1.0
    module = focus.module if focus is not None else None
    if module is None:
        return 0.6 if item.visibility else 0.3
    if item.crate != module.crate:
        return 0.2
    if item.visibility:
        return 1.0
    # Private names are seen in the module that defines them and everywhere below it.
    path = item.qualified_path.rsplit("::", 2 if item.kind == "method" else 1)[0]
    return 1.0 if f"{module.qualified_path}::".startswith(f"{path}::") else 0.2


def distance(item: GraphItem, focus: Focus | None) -> float:
    """1 in the target itself, less by owner, file, folder, module, crate, workspace, dependency."""
    if focus is None:
        return 0.15 if item.is_dependency else 1.0
    if item.is_dependency:
        return 0.1
    if item.id in focus.member_ids:
        return 1.0
    owner = focus.owner
    if owner is not None and item.parent == owner.id:
        return 0.95
    if item.file == focus.place.file:
        return 0.85
    module = focus.module
    if module is None or item.crate != module.crate:
        return 0.35
    if item.file.rpartition("/")[0] == focus.place.file.rpartition("/")[0]:
        return 0.75
    shared = _shared_depth(item.qualified_path, module.qualified_path)
    depth = max(1, module.qualified_path.count("::"))
    return 0.4 + 0.3 * min(1.0, max(0, shared - 1) / depth)


def _shared_depth(a: str, b: str) -> int:
    shared = 0
    for x, y in zip(a.split("::"), b.split("::"), strict=False):
        if x != y:
            break
        shared += 1
    return shared
