"""Which tokens of an expansion came from the text that was expanded.

A compiler knows, rust-analyzer tells only the text. So tokens are aligned in order, as a diff does;
of the names that stay, those that the text has exactly once are taken for that one.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from .macro_rules import Expansion

_TOKEN: Final = re.compile(
    r"""(?:b|c)?"(?:[^"\\]|\\.)*"|(?:b|c)?r(?P<h>\#*)".*?"(?P=h)|'(?:[^'\\\n]|\\.)'|'?(?:r\#)?\w+|[^\w\s]""",
    re.DOTALL,
)
_NAME: Final = re.compile(r"(?:r#)?[^\W\d]\w*")
_KEYWORDS: Final = frozenset(
    (
        "as", "async", "await", "box", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true",
        "type", "union", "unsafe", "use", "where", "while",
    )
)  # fmt: skip
_MOST_TOKENS: Final = 4000
"""Of either text. Aligning takes their product at worst; larger ones are told apart by name."""


class _Token(NamedTuple):
    text: str
    start: int
    """Bytes."""


def span_map(expansion: str, source: str, place: int) -> Expansion:
    """An expansion with its spans into ``source``, which stands at byte ``place`` of its file."""
    made, given = _tokens(expansion), _tokens(source)
    at: dict[int, int] = {}
    if len(made) <= _MOST_TOKENS and len(given) <= _MOST_TOKENS:
        matcher = SequenceMatcher(
            None, [t.text for t in made], [t.text for t in given], autojunk=False
        )
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                at[block.a + step] = given[block.b + step].start
    counts = Counter(t.text for t in given)
    once = {t.text: t.start for t in given if counts[t.text] == 1}
    spans: list[tuple[int, int, int]] = []
    for index, token in enumerate(made):
        found = at.get(index)
        if found is None and _NAME.fullmatch(token.text) and token.text not in _KEYWORDS:
            found = once.get(token.text)
        if found is not None:
            end = token.start + len(token.text.encode())
            spans.append((token.start, end, place + found))
    return Expansion(expansion.encode(), tuple(spans))


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    # Offsets in characters become bytes on the way.
    characters = size = 0
    for token in _TOKEN.finditer(text):
        size += len(text[characters : token.start()].encode())
        characters = token.start()
        found.append(_Token(token.group(), size))
    return found
