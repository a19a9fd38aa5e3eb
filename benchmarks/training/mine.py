"""All kinds of pairs from all sources, into one file."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .commits import Repository, commit_pairs
from .crates import Pin
from .guides import guide_pairs
from .negatives import with_negatives
from .pair_file import Pair, write_pairs
from .pairs import crate_pairs, distinct
from .reading import read_crate
from .tested import pairs_of_tests

STANDARD = ("core", "alloc", "std", "proc_macro", "test", "std_detect")
_SEED = 1
_MOST_PER_CRATE = 1800
_MOST_PER_STANDARD = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What to mine: crates with their folders, the standard library, repositories by name."""

    crates: dict[Pin, Path]
    standard: Path | None
    repositories: list[Repository]
    commits: int
    """At most so many of each repository."""


def mine(sources: Sources, out: Path, *, say: Callable[[str], None]) -> dict[str, int]:
    """Write all pairs to `out`, and what they were made from beside it; pairs by kind."""
    pairs: list[Pair] = []
    for at, (pin, folder) in enumerate(sources.crates.items(), 1):
        pairs += _of_crate(pin.name, folder, _MOST_PER_CRATE)
        if at % 20 == 0:
            say(f"{at} of {len(sources.crates)} crates, {len(pairs)} pairs")
    for name in STANDARD if sources.standard is not None else ():
        assert sources.standard is not None
        pairs += _of_crate(name, sources.standard / name, _MOST_PER_STANDARD)
        say(f"{name}, {len(pairs)} pairs")
    for repository in sources.repositories:
        random_ = random.Random(f"{_SEED} {repository.name}")
        pairs += commit_pairs(repository, random_, most=sources.commits)
        say(f"{repository.name}, {len(pairs)} pairs")
    kept = distinct(pairs)
    say(f"{len(kept)} distinct pairs; looking for negatives")
    kept = with_negatives(kept)
    write_pairs(kept, out)
    kinds = dict(Counter(pair.kind for pair in kept).most_common())
    record = {
        "crates": {pin.name: [pin.version, pin.licence] for pin in sources.crates},
        "standard_library": sources.standard is not None,
        "repositories": {
            found.name: [found.commit, found.licence] for found in sources.repositories
        },
        "pairs": kinds,
    }
    out.with_suffix("").with_suffix(".record.json").write_text(json.dumps(record, indent=1) + "\n")
    return kinds


def _of_crate(name: str, folder: Path, most: int) -> list[Pair]:
    """The crate's pairs of all kinds, a sample where there are more than `most`."""
    random_ = random.Random(f"{_SEED} {name}")
    crate = read_crate(name, folder)
    rare: Iterable[Pair] = [*guide_pairs(crate, folder, random_), *pairs_of_tests(crate)]
    common = list(crate_pairs(crate, random_))
    if len(common) > most:
        common = random_.sample(common, most)
    return [*common, *rare]
