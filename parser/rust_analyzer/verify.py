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
        return tuple(_errors(self.new))


def verify(
    server: RustAnalyzer,
    proposed: Mapping[Path, bytes],
    *,
    around: Iterable[Path] = (),
    timeout: float,
    cancel: Cancel | None = None,
) -> Verdict:
    """What is new with the ``proposed`` texts: in their files, and if nothing is wrong there, in
    those ``around``.

    Texts that the server was shown are taken for the texts before, else those on disk; afterwards
    it has these again. Takes at most ``timeout`` seconds. Raises `ExpertError`.
    """
    started = time.monotonic()

    def problems(files: Iterable[Path]) -> list[Diagnostic]:
        found: list[Diagnostic] = []
        for path in files:
            left = max(0.0, started + timeout - time.monotonic())
            found += server.diagnostics(path, timeout=left, cancel=cancel)
        return found

    with server.shown({}):
        before = problems(proposed)
        with server.shown(proposed):
            after = problems(proposed)
            new = _added(before, after)
            elsewhere: list[Diagnostic] = []
            if not _errors(new):
                elsewhere = problems(path for path in around if path not in proposed)
        if _errors(elsewhere):
            # Most files have none, and to look at a file costs more the larger it is.
            files = dict.fromkeys(one.path for one in elsewhere)
            new += _added(problems(files), elsewhere)
    return Verdict(tuple(new))


def _added(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The problems that are new: the same words elsewhere in a file are the same one, moved."""
    known = Counter(map(_key, before))
    new: list[Diagnostic] = []
    for one in after:
        if known[_key(one)] > 0:
            known[_key(one)] -= 1
        else:
            new.append(one)
    return new


def _errors(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in problems if one.severity == "error"]


def _key(problem: Diagnostic) -> tuple[Path, str, str, str]:
    return problem.path, problem.severity, problem.code, problem.message
