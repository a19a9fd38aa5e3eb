"""What it costs to share a graph: queries through the socket beside direct ones, and taking over.

Run as ``python -m benchmarks.processes``. Each figure is the median; the spread is in the brackets.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ferrograph.graph.batch import item_row
from ferrograph.graph.model import GraphItem
from ferrograph.graph.store import GraphStore

ITEMS = 10_000
_TAKE_OVERS = 10
_COLUMNS = "id, name, path, file, parent, start, end, signature"
_ALL = f"?[{_COLUMNS}] := *items{{{_COLUMNS}}}"


def _item(number: int) -> GraphItem:
    id = number.to_bytes(16, "big")
    return GraphItem(
        id=id, kind="function", name=f"function_{number}", crate="demo",
        qualified_path=f"demo::module_{number % 100}::function_{number}",
        file=f"src/module_{number % 100}.rs", parent=None if number % 100 == 0 else id,
        start=number * 10, def_start=number * 10, end=number * 10 + 9, name_start=number * 10,
        name_end=number * 10 + 5, line=number, end_line=number + 1,
        signature=f"pub fn function_{number}(value: &mut u32) -> Result<u32, Error>",
        visibility="pub", doc="Does what it says.", attrs=(), cfg="", content_hash=id,
    )  # fmt: skip


def _timed(does: Callable[[], object], times: int) -> str:
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        does()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return f"{statistics.median(taken):8.3f} ms  [{taken[0]:.3f} to {taken[int(0.95 * times)]:.3f}]"


def _queries(store: GraphStore, how: str) -> None:
    print(f"one item by name, {how:<14}{_timed(lambda: store.find('function_77'), 500)}")
    print(f"{ITEMS:,} rows of 8, {how:<15}{_timed(lambda: store.run(_ALL), 20)}")


def _own(path: Path) -> None:
    """The owner's process, until it is killed."""
    with GraphStore.shared(path):
        print("open", flush=True)
        time.sleep(600)


def _start_owner(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.processes", str(path)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "open\n"
    return owner


def _take_over(path: Path) -> tuple[float, float]:
    """Milliseconds from SIGKILL to owning the database, and to an answer."""
    owner = _start_owner(path)
    with GraphStore.shared(path) as follower:
        sharing = follower.sharing
        assert sharing is not None
        assert not sharing.is_owner
        began = time.perf_counter()
        owner.kill()
        while not sharing.is_owner:
            time.sleep(0.0005)
        owning = time.perf_counter()
        assert follower.find("function_77")
        answered = time.perf_counter()
        owner.wait()
    return (owning - began) * 1000, (answered - began) * 1000


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph"
        with GraphStore.open(path) as alone:
            alone.put("items", [item_row(_item(number)) for number in range(ITEMS)])
            _queries(alone, "direct")
        owner = _start_owner(path)
        with GraphStore.shared(path) as follower:
            _queries(follower, "by socket")
        owner.kill()
        owner.wait()
        times = [_take_over(path) for _ in range(_TAKE_OVERS)]
        for name, taken in zip(("own", "answer"), zip(*times, strict=True), strict=True):
            print(
                f"SIGKILL to {name:<8}             {statistics.median(taken):8.1f} ms  "
                f"[{min(taken):.1f} to {max(taken):.1f}]"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _own(Path(sys.argv[1]))
    else:
        main()
