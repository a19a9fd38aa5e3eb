"""Running the ``ferrograph`` command in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COMMAND = [sys.executable, "-m", "ferrograph"]
_LONGEST_S = 300


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Standard error on one line."""
        return " ".join(self.err.split())


def ferrograph(
    *args: str | Path, environ: Mapping[str, str], cwd: Path | None = None, stdin: str = ""
) -> Ran:
    """Run it to its end with its output in pipes."""
    done = subprocess.run(
        [*_COMMAND, *map(str, args)],
        env=dict(environ), cwd=cwd, input=stdin, capture_output=True, text=True,
        timeout=_LONGEST_S, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def on_terminal(*args: str | Path, environ: Mapping[str, str], cwd: Path | None = None) -> Ran:
    """Run it with a terminal for its output; all of that is in ``out``."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*_COMMAND, *map(str, args)],
        env={**environ, "TERM": "xterm-256color"}, cwd=cwd,
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    pieces: list[bytes] = []
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            pieces.append(piece)
        elif process.poll() is not None:
            break
    os.close(master)
    return Ran(process.wait(10), b"".join(pieces).decode("utf-8", "replace"), "")
