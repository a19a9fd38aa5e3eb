"""Small workspaces whose edges must be what rust-analyzer says they are, use by use.

``python -m benchmarks.edges.goldens`` writes the goldens anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ferrograph.benchmarks.edges.compare import Score, compare
from ferrograph.benchmarks.edges.goldens import FOLDER, read_golden
from ferrograph.benchmarks.edges.ours import Ours, read_ours
from ferrograph.benchmarks.edges.truth import Truth, read_truth
from ferrograph.tests.support.graphs import open_index, write_fixture

NAMES = sorted(path.stem for path in FOLDER.glob("*.rs"))


def judged(root: Path, name: str) -> tuple[dict[str, Score], Ours, Truth]:
    """Index a fixture and compare it with its golden."""
    write_fixture(root, (FOLDER / f"{name}.rs").read_text(encoding="utf-8"))
    indexer = open_index(root)
    indexer.index()
    ours = read_ours(indexer.store)
    truth = read_truth(root, read_golden(FOLDER / f"{name}.json"))
    return compare(ours, truth), ours, truth


@pytest.mark.parametrize("name", NAMES)
def test_edges_are_what_rust_analyzer_says(tmp_path: Path, name: str) -> None:
    """Nothing wrong, nothing missed."""
    scores, _, truth = judged(tmp_path, name)

    def shown(place: tuple[str, int]) -> str:
        source = truth.sources[place[0]]
        end = source.find(b"\n", place[1])
        return f"{place[0]}: {source[place[1] : end].decode()}"

    for kind, score in scores.items():
        wrong = [f"{kind} {shown(w.place)}: {w.target.item.path}" for w in score.wrong]
        missed = [f"{kind} {shown(m.place)}: {m.symbol}" for m in score.missed]
        assert wrong == []
        assert missed == []
    assert scores["calls"].right > 30
    assert scores["uses_type"].right > 40


def test_the_comparison_notices_mistakes(tmp_path: Path) -> None:
    """Edges that point elsewhere are wrong, edges that are gone are missed."""
    _, ours, truth = judged(tmp_path, NAMES[0])
    calls = ours.uses["calls"]
    judged_places = [p for p in sorted(calls) if len(calls[p]) == 1 and p in truth.mentions]
    first, second, third = judged_places[:3]
    other = next(
        t for p in judged_places for t in calls[p].values() if t not in calls[first].values()
    )
    calls[first] = {(other.item.name, other.item.path): other}
    del calls[second]
    score = compare(ours, truth)["calls"]
    assert [w.place for w in score.wrong] == [first]
    assert {m.place for m in score.missed} <= {first, second}
    assert score.missed
    assert score.precision < 1.0
    assert third in calls
