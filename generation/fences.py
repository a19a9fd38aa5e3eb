"""Code blocks in what a model writes: Markdown fences, taken as models really use them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """``code`` without the fences' own indentation, ended by a line feed."""

    language: str
    code: str
    closed: bool


def code_blocks(text: str) -> list[Block]:
    """The fenced blocks in order; the last may lack its closing fence."""
    blocks: list[Block] = []
    lines: list[str] = []
    opening: re.Match[str] | None = None

    def close(closed: bool) -> None:
        if opening is not None:
            indent = opening[1]
            code = "".join(line.removeprefix(indent) + "\n" for line in lines)
            blocks.append(Block(language=opening[3].lower(), code=code, closed=closed))
        lines.clear()

    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if fence is None:
            if opening is not None:
                lines.append(line)
        elif opening is None:
            opening = fence
        elif fence[2][0] != opening[2][0] or len(fence[2]) < len(opening[2]):
            lines.append(line)
        elif fence[3]:  # a new block begins although the one before was not closed
            close(False)
            opening = fence
        else:
            close(True)
            opening = None
    close(False)
    return blocks


def widest_block(text: str) -> Block | None:
    """From the first fence to the last: right when the code itself holds fences."""
    lines = text.split("\n")
    fences = [at for at, line in enumerate(lines) if _FENCE.match(line)]
    if len(fences) < 3:
        return None
    code = "".join(line + "\n" for line in lines[fences[0] + 1 : fences[-1]])
    return Block(language="", code=code, closed=True)


def fence_for(text: str) -> str:
    """A fence longer than any that ``text`` holds."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def without_thoughts(text: str) -> str:
    """Drop reasoning sections, also one that the prompt opened or that never ends."""
    if "</think>" in text:
        head, _, tail = text.rpartition("</think>")
        before = head.partition("<think>")[0] if "<think>" in head else ""
        return before + tail
    return text.partition("<think>")[0]
