"""A real cargo looks at texts that nobody saved."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.generation.engine import Cancellation
from ferrograph.parser.errors import CargoError
from ferrograph.parser.metadata import cargo_metadata
from ferrograph.server.compiling import Compiling
from ferrograph.server.settings import CargoSettings, Settings

pytestmark = pytest.mark.e2e

CALL = b"square.area()"


class Checker:
    """Compiles edits of a crate, and counts how often cargo runs."""

    def __init__(self, root: Path, cargo: str, log: Path) -> None:
        self.root = root
        self.cargo = cargo
        self.lib = root / "src" / "lib.rs"
        self.text = self.lib.read_bytes()
        self.log = log
        self.clean: set[bytes] = set()
        self.trusted = True
        self.seconds = 120.0
        self.workspace = cargo_metadata(root, cargo=cargo)
        program = log.with_name("cargo")
        program.write_text(f'#!/bin/sh\necho >> "{log}"\nexec "{cargo}" "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        self.settings = Settings(cargo=CargoSettings(path=str(program)))

    def errors(self, old: bytes, new: bytes, unsaved: bytes | None = None) -> list[str]:
        text = self.text if unsaved is None else unsaved
        assert text.count(old) == 1
        compiling = Compiling(
            self.workspace,
            self.settings,
            trusted=self.trusted,
            unsaved={} if unsaved is None else {self.lib: unsaved},
            clean=self.clean,
        )
        deadline = time.monotonic() + self.seconds
        edited = text.replace(old, new)
        found = compiling.errors(self.lib, edited, deadline=deadline, cancel=Cancellation())
        return [f"{one.code} {edited[one.start : one.end].decode()}" for one in found]

    def runs(self) -> int:
        """How often cargo ran since this was last asked."""
        count = len(self.log.read_bytes().splitlines()) if self.log.exists() else 0
        self.log.unlink(missing_ok=True)
        return count


@pytest.fixture
def checker(
    crate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    require_tool: Callable[[str], str],
) -> Checker:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "target"))
    return Checker(crate, require_tool("cargo"), tmp_path / "runs")


def test_errors_are_told_once_where_they_are(checker: Checker) -> None:
    before = sorted(path for path in checker.root.rglob("*"))
    assert checker.errors(CALL, b"square.area(1)") == ["E0061 area"]
    assert checker.errors(b"x + x", b"2 * x") == []
    # Only the build of the tests sees this one.
    assert checker.errors(b"super::square_area(2.0)", b"super::square_area(2)") == ["E0308 2"]
    assert sorted(path for path in checker.root.rglob("*")) == before
    assert checker.lib.read_bytes() == checker.text


def test_what_was_broken_before_is_not_told_again(checker: Checker) -> None:
    broken = checker.text.replace(b"x + x", b"x + missing")
    assert checker.errors(CALL, b"square.area() + 1.0", unsaved=broken) == []
    assert checker.errors(CALL, b"square.area() + lost", unsaved=broken) == ["E0425 lost"]


def test_what_is_known_to_compile_is_not_compiled_again(checker: Checker) -> None:
    assert checker.errors(b"x + x", b"2 * x") == []
    assert checker.runs() == 2, "with and without tests"
    accepted = checker.text.replace(b"x + x", b"2 * x")
    assert checker.errors(CALL, b"square.area(1)", unsaved=accepted) == ["E0061 area"]
    assert checker.runs() == 1
    assert checker.errors(CALL, b"square.area(2)") == ["E0061 area"]
    assert checker.runs() == 2, "nobody has looked at what is on disk"


def test_no_word_is_no_verdict(checker: Checker) -> None:
    checker.seconds = 0.0
    with pytest.raises(CargoError, match="no time left for cargo check"):
        checker.errors(CALL, b"square.area(1)")
    checker.seconds = 120.0
    (checker.root / "Cargo.toml").write_text("no manifest", encoding="utf-8")
    with pytest.raises(CargoError, match="cargo check failed"):
        checker.errors(CALL, b"square.area(1)")
    checker.runs()
    checker.trusted = False
    with pytest.raises(CargoError, match="not trusted"):
        checker.errors(CALL, b"square.area(1)")
    assert checker.runs() == 0


def test_the_users_own_build_hears_nothing_of_it(checker: Checker) -> None:
    def check() -> str:
        command = [checker.cargo, "check", "--verbose", "--offline"]
        ran = subprocess.run(
            command, cwd=checker.root, capture_output=True, text=True, check=True, timeout=120
        )
        return ran.stderr

    assert "Checking" in check()
    assert checker.errors(CALL, CALL + b" + missing()") == ["E0425 missing"]
    assert checker.errors(CALL, CALL + b" + { fn idle() {} 0.0 }") == []
    again = check()
    assert "Fresh" in again
    assert "idle" not in again
    assert "Checking" not in again
