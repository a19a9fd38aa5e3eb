"""Evaluations as tables and as JSON."""

from __future__ import annotations

import math
from typing import Any

from .evaluation import Evaluation, Verdict


def table(found: Evaluation) -> str:
    """Means by system, for each corpus and over all; then what is claimed."""
    lines = [f"## {found.task}", "", *(f"- {note}" for note in found.notes), ""]
    corpora: list[str | None] = [*found.names()]
    if len(corpora) != 1:
        corpora.append(None)
    width = max(len(system) for system in found.scores)
    for corpus in corpora:
        count = len(found.cases(corpus))
        lines.append(f"{corpus or 'all'} ({count} cases)")
        heads = "  ".join(f"{metric:>12}" for metric in found.metrics)
        lines.append(f"  {'':<{width}}  {heads}")
        for system in found.scores:
            values = (found.mean(system, metric, corpus) for metric in found.metrics)
            lines.append(f"  {system:<{width}}  " + "  ".join(map(_figure, values)))
        lines.append("")
    lines.extend(sentence(verdict) for verdict in found.verdicts())
    return "\n".join(lines).rstrip()


def _figure(value: float) -> str:
    return f"{'-' if math.isnan(value) else f'{value:.3f}':>12}"


def brief(found: Evaluation, corpus: str, metric: str) -> str:
    """A corpus's means by one figure, for those who wait."""
    means = (f"{name} {found.mean(name, metric, corpus):.3f}" for name in found.scores)
    return f"  {corpus}: {metric}: {', '.join(means)}"


def sentence(verdict: Verdict) -> str:
    """A verdict in words."""
    claim, interval = verdict.claim, verdict.interval
    met = "met" if interval.value >= claim.wanted else "NOT met"
    if claim.by == "value":
        figure = f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
        return f"{claim.metric}: {claim.system}: {figure}; wanted {claim.wanted:g}: {met}"
    if claim.by == "ratio":
        figure = f"{interval.value:.2f} times [{interval.low:.2f}, {interval.high:.2f}]"
        wanted = f"{claim.wanted:g} times"
    else:
        figure = f"{interval.value:+.1f} points [{interval.low:+.1f}, {interval.high:+.1f}]"
        wanted = f"{claim.wanted:+g} points"
    return (f"{claim.metric}: {claim.system} against {verdict.baseline}: {figure}; "
            f"wanted {wanted}: {met}")  # fmt: skip


def as_json(found: Evaluation) -> dict[str, Any]:
    """All figures but the single cases'."""
    corpora: list[str | None] = [*found.names(), None]
    return {
        "task": found.task,
        "notes": found.notes,
        "cases": {corpus or "all": len(found.cases(corpus)) for corpus in corpora},
        "means": {
            corpus or "all": {
                system: _known({m: found.mean(system, m, corpus) for m in found.metrics})
                for system in found.scores
            }
            for corpus in corpora
        },
        "claims": [
            {
                "metric": v.claim.metric,
                "system": v.claim.system,
                "baseline": v.baseline,
                "by": v.claim.by,
                "value": round(v.interval.value, 3),
                "low": round(v.interval.low, 3),
                "high": round(v.interval.high, 3),
                "wanted": v.claim.wanted,
                "met": v.interval.value >= v.claim.wanted,
            }
            for v in found.verdicts()
        ],
    }


def _known(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items() if not math.isnan(value)}
