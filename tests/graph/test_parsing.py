"""Parsing in worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ferrograph.graph.parsing import Job, ParsePool

_PARENT = """
import sys, time
from pathlib import Path
from ferrograph.graph.parsing import Job, ParsePool

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    jobs = [Job(p.name, str(p), p.stat().st_size) for p in sorted(folder.glob("*.rs"))]
    pool = ParsePool(2)
    print(sum(len(batch) for batch in pool.run(jobs)), flush=True)
    print(*pool._pool._processes, flush=True)
    time.sleep(60)
"""


def write_sources(folder: Path, count: int) -> list[Job]:
    """Enough source that starting processes is worth it."""
    text = "fn f() { g(1, 2, 3); }\n" * 12_000
    for index in range(count):
        (folder / f"m{index}.rs").write_text(text)
    return [Job(p.name, str(p), p.stat().st_size) for p in sorted(folder.glob("*.rs"))]


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not yet waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


@pytest.mark.e2e
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """An editor may kill the server at any time; nothing of it stays behind."""
    write_sources(tmp_path, 10)
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == "10"
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert workers
    assert all(alive(pid) for pid in workers)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in workers)


def test_cancelling_stops_between_batches(tmp_path: Path) -> None:
    """What is cancelled gives no more results."""
    jobs = write_sources(tmp_path, 6)
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 1

    batches = list(ParsePool(1).run(jobs, cancelled=cancelled))
    assert [len(batch) for batch in batches] == [1]


def test_a_file_that_is_gone_is_a_problem_not_an_error(tmp_path: Path) -> None:
    """One sentence, no facts."""
    (batch,) = ParsePool(1).run([Job("gone.rs", str(tmp_path / "gone.rs"), 0)])
    assert batch[0].problem is not None
    assert "gone" in batch[0].problem
    assert batch[0].blob == b""
