"""Sentences and headings of Markdown, with the code they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN: Final = MarkdownIt("commonmark")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?:])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)\s+(?=[A-Z`\x02])")
_NAME: Final = re.compile("\x02(.*?)\x03")
_LINK_MARKS: Final = re.compile(r"[\[\]]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or heading, with the ``names`` it sets as code."""

    kind: Literal["heading", "sentence"]
    text: str
    names: tuple[str, ...]
    first: bool
    """Whether it is the first sentence of all."""


def sentences(markdown: str) -> list[Sentence]:
    """Headings and the sentences of paragraphs, lists included; no code, tables or quotes."""
    found: list[Sentence] = []
    tokens = _MARKDOWN.parse(markdown)
    quoted = 0
    seen = False
    for at, token in enumerate(tokens):
        quoted += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if quoted or token.type not in ("heading_open", "paragraph_open"):
            continue
        text = _marked(tokens[at + 1])
        if token.type == "heading_open":
            found.append(_sentence("heading", text, False))
            continue
        for part in _SENTENCE_END.split(text):
            if part.strip():
                found.append(_sentence("sentence", part, not seen))
                seen = True
    return found


def _marked(inline: Token) -> str:
    """The text of a block, names between two marks that no text has."""
    parts: list[str] = []
    for child in inline.children or ():
        if child.type == "code_inline":
            parts.append(f"\x02{child.content}\x03")
        elif child.type in ("text", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def _sentence(kind: Literal["heading", "sentence"], marked: str, first: bool) -> Sentence:
    # Links to items are written [`Name`], which is no link to Markdown alone.
    plain = _LINK_MARKS.sub("", marked)
    return Sentence(
        kind,
        " ".join(_NAME.sub(r"\1", plain).split()),
        tuple(_NAME.findall(marked)),
        first,
    )
