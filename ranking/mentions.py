"""What a task or a query names: symbols, files, and plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..embedding.identifiers import identifier_words, split_identifier

_PATH: Final = re.compile(r"\b(?:r#)?[A-Za-z_]\w*(?:::(?:r#)?[A-Za-z_]\w*)+")
_FILE: Final = re.compile(r"(?<![\w:/@.-])[\w./@+-]*\w\.(?:rs|md|toml)\b")
_QUOTED: Final = re.compile(r"`([^`\n]{1,120})`")
_IDENTIFIER: Final = re.compile(r"\b[A-Za-z_]\w*\b")
_CALL: Final = re.compile(r"\b([A-Za-z_]\w*)\s*(?:\(|!\s*[(\[{]?)")
_HUMP: Final = re.compile(r"[a-z0-9][A-Z]|^[A-Z]{2,}[a-z]")

# A list of words reads as prose, not as 150 quoted strings (SIM905).
# Words of instructions and questions that name nothing in the code.
STOP_WORDS: Final = frozenset(
    """a about above add after all also an and any are as at be because been before being below but
    by can change code could create did do does doing done down each edit every few file files fix
    for from function functions get give given go had has have here how i if implement improve in
    instead into is it its itself just let like make many may me method methods more most must my
    need needs new no not now of off on once one only or other our out over own please put refactor
    remove rename replace rewrite same see should show so some struct such support take than that
    the their them then there these they this those through to too under until up update use used
    using very want was way we were what when where which while who why will with without would
    write you your""".split()  # noqa: SIM905
)

MOST_WORDS: Final = 32
"""Words of a query that are looked at; a task is a sentence or two, not a document."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text names, each list without repeats and in order of appearance."""

    symbols: tuple[str, ...]
    """Written as code: paths, ``snake_case``, ``CamelCase``, calls, anything in backticks."""
    files: tuple[str, ...]
    """File names and paths, ``./`` removed."""
    identifiers: tuple[str, ...]
    """Every word that could be an item's name as it stands."""
    words: tuple[str, ...]
    """Lower-cased split words without stop words."""
    spellings: tuple[tuple[str, int], ...]
    """Names that neighbouring words would make, with how many words each is made of: ``message
    writer`` → ``MessageWriter``, ``message_writer``."""


def read_mentions(text: str) -> Mentions:
    """Find what ``text`` names."""
    files = [m.group().removeprefix("./") for m in _FILE.finditer(text)]
    rest = _FILE.sub(" ", text)
    symbols: list[str] = []
    for quoted in _QUOTED.findall(rest):
        symbols.extend(_PATH.findall(quoted) or _IDENTIFIER.findall(quoted)[:3])
    paths = _PATH.findall(rest)
    symbols.extend(paths)
    bare = _PATH.sub(" ", rest)
    symbols.extend(_CALL.findall(bare))
    identifiers = [w for w in _IDENTIFIER.findall(bare) if len(w) > 1]
    symbols.extend(w for w in identifiers if _is_code(w))
    words = [w for w in identifier_words(rest) if w not in STOP_WORDS and len(w) > 1]
    words.extend(w for file in files for w in split_identifier(file.rsplit("/", 1)[-1][:-3]))
    return Mentions(
        symbols=_unique(s.removeprefix("r#") for s in symbols if s.lower() not in STOP_WORDS),
        files=_unique(files),
        identifiers=_unique(w for w in identifiers if w.lower() not in STOP_WORDS),
        words=_unique(words)[:MOST_WORDS],
        spellings=_spellings(words),
    )


def _spellings(words: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Two or three neighbouring words, and single words as a type's name."""
    made: dict[str, int] = {}
    words = words[:MOST_WORDS]
    for at in range(len(words)):
        for length in (1, 2, 3):
            run = words[at : at + length]
            if len(run) == length:
                made.setdefault("".join(word.capitalize() for word in run), length)
                if length > 1:
                    made.setdefault("_".join(run), length)
    return tuple(made.items())


def _is_code(word: str) -> bool:
    """Whether a word is spelt as no English word is: an underscore inside, or humps."""
    return ("_" in word.strip("_") and len(word) > 2) or _HUMP.search(word) is not None


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
