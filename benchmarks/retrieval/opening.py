"""Opening the example for the first time on a machine: when is a question answered by meaning?

The example is copied, with no graph, and opened by a process of its own whose cache is empty, as
the editor's server opens it. Timed from the start of that process, imports included, until a
question whose words the code does not have is answered, and until all is indexed; beside it, what
the process took of processors until the answer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from .errors import RetrievalError
from .figures import Figures, percentile
from .options import Options

TASK: Final = "opening"
QUESTION: Final = "how badly does an injury harm its victim"
ANSWER: Final = "src/combat/damage.rs"
_EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "bevy_game"
_ROUNDS: Final = 3
_AMONG: Final = 3
_LONGEST_S: Final = 600.0


def evaluate(options: Options) -> Figures:
    """Open the example a few times, each as if it were the first."""
    found = Figures(TASK)
    rounds = [_open() for _ in range(1 if options.quick else _ROUNDS)]
    row: dict[str, Any] = {"example": _EXAMPLE.name, "rounds": len(rounds)}
    for what in rounds[0]:
        row[what] = round(percentile([each[what] for each in rounds], 0.5), 2)
    found.rows.append(row)
    return found


def _open() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / _EXAMPLE.name
        ignored = shutil.ignore_patterns(".ferrograph", "target")
        shutil.copytree(_EXAMPLE, root, ignore=ignored)
        ran = subprocess.run(
            [sys.executable, "-m", __name__, str(root), str(time.time())],
            env={**os.environ, "XDG_CACHE_HOME": str(Path(folder) / "cache")},
            capture_output=True, text=True, timeout=_LONGEST_S, check=False,
        )  # fmt: skip
    if ran.returncode:
        raise RetrievalError(f"Opening the example failed: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


class _Deaf:
    """A listener that needs nothing but failures."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: None

    def failed(self, what: str) -> None:
        print(what, file=sys.stderr)


def _time(root: Path, started: float) -> dict[str, float]:
    from ferrograph.server.config import Loaded
    from ferrograph.server.project import Project
    from ferrograph.server.settings import Settings
    from ferrograph.server.worker import IndexWorker

    loaded = Loaded(Settings(trusted=True), True, ())
    worker = IndexWorker(
        lambda: Project.open(root, lambda: loaded, say=lambda _: None),
        _Deaf(),
        overlay=dict[Path, bytes],
        debounce_s=0.1,
    )
    worker.start()
    times: dict[str, float] = {}
    while time.time() - started < _LONGEST_S and not worker.ready:
        if not times and _is_answered(worker):
            times = {"first answer s": time.time() - started, "processor s": time.process_time()}
        time.sleep(0.02)
    while not times and time.time() - started < _LONGEST_S:
        if _is_answered(worker):
            times = {"first answer s": time.time() - started, "processor s": time.process_time()}
        time.sleep(0.02)
    worker.wait_ready(_LONGEST_S)
    times["all indexed s"] = time.time() - started
    worker.stop()
    return times


def _is_answered(worker: Any) -> bool:
    project = worker.project
    if project is None:
        return False
    best = project.retriever.retrieve(QUESTION).ranked[:_AMONG]
    return any(r.item.file == ANSWER and r.factors["vector"] > 0.0 for r in best)


if __name__ == "__main__":
    print(json.dumps(_time(Path(sys.argv[1]), float(sys.argv[2]))))
