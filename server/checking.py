"""Whether a proposed edit would compile: rust-analyzer is asked, then ``cargo check`` on a copy."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from blake3 import blake3

from ..generation.check import Checked, Sure
from ..generation.engine import Cancellation
from ..graph.errors import GraphError
from ..parser.diagnostics import Diagnostic
from ..parser.errors import CargoError
from ..parser.rust_analyzer.client import RustAnalyzer
from ..parser.rust_analyzer.errors import ExpertError, Withdrawn
from ..parser.rust_analyzer.expert import Expert, Mode, Report
from ..parser.rust_analyzer.options import Options
from ..parser.rust_analyzer.verify import verify
from ..parser.shadow import Shadow
from ..parser.workspace import CargoWorkspace
from .errors import as_sentence
from .folders import cache_folder, expanded

if TYPE_CHECKING:
    from .config import Loaded
    from .settings import Settings

_SHADOWS: Final = "shadows"
_LONGEST_LINE: Final = 120
_MOST_AROUND: Final = 8
"""Other files that are looked at for what an edit breaks in them."""


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
    """Checks edits of one workspace. One at a time; call it on a thread."""

    def __init__(
        self,
        expert: Expert,
        *,
        workspace: CargoWorkspace,
        settings: Settings,
        trusted: bool,
        unsaved: Mapping[Path, bytes],
        around: Callable[[Path], Iterable[Path]],
    ) -> None:
        """``unsaved`` is what editors show in place of files; ``around`` gives the files that use
        what a file defines, the likeliest to break first."""
        self._expert = expert
        self._workspace = workspace
        self._settings = settings
        self._trusted = trusted
        self._unsaved = unsaved
        self._around = around

    def begin(self) -> None:
        """Let rust-analyzer start while a model writes; that it can't is told by `check`."""
        with contextlib.suppress(ExpertError):
            self._expert.start()

    def check(self, path: Path, source: bytes, *, cancel: Cancellation) -> Checked:
        """What a file's new text would break, within the time that the settings give."""
        deadline = time.monotonic() + self._settings.check.timeout_s
        sure: Sure = "unchecked"
        why: list[str] = []
        try:
            found = self._by_types(path, source, deadline, cancel)
            sure = "types"
        except (ExpertError, GraphError) as error:
            found = ()
            why.append(str(error))
        if not found and self._settings.check.cargo:
            try:
                found = self._by_cargo(path, source, deadline, cancel)
                sure, why = "compiled", []
            except CargoError as error:
                why.append(str(error))
            except OSError as error:
                why.append(f"no copy of the workspace could be made ({error.strerror or error})")
        elif not found:
            why.append("the setting `check.cargo` leaves the compiler out")
        problems = tuple(self._line(one, path, source) for one in found)
        reasons = "" if problems else as_sentence("; ".join(why)) if why else ""
        return Checked(sure, problems, reasons)

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

    def _by_cargo(
        self, path: Path, source: bytes, deadline: float, cancel: Cancellation
    ) -> tuple[Diagnostic, ...]:
        if not self._trusted:
            raise CargoError("this workspace is not trusted, so cargo was not run")
        if self._workspace.via == "files":
            raise CargoError("without a Cargo.toml there is nothing that cargo could check")
        root = self._workspace.root
        shadow = Shadow(
            root,
            cache_folder() / _SHADOWS / blake3(str(root).encode()).hexdigest()[:16],
            cargo=self._settings.cargo.path,
        )
        packages = self._packages(path)

        def problems(texts: Mapping[Path, bytes]) -> list[Diagnostic]:
            found = shadow.check(
                texts,
                packages=packages,
                all_targets=_is_beside(path, source),
                timeout=max(0.1, deadline - time.monotonic()),
                cancelled=lambda: cancel.cancelled,
            )
            cancel.check()
            return [one for one in found if one.severity == "error"]

        after = problems({**self._unsaved, path: source})
        if not after:
            return ()
        before = Counter((d.path, d.code, d.message) for d in problems(self._unsaved))
        new: list[Diagnostic] = []
        for one in after:
            key = one.path, one.code, one.message
            if before[key] > 0:
                before[key] -= 1
            else:
                new.append(one)
        return tuple(new)

    def _packages(self, path: Path) -> list[str]:
        """The file's package and those of the workspace that depend on it."""
        ours = {key: self._workspace.packages[key] for key in self._workspace.members}
        holders = [k for k, p in ours.items() if path.is_relative_to(p.root)]
        if not holders:
            return []
        wanted = {max(holders, key=lambda k: len(ours[k].root.parts))}
        while True:
            more = {
                key
                for key, package in ours.items()
                if key not in wanted and any(d.package in wanted for d in package.dependencies)
            }
            if not more:
                return sorted(wanted)
            wanted |= more

    def _line(self, problem: Diagnostic, edited: Path, source: bytes) -> str:
        """``src/lib.rs:12: expected u32, found &str (E0308), at `area("2")`."""
        root = self._workspace.root
        path = problem.path
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        code = f" ({problem.code})" if problem.code else ""
        said = f"{name}:{problem.line + 1}: {problem.message}{code}"
        if path != edited:
            return said
        # Who is to mend it has seen no line numbers.
        lines = source.splitlines()
        here = lines[problem.line] if problem.line < len(lines) else b""
        return f"{said}, at `{here.decode('utf-8', 'replace').strip()[:_LONGEST_LINE]}`"


def _is_beside(path: Path, source: bytes) -> bool:
    """Whether only a build of tests, benches or examples would compile the text."""
    beside = {"tests", "benches", "examples"}.intersection(path.parts)
    return bool(beside) or b"#[cfg(test)]" in source
