"""Whether a proposed edit would compile: ``cargo check`` is asked, else rust-analyzer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from ..generation.check import Checked
from ..generation.engine import Cancellation
from ..graph.errors import GraphError
from ..parser.diagnostics import Diagnostic
from ..parser.errors import CargoError
from ..parser.rust_analyzer.client import RustAnalyzer
from ..parser.rust_analyzer.errors import ExpertError, Withdrawn
from ..parser.rust_analyzer.expert import Expert, Mode, Report
from ..parser.rust_analyzer.options import Options
from ..parser.rust_analyzer.verify import verify
from ..parser.workspace import CargoWorkspace
from .compiling import Compiling
from .errors import as_sentence
from .folders import expanded

if TYPE_CHECKING:
    from .config import Loaded
    from .settings import Settings

_LONGEST_LINE: Final = 120
_MOST_AROUND: Final = 8
"""Other files that are looked at for what an edit breaks in them."""
_KEPT_S: Final = 10.0
"""Seconds that are left for a running rust-analyzer where the compiler is too slow."""
_LEAST_S: Final = 1.0
"""Seconds within which no rust-analyzer starts and reads a workspace."""


def expert_for(
    root: Path, configuration: Callable[[], Loaded], changed: Callable[[Report], None]
) -> Expert:
    """The rust-analyzer of a workspace, as the settings that hold when it is asked say."""

    def options() -> Options:
        settings = configuration().settings
        wanted = settings.rust_analyzer
        return Options(
            program=None if wanted.path is None else str(expanded(wanted.path)),
            memory_mb=wanted.memory_mb,
            idle_s=wanted.idle_s,
            offline=settings.cargo.offline,
        )

    return Expert(
        root,
        mode=lambda: cast(Mode, configuration().settings.rust_analyzer.mode),
        options=options,
        trusted=lambda: configuration().trusted,
        changed=changed,
    )


class Checking:
    """Checks edits of one workspace. One at a time; call it on a thread.

    The compiler has the last word, and where it can be had the only one: rust-analyzer knows less
    and may take longer. It is asked where there is no compiler, or no time for one.
    """

    def __init__(
        self,
        expert: Expert,
        *,
        workspace: CargoWorkspace,
        settings: Settings,
        trusted: bool,
        unsaved: Mapping[Path, bytes],
        around: Callable[[Path], Iterable[Path]],
        clean: set[bytes],
    ) -> None:
        """``unsaved`` is what editors show in place of files; ``around`` gives the files that use
        what a file defines, the likeliest to break first; ``clean`` is as for `Compiling`."""
        self._expert = expert
        self._root = workspace.root
        self._settings = settings.check
        self._unsaved = unsaved
        self._around = around
        self._compiling = Compiling(
            workspace, settings, trusted=trusted, unsaved=unsaved, clean=clean
        )

    def begin(self) -> None:
        """Let rust-analyzer start while a model writes, if it will be asked."""
        if not self._settings.cargo:
            with contextlib.suppress(ExpertError):
                self._expert.start()

    def check(self, path: Path, source: bytes, *, cancel: Cancellation) -> Checked:
        """What a file's new text would break, within the time that the settings give."""
        limit = self._settings.timeout_s
        deadline = time.monotonic() + limit
        if self._settings.cargo:
            kept = min(_KEPT_S, limit / 4) if self._expert.ready() is not None else 0.0
            try:
                found = self._compiling.errors(
                    path, source, deadline=deadline - kept, cancel=cancel
                )
                return Checked("compiled", self._lines(found, path, source))
            except CargoError as error:
                why = str(error)
            except OSError as error:
                why = f"no copy of the workspace could be made ({error.strerror or error})"
        else:
            why = "the setting `check.cargo` leaves the compiler out"
        if self._expert.ready() is None and deadline - time.monotonic() < _LEAST_S:
            with contextlib.suppress(ExpertError):
                # It can't be there in time for this edit, but for the next one.
                self._expert.start()
            return Checked("unchecked", why=as_sentence(why))
        try:
            found = self._by_types(path, source, deadline, cancel)
        except (ExpertError, GraphError) as error:
            return Checked("unchecked", why=as_sentence(f"{why}; {error}"))
        problems = self._lines(found, path, source)
        return Checked("types", problems, "" if problems else as_sentence(why))

    def _by_types(
        self, path: Path, source: bytes, deadline: float, cancel: Cancellation
    ) -> tuple[Diagnostic, ...]:
        def question(server: RustAnalyzer) -> tuple[Diagnostic, ...]:
            around = [p for p in self._around(path) if p != path][:_MOST_AROUND]
            with server.shown(self._unsaved):
                verdict = verify(
                    server,
                    {path: source},
                    around=around,
                    timeout=max(0.1, deadline - time.monotonic()),
                    cancel=lambda: cancel.cancelled,
                )
            return verdict.errors

        left = max(0.1, deadline - time.monotonic())
        try:
            return self._expert.ask(question, patience=left, cancel=lambda: cancel.cancelled)
        except Withdrawn:
            cancel.check()
            raise

    def _lines(
        self, problems: Iterable[Diagnostic], edited: Path, source: bytes
    ) -> tuple[str, ...]:
        return tuple(self._line(one, edited, source) for one in problems)

    def _line(self, problem: Diagnostic, edited: Path, source: bytes) -> str:
        """``src/lib.rs:12: expected u32, found &str (E0308), at `area("2")`."""
        root = self._root
        path = problem.path
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        code = f" ({problem.code})" if problem.code else ""
        said = f"{name}:{problem.line + 1}: {' '.join(problem.message.split())}{code}"
        if path != edited:
            return said
        # Who is to mend it has seen no line numbers.
        lines = source.splitlines()
        here = lines[problem.line] if problem.line < len(lines) else b""
        return f"{said}, at `{here.decode('utf-8', 'replace').strip()[:_LONGEST_LINE]}`"
