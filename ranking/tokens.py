"""How many tokens a text has where no tokenizer can be asked: an estimate that errs high."""

from __future__ import annotations

import math
import re
from typing import Final

# What BPE vocabularies break code at. Each pattern's matches are counted, never kept.
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LONG: Final = re.compile(r"[a-z]{6}")
_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-^`{-~]+")
_INDENT: Final = re.compile(r"[ \t]{2,}")
_DIGIT: Final = re.compile(r"[0-9]")
_OTHER: Final = re.compile(r"[^\x00-\x7f]")

_PER_WORD: Final = 1.08
_PER_LONG: Final = 0.40
"""For every six lower-case letters in a row: longer words are more often in pieces."""
_PER_PUNCTUATION: Final = 1.35
"""For a run of punctuation: ``::<`` is one token in some vocabularies and three in others."""
_PER_UNDERSCORE: Final = 1.13
_PER_DIGIT: Final = 1.25
_PER_NEWLINE: Final = 0.63
_PER_INDENT: Final = 0.96
_PER_OTHER_BYTE: Final = 1.0
"""Bytes of characters beyond ASCII; vocabularies fall back to one token a byte."""

_MARGIN: Final = 1.15


def estimate_tokens(text: str) -> int:
    """A count of tokens that is seldom below what a code model's tokenizer would say.

    A weighted sum over words (split at humps and underscores), punctuation, digits, line ends and
    indents. The weights are a least-squares fit to the *largest* count that seven vocabularies
    (deepseek-coder, deepseek-llm, llama 2, llama 3, qwen2, starcoder, command-r; as llama.cpp
    tokenizes them) give each of 600 Rust and Markdown files; a margin of 15 % lifts the result over
    nearly all of them. Measured on 567 other Rust files from crates: below the true count for 1.1 %
    of the files with deepseek-coder, 0.5 % with llama 2 and none with the other three asked (qwen2,
    llama 3, starcoder); the median ratio to the true count is 1.16, 1.19, 1.53, 1.56 and 1.38. On
    pieces of 60 to 1,200 characters it is below for 3.7 % with deepseek-coder.
    """
    if not text:
        return 0
    total = (
        _PER_WORD * len(_WORD.findall(text))
        + _PER_LONG * len(_LONG.findall(text))
        + _PER_PUNCTUATION * len(_PUNCTUATION.findall(text))
        + _PER_UNDERSCORE * text.count("_")
        + _PER_DIGIT * len(_DIGIT.findall(text))
        + _PER_NEWLINE * text.count("\n")
        + _PER_INDENT * len(_INDENT.findall(text))
    )
    if not text.isascii():
        total += _PER_OTHER_BYTE * sum(len(c.encode()) for c in _OTHER.findall(text))
    return math.ceil(_MARGIN * total)
