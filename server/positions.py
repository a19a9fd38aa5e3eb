"""Positions and URIs as editors write them, to byte offsets and paths as ferrograph does.

The only module that knows of UTF-16 columns, of percent-encoding and of drive letters. Below
`server/` there are bytes, offsets and paths.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from lsprotocol.types import Position, Range

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""The unit of a column, negotiated when a client connects; LSP's default is ``utf-16``."""

# LSP knows these three line ends and no others: str.splitlines would also split at U+2028.
_LINE_END = re.compile(rb"\r\n|\n|\r")
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")
_SAFE = "/:@!$&'()*+,;=~"


class LineIndex:
    """Where the lines of one text start. Lines and columns count from 0; offsets are bytes.

    Bytes that are not UTF-8 count as one character each, so that every offset still has a position.
    """

    __slots__ = ("_ends", "_starts", "encoding", "text")

    def __init__(self, text: bytes, encoding: Encoding = "utf-16") -> None:
        self.text = text
        self.encoding: Encoding = encoding
        self._starts = [0]
        self._ends: list[int] = []
        for end in _LINE_END.finditer(text):
            self._ends.append(end.start())
            self._starts.append(end.end())
        self._ends.append(len(text))

    def __len__(self) -> int:
        """Lines, an empty last one included."""
        return len(self._starts)

    def line_span(self, line: int) -> tuple[int, int]:
        """First and last byte of a line, without its line end; clamped to the text."""
        line = min(max(line, 0), len(self._starts) - 1)
        return self._starts[line], self._ends[line]

    def line_of(self, offset: int) -> int:
        """The line that holds an offset; a line's end belongs to it."""
        return bisect_right(self._starts, max(offset, 0)) - 1

    def offset(self, line: int, character: int) -> int:
        """The byte offset of a position.

        A column behind the line's end is the line's end, a line behind the last is the text's end,
        and a column inside a character is that character's start.
        """
        if line >= len(self._starts):
            return len(self.text)
        start, end = self.line_span(line)
        character = max(character, 0)
        content = self.text[start:end]
        if self.encoding == "utf-8" or content.isascii():
            at = min(start + character, end)
            while at > start and at < end and _continues(self.text[at]):
                at -= 1
            return at
        if self.encoding == "utf-32":
            return start + len(_encode(_decode(content)[:character]))
        seen = 0
        used = 0
        for char in _decode(content):
            width = 2 if ord(char) > 0xFFFF else 1
            if seen + width > character:
                break
            seen += width
            used += len(_encode(char))
        return start + used

    def place(self, offset: int) -> tuple[int, int]:
        """The (line, column) of a byte offset, clamped to the text and its lines' ends."""
        line = self.line_of(min(offset, len(self.text)))
        start, end = self.line_span(line)
        content = self.text[start : min(max(offset, start), end)]
        if self.encoding == "utf-8" or content.isascii():
            return line, len(content)
        if self.encoding == "utf-32":
            return line, len(_decode(content))
        return line, sum(2 if ord(char) > 0xFFFF else 1 for char in _decode(content))

    def offset_at(self, position: Position) -> int:
        """The byte offset of a client's position."""
        return self.offset(position.line, position.character)

    def span_of(self, range: Range) -> tuple[int, int]:
        """The byte span of a client's range, its ends in order."""
        start, end = self.offset_at(range.start), self.offset_at(range.end)
        return min(start, end), max(start, end)

    def position_at(self, offset: int) -> Position:
        """The client's position of a byte offset."""
        from lsprotocol.types import Position

        line, character = self.place(offset)
        return Position(line=line, character=character)

    def range_at(self, start: int, end: int) -> Range:
        """The client's range of a byte span."""
        from lsprotocol.types import Range

        return Range(start=self.position_at(start), end=self.position_at(end))


def choose_encoding(offered: list[str] | None) -> Encoding:
    """The first of the client's encodings that we speak; UTF-16 where it offers none."""
    for encoding in offered or ():
        if encoding == "utf-8":
            return "utf-8"
        if encoding == "utf-16":
            return "utf-16"
        if encoding == "utf-32":
            return "utf-32"
    return "utf-16"


def path_of_uri(uri: str, *, windows: bool = os.name == "nt") -> PurePath | None:
    """The path a ``file:`` URI names, or None for other schemes (``untitled:``, ``git:``)."""
    parts = urlsplit(uri)
    if parts.scheme.lower() != "file":
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if parts.netloc and parts.netloc != "localhost":
        path = f"//{unquote(parts.netloc)}{path}"
    if not windows:
        return PurePosixPath(path)
    drive = _DRIVE.match(path)
    if drive is not None:
        # Editors disagree on the drive letter's case; one spelling, or a file has two names.
        path = f"{drive.group(1).lower()}:{path[drive.end() :] or '/'}"
    return PureWindowsPath(path)


def local_path(uri: str) -> Path | None:
    """`path_of_uri` as a path of this machine."""
    path = path_of_uri(uri)
    return None if path is None else Path(path)


def uri_of_path(path: PurePath) -> str:
    """The ``file:`` URI of an absolute path."""
    text = path.as_posix()
    if text.startswith("//"):
        host, _, rest = text[2:].partition("/")
        return f"file://{quote(host)}/{_quoted(rest)}"
    drive = _DRIVE.match(text)
    if drive is not None and isinstance(path, PureWindowsPath):
        return f"file:///{drive.group(1).lower()}%3A{_quoted(text[drive.end() :])}"
    return f"file://{_quoted(text)}"


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe=_SAFE)


def _decode(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _continues(byte: int) -> bool:
    return byte & 0xC0 == 0x80
