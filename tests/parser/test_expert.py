"""rust-analyzer is there when needed and gone when not, whoever started it."""

from __future__ import annotations

import json
import os
import sys
import threading
import time

import pytest
from ferrograph.parser.rust_analyzer.errors import Gone
from ferrograph.parser.rust_analyzer.expert import Expert
from ferrograph.parser.rust_analyzer.options import Options
from ferrograph.parser.rust_analyzer.process import Process
from ferrograph.tests.support.scripted_analyzer import scripted_analyzer, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")
WAIT_S = 30.0


@pytest.fixture
def make(tmp_path):
    experts = []

    def one(*, start_s=0.0, **options):
        program = scripted_analyzer(tmp_path / "bin", start_s=start_s)
        given = Options(program=str(program), memory_mb=None, **options)
        expert = Expert(tmp_path, mode=lambda: "lazy", options=lambda: given, trusted=lambda: True)
        experts.append(expert)
        return expert

    yield one
    for expert in experts:
        expert.close()


def until(condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_is_started_and_never_asked_goes_to_rest(make):
    expert = make(idle_s=0.1)
    expert.start()
    until(lambda: expert.report().state == "resting")


def test_closed_while_it_starts_it_does_not_stay(make, tmp_path):
    expert = make(start_s=0.5)
    raised = []

    def start():
        try:
            expert.start()
        except Gone as error:
            raised.append(str(error))

    starting = threading.Thread(target=start)
    starting.start()
    until(lambda: started(tmp_path / "bin"))
    expert.close()
    starting.join(WAIT_S)
    assert raised == ["rust-analyzer was stopped"]
    (pid,) = started(tmp_path / "bin")
    until(lambda: not alive(pid))
    assert expert.ready() is None


def test_other_settings_hold_from_the_next_question(make, tmp_path):
    expert = make()
    expert.ask(lambda server: server.process.pid)
    expert.renew()
    assert expert.report().state == "resting"
    expert.ask(lambda server: None)
    assert len(started(tmp_path / "bin")) == 2


@pytest.mark.parametrize("offline", [True, False])
def test_it_stays_off_the_network(make, tmp_path, monkeypatch, offline):
    monkeypatch.delenv("CARGO_NET_OFFLINE", raising=False)
    make(offline=offline).start()
    until(lambda: started(tmp_path / "bin"))
    environment = json.loads((tmp_path / "bin" / "environment.json").read_text())
    assert (environment.get("CARGO_NET_OFFLINE") == "true") is offline
    assert environment["PATH"] == os.environ["PATH"]


def test_others_that_wait_are_seen(make):
    expert = make()
    asking, done = threading.Event(), threading.Event()

    def at_leisure(_server):
        assert not expert.is_pressed
        asking.set()
        until(lambda: expert.is_pressed)
        done.set()

    thread = threading.Thread(target=expert.ask, args=(at_leisure,))
    thread.start()
    assert asking.wait(WAIT_S)
    assert expert.ask(lambda _server: done.wait(WAIT_S))
    thread.join(WAIT_S)
    assert not expert.is_pressed


@pytest.mark.parametrize(
    "message", ['{"id": [1], "result": 1}', '{"method": {}, "params": 1}', "babble"]
)
def test_who_waits_hears_of_messages_that_make_no_sense(tmp_path, message):
    send = f"print('Content-Length: {len(message)}\\r\\n\\r', end='\\n')"
    script = f"import time; {send}; print({message!r}, end='', flush=True); time.sleep(60)"
    process = Process(
        [sys.executable, "-c", script],
        folder=tmp_path, requests={}, notifications={}, ended=lambda _why: None,
    )  # fmt: skip
    try:
        with pytest.raises(Gone, match="rust-analyzer sent what"):
            process.request("initialize", None, timeout=WAIT_S)
    finally:
        process.close(politely=False)
