"""Measuring one workspace: each measurement in a process of its own, its memory watched."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .edits import KINDS
from .memory import Peak


class MeasureError(Exception):
    """A measurement failed; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One workspace measured."""

    name: str
    figures: dict[str, Any]


def measure(name: str, root: Path, *, edits: int) -> Row:
    """Cold index, edits, warm starts. Dependencies are left out: the workspace's lines count."""
    with _scratch() as folder:
        return _measured(name, root, folder / "graph", None, edits)


def measure_example(name: str, root: Path, *, edits: int) -> Iterator[Row]:
    """The same with dependencies, for the first workspace of a machine and for the second."""
    with _scratch() as folder:
        cache = folder / "cache"
        yield _measured(f"{name}, first", root, folder / "first", cache, edits)
        yield _measured(f"{name}, second", root, folder / "second", cache, edits)


@contextmanager
def _scratch() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="ferrograph-bench-") as folder:
        yield Path(folder)


def _measured(name: str, root: Path, database: Path, cache: Path | None, edits: int) -> Row:
    cold, memory = _child("cold", root, database, cache, edits)
    warm, warm_memory = _child("warm", root, database, cache)
    prepared, _ = _child("prepared", root, database, cache)
    made: list[dict[str, Any]] = cold.pop("edits")
    figures = {
        **cold,
        # The bare parse and the lines are the workspace's own: no measure for dependencies.
        "lines_per_second": cold["lines"] / cold["cold_s"] if cache is None else None,
        "cold_to_bare": cold["cold_s"] / cold["bare_s"] if cache is None else None,
        "warm_s": warm["warm_s"],
        "first_edit_ms": warm["first_edit"]["ms"],
        "prepare_s": prepared["prepare_s"],
        "first_edit_prepared_ms": prepared["first_edit"]["ms"],
        "edits": {
            "all": spread(made),
            **{kind: spread(e for e in made if e["kind"] == kind) for kind in KINDS},
        },
        "slowest_edit": max(made, key=lambda e: e["ms"], default=None),
        "peak_bytes": max(memory.values(), default=0),
        "peak_bytes_by_phase": {**memory, **warm_memory},
    }
    return Row(name, figures)


def spread(edits: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Milliseconds of edits: median, 95th percentile, worst. Those that changed nothing are counted
    apart: they'd only make the others look fast.
    """
    made = list(edits)
    seen = [edit for edit in made if edit["items_changed"]]
    times = sorted(edit["ms"] for edit in seen)
    found: dict[str, Any] = {
        "count": len(seen),
        "files": len({edit["file"] for edit in seen}),
        "without_effect": len(made) - len(seen),
    }
    if times:
        found["p50_ms"] = statistics.median(times)
        found["p95_ms"] = times[min(len(times) - 1, int(0.95 * len(times)))]
        found["max_ms"] = times[-1]
    return found


def _child(
    what: str, root: Path, database: Path, cache: Path | None, edits: int = 0
) -> tuple[dict[str, Any], dict[str, int]]:
    """The figures of one process, and the peak of its memory by phase."""
    command = [sys.executable, "-m", "benchmarks.index.measure", what, str(root), str(database)]
    command += ["--edits", str(edits)]
    if cache is not None:
        command += ["--cache", str(cache)]
    figures: dict[str, Any] = {}
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        peak = Peak(process.pid)
        assert process.stdout is not None
        for line in process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "phase" in said:
                peak.enter(said["phase"])
            else:
                figures = said
        memory = peak.finish()
    if process.returncode != 0 or not figures:
        raise MeasureError(f"measuring {root} failed with status {process.returncode}; see above")
    return figures, {phase: size for phase, size in memory.items() if phase}
