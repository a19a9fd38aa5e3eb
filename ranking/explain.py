"""Why a context is what it is, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .model import ContextItem


def explain(
    items: Sequence[ContextItem], *, tokens: int, budget: int, seconds: Mapping[str, float]
) -> str:
    """A table: score, tokens, level, place and name of each item, then its factors above zero."""
    lines = [f"{tokens} of {budget} tokens, {len(items)} items"]
    for one in items:
        item = one.item
        where = f"{item.file}:{item.line + 1}"
        lines.append(
            f"{one.score:6.3f}  {one.tokens:5d}  {one.level:<9}  {item.kind:<8}  "
            f"{item.qualified_path}  {where}"
        )
        if one.factors:
            named = (f"{name} {value:.2f}" for name, value in one.factors.items() if value > 0.0)
            lines.append(f"{'':17}{'  '.join(named)}")
    if seconds:
        laps = (f"{name} {1000 * value:.1f}" for name, value in seconds.items())
        lines.append(f"milliseconds: {', '.join(laps)}")
    return "\n".join(lines)
