"""Random sequences of edits: the graph that followed them against one built from scratch."""

from __future__ import annotations

import json
import random
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from ferrograph.tests.support.edits import Files
from ferrograph.tests.support.graphs import write_fixture
from ferrograph.tests.support.lockstep import Lockstep, Step
from ferrograph.tests.support.tangle import TANGLE

_ENDINGS = (".rs", ".md", ".toml")
_ENOUGH = 10
"""Sequences that differ, after which a run ends."""


@dataclass(slots=True)
class Figures:
    """What a run did."""

    first_seed: int
    sequences: int = 0
    steps: int = 0
    comparisons: int = 0
    differing: int = 0
    raised: int = 0
    seconds: float = 0.0


def files_of(workspace: Path) -> Files:
    """The Rust files, documents and manifests of a workspace, by relative path."""
    return {
        path.relative_to(workspace).as_posix(): path.read_bytes()
        for path in sorted(workspace.rglob("*"))
        if path.suffix in _ENDINGS and path.is_file() and "target" not in path.parts
    }


def tangle() -> Files:
    """The tests' small workspace in which everything leads to everything."""
    with tempfile.TemporaryDirectory() as folder:
        write_fixture(Path(folder), TANGLE)
        return files_of(Path(folder))


def steps_of(seed: int, count: int) -> list[Step]:
    """The edits of one sequence."""
    dice = random.Random(seed)
    return [
        (
            (
                dice.randrange(1000),
                dice.randrange(1000),
                dice.randrange(9999),
                dice.randrange(9999),
            ),
            dice.randrange(1000),
        )
        for _ in range(count)
    ]


def run(files: Files, seed: int, seconds: float, count: int, *, as_json: bool) -> int:
    """Sequences of ``count`` edits until the time is up, compared after every step."""
    figures = Figures(seed)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds and figures.differing + figures.raised < _ENOUGH:
        _sequence(files, seed, count, figures)
        seed += 1
    figures.seconds = round(time.perf_counter() - start, 1)
    if as_json:
        print(json.dumps(asdict(figures)))
    else:
        print(
            f"{figures.sequences} sequences, {figures.steps} edits, {figures.comparisons} "
            f"comparisons, {figures.differing} differing, {figures.raised} raised, "
            f"{figures.seconds} s"
        )
    return 1 if figures.differing or figures.raised else 0


def _sequence(files: Files, seed: int, count: int, figures: Figures) -> None:
    figures.sequences += 1
    done: list[tuple[Step, list[str]]] = []
    with tempfile.TemporaryDirectory(prefix="ferrograph-fuzz-") as folder:
        lockstep = Lockstep(Path(folder), files)
        try:
            for at, step in enumerate(steps_of(seed, count)):
                done.append((step, []))
                done[-1][1].extend(lockstep.step(step))
                figures.steps += 1
                if lockstep.is_waiting and at + 1 < count:
                    continue  # told together with the next edit
                figures.comparisons += 1
                differences = lockstep.differences()
                if differences:
                    figures.differing += 1
                    print(f"seed {seed}, after {len(done)} edits, the last: {done[-2:]}")
                    print("  " + "\n  ".join(differences[:12]), flush=True)
                    return
        except Exception:  # noqa: BLE001 - whatever is raised is what this looks for
            figures.raised += 1
            print(f"seed {seed}, after {len(done)} edits, the last: {done[-2:]}")
            traceback.print_exc(limit=-8)
        finally:
            lockstep.close()
