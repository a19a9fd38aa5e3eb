"""Markdown files to the same facts as Rust files: each heading is an item of kind "section"."""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .facts import NO_GENERICS, FileFacts, Item, Problem

LARGEST_MARKDOWN = 2_000_000
"""Bytes. Parsing is pure Python; what is larger is a generated listing."""

_LONGEST_TEXT = 4_000
"""Characters of one heading or paragraph that are kept: brackets cost time squared."""

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_FENCE = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*(?:\r\n|\r|\n)")
_FENCE_END = re.compile(rb"(?:^|(?<=[\r\n]))(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|$)")
_TAGS = re.compile(r"^tags[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_TAG_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_MARKS = re.compile(rb"[ \t]*#{1,6}(?:[ \t]+|$)")

# Only blocks are parsed over the whole file; inlines only of what is shown.
_BLOCKS = MarkdownIt("commonmark").disable("inline")
_INLINES = MarkdownIt("commonmark")


class _Heading(NamedTuple):
    level: int
    line: int
    name: str
    doc: str


def parse_markdown(source: bytes) -> FileFacts:
    """Parse one Markdown file (CommonMark). Never raises.

    A section spans from its heading to the next heading of the same or a higher level; its parent
    is the section around it; ``doc`` is its first paragraph as plain text, ``signature`` its
    heading with the marks (``## Usage``), ``detail`` is ``(level,)``. Tags of a YAML front matter
    (``tags: [a, b]``) become attributes ``tag:a`` of the file and of every section.
    """
    size = len(source)
    starts = [0, *(found.end() for found in _NEWLINE.finditer(source))]
    lines = len(starts) - (starts[-1] == size)
    if size > LARGEST_MARKDOWN:
        limit = LARGEST_MARKDOWN / 1e6
        message = f"left out: {size / 1e6:.1f} MB is more than the {limit:.0f} MB read"
        return FileFacts((), (), (), {}, (Problem(0, size, message),), "", (), lines, size)
    problems: list[Problem] = []
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"not UTF-8: byte {error.start} can't be read"
        problems.append(Problem(error.start, error.end, where))
    body, tags = _front_matter(source)
    first_line = _newlines(source[:body])
    text = source[body:].decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        doc, headings = _headings(_BLOCKS.parse(text), first_line)
    except RecursionError:
        problems.append(Problem(0, size, "nested too deeply to be read"))
        doc, headings = "", []
    return FileFacts(
        tuple(_sections(source, starts, lines, headings, tags)),
        (),
        (),
        {},
        tuple(problems),
        doc,
        tags,
        lines,
        size,
    )


def _newlines(source: bytes) -> int:
    return sum(1 for _ in _NEWLINE.finditer(source))


def _front_matter(source: bytes) -> tuple[int, tuple[str, ...]]:
    """Where the text begins after a front matter, and the tags that it names."""
    opened = _FENCE.match(source)
    if opened is None:
        return 0, ()
    closed = _FENCE_END.search(source, opened.end())
    if closed is None:
        return 0, ()
    text = source[opened.end() : closed.start()].decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _TAGS.search(text)
    if found is None:
        return closed.end(), ()
    written = found[1].strip()
    parts = written.removeprefix("[").removesuffix("]").split(",")
    if not written:
        parts = []
        for line in text[found.end() :].lstrip("\n").split("\n"):
            item = _TAG_ITEM.fullmatch(line)
            if item is None:
                break
            parts.append(item[1])
    tags = dict.fromkeys(part.strip().strip("\"'").strip() for part in parts)
    return closed.end(), tuple(f"tag:{tag}" for tag in tags if tag)


def _headings(tokens: list[Token], first_line: int) -> tuple[str, list[_Heading]]:
    """The first paragraph of the file, and its headings; not those inside lists and quotes."""
    doc = ""
    found: list[_Heading] = []
    open_paragraph = False
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            level = int(token.tag[1:])
            name = _plain(tokens[at + 1].content)
            found.append(_Heading(level, first_line + token.map[0], name, ""))
            open_paragraph = True
        elif token.type == "paragraph_open" and token.level == 0:
            if found and open_paragraph:
                found[-1] = found[-1]._replace(doc=_plain(tokens[at + 1].content))
                open_paragraph = False
                doc = doc or found[-1].doc
            elif not found and not doc:
                doc = _plain(tokens[at + 1].content)
    return doc, found


def _plain(content: str) -> str:
    """Inline Markdown without its marks."""
    parts: list[str] = []
    for token in _INLINES.parseInline(content[:_LONGEST_TEXT]):
        for child in token.children or ():
            if child.type in ("text", "code_inline", "text_special"):
                parts.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                parts.append(" ")
            elif child.type == "image":
                parts.append(child.content)
    return " ".join("".join(parts).split())


def _sections(
    source: bytes, starts: list[int], lines: int, headings: list[_Heading], tags: tuple[str, ...]
) -> list[Item]:
    found: list[Item] = []
    around: list[int] = []
    ends = _last_lines(headings, lines)
    for index, heading in enumerate(headings):
        while around and headings[around[-1]].level >= heading.level:
            around.pop()
        start = starts[heading.line]
        end = starts[ends[index]] if ends[index] < len(starts) else len(source)
        name_start, name_end = _name_span(source, start, starts, heading.line)
        found.append(
            Item(
                "section",
                heading.name,
                around[-1] if around else -1,
                start,
                start,
                end,
                name_start,
                name_end,
                heading.line,
                max(heading.line, ends[index] - 1),
                f"{'#' * heading.level} {heading.name}".rstrip(),
                "",
                heading.doc,
                tags,
                NO_GENERICS,
                (heading.level,),
                -1,
            )
        )
        around.append(index)
    return found


def _last_lines(headings: list[_Heading], lines: int) -> list[int]:
    """For each heading the first line that isn't its section's any more."""
    ends = [lines] * len(headings)
    waiting: list[int] = []
    for index, heading in enumerate(headings):
        while waiting and headings[waiting[-1]].level >= heading.level:
            ends[waiting.pop()] = heading.line
        waiting.append(index)
    return ends


def _name_span(source: bytes, start: int, starts: list[int], line: int) -> tuple[int, int]:
    """The heading's words on its first line, marks left out."""
    end = starts[line + 1] if line + 1 < len(starts) else len(source)
    text = source[start:end]
    marks = _MARKS.match(text)
    begin = marks.end() if marks is not None else len(text) - len(text.lstrip())
    words = text.rstrip()
    if marks is not None:
        # A closing run of marks is no part of the words.
        shorter = words.rstrip(b"#")
        if shorter[-1:] in (b" ", b"\t"):
            words = shorter.rstrip()
    return start + begin, start + max(begin, len(words))
