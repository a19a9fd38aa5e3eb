"""A program that passes for rust-analyzer: it starts, is ready at once, and knows nothing."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

_SCRIPT = """#!{python}
import json, os, sys, time

here = os.path.dirname(os.path.abspath(__file__))
if sys.argv[1:] == ["--version"]:
    print("rust-analyzer 1.0")
    sys.exit()
with open(os.path.join(here, "environment.json"), "w") as out:
    json.dump(dict(os.environ), out)
with open(os.path.join(here, "started"), "a") as out:
    out.write(str(os.getpid()) + "\\n")

def send(message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    sys.stdout.buffer.flush()

while True:
    line = sys.stdin.buffer.readline()
    if not line:
        break
    length = int(line.split(b":")[1])
    sys.stdin.buffer.readline()
    asked = json.loads(sys.stdin.buffer.read(length))
    if asked.get("method") == "initialize":
        time.sleep({start_s})
        send({{"id": asked["id"], "result": {{"capabilities": {{}}}}}})
        told = {{"health": "ok", "quiescent": True}}
        send({{"method": "experimental/serverStatus", "params": told}})
    elif asked.get("method") == "exit":
        break
    elif "id" in asked:
        send({{"id": asked["id"], "result": None}})
"""


def scripted_analyzer(folder: Path, *, start_s: float = 0.0) -> Path:
    """The program, in ``folder``; beside it ``environment.json`` and, by line, the ``started``."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "rust-analyzer"
    program.write_text(_SCRIPT.format(python=sys.executable, start_s=start_s), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def started(folder: Path) -> list[int]:
    """The processes that it was."""
    file = folder / "started"
    return [int(line) for line in file.read_text().split()] if file.exists() else []
