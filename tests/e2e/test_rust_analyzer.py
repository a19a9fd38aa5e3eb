"""A real rust-analyzer: asked, killed, hung, missing, unwanted."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ferrograph.parser.lines import Lines
from ferrograph.parser.rust_analyzer.client import RustAnalyzer
from ferrograph.parser.rust_analyzer.errors import (
    Gone,
    NoAnswer,
    NotInstalled,
    NotTrusted,
    SwitchedOff,
)
from ferrograph.parser.rust_analyzer.expert import Expert, Mode, Report
from ferrograph.parser.rust_analyzer.options import Options
from ferrograph.tests.support.rust_analyzer import macros_workspace, rust_analyzer

pytestmark = pytest.mark.e2e


@dataclass
class Room:
    """An expert on a copy of the workspace, with a clock that tests can put forward."""

    root: Path
    expert: Expert
    reports: list[Report]
    mode: Mode = "lazy"
    trusted: bool = True
    options: Options = field(default_factory=Options)
    late: float = 0.0

    @property
    def user(self) -> Path:
        return self.root / "user" / "src" / "lib.rs"

    def expand(self, what: str) -> Callable[[RustAnalyzer], str]:
        text = self.user.read_bytes()
        at = Lines(text).position(text.find(what.encode()))

        def question(server: RustAnalyzer) -> str:
            found = server.expand(self.user, at["line"], at["character"])
            return "" if found is None else found.text

        return question


@pytest.fixture
def make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Room]]:
    rooms: list[Room] = []
    monkeypatch.delenv("CARGO_TARGET_DIR", raising=False)

    def make(program: str | None = None, **options: float) -> Room:
        root = macros_workspace(tmp_path)
        reports: list[Report] = []
        expert = Expert(
            root,
            mode=lambda: room.mode,
            options=lambda: room.options,
            trusted=lambda: room.trusted,
            changed=reports.append,
            clock=lambda: time.monotonic() + room.late,
        )
        given = Options(program=program or rust_analyzer(), **options)  # type: ignore[arg-type]
        room = Room(root, expert, reports, options=given)
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        room.expert.close()


def test_it_expands_macros_of_every_kind(make_room: Callable[..., Room]) -> None:
    room = make_room()
    derived = room.expert.ask(room.expand("Marked)]"))
    assert "impl crate::Marked for Größe" in derived
    assert "fn once_twice()" in room.expert.ask(room.expand("twice]\n"))
    assert "pub struct Unit;" in room.expert.ask(room.expand("unit!("))
    assert "2 + base_mark()" in room.expert.ask(room.expand("constant!(two"))
    assert room.expert.ask(room.expand("fn all")) == ""
    assert room.expert.report().state == "ready"
    assert [r.state for r in room.reports][:2] == ["starting", "loading"]


def test_problems_of_unsaved_text(make_room: Callable[..., Room]) -> None:
    room = make_room()
    text = room.user.read_bytes()
    added = text + "\npub fn größer() -> u32 {\n    base_mark(1)\n}\n".encode()

    def problems(server: RustAnalyzer) -> list[tuple[str, str]]:
        with server.shown({room.user: added}):
            found = server.diagnostics(room.user)
        return [(d.code, added[d.start : d.end].decode()) for d in found if d.severity == "error"]

    assert room.expert.ask(problems) == [("E0107", "(1)")]
    assert room.expert.ask(lambda server: server.diagnostics(room.user)) == []


def test_killed_it_is_started_again(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.expert.ask(room.expand("unit!("))
    first = room.expert.report().pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: room.expert.report().state == "failed")
    told = room.expert.report()
    assert told.sentence == "rust-analyzer was killed by signal 9"
    with pytest.raises(Gone, match="tried again in"):
        room.expert.ask(room.expand("unit!("))
    room.late += 1.5
    assert "pub struct Unit;" in room.expert.ask(room.expand("unit!("))
    assert room.expert.report().pid != first
    assert room.expert.report().sentence == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds another process's memory")
def test_more_memory_than_it_may_have(make_room: Callable[..., Room]) -> None:
    room = make_room(memory_mb=200)
    with pytest.raises(Gone, match=r"needed more memory than `rust_analyzer\.memory_mb` allows"):
        room.expert.ask(room.expand("unit!("))
    assert room.expert.report().failures == 1


def test_killed_in_the_middle_of_a_question(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.expert.ask(room.expand("unit!("))

    def question(server: RustAnalyzer) -> object:
        os.kill(server.process.pid, signal.SIGSTOP)
        os.kill(server.process.pid, signal.SIGKILL)
        return server.expand(room.user, 0, 0)

    with pytest.raises(Gone, match="killed by signal 9"):
        room.expert.ask(question)


def test_pauses_grow_with_failures(make_room: Callable[..., Room]) -> None:
    room = make_room(program=sys.executable)
    room.options = Options(program=write_program(room.root, 'echo "rust-analyzer 0"; test "$1"'))
    pauses: list[float] = []
    for _ in range(4):
        with pytest.raises(Gone):
            room.expert.ask(room.expand("unit!("))
        pause = room.expert.report().retry_s
        assert pause is not None
        pauses.append(round(pause))
        room.late += pause
    assert pauses == [1, 2, 4, 8]
    assert room.expert.report().failures == 4


def test_hung_it_is_stopped(make_room: Callable[..., Room]) -> None:
    room = make_room(answer_s=20.0)
    room.expert.ask(room.expand("unit!("))
    pid = room.expert.report().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    server = room.expert.ready()
    assert server is not None
    server.options = Options(program=room.options.program, answer_s=0.3)
    for _ in range(2):
        with pytest.raises(NoAnswer, match=r"within 0\.3 s"):
            room.expert.ask(room.expand("unit!("))
    assert room.expert.report().sentence == "rust-analyzer hung and was stopped"
    assert not alive(pid)


def test_a_program_that_is_no_rust_analyzer(make_room: Callable[..., Room]) -> None:
    room = make_room(program=sys.executable)
    with pytest.raises(NotInstalled, match="no rust-analyzer that works here"):
        room.expert.ask(room.expand("unit!("))
    assert room.expert.report().state == "failed"


def test_rustups_launcher_without_its_component(make_room: Callable[..., Room]) -> None:
    room = make_room(program=sys.executable)
    said = "error: Unknown binary 'rust-analyzer' in official toolchain 'stable-x86_64'."
    room.options = Options(program=write_program(room.root, f'echo "{said}" >&2; exit 1'))
    with pytest.raises(NotInstalled, match="rustup component add rust-analyzer"):
        room.expert.ask(room.expand("unit!("))


def test_a_workspace_that_does_not_build(make_room: Callable[..., Room]) -> None:
    room = make_room()
    (room.root / "marks" / "src" / "lib.rs").write_text("this is no Rust {", encoding="utf-8")
    assert room.expert.ask(room.expand("Marked)]")) == ""
    assert "2 + base_mark()" in room.expert.ask(room.expand("constant!(two"))
    assert room.expert.report().state == "ready"


def test_no_process_where_it_is_not_wanted_or_trusted(make_room: Callable[..., Room]) -> None:
    trace = "ran.txt"
    room = make_room(program=sys.executable)
    room.options = Options(program=write_program(room.root, f'touch "{room.root}/{trace}"; exit 1'))
    room.trusted = False
    with pytest.raises(NotTrusted, match="ferrograph trust"):
        room.expert.ask(room.expand("unit!("))
    assert room.expert.report().state == "off"
    room.trusted, room.mode = True, "off"
    with pytest.raises(SwitchedOff, match=r"rust_analyzer\.mode"):
        room.expert.ask(room.expand("unit!("))
    assert not (room.root / trace).exists()
    room.mode = "lazy"
    with pytest.raises(NotInstalled):
        room.expert.ask(room.expand("unit!("))
    # Only now did anything run.
    assert (room.root / trace).exists()


def test_losing_trust_stops_it(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.expert.ask(room.expand("unit!("))
    pid = room.expert.report().pid
    assert pid is not None
    room.trusted = False
    with pytest.raises(NotTrusted):
        room.expert.ask(room.expand("unit!("))
    assert not alive(pid)


def test_idle_it_is_stopped_and_started_by_the_next_question(
    make_room: Callable[..., Room],
) -> None:
    room = make_room(idle_s=0.2)
    room.expert.ask(room.expand("unit!("))
    wait_for(lambda: room.expert.report().state == "resting")
    assert "pub struct Unit;" in room.expert.ask(room.expand("unit!("))
    assert room.expert.report().starts == 2


def test_what_it_started_goes_with_it(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.expert.ask(room.expand("Marked)]"))
    pid = room.expert.report().pid
    assert pid is not None
    group = [p for p in processes() if group_of(p) == pid]
    assert len(group) >= 2, "the macro server runs beside it"
    room.expert.close()
    wait_for(lambda: not any(alive(p) for p in group))


def write_program(folder: Path, script: str) -> str:
    """A program that answers as a script says."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1
