"""What is known of a proposed edit before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .engine import Cancellation

Sure: TypeAlias = Literal["unchecked", "types", "compiled"]
"""Not looked at; by rust-analyzer, which knows types but not borrows; by the compiler."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict on one edit."""

    sure: Sure
    problems: tuple[str, ...] = ()
    """Errors that the edit brings, each a line such as ``src/lib.rs:12: expected u32 (E0308)``."""
    why: str = ""
    """Why it is no surer than that, a sentence; "" where the compiler has spoken."""


Check: TypeAlias = Callable[[bytes, Cancellation], Checked]
"""Looks at the whole file as it would be with the edit."""

UNCHECKED = Checked("unchecked", why="Nothing here can check it.")
