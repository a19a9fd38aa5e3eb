"""Doc comments as queries: sentences, and what is left of them when somebody types in haste."""

from __future__ import annotations

import random
import re

from ferrograph.embedding.identifiers import identifier_words
from ferrograph.embedding.text import first_sentence

_LEAST_WORDS = 4
_MOST_CHARS = 400
_KEYWORDS = (3, 6)

# fmt: off
_STOP_WORDS = frozenset({
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "being",
    "both", "but", "by", "can", "do", "does", "each", "either", "e.g.", "etc", "etc.", "for",
    "from", "has", "have", "how", "i.e.", "if", "in", "into", "is", "it", "its", "may", "must",
    "no", "not", "of", "on", "one", "only", "or", "other", "same", "see", "should", "so", "some",
    "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "to", "used", "using", "via", "was", "we", "when", "where", "whether", "which",
    "while", "will", "with", "would", "you", "your",
})
# Words that say nothing of what an item does, beside its own name.
_EMPTY_WORDS = _STOP_WORDS | frozenset({
    "associated", "consume", "contains", "create", "creates", "error", "errors", "function",
    "get", "gets", "given", "implementation", "instance", "internal", "method", "new", "object",
    "provides", "reference", "represents", "return", "returns", "self", "set", "sets", "struct",
    "the", "trait", "type", "types", "underlying", "value", "values",
})
# fmt: on
_CODE_BLOCK = re.compile(r"^\s*(```|~~~).*?(?:^\s*\1|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)\s+(?=[^\s\da-z])")
_PARAGRAPH = re.compile(r"\n\s*\n")
_NOT_PROSE = ("#", "|", "```", "<", "- ", "* ", "[", "=")
_DEPRECATION = re.compile(r"^(deprecated|todo|fixme|safety|note|see )\b", re.IGNORECASE)


def first_query(doc: str, name: str) -> str | None:
    """The doc's first sentence, or None where it says nothing beyond `name`."""
    sentence = first_sentence(doc)
    return sentence if _speaks(sentence, name) else None


def later_queries(doc: str, name: str) -> list[str]:
    """The prose sentences behind the first that speak of the item, in order."""
    found: list[str] = []
    for paragraph in _PARAGRAPH.split(_CODE_BLOCK.sub("\n\n", doc)):
        lines = paragraph.strip().splitlines()
        if not lines or lines[0].lstrip().startswith(_NOT_PROSE):
            continue
        text = " ".join(_LINK.sub(r"\1", " ".join(lines)).replace("`", "").split())
        found.extend(_SENTENCE_END.split(text))
    least = _LEAST_WORDS + 2
    return [s for s in found[1:] if len(s.split()) >= least and _speaks(s, name)]


def keywords(sentence: str, random_: random.Random) -> str | None:
    """Three to six of the sentence's telling words, in its order; None if it has fewer."""
    words = [w for w in re.findall(r"[\w:.'-]*\w", sentence) if w.lower() not in _STOP_WORDS]
    least, most = _KEYWORDS
    if len(words) < least:
        return None
    count = random_.randint(least, min(most, len(words)))
    # What comes first in a sentence tells most: later words are left out more often.
    chosen = sorted(sorted(range(len(words)), key=lambda at: at * 0.15 + random_.random())[:count])
    return " ".join(words[at] for at in chosen).lower()


def _speaks(sentence: str, name: str) -> bool:
    if len(sentence.split()) < _LEAST_WORDS or len(sentence) > _MOST_CHARS:
        return False
    if _DEPRECATION.match(sentence):
        return False
    own = set(identifier_words(name))
    telling = {
        word for word in identifier_words(sentence) if word not in _EMPTY_WORDS and len(word) > 1
    }
    return len(telling - own) >= 1 and len(telling) >= 2
