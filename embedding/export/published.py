"""Figures that others published for all-MiniLM-L6-v2, computed with sentence-transformers.

The vectors' first six components and token ids are those that R's `sbert` package tests itself
against; the similarities stand in the sentence-transformers documentation's first example.
"""

TEXTS = (
    "This is an example sentence",
    "Each sentence is converted.",
    "",
    "Café déjà vu — 東京",
)

TOKEN_IDS = (
    (101, 2023, 2003, 2019, 2742, 6251, 102),
    (101, 2169, 6251, 2003, 4991, 1012, 102),
    (101, 102),
    (101, 7668, 2139, 3900, 24728, 1517, 1879, 1755, 102),
)

FIRST_COMPONENTS = (
    (0.06765693, 0.06349593, 0.04871314, 0.07930495, 0.03744806, 0.00265273),
    (0.07853645, 0.08856265, -0.00209270, -0.00717247, -0.01252624, 0.01881747),
    (-0.11883835, 0.04829856, -0.00254805, -0.01101118, 0.05195070, 0.01029179),
    (0.05083271, 0.00967685, 0.09635572, -0.00997369, -0.01987603, 0.01692343),
)

SIMILAR_TEXTS = (
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
)

SIMILARITIES = (
    (1.0000, 0.6660, 0.1046),
    (0.6660, 1.0000, 0.1411),
    (0.1046, 0.1411, 1.0000),
)
