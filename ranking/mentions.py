"""What a task or a query names: symbols, files, and plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..embedding.identifiers import identifier_words, split_identifier
from .terms import terms
from .words import stem

_PATH: Final = re.compile(r"\b(?:r#)?[A-Za-z_]\w*(?:::(?:r#)?[A-Za-z_]\w*)+")
_FILE: Final = re.compile(r"(?<![\w:/@.-])[\w./@+-]*\w\.(?:rs|md|toml)\b")
_QUOTED: Final = re.compile(r"`([^`\n]{1,120})`")
_IDENTIFIER: Final = re.compile(r"\b[A-Za-z_]\w*\b")
_CALL: Final = re.compile(r"\b([A-Za-z_]\w*)\s*(?:\(|!\s*[(\[{]?)")
_HUMP: Final = re.compile(r"[a-z0-9][A-Z]|^[A-Z]{2,}[a-z]")

# Lists of words read as prose, not as 150 quoted strings (SIM905).
# What English sentences are held together by: rare in code, and so of great weight for nothing.
_ENGLISH: Final = frozenset(
    """a about after all also an and any are as at be been before being but by can do does done each
    either every for from given has have here how i if in instead into is it its itself just like
    many may me more most must my need needs no not now of off on once only or other our out over
    own same should so some such than that the their them then there these they this those through
    to too under until up use used uses using very was way we were what when where whether which
    while who why will with within without would you your""".split()  # noqa: SIM905
)
# What tasks are given with: words of code, too, but here they mostly name nothing in it.
_INSTRUCTIONS: Final = frozenset(
    """above add because below change code could create did doing down edit few file files fix
    function functions get give go had implement improve let make method methods new one please put
    refactor remove rename replace rewrite see show stand stands struct support take todo
    unimplemented want write""".split()  # noqa: SIM905
)
STOP_WORDS: Final = _ENGLISH | _INSTRUCTIONS
"""Words that no item is looked up by."""
INSTRUCTION: Final = 0.4
"""In [0, 1]: what a word that tasks are given with counts beside others."""

_UNASKED: Final = frozenset(map(stem, _ENGLISH))
_TOLD: Final = frozenset(map(stem, _INSTRUCTIONS))

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
    terms: Mapping[str, float]
    """What the index of words is asked for, with what each counts."""
    joined: tuple[str, ...]
    """Identifiers that two or three neighbouring words would make, as the index has them:
    ``message writer`` → ``messagewriter``."""

    @property
    def is_bare(self) -> bool:
        """Whether nothing is named: "write what todo!() stands for" is said of a place."""
        return not (self.words or self.symbols or self.files)


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
        terms=_terms(rest, files),
        joined=_joined(rest),
    )


def _terms(text: str, files: Sequence[str]) -> dict[str, float]:
    names = (file.rsplit("/", 1)[-1].rpartition(".")[0] for file in files)
    found: dict[str, float] = {}
    for word in f"{terms(text)} {terms(' '.join(names))}".split():
        if word not in _UNASKED:
            found[word] = found.get(word, 0.0) + (INSTRUCTION if word in _TOLD else 1.0)
            if len(found) == MOST_WORDS:
                break
    return found


def _joined(text: str) -> tuple[str, ...]:
    words = [word for word in identifier_words(text) if word not in _ENGLISH][:MOST_WORDS]
    runs = (words[at : at + length] for at in range(len(words)) for length in (2, 3))
    return _unique("".join(run) for run in runs if len(run) > 1)


def _is_code(word: str) -> bool:
    """Whether a word is spelt as no English word is: an underscore inside, or humps."""
    return ("_" in word.strip("_") and len(word) > 2) or _HUMP.search(word) is not None


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
