"""Problems that a compiler, or who stands in for it, finds in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "information", "hint"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem in a file: a span of bytes, and what is said of it."""

    path: Path
    start: int
    end: int
    line: int
    """0-based."""
    severity: Severity
    code: str
    """``E0308``, the name of a lint, or ""."""
    message: str
