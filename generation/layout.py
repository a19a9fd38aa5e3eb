"""Line ends and indentation: what lets new code look as if it had always stood there."""

from __future__ import annotations

from .syntax import multiline_literals, parse


def newline_of(source: bytes) -> str:
    """The line end that most lines of the file have."""
    crlf = source.count(b"\r\n")
    return "\r\n" if crlf * 2 > source.count(b"\n") else "\n"


def with_newlines(code: str, newline: str) -> bytes:
    """``code`` (which has LF only) as bytes with the file's line ends."""
    return (code.replace("\n", newline) if newline != "\n" else code).encode()


def without_carriage_returns(code: str) -> str:
    return code.replace("\r\n", "\n")


def indent_at(source: bytes, offset: int) -> str:
    """The white space that begins the line of ``offset``."""
    line_start = source.rfind(b"\n", 0, offset) + 1
    line = source[line_start:].split(b"\n", 1)[0]
    blank = line[: len(line) - len(line.lstrip(b" \t"))]
    return blank[: offset - line_start].decode()


def dedent(code: str, indent: str) -> str:
    """Take ``indent`` from every line after the first, except inside string literals.

    The first line is where an item begins, so that its indentation isn't part of ``code``.
    """
    if not indent:
        return code
    lines = code.split("\n")
    fixed = _inside_literals(code)
    for number in range(1, len(lines)):
        if number not in fixed:
            lines[number] = lines[number].removeprefix(indent)
    return "\n".join(lines)


def indent(code: str, prefix: str) -> str:
    """The opposite of `dedent`; blank lines stay blank."""
    if not prefix:
        return code
    lines = code.split("\n")
    fixed = _inside_literals(code)
    for number in range(1, len(lines)):
        if number not in fixed and lines[number].strip():
            lines[number] = prefix + lines[number]
    return "\n".join(lines)


def _inside_literals(code: str) -> set[int]:
    """Numbers of the lines that begin inside a string literal."""
    inside: set[int] = set()
    for literal in multiline_literals(parse(code.encode()).root_node):
        inside.update(range(literal.start_point.row + 1, literal.end_point.row + 1))
    return inside
