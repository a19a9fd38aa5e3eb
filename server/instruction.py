"""What the user wants, written as a comment in reach of the cursor.

``// AI: make this generic`` and aider's markers: ``// make this generic AI!`` asks for an edit,
``// why is this locked? AI?`` for an answer. Lines of comment that belong together are read as one.
Documentation is never an instruction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .outline import Comment, Outline

Mode = Literal["edit", "ask"]

_AHEAD: Final = re.compile(r"ai\s*([:!?])\s*(.*)", re.IGNORECASE | re.DOTALL)
_BEHIND: Final = re.compile(r"(?:(.*\S)\s+)?ai([!?])", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Instruction:
    """``start`` to ``end`` is what to take away once it is done."""

    text: str
    mode: Mode
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    end: int
    alone: bool


def in_reach(outline: Outline, start: int, end: int) -> Instruction | None:
    """The instruction nearest to a selection: inside it, in the item that holds it, or above it."""
    item = outline.enclosing(start, end)
    low = min(start, item.start) if item is not None else start
    high = max(end, item.end) if item is not None else end
    low = _above(outline, outline.text.rfind(b"\n", 0, low) + 1)
    line_end = outline.text.find(b"\n", high)
    high = len(outline.text) if line_end < 0 else line_end
    near = [c for c in outline.comments if c.start >= low and c.end <= high]
    found = [i for block in _blocks(outline.text, near) for i in _read(block, outline.text)]
    return min(found, key=lambda i: _distance(i, start, end), default=None)


def _above(outline: Outline, line_start: int) -> int:
    """The start of the comment lines that end right above a line."""
    for comment in reversed(outline.comments):
        if comment.end > line_start:
            continue
        between = outline.text[comment.end : line_start]
        if not comment.alone or between.strip() or between.count(b"\n") != 1:
            break
        line_start = outline.text.rfind(b"\n", 0, comment.start) + 1
    return line_start


def _blocks(text: bytes, comments: Sequence[Comment]) -> list[list[Comment]]:
    """Comments that stand alone on consecutive lines are one block."""
    blocks: list[list[Comment]] = []
    for comment in comments:
        last = blocks[-1][-1] if blocks else None
        if (
            last is not None
            and last.alone
            and comment.alone
            and text[last.end : comment.start].count(b"\n") == 1
            and not text[last.end : comment.start].strip()
        ):
            blocks[-1].append(comment)
        else:
            blocks.append([comment])
    return blocks


def _read(block: Sequence[Comment], text: bytes) -> list[Instruction]:
    lines = [line for comment in block for line in _lines(comment, text)]
    found: list[Instruction] = []
    pending: list[_Line] = []
    for at, line in enumerate(lines):
        ahead = _AHEAD.fullmatch(line.text)
        behind = _BEHIND.fullmatch(line.text)
        if behind is not None:
            words = [*(p.text for p in pending), behind.group(1) or ""]
            found.append(_made(words, behind.group(2), [*pending, line], text))
            pending = []
        elif ahead is not None:
            rest: list[_Line] = []
            for following in lines[at + 1 :]:
                if _AHEAD.fullmatch(following.text) or _BEHIND.fullmatch(following.text):
                    break
                rest.append(following)
            words = [ahead.group(2), *(r.text for r in rest)]
            found.append(_made(words, ahead.group(1), [line, *rest], text))
            break
        else:
            pending.append(line)
    return [i for i in found if i.text]


def _lines(comment: Comment, text: bytes) -> list[_Line]:
    """The lines of a comment without its marks. A block comment's lines share its span."""
    body = text[comment.start : comment.end].decode("utf-8", "replace")
    body = body[2:-2] if comment.block and body.endswith("*/") else body[2:]
    return [
        _Line(line.strip().removeprefix("* ").strip(), comment.start, comment.end, comment.alone)
        for line in body.splitlines() or [""]
    ]


def _made(words: Sequence[str], mark: str, lines: Sequence[_Line], text: bytes) -> Instruction:
    start, end = lines[0].start, lines[-1].end
    if lines[0].alone:
        start = text.rfind(b"\n", 0, start) + 1
        line_end = text.find(b"\n", end)
        end = len(text) if line_end < 0 else line_end + 1
    else:
        while start > 0 and text[start - 1 : start] in (b" ", b"\t"):
            start -= 1
    return Instruction(
        " ".join(word for word in (w.strip() for w in words) if word),
        "ask" if mark == "?" else "edit",
        start,
        end,
    )


def _distance(instruction: Instruction, start: int, end: int) -> int:
    return max(0, instruction.start - end, start - instruction.end)
