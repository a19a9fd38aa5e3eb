"""Every number that ranking turns on, with its bounds and the reason for its size.

A score is the sum of each factor, in [0, 1], times its weight; the weights of a profile add up to
1, so scores are in [0, 1] too and can be compared between runs.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Factor: TypeAlias = Literal[
    "touch",
    "graph",
    "pagerank",
    "lexical",
    "vector",
    "documentation",
    "visibility",
    "distance",
    "kind",
    "production",
]

CONTEXT: Final[dict[Factor, float]] = {
    # What the place mentions is what an edit there has to spell right: nothing outweighs it.
    "touch": 0.24,
    # One or two steps away from the place or from what the task names.
    "graph": 0.15,
    # How many of the ways from the place lead there, not only the best one.
    "pagerank": 0.11,
    # The task says what to change in words that its items are often named by …
    "lexical": 0.18,
    # … or described by.
    "vector": 0.14,
    # A documented item explains itself in its first sentence.
    "documentation": 0.03,
    # What the place can't call helps little.
    "visibility": 0.03,
    # Code nearby is more often what a task is about, and its style is to be kept.
    "distance": 0.06,
    # Functions and types before modules and impl headers.
    "kind": 0.03,
    # Tests repeat the words of what they test.
    "production": 0.03,
}
"""For a task at a place."""

SEARCH: Final[dict[Factor, float]] = {
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
"""For a query without a place."""

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

PLAIN_WORD_SEED: Final = 0.75
"""In [0, 1]. An English word that happens to be an item's whole name: ``attack``, ``rules``."""

PLAIN_WORD_SHARE: Final = 0.25
"""At least 0: the power of the number of words that weight is divided by. One word of five says
less of what is meant than the only word."""

PART_NAMESAKE: Final = 0.5
"""In [0, 1]. Fields and variants are mostly named by single plain words."""

WORDS_SEED: Final = 0.7
"""In [0, 1]: a name that is made of exactly the words asked for. Below a name spelt as code."""

SPELT_SEED: Final = 0.55
"""In [0, 1]: a name that neighbouring words would make (``message writer``, `MessageWriter`)."""

SPELT_WORD_SEED: Final = 0.3
"""In [0, 1]: a type named by one plain word; every library has a `System` and a `Value`."""

LEAST_WORDS: Final = 0.25
"""In [0, 1]. Names that share less than this with the words asked for are noise."""

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

COSINE_FLOOR: Final = 0.10
COSINE_CEILING: Final = 0.65
"""Cosines of a sentence to code. For fourteen questions about the example game the median item had
-0.02 to 0.12 and the best one 0.39 to 0.64: the factor spreads what lies between."""

VECTOR_NEIGHBOURS: Final = 30
"""Items asked of the vector index for each query text; a context shows about as many."""

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

RANKED_LIMIT: Final = 200
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
"""In [0, 1]. Items that score less are not put into a context, however much room there is."""

NAME_GAIN: Final = 0.15
SIGNATURE_GAIN: Final = 0.65
FOLDED_GAIN: Final = 0.80
FULL_GAIN: Final = 1.0
"""What a model gains from an item at each level, as shares of the whole: with the signature it can
be used, with the fields it can be built, and the body mostly shows how others do it."""

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
