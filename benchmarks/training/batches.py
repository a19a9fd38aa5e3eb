"""Batches in which the negatives are hard: neighbours in the code and what BM25 confuses."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from .pair_file import Pair

_NEAR_OF_SEED = 3
_MATES_OF_SEED = 4


def epoch(
    pairs: Sequence[Pair], *, size: int, group: int, random_: random.Random
) -> Iterator[list[int]]:
    """Every pair about once, as places in `pairs`, `size` at a time.

    A batch consists of groups of up to `group` pairs from one crate. A group grows from seeds: each
    brings along others of its module and those whose texts BM25 finds for its query, so that every
    query meets texts that are told apart only by what they mean. Pairs of one text come together,
    since it is then encoded once. What is left over at the end of a
    crate makes smaller groups; the last batch is dropped if it is not full.
    """
    groups = _groups(pairs, group, random_)
    random_.shuffle(groups)
    batch: list[int] = []
    for members in groups:
        batch.extend(members)
        while len(batch) >= size:
            yield batch[:size]
            batch = batch[size:]


def _groups(pairs: Sequence[Pair], size: int, random_: random.Random) -> list[list[int]]:
    crates: dict[str, list[int]] = defaultdict(list)
    modules: dict[str, list[int]] = defaultdict(list)
    texts: dict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        texts[pair.text].append(at)
        crates[pair.crate].append(at)
        modules[pair.place].append(at)
    groups: list[list[int]] = []
    used: set[int] = set()
    for members in crates.values():
        order = random_.sample(members, len(members))
        group: list[int] = []
        for seed in order:
            if seed in used:
                continue
            mates = modules[pairs[seed].place]
            near = [at for at in pairs[seed].near if at not in used][:_NEAR_OF_SEED]
            beside = random_.sample(mates, min(_MATES_OF_SEED, len(mates)))
            chosen = (seed, *near, *beside)
            for at in dict.fromkeys(same for one in chosen for same in texts[pairs[one].text]):
                if at not in used:
                    used.add(at)
                    group.append(at)
            if len(group) >= size:
                groups.append(group[:size])
                used.difference_update(group[size:])
                group = []
        if group:
            groups.append(group)
    return groups


def positives(batch: Sequence[Pair]) -> list[list[bool]]:
    """Which texts must not count as negatives of which queries: [query][text].

    True off the diagonal where two pairs speak of one item, ask the same, or have one text.
    """
    keys = [(pair.item, " ".join(pair.query.lower().split()), pair.text) for pair in batch]
    return [
        [any(a == b for a, b in zip(one, other, strict=True)) for other in keys] for one in keys
    ]
