"""Scripted edits of the example: the compiler passes the right ones and names the others' mistakes.

A few of those that ``benchmarks.verify`` judges all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.benchmarks.verify.edits import scripted
from ferrograph.benchmarks.verify.judge import judge

pytestmark = pytest.mark.e2e

CHOSEN = {
    "critical-hits",
    "an-observer-of-deaths",
    "packs-are-iterable",
    "a-type-not-imported",
    "a-weapon-moved-into-a-message",
    "despawning-in-an-older-bevy",
    "burning-without-flames",
    "a-reference-as-a-parameter",
    "a-distance-for-others",
}


def test_right_edits_pass_and_wrong_ones_are_named(
    game: Path,
    tmp_path: Path,
    cargo_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    require_tool: Callable[[str], str],
) -> None:
    require_tool("cargo")
    for name in ("CARGO_TARGET_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, cargo_environ[name])
    edits = [edit for edit in scripted() if edit.name in CHOSEN]
    assert {edit.name for edit in edits} == CHOSEN
    judged = judge(
        edits, game, tmp_path / "work", layers=("compiled",), rust_analyzer=None, say=print
    )
    for verdict in judged.verdicts:
        assert verdict.checked.sure == "compiled", verdict.sentence
        if verdict.edit.wrong:
            assert verdict.found, verdict.sentence
        else:
            assert verdict.passed, verdict.sentence
