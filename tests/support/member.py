"""One process of several on one workspace: does what it is told on standard input, line by line.

Run as ``python -m ferrograph.tests.support.member ROOT``; `Member` is the other end of it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blake3 import blake3

WAIT_S = 60.0


class Died(Exception):
    """The process ended before it answered."""


class Member:
    """A process with a `Project` on ``root``."""

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ferrograph.tests.support.member", str(root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(environ) if environ is not None else None,
        )  # fmt: skip
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def tell(self, does: str, **arguments: Any) -> None:
        """Say what to do, without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": does, **arguments}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """The next thing it says."""
        line = self._lines.get(timeout=WAIT_S)
        if line is None:
            raise Died
        return json.loads(line)

    def ask(self, does: str, **arguments: Any) -> Any:
        """Say what to do; gives the answer. What it writes meanwhile is passed over."""
        self.tell(does, **arguments)
        while True:
            said = self.hear()
            if said != "writing":
                assert "error" not in said, said
                return said["answer"]

    def until_owner(self) -> None:
        """Wait until it owns the graph."""
        end = time.monotonic() + WAIT_S
        while not self.ask("is_owner"):
            assert time.monotonic() < end, "nobody took over"
            time.sleep(0.005)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_S)

    def pause(self) -> None:
        """Stop it as a debugger does."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it in good order."""
        if self.process.poll() is None:
            self.tell("close")
            assert self.process.wait(WAIT_S) == 0


def main() -> None:
    """The process."""
    from ferrograph.graph.errors import GraphError
    from ferrograph.server.config import Loaded
    from ferrograph.server.project import Project
    from ferrograph.server.settings import EmbeddingSettings, Settings

    said: list[str] = []
    lock = threading.Lock()

    def say(what: object) -> None:
        with lock:
            print(json.dumps(what), flush=True)

    loaded = Loaded(Settings(embedding=EmbeddingSettings(enabled=False)), False, ())
    project = Project.open(Path(sys.argv[1]), lambda: loaded, say=said.append)
    real = project.store.run

    def run(script: str, parameters: Any = None, *, immutable: bool = False) -> Any:
        if project.is_owner and (":put" in script or ":rm" in script):
            say("writing")
        return real(script, parameters, immutable=immutable)

    bulk = project.store.put_bulk

    def put_bulk(relation: str, rows: list[list[Any]]) -> None:
        say("writing")
        bulk(relation, rows)

    project.store.run = run  # type: ignore[method-assign]
    project.store.put_bulk = put_bulk  # type: ignore[method-assign]
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            match asked["do"]:
                case "index":
                    answer: Any = project.index().items
                case "update":
                    for name, text in asked.get("texts", {}).items():
                        project.set_overlay(
                            project.root / name, None if text is None else text.encode()
                        )
                    answer = project.update(asked["names"]).items
                case "find":
                    answer = [item.file for item in project.store.find(asked["name"])]
                case "digest":
                    answer = digest(project.store)
                case "is_owner":
                    answer = project.is_owner
                case "said":
                    answer = said
                case "revision":
                    answer = project.store.revision
                case _:
                    project.close()
                    os._exit(0)
        except GraphError as error:
            say({"error": str(error)})
        else:
            say({"answer": answer})


def digest(store: Any) -> str:
    """A hash of the whole graph."""
    from ferrograph.tests.support.graphs import everything

    return blake3(repr(everything(store)).encode()).hexdigest()


if __name__ == "__main__":
    main()
