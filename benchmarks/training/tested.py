"""The names of tests, and the functions that they test."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ferrograph.embedding.identifiers import split_identifier

from .pair_file import Pair
from .reading import Crate, Definition

_LEAST_WORDS = 3
_CALL = re.compile(r"\b([a-z_]\w+)\s*(?:::<[^>]*>)?\(")
_EMPTY = frozenset(("test", "tests", "it", "works", "should", "can", "check", "basic", "simple"))


def pairs_of_tests(crate: Crate) -> Iterator[Pair]:
    """A test's name as words, and the one function that it both calls and is named after."""
    functions: dict[str, list[Definition]] = defaultdict(list)
    for item in crate.definitions:
        if item.kind in ("function", "method") and not item.test and not item.trait_impl:
            functions[item.name].append(item)
    for test in crate.definitions:
        if not test.test or test.kind != "function":
            continue
        words = [word for word in split_identifier(test.name) if word not in ("test", "tests")]
        if len([word for word in words if word not in _EMPTY]) < _LEAST_WORDS:
            continue
        fitting = [
            functions[name][0]
            for name in dict.fromkeys(_CALL.findall(test.body))
            if len(functions.get(name, ())) == 1 and set(split_identifier(name)) <= set(words)
        ]
        if fitting:
            item = max(fitting, key=lambda item: len(item.name))
            key = "::".join(part for part in (item.module, item.owner, item.name) if part)
            text = item.text(with_doc=True)
            yield Pair("test", " ".join(words), text, crate.name, item.module, key)
