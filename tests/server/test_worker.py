"""The indexing thread: debounce, what is stale, reopening, failures, stopping."""

from __future__ import annotations

import threading
import time

import pytest
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.graph.errors import Cancelled
from ferrograph.parser.rust_analyzer.errors import NoAnswer, Withdrawn
from ferrograph.server import assist
from ferrograph.server import worker as worker_module
from ferrograph.server.config import Loaded
from ferrograph.server.lazy_encoder import LazyEncoder
from ferrograph.server.project import Project
from ferrograph.server.settings import EmbeddingSettings, Settings
from ferrograph.server.worker import IndexWorker
from ferrograph.tests.support.graphs import write_fixture

WAIT = 30


class Log:
    """A listener that notes what happens."""

    def __init__(self):
        self.happened = []
        self.change = threading.Condition()

    def _note(self, *what):
        with self.change:
            self.happened.append(what)
            self.change.notify_all()

    def opened(self, project):
        self._note("opened")

    def indexing(self, progress):
        pass

    def indexed(self, report):
        self._note("indexed", report.parsed)

    def updated(self, report):
        self._note("updated", report.parsed)

    def embedding(self, done, total):
        if done >= total:
            self._note("embedded", total)

    def expert(self, report):
        pass

    def failed(self, what):
        self._note("failed", what)

    def wait(self, what, count=1):
        with self.change:
            ok = self.change.wait_for(lambda: self.count(what) >= count, WAIT)
        assert ok, (what, self.happened)

    def count(self, what):
        return len([h for h in self.happened if h[0] == what])


@pytest.fixture
def workspace(tmp_path, home):
    root = tmp_path / "demo"
    write_fixture(root, "pub mod two;\npub fn one() {}\n//- /src/two.rs\npub fn two() {}")
    return root


@pytest.fixture
def start(workspace):
    running = []

    def make(open_project=None, *, embedding=False, debounce_s=0.05):
        loaded = Loaded(Settings(embedding=EmbeddingSettings(enabled=embedding)), False, ())
        overlay = {}
        log = Log()
        worker = IndexWorker(
            open_project
            or (lambda: Project.open(workspace, lambda: loaded, say=str, in_memory=True)),
            log,
            overlay=lambda: dict(overlay),
            debounce_s=debounce_s,
        )
        running.append(worker)
        worker.start()
        return worker, log, overlay

    yield make
    for worker in running:
        worker.stop()


def test_changes_are_gathered_until_the_typing_pauses(start, workspace):
    worker, log, overlay = start(debounce_s=0.2)
    assert worker.wait_ready(WAIT)
    file = workspace / "src" / "lib.rs"
    for number in range(5):
        overlay[file] = f"pub fn typed{number}() {{}}\n".encode()
        worker.touch([file])
        assert worker.is_stale(file)
        time.sleep(0.02)
    log.wait("updated")
    while worker.is_stale(file):
        time.sleep(0.01)
    assert log.count("updated") == 1
    assert [i.name for i in worker.project.store.find("typed4")] == ["typed4"]
    assert worker.project.store.find("one") == []
    assert not worker.is_stale()


def test_only_the_last_place_is_looked_ahead_from(start):
    worker, _, _ = start()
    looked, change = [], threading.Event()
    # Before it is ready as well: it is put off.
    for number in range(3):

        def ahead(project, cancel, number=number):
            looked.append((number, project.store.counts().files, cancel()))
            change.set()

        worker.look_ahead(ahead)
    assert change.wait(WAIT)
    time.sleep(0.3)
    assert looked == [(2, 2, False)]


def test_the_context_is_there_when_it_is_asked_for(start):
    worker, _, _ = start()
    assert worker.wait_ready(WAIT)
    while worker.project.words_due is not None or not worker.project.is_prepared:
        time.sleep(0.01)
    project = worker.project
    text = project.sources.read("src/two.rs")
    request = assist.read_request("src/two.rs", text, 8, 8, instruction="call one")
    done = threading.Event()

    def ahead(project, cancel):
        assist.gather_ahead(project, request, 1000, cancel)
        done.set()

    worker.look_ahead(ahead)
    assert done.wait(WAIT)
    assert project.caches()["answers"]["found"] == 0
    context = assist.gather(
        project, at=request.place, task="call one", budget=700, count_tokens=len, item_shown=True
    )
    assert project.caches()["answers"]["found"] == 1
    assert "kept" in context.explain()


def test_what_was_not_saved_is_forgotten_when_it_is_closed(start, workspace):
    worker, log, overlay = start()
    worker.wait_ready(WAIT)
    file = workspace / "src" / "lib.rs"
    overlay[file] = b"pub fn unsaved() {}\n"
    worker.touch([file], soon=True)
    log.wait("updated")
    overlay.clear()
    worker.touch([file], soon=True)
    log.wait("updated", 2)
    assert worker.project.store.find("unsaved") == []
    assert worker.project.store.find("one") != []


def test_what_is_open_counts_from_the_first_indexing(start, workspace):
    gate = threading.Event()
    overlay_file = workspace / "src" / "lib.rs"

    def slow():
        gate.wait(WAIT)
        loaded = Loaded(Settings(embedding=EmbeddingSettings(enabled=False)), False, ())
        return Project.open(workspace, lambda: loaded, say=str, in_memory=True)

    worker, log, overlay = start(slow)
    overlay[overlay_file] = b"pub fn unsaved() {}\n"
    worker.touch([overlay_file])
    gate.set()
    log.wait("indexed")
    assert worker.project.store.find("unsaved") != []
    while worker.is_stale():
        time.sleep(0.01)
    assert worker.project.store.find("unsaved") != []


def test_a_new_manifest_is_read(start, workspace):
    worker, log, _ = start()
    worker.wait_ready(WAIT)
    (workspace / "src" / "main.rs").write_text("fn main() {}\n")
    worker.reopen()
    log.wait("indexed", 2)
    assert worker.project.store.find("main") != []


def test_what_is_closed_while_the_workspace_is_read_again_is_forgotten(start, workspace):
    worker, log, overlay = start(debounce_s=60)
    worker.wait_ready(WAIT)
    file = workspace / "src" / "lib.rs"
    overlay[file] = b"pub fn unsaved() {}\n"
    worker.touch([file], soon=True)
    log.wait("updated")
    overlay.clear()
    worker.touch([file])
    worker.reopen()
    log.wait("indexed", 2)
    assert worker.project.store.find("unsaved") == []
    assert worker.project.store.find("one") != []


def test_a_failure_is_told_and_the_next_change_is_served(start, workspace):
    attempts = []

    def flaky():
        attempts.append(None)
        if len(attempts) == 1:
            raise OSError("no disk")
        loaded = Loaded(Settings(embedding=EmbeddingSettings(enabled=False)), False, ())
        return Project.open(workspace, lambda: loaded, say=str, in_memory=True)

    worker, log, _ = start(flaky)
    log.wait("failed")
    assert worker.ready
    assert worker.project is None
    worker.touch([workspace / "src" / "lib.rs"])
    worker.reopen()
    log.wait("indexed")
    assert worker.project.store.find("one") != []


def test_embedding_follows_and_gives_way_to_changes(start, workspace):
    worker, log, _ = start(embedding=True)
    log.wait("embedded")
    before = worker.project.store.counts().vectors
    assert before >= 2
    (workspace / "src" / "lib.rs").write_text("pub mod two;\npub fn three() {}\n")
    worker.touch([workspace / "src" / "lib.rs"], soon=True)
    log.wait("updated")
    log.wait("embedded", 2)
    names = {i.name for i in worker.project.store.find("three")}
    assert names == {"three"}


def test_embedding_is_paused_resumed_and_cancelled(start, workspace):
    worker, log, overlay = start(embedding=True)
    file = workspace / "src" / "lib.rs"

    def write(name, count):
        overlay[file] = f"pub mod two;\npub fn {name}() {{}}\n".encode()
        worker.touch([file], soon=True)
        log.wait("updated", count)

    log.wait("embedded")
    assert worker.embedding("pause").paused
    write("three", 1)
    assert worker.embedding().waiting >= 1
    assert log.count("embedded") == 1
    state = worker.embedding("resume")
    assert not state.paused
    log.wait("embedded", 2)
    assert worker.embedding().waiting == 0
    worker.embedding("pause")
    write("four", 2)
    assert worker.embedding("cancel").waiting == 0
    assert not worker.embedding("resume").paused
    write("five", 3)
    log.wait("embedded", 3)


def test_a_failure_to_embed_is_told_once_and_tried_again(start, monkeypatch):
    tried = []

    def flaky(self, *arguments, **settings):
        tried.append(None)
        if len(tried) < 3:
            raise EmbeddingError("the model is out of sorts")
        return embed(self, *arguments, **settings)

    embed = Project.embed
    monkeypatch.setattr(Project, "embed", flaky)
    monkeypatch.setattr(worker_module, "_EMBED_AGAIN_S", 0.05)
    _, log, _ = start(embedding=True)
    log.wait("embedded")
    assert log.count("failed") == 1
    assert ("failed", "the model is out of sorts") in log.happened


@pytest.mark.parametrize("why", [Withdrawn("typing"), NoAnswer("it is slow")], ids=["way", "fail"])
def test_macros_are_tried_again_though_nothing_else_happens(start, monkeypatch, why):
    tried, again = [], threading.Event()

    def expand(self, cancel, *, wait=False):
        tried.append(None)
        if len(tried) == 1:
            raise why
        again.set()
        return True

    monkeypatch.setattr(Project, "can_expand", lambda self: len(tried) < 2)
    monkeypatch.setattr(Project, "expand", expand)
    monkeypatch.setattr(worker_module, "_EXPAND_ON_S", 0.05)
    monkeypatch.setattr(worker_module, "_EXPAND_AGAIN_S", 0.05)
    start()
    assert again.wait(WAIT)


def test_stopping_cancels_what_runs(workspace, start):
    inside = threading.Event()

    class Slow:
        def reload(self): ...
        def close(self):
            log.happened.append(("closed",))

        def replace_overlay(self, texts): ...
        def first_look(self, first, cancel): ...

        def index(self, *, progress, cancel):
            inside.set()
            while not cancel():
                time.sleep(0.01)
            raise Cancelled("stopped")

    worker, log, _ = start(Slow)
    assert inside.wait(WAIT)
    worker.stop()
    assert log.count("closed") == 1
    assert log.count("failed") == 0


def test_the_encoder_is_known_by_the_same_name_before_and_after_it_is_loaded():
    encoder = LazyEncoder()
    assert encoder.encode(["fn main() {}"]).shape == (1, encoder.dimensions)
