"""Every number that ranking turns on, with its bounds and the reason for its size.

A score is the sum of each factor, in [0, 1], times its weight; the weights of a profile add up to
1, so scores are in [0, 1] too and can be compared between runs.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

Factor: TypeAlias = Literal[
    "touch",
    "graph",
    "pagerank",
    "lexical",
    "vector",
    "kin",
    "twin",
    "alike",
    "beside",
    "member",
    "part",
    "proximity",
    "documentation",
    "visibility",
    "distance",
    "kind",
    "production",
]

PLAIN_CONTEXT: Final[dict[Factor, float]] = {
    # What the place mentions is what an edit there has to spell right: nothing outweighs it.
    "touch": 0.125,
    # One or two steps away from the place or from what the task names.
    "graph": 0.06,
    # How many of the ways from the place lead there, not only the best one.
    "pagerank": 0.02,
    # The task says what to change in words that its items are often named by …
    "lexical": 0.125,
    # … or described by.
    "vector": 0.07,
    # Methods of one type go about their work in the same ways …
    "kin": 0.10,
    # … as do those that implement one trait's method, …
    "twin": 0.055,
    # … functions with like names, signatures and documentation, …
    "alike": 0.085,
    # … and neighbours in a file.
    "beside": 0.055,
    # What the types in reach can do,
    "member": 0.085,
    # and what they are made of.
    "part": 0.03,
    # What stands near was mostly written for it, or for the same end.
    "proximity": 0.065,
    # A documented item explains itself in its first sentence.
    "documentation": 0.005,
    # What the place can't call helps little.
    "visibility": 0.04,
    # Code nearby is more often what a task is about, and its style is to be kept.
    "distance": 0.035,
    # Functions and types before modules and impl headers.
    "kind": 0.005,
    # Tests repeat the words of what they test.
    "production": 0.04,
}
"""For a task at a place, where nothing was learned."""

PLAIN_SLOPE: Final = 24.0
PLAIN_BIAS: Final = -10.5
"""Of the logarithm of the odds that an item is needed, over its score."""

PLAIN_SEARCH: Final[dict[Factor, float]] = {
    "touch": 0.0,
    # Around the best hits: what they use and who uses them.
    "graph": 0.10,
    "pagerank": 0.06,
    # Without a place, the words are all there is.
    "lexical": 0.38,
    "vector": 0.28,
    "documentation": 0.03,
    "visibility": 0.03,
    # Without a cursor: the workspace's own code before its dependencies'.
    "distance": 0.05,
    "kind": 0.03,
    "production": 0.04,
}
"""For a query without a place, where nothing was learned."""


LEARNED: Final = Path(__file__).parent / "data" / "weights.json"
"""Made by ``python -m benchmarks.learning``, which says how."""
LEARNED_FILES: Final = Path(__file__).parent / "data" / "files.json"
"""Made by ``python -m benchmarks.learning.files``, which says how."""
LEARNED_VERSION: Final = 1

_Name = TypeVar("_Name", bound=str)


def learned(path: Path, plain: dict[_Name, float], profile: str = "search") -> dict[_Name, float]:
    """The weights of a file, or ``plain`` where it has none for exactly the same factors."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        weights: dict[_Name, float] = {n: float(found[profile][n]) for n in plain}
    except (OSError, ValueError, KeyError, TypeError):
        return plain
    same = found.get("version") == LEARNED_VERSION and set(found[profile]) == set(plain)
    sound = min(weights.values()) >= 0.0 and math.isclose(sum(weights.values()), 1.0)
    return weights if same and sound else plain


SEARCH: Final = learned(LEARNED, PLAIN_SEARCH)
"""For a query without a place."""

LEARNED_CONTEXT: Final = Path(__file__).parent / "data" / "context.json"
"""Made by ``python -m benchmarks.learning.context``, which says how."""
CONTEXT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights, and what their sums say: the odds that an item is needed."""

    weights: dict[Factor, float]
    slope: float
    bias: float

    def chance(self, score: float) -> float:
        """In [0, 1]: how likely an item of that score is needed (logistic)."""
        return 1.0 / (1.0 + math.exp(-(self.slope * score + self.bias)))


def learned_context(path: Path, plain: Profile) -> Profile:
    """The profile of a file, or ``plain`` where it has none for exactly the same factors."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        weights: dict[Factor, float] = {n: float(found["weights"][n]) for n in plain.weights}
        slope, bias = float(found["slope"]), float(found["bias"])
    except (OSError, ValueError, KeyError, TypeError):
        return plain
    same = found.get("version") == CONTEXT_VERSION and set(found["weights"]) == set(weights)
    sound = min(weights.values()) >= 0.0 and math.isclose(sum(weights.values()), 1.0)
    return Profile(weights, slope, bias) if same and sound and slope > 0.0 else plain


CONTEXT_PROFILE: Final = learned_context(
    LEARNED_CONTEXT, Profile(PLAIN_CONTEXT, PLAIN_SLOPE, PLAIN_BIAS)
)
CONTEXT: Final = CONTEXT_PROFILE.weights
"""For a task at a place."""


def worth(score: float, *, at_place: bool) -> float:
    """What an item of this score is worth showing, to be weighed against its tokens; 0 is not.

    At a place it is the chance that the item is needed. A query without one knows no such chance:
    there it is the score, sharpened.
    """
    if at_place:
        chance = CONTEXT_PROFILE.chance(score)
        return chance if chance >= LEAST_CHANCE else 0.0
    return score**SHARPNESS if score >= LEAST_SCORE else 0.0


FileFactor: TypeAlias = Literal[
    "words",
    "path",
    "scope",
    "item",
    "items",
    "vector",
    "outline",
    "graph",
    "below",
    "crate",
    "alike",
    "together",
    "recent",
    "production",
]

PLAIN_FILES: Final[dict[FileFactor, float]] = {
    # All that the text says, said somewhere in the file.
    "words": 0.27,
    # Files are called after what they are about …
    "path": 0.08,
    # … and a task often begins with the name of a folder: "ignore: …".
    "scope": 0.08,
    # The best item is what a question asks for; several make it the file's subject.
    "item": 0.12,
    "items": 0.04,
    "vector": 0.04,
    "outline": 0.06,
    "graph": 0.02,
    # A folder's first file is about all that stands in the folder.
    "below": 0.02,
    # "This crate …" asks for its root.
    "crate": 0.01,
    # What was changed for a like reason before is changed again …
    "alike": 0.14,
    # … along with what always changes with it.
    "together": 0.06,
    "recent": 0.01,
    "production": 0.05,
}
"""For files, where nothing was learned."""

FILES: Final = learned(LEARNED_FILES, PLAIN_FILES, "about")
"""For the files that a text is about."""
CHANGED_FILES: Final = learned(LEARNED_FILES, PLAIN_FILES, "change")
"""For the files that a task changes."""

FILE_FIELDS: Final[dict[str, float]] = {"name": 1.0, "path": 1.0, "defines": 0.5, "text": 1.0}
"""What a word counts by where a file has it."""
PATH_FIELDS: Final[dict[str, float]] = {"name": 1.0, "path": 1.0}
"""The same where files are looked for by what they are called."""

MANNERS: Final[dict[str, float]] = {
    "selection": 1.0,
    "signature": 1.0,
    "owner": 0.9,
    "body": 0.8,
    # Its fields and methods matter as much as those of what is named, but only if it is used.
    "result": 0.6,
}
"""In [0, 1]: how much an item counts by where the place mentions it, see `touch.Manner`."""

LIKELY_TOUCH: Final = 0.7
"""In [0, 1]. A call that linking could not place, of a method that a type the place mentions has:
below `typed` edges, since another type may have one too."""

IMPORT_SEED: Final = 0.35
"""In [0, 1]. An import says a name is in use somewhere in the file, not that this item uses it."""

SYMBOL_SEED: Final = 1.0
"""In [0, 1]. A name spelt as code is as sure as the place itself."""

OTHER_PATH: Final = 0.7
"""In [0, 1]. The last name of a path fits, but not what stands before it."""

WORD_FIELDS: Final[dict[str, float]] = {
    "name": 1.0, "path": 0.7, "signature": 0.3, "doc": 0.5, "body": 0.5,
}  # fmt: skip
"""What a word counts by where an item has it."""

OTHER_FIELDS: Final = 0.4
"""In [0, 1]: what a word counts in the other fields of an item that has it in its best."""

CONTINUED_WORD: Final = 0.15
"""In [0, 1]. ``config`` for ``configuration``: what the beginning of a word, or a word it is the
beginning of, counts in a name beside the word itself."""

JOINED_WORDS: Final = 0.3
"""At least 0: what a name counts that neighbouring words make, beyond each of them."""

WORD_SEEDS: Final = 60
FOREIGN_WORD_SEEDS: Final = 20
"""Items that the index of words is asked for: the workspace's own, and its dependencies'."""

WORDS_SEED: Final = 0.7
"""In [0, 1]: a name that is made of all the words asked for. Below a name spelt as code."""

SHARED_NAME: Final = 0.8
"""In [0, 1]. Of several items with one name, any may be meant."""

DEPENDENCY_NAMESAKE: Final = 0.6
"""In [0, 1]. A name that both the workspace and a dependency define is sooner the former."""

FILE_MODULE_SEED: Final = 0.95
"""In [0, 1]: the module that a named file is."""

FILE_SEED: Final = 0.45
"""In [0, 1]. A named file is about the task as a whole; few of its items are."""

VECTOR_SEED: Final = 0.8
"""In [0, 1]: the nearest thinkable vector. Below a symbol spelt out."""

FOREIGN_VECTOR_SEED: Final = 0.8
"""The same for the dependencies' items."""

COSINE_FLOOR: Final = 0.20
COSINE_CEILING: Final = 0.70
"""Cosines of a text to code, which the factor spreads. In ripgrep, for 60 first sentences of
documentation, any item had 0.15 (median; 0.36 at the 95th percentile), the thirty nearest 0.37 to
0.64, and the item that the sentence was of 0.40 to 0.69. For 50 declarations with names and docs,
the candidates had 0.31 (median), what the body used 0.47, and the nearest 0.73."""

VECTOR_NEIGHBOURS: Final = 30
FOREIGN_VECTOR_NEIGHBOURS: Final = 10
"""Items asked of the vector index for each query text, the workspace's own and its dependencies'; a
context shows about as many."""

SEED_LIMIT: Final = 120
"""Seeds that are expanded. Most come from large functions; the lightest of them lead nowhere."""

EXPANSION_HOPS: Final = 2
"""A method of a type that the place mentions is one hop away, what that method uses two. Scores a
hop further out are too low to matter beside those."""

EXPANSION_FLOOR: Final = 0.2
"""In (0, 1). Where expansion stops: two hops along good edges from a full seed, one from a weak
one."""

EXPANSION_WIDTH: Final = 120
"""Items that the second hop starts from."""

EXPANSION_LIMIT: Final = 250
"""Items kept of each hop."""

POOL_LIMIT: Final = 320
"""Candidates whose factors are worked out: the best of seeds and expansion."""

HABITUAL_LIMIT: Final = 260
"""Candidates that functions around the place use or their types offer, beside those."""

RANKED_LIMIT: Final = 300
"""Items that leave ranking."""

PAGERANK_DAMPING: Final = 0.75
"""In (0, 1). Chance to go on along an edge (Page et al., 1999, use 0.85 for the web); less keeps
the walk nearer to its seeds, and a task's context is near."""

PAGERANK_KIND: Final[dict[str, float]] = {
    "calls": 1.0,
    "uses_type": 0.9,
    "implements": 0.6,
    "overrides": 0.6,
    "associated": 0.7,
    "derives": 0.2,
    "tests": 0.5,
    "documents": 0.5,
    "expands_to": 0.5,
    "re_exports": 0.2,
    "imports": 0.2,
    "contains": 0.15,
}
"""How much of a walk goes along an edge of each kind; ``contains`` ties everything in a module."""

PAGERANK_BACKWARD: Final = 0.4
"""In [0, 1]. An edge walked against its direction, as a share of it: users tell less than uses."""

LEAST_SCORE: Final = 0.12
"""In [0, 1]. Without a place, items that score less are not put into a context, however much room
there is."""

LEAST_CHANCE: Final = 0.002
"""In [0, 1]. At a place, items less likely to be needed are not either."""

NAME_GAIN: Final = 0.15
BRIEF_GAIN: Final = 0.82
SIGNATURE_GAIN: Final = 0.87
FOLDED_GAIN: Final = 0.93
FULL_GAIN: Final = 1.0
"""What a model gains from an item at each level, as shares of the whole: with the bare declaration
it can be used, its first sentence says what for, with the fields it can be built, and the body
mostly shows how others do it."""

DEPENDENCY_BODY: Final = 0.3
"""In [0, 1]: how much of the gain by a body or full documentation is left in a dependency. Its
signatures are the contract; its bodies call what the task's code can't."""

MORE_ON_FIELDS: Final = 0.4
"""In [0, 1]: how much of the gain is left where all fields or variants are shown already and only
their documentation is missing."""

SHARPNESS: Final = 2.0
"""At least 1: the power a score is raised to before it is weighed against tokens. With 1, forty
signatures that hardly matter cost as much as, and would come before, the one body that does."""

TARGET_SHARE: Final = 0.75
"""In (0, 1). The most of a budget that the task's own item takes; what it needs gets the rest."""

DUPLICATE_OVERLAP: Final = 0.85
"""In (0, 1]. Two items of one name whose words overlap by this share (Jaccard) are shown once."""
