"""Two projects on one workspace: who indexes, whose unsaved text counts, what is said."""

from __future__ import annotations

import threading
import time

import pytest
from ferrograph.graph.errors import Cancelled
from ferrograph.graph.sources import Sources
from ferrograph.server import reading
from ferrograph.server.config import Loaded
from ferrograph.server.overlays import OWN, Overlays
from ferrograph.server.project import Project
from ferrograph.server.settings import EmbeddingSettings, IndexSettings, Settings
from ferrograph.server.turns import Turns
from ferrograph.tests.support.graphs import everything, open_index, write_fixture

WAIT_S = 30.0
OTHER = b"other"


@pytest.fixture
def workspace(tmp_path, home):
    root = tmp_path / "demo"
    write_fixture(root, "pub mod two;\npub fn one() {}\n//- /src/two.rs\npub fn two() {}")
    return root


@pytest.fixture
def join(workspace):
    projects = []

    def make(*, trusted=False, embedding=False, dependencies=True, said=None):
        settings = Settings(
            embedding=EmbeddingSettings(enabled=embedding),
            index=IndexSettings(dependencies=dependencies),
        )
        loaded = Loaded(settings, trusted, ())
        say = (said if said is not None else []).append
        project = Project.open(workspace, lambda: loaded, say=say)
        projects.append(project)
        return project

    yield make
    for project in projects:
        project.close()


def until(condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def clean(root):
    indexer = open_index(root)
    indexer.index()
    return everything(indexer.store)


# -- indexing -------------------------------------------------------------------------------------


def test_a_follower_has_the_owner_index(join, workspace):
    owner, follower = join(), join()
    assert owner.is_owner
    assert not follower.is_owner
    stages = []
    report = follower.index(progress=lambda progress: stages.append(progress.stage))
    assert (report.files, report.parsed, report.items) == (2, 2, 4)
    assert len(report.changed) == 4
    assert isinstance(report.problems, tuple)
    assert "scan" in stages
    assert everything(owner.store) == everything(follower.store) == clean(workspace)
    again = follower.index()
    assert (again.parsed, again.changed) == (0, frozenset())


def test_a_follower_that_waits_sees_how_far_the_owner_is(join):
    owner, follower = join(), join()
    inside, told = threading.Event(), threading.Event()

    def hold(_progress):
        inside.set()
        assert told.wait(WAIT_S)

    busy = threading.Thread(target=owner.index, kwargs={"progress": hold})
    busy.start()
    assert inside.wait(WAIT_S)
    stages = []
    report = follower.index(progress=lambda progress: (stages.append(progress), told.set()))
    busy.join()
    assert stages[0].stage == "scan"
    assert (report.parsed, report.items) == (0, 4), "the owner had done it"


def test_both_see_an_edit_of_either(join, workspace):
    owner, follower = join(), join()
    owner.index(), follower.index()
    (workspace / "src" / "two.rs").write_text("pub fn three() {}\n")
    owner.update(["src/two.rs"])
    assert follower.store.find("three") == owner.store.find("three") != []
    (workspace / "src" / "two.rs").write_text("pub fn four() {}\n")
    report = follower.update(["src/two.rs"])
    assert follower.store.find("four")[0].id in report.changed
    assert follower.store.find("four") == owner.store.find("four") != []
    assert everything(follower.store) == clean(workspace)


def test_the_owner_looks_at_macros_in_what_a_follower_edits(join, workspace):
    owner, follower = join(), join()
    owner.index(), follower.index()
    owner._expanding.step(None, lambda: False)
    assert owner.unexpanded == 0
    woken = []
    owner.on_resume = lambda: woken.append(owner.unexpanded)
    file = workspace / "src" / "two.rs"
    follower.set_overlay(file, b"#[derive(Marked)]\npub struct Two;\n")
    follower.update(["src/two.rs"])
    assert (owner.unexpanded, woken) == (1, [1])
    owner._expanding._queue.clear()
    # What is forgotten of its text brings back the invocations of the saved one.
    follower.close()
    until(lambda: owner.unexpanded == 1)


def test_caches_follow_the_owners_revision(join, workspace):
    owner, follower = join(), join()
    owner.index(), follower.index()
    files = follower.retriever.workspace_files()
    (workspace / "src" / "two.rs").write_text("pub fn a_much_longer_name() {}\n")
    owner.update(["src/two.rs"])
    until(lambda: follower.store.revision == owner.store.revision)
    assert follower.retriever.workspace_files() != files


def test_a_follower_learns_how_the_owners_caches_fare(join, workspace):
    owner = join()
    owner.index()
    owner.index_words()
    for _ in range(4):
        owner.retriever.retrieve("one")
    follower = join()
    follower.index()
    told = follower.store.sharing.call("caches", {})
    assert told == owner.caches()
    assert (told["answers"]["found"], told["answers"]["rate"]) == (3, 0.75)


def test_a_follower_keeps_no_answers(join, workspace):
    """Of what the owner writes it hears nothing but that something was written."""
    owner, follower = join(), join()
    owner.index()
    owner.index_words()
    for project in (owner, follower):
        project.retriever.retrieve("two")
    file = workspace / "src" / "two.rs"
    file.write_text("pub struct Much;\npub fn two() -> Much { Much }\n")
    owner.update(["src/two.rs"])
    owner.index_words()
    found = follower.retriever.retrieve("two").ranked
    assert "pub fn two() -> Much" in {r.item.signature for r in found}
    assert follower.store.adjacency is None


def test_a_survivor_indexes_what_the_dead_owner_did_not(join, workspace):
    owner, follower = join(), join()
    owner.index(), follower.index()
    told = threading.Event()
    follower.on_handover = told.set
    owner.set_overlay(workspace / "src" / "two.rs", b"pub fn unsaved() {}\n")
    owner.update(["src/two.rs"])
    owner.store.begin_bulk()
    owner.close()
    assert told.wait(WAIT_S)
    follower.update(["src/lib.rs"])
    assert everything(follower.store) == clean(workspace)


def test_an_index_that_was_stopped_is_made_whole_by_the_next_update(join, workspace):
    owner = join()
    with pytest.raises(Cancelled):
        owner.index(cancel=lambda: True)
    owner.update(["src/two.rs"])
    assert everything(owner.store) == clean(workspace)


# -- unsaved text ---------------------------------------------------------------------------------


def test_a_followers_unsaved_text_reaches_the_graph_and_goes_with_it(join, workspace):
    owner, follower = join(), join()
    owner.index(), follower.index()
    follower.set_overlay(workspace / "src" / "two.rs", b"pub fn typed() {}\n")
    follower.update(["src/two.rs"])
    assert owner.store.find("typed") == follower.store.find("typed") != []
    assert owner.sources.read("src/two.rs") == b"pub fn typed() {}\n", "the graph's offsets fit it"
    follower.close()
    until(lambda: owner.store.find("typed") == [])
    assert everything(owner.store) == clean(workspace)


def test_a_followers_unsaved_text_survives_the_owner(join, workspace):
    owner, follower, last = join(), join(), join()
    owner.index(), follower.index(), last.index()
    last.set_overlay(workspace / "src" / "two.rs", b"pub fn typed() {}\n")
    last.update(["src/two.rs"])
    owner.close()
    until(lambda: follower.is_owner or last.is_owner)
    follower.index()
    last.index()
    assert [item.name for item in follower.store.find("typed")] == ["typed"]


def test_the_last_edit_of_a_file_wins(tmp_path):
    (tmp_path / "a.rs").write_bytes(b"disk")
    sources = Sources(tmp_path)
    overlays = Overlays(sources)
    overlays.put(OWN, {"a.rs": b"first"})
    overlays.put(OTHER, {"a.rs": b"second"})
    assert sources.read("a.rs") == b"second"
    overlays.put(OWN, {"a.rs": b"first"})
    assert sources.read("a.rs") == b"second", "the same text again is no edit"
    overlays.put(OWN, {"a.rs": b"third"})
    assert sources.read("a.rs") == b"third"
    overlays.put(OTHER, {"a.rs": b"disk"})
    assert sources.read("a.rs") == b"third", "what the disk holds hides nothing"
    overlays.replace(OWN, {"b.rs": b"new"})
    assert sources.read("a.rs") == b"disk"
    assert overlays.drop(OTHER) == ["a.rs"]
    assert sources.overlay() == {"b.rs": b"new"} == overlays.of(OWN)
    overlays.put(OWN, {"b.rs": None})
    assert sources.overlay() == {}


# -- vectors --------------------------------------------------------------------------------------


def test_the_owner_embeds_for_a_follower(join):
    owner, follower = join(embedding=True), join(embedding=True)
    owner.index(), follower.index()
    assert follower.schedule_embedding() == 4
    assert follower.waiting == owner.waiting == 4
    told = []
    assert follower.embed(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)
    assert follower.waiting == owner.waiting == 0
    assert follower.store.counts().vectors == 4
    assert not follower.embed()
    found = follower.retriever.retrieve("the second function").ranked
    assert {r.item.name for r in found} >= {"one", "two"}
    assert any(r.factors.get("vector") for r in found)


def test_embedding_gives_way_to_an_edit():
    turns = Turns()
    order = []

    def edit():
        with turns.pressing():
            order.append("edit")

    with turns.leisure(1.0, lambda: False) as held:
        assert held
        editor = threading.Thread(target=edit)
        editor.start()
        until(lambda: turns.wanted)
        with turns.leisure(0.01, lambda: False) as again:
            assert not again
        order.append("embedded")
    editor.join()
    assert order == ["embedded", "edit"]
    with turns.pressing(), pytest.raises(Cancelled), turns.pressing(lambda: True):
        pass
    with turns.leisure(1.0, lambda: False) as held:
        assert held, "who gave up waits no longer"


# -- settings that differ ---------------------------------------------------------------------------


def test_differences_from_the_owner_are_said(join):
    join(trusted=False, embedding=False, dependencies=False)
    said = []
    join(trusted=True, embedding=True, dependencies=True, said=said)
    assert [s for s in said if "does not trust it" in s and "ferrograph trust" in s]
    assert [s for s in said if "without its dependencies" in s]
    assert [s for s in said if "embeds nothing" in s]
    quiet = []
    join(trusted=False, embedding=False, dependencies=False, said=quiet)
    assert not [s for s in quiet if s.startswith("Another")]


@pytest.mark.parametrize(
    ("owner_trusts", "follower_trusts", "read"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_only_a_trusted_follower_makes_a_trusted_owner_run_cargo(
    join, workspace, monkeypatch, owner_trusts, follower_trusts, read
):
    asked = []

    def load(root, *, trusted, **options):
        asked.append(trusted)
        return real(root, trusted=False, **options)

    real = reading.load_workspace
    monkeypatch.setattr(reading, "load_workspace", load)
    owner, follower = join(trusted=owner_trusts), join(trusted=follower_trusts)
    owner.index(), follower.index()
    asked.clear()
    with (workspace / "Cargo.toml").open("a") as manifest:
        manifest.write("\n[[bin]]\nname = 'more'\npath = 'src/two.rs'\n")
    follower.index()
    assert asked == ([owner_trusts] if read else [])
    follower.index()
    assert len(asked) == int(read), "once is enough"
    assert sum(len(p.targets) for p in owner.workspace.packages.values()) == 1 + read
