"""Pairs of a query and the text of what it describes, from a crate's docs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator

from .pair_file import Pair
from .queries import first_query, keywords, later_queries
from .reading import Crate, Definition

_KEYWORD_SHARE = 0.3
_MODULE_REPEATS_SHARE = 0.5
_MOST_PER_QUERY_AND_CRATE = 2
_MOST_PER_QUERY = 6


def crate_pairs(crate: Crate, random_: random.Random) -> Iterator[Pair]:
    """Pairs from the docs of a crate's items and modules."""
    for item in crate.definitions:
        if item.doc and not item.test:
            yield from _item_pairs(item, random_)
    for module in crate.modules:
        if not module.doc or module.test:
            continue
        place, name = module.path.rpartition("::")[0] or module.path, module.name
        # An outline begins with the docs' first sentences, and most queries are from there.
        text = module.text(with_doc=False)
        if query := first_query(module.doc, name):
            yield Pair("module", query, text, crate.name, place, module.path)
            if random_.random() < _MODULE_REPEATS_SHARE and (short := keywords(query, random_)):
                yield Pair("module", short, text, crate.name, place, module.path)
        if later := later_queries(module.doc, name):
            for query in random_.sample(later, min(2, len(later))):
                yield Pair("module", query, text, crate.name, place, module.path)


def _item_pairs(item: Definition, random_: random.Random) -> Iterator[Pair]:
    key = "::".join(part for part in (item.module, item.owner, item.name) if part)
    if query := first_query(item.doc, item.name):
        text = item.text(with_doc=False)
        yield Pair("doc", query, text, item.crate, item.module, key)
        if random_.random() < _KEYWORD_SHARE and (short := keywords(query, random_)):
            yield Pair("keywords", short, text, item.crate, item.module, key)
    if later := later_queries(item.doc, item.name):
        text = item.text(with_doc=True)
        yield Pair("later", random_.choice(later), text, item.crate, item.module, key)


def distinct(pairs: Iterable[Pair]) -> list[Pair]:
    """Each (query, text) once, and a query that fits many items only a few times."""
    seen: set[tuple[str, str]] = set()
    here: Counter[tuple[str, str]] = Counter()
    everywhere: Counter[str] = Counter()
    kept: list[Pair] = []
    for pair in pairs:
        query = " ".join(pair.query.lower().split())
        if (query, pair.text) in seen:
            continue
        if here[pair.crate, query] >= _MOST_PER_QUERY_AND_CRATE:
            continue
        if everywhere[query] >= _MOST_PER_QUERY:
            continue
        seen.add((query, pair.text))
        here[pair.crate, query] += 1
        everywhere[query] += 1
        kept.append(pair)
    return kept
