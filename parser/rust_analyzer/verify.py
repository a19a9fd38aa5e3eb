"""What a proposed edit would break: rust-analyzer's problems with it, less those it had before."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..diagnostics import Diagnostic
from .client import RustAnalyzer
from .process import Cancel


@dataclass(frozen=True, slots=True)
class Verdict:
    """How files fare with proposed texts."""

    new: tuple[Diagnostic, ...]
    """Problems that were not there before, in the order of files and lines; spans are in the
    proposed texts."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What would not compile."""
        return tuple(one for one in self.new if one.severity == "error")


def verify(
    server: RustAnalyzer,
    proposed: Mapping[Path, bytes],
    *,
    around: Iterable[Path] = (),
    timeout: float,
    cancel: Cancel | None = None,
) -> Verdict:
    """What is new with the ``proposed`` texts, in their files and in those ``around``.

    Texts that the server was shown are taken for the texts before, else those on disk; afterwards
    it has these again. Takes at most ``timeout`` seconds. Raises `ExpertError`.
    """
    deadline = time.monotonic() + timeout
    files = list(dict.fromkeys([*proposed, *around]))

    def problems() -> list[Diagnostic]:
        found: list[Diagnostic] = []
        for path in files:
            left = max(0.0, deadline - time.monotonic())
            found += server.diagnostics(path, timeout=left, cancel=cancel)
        return found

    with server.shown({}):
        before = problems()
        with server.shown(proposed):
            after = problems()
    known = Counter(_key(one) for one in before)
    new: list[Diagnostic] = []
    for one in after:
        # The same words elsewhere in the file are the same problem, moved.
        if known[_key(one)] > 0:
            known[_key(one)] -= 1
        else:
            new.append(one)
    return Verdict(tuple(new))


def _key(problem: Diagnostic) -> tuple[Path, str, str, str]:
    return problem.path, problem.severity, problem.code, problem.message
