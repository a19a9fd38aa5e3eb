"""``ferrograph index --json`` on two workspaces with the same dependencies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.tests.support.cli import ferrograph
from ferrograph.tests.support.registry import write_crates, write_user

pytestmark = pytest.mark.e2e


@pytest.fixture
def counters(environ: dict[str, str], tmp_path: Path) -> Callable[[Path], tuple[int, int, int]]:
    """Index a workspace; (dependencies, those known already, items of theirs)."""
    home = write_crates(tmp_path / "cargo-home")
    apart = {**environ, "CARGO_HOME": str(home), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def index(root: Path) -> tuple[int, int, int]:
        ran = ferrograph("index", "--no-embed", "--json", environ=apart, cwd=root)
        assert ran.status == 0, ran.err
        found = ran.json
        return found["dependencies"], found["dependencies_cached"], found["dependency_items"]

    return index


def test_no_dependency_is_parsed_for_a_second_workspace(counters, tmp_path: Path) -> None:
    first, second = (write_user(tmp_path / name, name) for name in ("first", "second"))
    total, cached, items = counters(first)
    assert (total, cached) == (2, 0)
    assert items > 0
    assert counters(second) == (2, 2, items)
    assert counters(first) == (2, 2, items)


def test_a_damaged_cache_is_filled_again(counters, tmp_path: Path) -> None:
    first, second, third = (write_user(tmp_path / n, n) for n in ("first", "second", "third"))
    _, _, items = counters(first)
    places = list((tmp_path / "cache").rglob("*.facts"))
    assert len(places) == 2
    for place in places:
        place.write_bytes(place.read_bytes()[:-20])
    assert counters(second) == (2, 0, items)
    assert counters(third) == (2, 2, items)
