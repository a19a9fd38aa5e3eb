"""How many tokens a text has where no tokenizer can be asked: an estimate that errs high."""

from __future__ import annotations

import functools
import math
from typing import Final


def _classes(**members: bytes) -> bytes:
    """A table that gives every byte the letter of its class, ``.`` for those in none."""
    table = bytearray(b"." * 256)
    for letter, group in members.items():
        for byte in group:
            table[byte] = ord(letter)
    return bytes(table)


# What BPE vocabularies break code at. Texts become strings of classes, in which runs are counted:
# some 20 searches for a byte or two, a quarter of the time that patterns take.
_LOWER: Final = b"abcdefghijklmnopqrstuvwxyz"
_UPPER: Final = _LOWER.upper()
_PUNCTUATION: Final = bytes(b for b in range(33, 127) if not chr(b).isalnum() and b != ord("_"))
_ALL: Final = _classes(
    a=_LOWER, A=_UPPER, d=b"0123456789", u=b"_", n=b"\n", o=bytes(range(128, 256))
)
_ONLY_LOWER: Final = _classes(a=_LOWER)
_ONLY_PUNCTUATION: Final = _classes(p=_PUNCTUATION)
_ONLY_BLANK: Final = _classes(s=b" \t")
_CAPITALS: Final = _classes(A=b"AB")

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


_SHORT: Final = 2000
"""Characters. Shorter texts are asked for again and again: signatures, headers."""


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
    return _remembered(text) if len(text) < _SHORT else _estimate(text)


def _estimate(text: str) -> int:
    if not text:
        return 0
    # Each string of classes begins with one more, so that every run has something before it.
    raw = b"\0" + text.encode("utf-8", "replace")
    classes = raw.translate(_ALL)
    lower = raw.translate(_ONLY_LOWER)
    # Words are runs of one case, but a single capital belongs to the small letters behind it.
    humps = classes.replace(b"Aa", b"Ba")
    capitals = humps.translate(_CAPITALS)
    words = lower.count(b".a") + capitals.count(b".A") - (humps.count(b"B") - humps.count(b"AB"))
    total = (
        _PER_WORD * words
        + _PER_LONG * lower.count(b"aaaaaa")
        + _PER_PUNCTUATION * raw.translate(_ONLY_PUNCTUATION).count(b".p")
        + _PER_UNDERSCORE * classes.count(b"u")
        + _PER_DIGIT * classes.count(b"d")
        + _PER_NEWLINE * classes.count(b"n")
        + _PER_INDENT * raw.translate(_ONLY_BLANK).count(b".ss")
        + _PER_OTHER_BYTE * classes.count(b"o")
    )
    return math.ceil(_MARGIN * total)


_remembered = functools.lru_cache(maxsize=8192)(_estimate)
