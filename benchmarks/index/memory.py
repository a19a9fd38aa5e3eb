"""How much memory a process and its children take together, read from ``/proc`` while they run."""

from __future__ import annotations

import os
import threading
from pathlib import Path

_EVERY_S = 0.02
_LOOK_FOR_CHILDREN = 20
"""Every so many samples; to look through all processes takes longer than a sample."""
_PROC = Path("/proc")
_PARENT = 1
"""The field with the parent's id in what follows the name in ``/proc/PID/stat`` (proc(5))."""


class Peak:
    """Watches a process and its descendants from outside: the highest sum of resident memory.

    What they share (libraries, no more: workers are started afresh, not forked) counts once for
    each, so the sum is never too low. Only on Linux; elsewhere it stays 0.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._phase = ""
        self._peaks: dict[str, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch-memory", daemon=True)
        self._thread.start()

    def enter(self, phase: str) -> None:
        """What comes now counts for this phase."""
        self._phase = phase

    def finish(self) -> dict[str, int]:
        """Bytes by phase."""
        self._over.set()
        self._thread.join()
        return self._peaks

    def _watch(self) -> None:
        count = 0
        family = [self._pid]
        while not self._over.wait(_EVERY_S):
            if count % _LOOK_FOR_CHILDREN == 0:
                family = descendants(self._pid)
            count += 1
            phase, size = self._phase, sum(map(resident, family))
            self._peaks[phase] = max(size, self._peaks.get(phase, 0))


def resident(pid: int) -> int:
    """Bytes of resident memory of a process, 0 where it is gone."""
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def descendants(pid: int) -> list[int]:
    """A process, its children, their children and so on, as far as they live."""
    children: dict[int, list[int]] = {}
    names = os.listdir(_PROC) if _PROC.is_dir() else []
    for name in names:
        if not name.isdigit():
            continue
        try:
            # The name, in brackets, may hold anything.
            fields = (_PROC / name / "stat").read_text(errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[_PARENT]), []).append(int(name))
        except (OSError, ValueError, IndexError):
            continue
    found = [pid]
    for one in found:
        found.extend(children.get(one, ()))
    return found
