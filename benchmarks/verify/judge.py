"""Edits judged by the product's own check, layer by layer."""

from __future__ import annotations

import re
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ferrograph.generation.check import Checked
from ferrograph.generation.engine import Cancellation
from ferrograph.parser.rust_analyzer.client import RustAnalyzer
from ferrograph.server import config
from ferrograph.server.project import Project

from ..index.memory import Peak
from .edits import Edit

Layer: TypeAlias = Literal["types", "compiled"]
"""rust-analyzer alone, or as the product checks where nothing is set: by the compiler."""
LAYERS: tuple[Layer, ...] = ("types", "compiled")

_SETTINGS: dict[Layer, dict[str, Any]] = {"types": {"check": {"cargo": False}}, "compiled": {}}
_LONGEST_S = 1800.0
_PROBLEM = re.compile(r"(.+?):(\d+): (.*)", re.DOTALL)


class JudgeError(Exception):
    """Nothing can be judged here; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one layer said of one edit."""

    edit: Edit
    layer: Layer
    checked: Checked
    seconds: float
    found: bool
    """Whether a problem with the compiler's code stands in the line where the mistake is."""
    placed: bool
    """Whether any problem stands there."""

    @property
    def passed(self) -> bool:
        """Whether the edit would be offered as it is."""
        return not self.checked.problems

    @property
    def sentence(self) -> str:
        """For progress: the edit, the time, and the first thing said of it."""
        said = [*self.checked.problems, self.checked.why][0]
        return f"{self.edit.name}, {self.seconds:.2f} s: {said or 'it compiles'}"


@dataclass(slots=True)
class Judged:
    """All verdicts, and what rust-analyzer cost."""

    version: str = ""
    """Of rust-analyzer; "" where it was left out."""
    ready_s: float = 0.0
    peak_bytes: int = 0
    """Of rust-analyzer and what it starts; 0 where the system does not tell."""
    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    def of(self, layer: Layer, *, wrong: bool) -> list[Verdict]:
        """Verdicts of a layer on one sort of edits."""
        return [v for v in self.verdicts if v.layer == layer and v.edit.wrong == wrong]

    def layers(self) -> list[Layer]:
        """Those that judged."""
        return [one for one in LAYERS if any(v.layer == one for v in self.verdicts)]

    def summary(self, layer: Layer) -> dict[str, Any]:
        """The figures of a layer."""
        right, wrong = self.of(layer, wrong=False), self.of(layer, wrong=True)
        return {
            "right": len(right),
            "right_passed": sum(v.passed for v in right),
            "wrong": len(wrong),
            "wrong_caught": sum(not v.passed for v in wrong),
            "at_the_line": sum(v.placed for v in wrong),
            "with_the_compilers_code": sum(v.found for v in wrong),
            "unsure": sum(v.checked.sure != layer for v in [*right, *wrong]),
            "right_s": spread([v.seconds for v in right]),
            "wrong_s": spread([v.seconds for v in wrong]),
        }


def spread(seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, int(0.95 * len(ordered)))
    return {"median": statistics.median(ordered), "p95": ordered[at]}


def judge(
    edits: list[Edit],
    example: Path,
    folder: Path,
    *,
    layers: Sequence[Layer],
    rust_analyzer: str | None,
    say: Callable[[str], None],
) -> Judged:
    """Verdicts of each layer on each edit of a copy of ``example``, made in ``folder``.

    Cargo builds where ``CARGO_TARGET_DIR`` says. Raises `JudgeError`, `ServerError`.
    """
    root = shutil.copytree(
        example, folder / "game", ignore=shutil.ignore_patterns("target", ".ferrograph")
    )
    workplace = _Workplace(root, rust_analyzer, say)
    try:
        judged = Judged() if "types" not in layers else workplace.start()
        for layer in sorted(layers, key=LAYERS.index):
            workplace.settle(layer)
            for number, edit in enumerate(edits, 1):
                verdict = workplace.judge(edit, layer)
                judged.verdicts.append(verdict)
                say(f"{layer} {number}/{len(edits)}: {verdict.sentence}")
    finally:
        workplace.close()
    judged.peak_bytes = workplace.peak_bytes
    return judged


class _Workplace:
    """The copy of the example, opened as the product opens it."""

    def __init__(self, root: Path, rust_analyzer: str | None, say: Callable[[str], None]) -> None:
        self.root = root
        self.peak_bytes = 0
        self._peak: Peak | None = None
        self._rust_analyzer = rust_analyzer
        self._loaded = self._settings("compiled")
        say("reading the example")
        self._project = Project.open(root, lambda: self._loaded, say=say, in_memory=True)
        self._project.index()

    def _settings(self, layer: Layer) -> config.Loaded:
        paths = {} if self._rust_analyzer is None else {"path": self._rust_analyzer}
        layers = [
            config.Layer("the benchmark", values)
            for values in (
                {"trusted": True, "check": {"timeout_s": _LONGEST_S}, "rust_analyzer": paths},
                _SETTINGS[layer],
            )
        ]
        return config.load(self.root, environ={}, client=layers)

    def start(self) -> Judged:
        """Wait for rust-analyzer."""
        began = time.monotonic()
        server = self._project.expert.start()
        self._peak = Peak(server.process.pid)
        self._project.expert.ask(_nothing)
        return Judged(server.program.version, time.monotonic() - began)

    def settle(self, layer: Layer) -> None:
        """Let the settings of a layer hold, and build what the first check would build."""
        self._loaded = self._settings(layer)
        # What is not timed: the dependencies, and the package in its new place.
        path = self.root / "src" / "lib.rs"
        checked = self._project.checking().check(path, path.read_bytes(), cancel=Cancellation())
        if checked.sure != layer or checked.problems:
            why = checked.why or checked.problems[0]
            raise JudgeError(f"the example as it is can't be checked: {why}")

    def judge(self, edit: Edit, layer: Layer) -> Verdict:
        """What the check says of an edit."""
        path = self.root / edit.file
        text = edit.apply(path.read_text(encoding="utf-8"))
        began = time.monotonic()
        checked = self._project.checking().check(path, text.encode(), cancel=Cancellation())
        seconds = time.monotonic() - began
        placed = [p for p in checked.problems if edit.wrong and self._is_there(p, edit, text)]
        code = f"({edit.code})" if edit.code else ""
        found = any(code in problem for problem in placed)
        return Verdict(edit, layer, checked, seconds, found, bool(placed))

    def _is_there(self, problem: str, edit: Edit, text: str) -> bool:
        match = _PROBLEM.match(problem)
        if match is None:
            return False
        file, line = match[1], int(match[2])
        shown = text if file == edit.file else (self.root / file).read_text(encoding="utf-8")
        lines = shown.splitlines()
        return line <= len(lines) and edit.line in lines[line - 1]

    def close(self) -> None:
        """Stop everything."""
        self._project.close()
        if self._peak is not None:
            self.peak_bytes = max(self._peak.finish().values(), default=0)


def _nothing(_server: RustAnalyzer) -> None:
    """Asked only so that it has to be ready."""
