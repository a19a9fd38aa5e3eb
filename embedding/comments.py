"""Rust source without its comments."""

import re

# What must be recognised so that a `//` inside a string is not taken for a comment. A lone quote
# (a lifetime, or a string that an edit has not closed yet) matches nothing and is passed over.
_LEXEME = re.compile(
    r"""
      (?P<line>//[^\n]*)
    | (?P<block>/\*)
    | \b[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)
    | "(?:[^"\\]|\\.)*"
    | '(?:[^'\\\n]|\\[^\n][^'\n]*)'
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_TRAILING_SPACE = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n\s*\n")


def strip_comments(source: str) -> str:
    """`source` without line, block (nested) and doc comments, blank lines and trailing spaces.

    String and character literals keep their text. Broken source is handled as far as it reads: an
    unclosed block comment runs to the end, an unclosed string is left as it is.
    """
    kept: list[str] = []
    start = at = 0
    while lexeme := _LEXEME.search(source, at):
        at = lexeme.end()
        if lexeme.lastgroup not in ("line", "block"):
            continue
        kept.append(source[start : lexeme.start()])
        if lexeme.lastgroup == "block":
            kept.append(" ")  # `a/**/b` is two tokens
            at = _end_of_block(source, at)
        start = at
    kept.append(source[start:])
    text = _TRAILING_SPACE.sub("", "".join(kept))
    return _BLANK_LINES.sub("\n", text).strip("\n")


def _end_of_block(source: str, at: int) -> int:
    """The offset behind the block comment whose `/*` ends at `at`; Rust's block comments nest."""
    depth = 1
    while edge := _BLOCK_EDGE.search(source, at):
        at = edge.end()
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return at
    return len(source)
