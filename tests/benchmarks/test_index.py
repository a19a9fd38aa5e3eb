"""The speed benchmark: its edits are edits, its figures are of what it says."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ferrograph.benchmarks.index.edits import ADDED, KINDS, edits_of
from ferrograph.benchmarks.index.memory import Peak, descendants, resident
from ferrograph.benchmarks.index.report import growth, growth_text, tables
from ferrograph.benchmarks.index.run import MeasureError, Row, measure, measure_example, spread
from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.graphs import write_fixture

TEXT = b"""\
pub struct Grid<const N: usize>;
impl<const N: usize> Grid<{ N }> {
    pub fn wide<const M: usize>() -> usize where [u8; { N }]: Sized { 1 }
}
mod inner { fn deep() {} }
"""


def functions(text: bytes) -> set[str]:
    facts = parse_rust(text)
    assert not facts.problems, text
    return {item.name for item in facts.items if item.kind in ("function", "method")}


@pytest.mark.parametrize("seed", range(8))
def test_edits_are_rust(seed: int) -> None:
    edits = {edit.kind: edit.text for edit in edits_of(TEXT, random.Random(seed))}
    assert tuple(edits) == KINDS
    assert functions(edits["statement"]) == functions(TEXT)
    assert b"{ let added_by_the_benchmark = 1 + 2; " in edits["statement"]
    renamed = functions(edits["rename"]) - functions(TEXT)
    assert renamed in ({f"wide_{ADDED}"}, {f"deep_{ADDED}"})
    assert functions(edits["function"]) == functions(TEXT) | {ADDED}


def test_a_file_without_functions_gets_one() -> None:
    assert [edit.kind for edit in edits_of(b"struct A;", random.Random(1))] == ["function"]


def test_spread_counts_only_what_changed_something() -> None:
    made = [{"kind": "rename", "file": str(n % 5), "ms": float(n), "items_changed": 1}
            for n in range(1, 101)]  # fmt: skip
    idle = {"kind": "rename", "file": "x", "ms": 0.0, "items_changed": 0}
    found = spread([*reversed(made), idle])
    assert (found["count"], found["files"], found["without_effect"]) == (100, 5, 1)
    assert (found["p50_ms"], found["p95_ms"], found["max_ms"]) == (50.5, 96.0, 100.0)
    assert spread([idle]) == {"count": 0, "files": 0, "without_effect": 1}


def test_growth_is_last_by_first() -> None:
    def row(name: str, ms: float, lines: int) -> Row:
        one = {"kind": "rename", "file": "a", "ms": ms, "items_changed": 1}
        edits = {kind: spread([one] if kind in ("all", "rename") else [])
                 for kind in ("all", *KINDS)}  # fmt: skip
        return Row(name, {"lines": lines, "edits": edits})

    found = growth([row("small", 2.0, 10), row("middle", 9.0, 20), row("large", 6.0, 1000)])
    assert found["lines"] == 100
    assert found["all"] == found["rename"] == {"p50": 3.0, "p95": 3.0}
    assert "statement" not in found
    assert "an edit in large (100 times the lines)" in growth_text(found)
    assert growth([row("small", 2.0, 10)]) == {}


TREE = """
import subprocess, sys
held = bytearray(60_000_000)
if len(sys.argv) > 1:
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
print("holding", flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_that_of_the_whole_family() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TREE, TREE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        family = descendants(process.pid)
        assert family[0] == process.pid
        assert len(family) == 2
        assert sum(map(resident, family)) > 120_000_000
        peak = Peak(process.pid)
        peak.enter("held")
        threading.Event().wait(0.2)
        process.stdin.write("\n")
        process.stdin.close()
        process.wait()
        assert peak.finish()["held"] > 120_000_000
    assert resident(process.pid) == 0


@pytest.mark.e2e
def test_a_workspace_is_measured(tmp_path: Path) -> None:
    write_fixture(tmp_path / "demo", TEXT.decode() + "//- /src/main.rs\nfn main() {}")
    row = measure("demo", tmp_path / "demo", edits=4)
    found = row.figures
    assert (found["files"], found["crates"], found["dependencies"]) == (2, 2, 0)
    assert [found["edits"][kind]["count"] for kind in ("all", *KINDS)] == [12, 4, 4, 4]
    assert found["edits"]["all"]["files"] == 2
    assert found["cold_to_bare"] == pytest.approx(found["cold_s"] / found["bare_s"])
    assert "demo" in tables([row])
    for other in measure_example("demo", tmp_path / "demo", edits=1):
        assert other.figures["cold_to_bare"] is None


@pytest.mark.e2e
def test_what_cannot_be_measured_says_so(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="nowhere failed with status 1"):
        measure("nowhere", tmp_path / "nowhere", edits=1)
