"""Figures that are no cases: times, rates, shares. A row for each thing measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, str | float | int]


@dataclass(slots=True)
class Figures:
    """A table. All rows have the same columns."""

    task: str
    rows: list[Row] = field(default_factory=list[Row])
    notes: list[str] = field(default_factory=list[str])

    def table(self) -> str:
        """The rows, numbers to the right."""
        lines = [f"## {self.task}", "", *(f"- {note}" for note in self.notes), ""]
        columns = list(self.rows[0]) if self.rows else []
        texts = [[_text(row[name]) for name in columns] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
        for row in (columns, *texts):
            cells = [
                cell.ljust(width) if isinstance(self.rows[0][name], str) else cell.rjust(width)
                for cell, width, name in zip(row, widths, columns, strict=True)
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"task": self.task, "notes": self.notes, "rows": self.rows}


def _text(value: str | float | int) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values doesn't exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
