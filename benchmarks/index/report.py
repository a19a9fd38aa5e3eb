"""The figures as tables for people."""

from __future__ import annotations

from typing import Any

from .edits import KINDS
from .run import Row

_WANTED = (
    ("cold index", "lines_per_second", ">=", 60_000, "lines/s"),
    ("cold index to bare parse", "cold_to_bare", "<=", 6, "times"),
    ("peak memory", "peak_mb", "<", 1500, "MB"),
    ("warm start", "warm_s", "<", 1.5, "s"),
    ("one edit, p95", "edit_p95_ms", "<", 50, "ms"),
)
"""What half a million lines should cost: ("what", figure, relation, bound, unit)."""


def tables(rows: list[Row]) -> str:
    """Everything, as text."""
    names = max(len(row.name) for row in rows)
    lines = [
        f"{'':<{names}} {'lines':>8} {'bare s':>8} {'cold s':>8} {'lines/s':>9} {'x bare':>7} "
        f"{'warm s':>7} {'1st edit ms':>12} {'prepare s':>10} {'then ms':>8} {'peak MB':>8}"
    ]
    for row in rows:
        f = row.figures
        ratio = "" if f["cold_to_bare"] is None else f"{f['cold_to_bare']:.1f}"
        rate = "" if f["lines_per_second"] is None else f"{f['lines_per_second']:,.0f}"
        lines.append(
            f"{row.name:<{names}} {f['lines']:>8,} {f['bare_s']:>8.3f} {f['cold_s']:>8.2f} "
            f"{rate:>9} {ratio:>7} {f['warm_s']:>7.2f} "
            f"{f['first_edit_ms']:>12.0f} {f['prepare_s']:>10.2f} "
            f"{f['first_edit_prepared_ms']:>8.0f} {f['peak_bytes'] / 1e6:>8.0f}"
        )
    lines += ["", f"{'edits, ms':<{names}} {'kind':<10} {'edits':>6} {'files':>6} {'p50':>8} "
              f"{'p95':>8} {'max':>8}"]  # fmt: skip
    for row in rows:
        for kind in ("all", *KINDS):
            lines.append(_edits(row, kind, names))
    lines += ["", "cold, s by stage"]
    for row in rows:
        stages = row.figures["seconds"].items()
        shown = "  ".join(f"{stage} {took:.2f}" for stage, took in stages if stage != "total")
        f = row.figures
        lines.append(
            f"{row.name:<{names}} manifests {f['load_s']:.2f}  {shown}  "
            f"(of processors, {f['cold_cpu_s']:.2f})"
        )
        if f["dependencies"]:
            lines.append(
                f"{'':<{names}} {f['dependencies']} dependencies with {f['dependency_items']:,} "
                f"items, {f['dependencies_parsed']} of them parsed"
            )
    lines += ["", "peak, MB by phase"]
    for row in rows:
        phases = row.figures["peak_bytes_by_phase"].items()
        lines.append(f"{row.name:<{names}} " + "  ".join(f"{p} {b / 1e6:.0f}" for p, b in phases))
    return "\n".join(lines)


def _edits(row: Row, kind: str, names: int) -> str:
    found = row.figures["edits"][kind]
    line = f"{row.name if kind == 'all' else '':<{names}} {kind:<10}"
    line += f" {found['count']:>6} {found['files']:>6}"
    if found["count"]:
        line += f" {found['p50_ms']:>8.1f} {found['p95_ms']:>8.1f} {found['max_ms']:>8.1f}"
    if found["without_effect"]:
        line += f"  ({found['without_effect']} more changed nothing)"
    return line


def growth(rows: list[Row]) -> dict[str, Any]:
    """How an edit's cost grows from the first to the last of several sizes."""
    if len(rows) < 2:
        return {}
    small, large = rows[0].figures, rows[-1].figures
    found: dict[str, Any] = {"from": rows[0].name, "to": rows[-1].name}
    found["lines"] = large["lines"] / small["lines"]
    for kind in ("all", *KINDS):
        before, after = small["edits"][kind], large["edits"][kind]
        if before["count"] and after["count"]:
            found[kind] = {
                "p50": after["p50_ms"] / before["p50_ms"],
                "p95": after["p95_ms"] / before["p95_ms"],
            }
    return found


def growth_text(found: dict[str, Any]) -> str:
    """The growth in words."""
    kinds = [f"{k} {v['p50']:.1f} at p50, {v['p95']:.1f} at p95"
             for k, v in found.items() if isinstance(v, dict)]  # fmt: skip
    return (
        f"an edit in {found['to']} ({found['lines']:.0f} times the lines) costs, in times of one "
        f"in {found['from']}: " + "; ".join(kinds)
    )


def wanted(row: Row) -> str:
    """What was aimed at, beside what was measured."""
    f = row.figures
    edits = f["edits"]["all"]
    have = {**f, "peak_mb": f["peak_bytes"] / 1e6, "edit_p95_ms": edits.get("p95_ms")}
    lines = [f"aims for {row.name}:"]
    for what, figure, relation, bound, unit in _WANTED:
        value = have[figure]
        if value is None:
            continue
        met = value >= bound if relation == ">=" else value <= bound
        verdict = "met" if met else "missed"
        lines.append(f"  {what:<26} {value:>10,.1f} {unit:<8} {relation} {bound:<8,g} {verdict}")
    return "\n".join(lines)
