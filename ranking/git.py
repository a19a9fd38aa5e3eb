"""The history of a workspace out of git, where it has one."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .history import NO_HISTORY, History, named_as_now

LATEST: Final = 2000
"""Commits that are read: half a second's work in a repository of twelve thousand."""
_PATIENCE: Final = 20.0
"""Seconds for one question to git."""
_FORMAT: Final = "%x01%s%x00"


class Repository:
    """Reads the history of the repository that a folder is in. Thread-safe.

    Only what lists objects is asked of git, and all that it could be told to start by a
    repository's own settings is forbidden: an untrusted workspace can't run anything by it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._head = ""
        self._history = NO_HISTORY

    def history(self) -> History:
        """Up to the commit that is checked out; read anew when that is another. Empty where there
        is no repository, or no git."""
        with self._lock:
            head = self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
            if head is None:
                return NO_HISTORY
            commit = head.decode("ascii", "replace").strip()
            if commit != self._head:
                self._history = self.until(commit)
                self._head = commit
            return self._history

    def until(self, commit: str, limit: int = LATEST) -> History:
        """The history that ends with a commit: nothing later is in it."""
        if commit.startswith("-"):
            return NO_HISTORY
        commits = self._git("rev-list", f"--max-count={limit}", "--no-merges", commit, "--")
        if not commits:
            return NO_HISTORY
        changes = self._git(
            "diff-tree", "--stdin", "--root", "-r", "-z", "-M", "--name-status", "--relative",
            "--no-ext-diff", "--no-textconv", f"--format={_FORMAT}", said=commits,
        )  # fmt: skip
        return History(named_as_now(_read(changes or b"")))

    def _git(self, *arguments: str, said: bytes = b"") -> bytes | None:
        """What git answers, None where it doesn't."""
        forbidden = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1",
                     "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}  # fmt: skip
        try:
            done = subprocess.run(
                ["git", "-C", str(self._folder), "-c", "core.fsmonitor=false", *arguments],
                input=said, capture_output=True, check=False, timeout=_PATIENCE,
                env={**os.environ, **forbidden},
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None


def _read(text: bytes) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """(subject, [(name before, name after)]) of each commit; new files have one name."""
    found: list[tuple[str, Sequence[tuple[str, str]]]] = []
    for entry in text.decode("utf-8", "replace").split("\x01")[1:]:
        subject, _, rest = entry.partition("\0")
        words = [word.lstrip("\n") for word in rest.split("\0")]
        files: list[tuple[str, str]] = []
        at = 0
        while at < len(words):
            if words[at].startswith(("R", "C")) and at + 2 < len(words):
                renamed = words[at].startswith("R")
                files.append((words[at + 1 if renamed else at + 2], words[at + 2]))
                at += 3
            elif words[at] and at + 1 < len(words):
                files.append((words[at + 1], words[at + 1]))
                at += 2
            else:
                at += 1
        found.append((subject, files))
    return found
