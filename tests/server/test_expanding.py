"""Macros that rust-analyzer expands at leisure: who goes first, what is left out, what is kept."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from ferrograph.graph.sources import Sources
from ferrograph.parser.generated import KeptTexts
from ferrograph.parser.rust_analyzer.errors import NoAnswer, Withdrawn
from ferrograph.server import expanding as expanding_module
from ferrograph.server.expanding import Expanding
from ferrograph.tests.support.graphs import open_index, write_fixture

TEXT = "#[derive(Marked)]\npub struct One;\n//- /src/two.rs\n#[derive(Marked)]\npub struct Two;"


@pytest.fixture
def room(tmp_path, monkeypatch):
    write_fixture(tmp_path / "demo", "pub mod two;\n" + TEXT)
    indexer = open_index(tmp_path / "demo")
    indexer.index()
    store = indexer.store
    kept = KeptTexts(tmp_path / "kept", "stamp")
    expanding = Expanding(store, Sources(tmp_path / "demo"), lambda: kept)
    asked = []

    def answer(_server, path, _source, wanted, *, cancel):
        asked.append(path.name)
        made = room.answers.pop(0) if room.answers else "impl Marked for One {}"
        if isinstance(made, Exception):
            raise made
        return {one.digest: made for one in wanted}

    monkeypatch.setattr(expanding_module, "expansions", answer)
    room = SimpleNamespace(expanding=expanding, kept=kept, asked=asked, answers=[], server=server())
    expanding.add(["src/lib.rs", "src/two.rs"])
    return room


def server(health="ok"):
    return SimpleNamespace(status=SimpleNamespace(health=health))


def never():
    return False


def test_what_gives_way_is_first_again(room):
    room.answers = [Withdrawn("not now")]
    with pytest.raises(Withdrawn):
        room.expanding.step(room.server, never)
    with pytest.raises(Withdrawn):
        room.expanding.step(room.server, lambda: True)
    assert room.expanding.waiting == 2
    assert room.expanding.step(room.server, never) == "src/lib.rs"
    assert room.expanding.step(room.server, never) == "src/two.rs"
    assert room.expanding.step(room.server, never) is None
    assert room.asked == ["lib.rs", "lib.rs", "two.rs"]


def test_what_takes_too_long_does_not_hold_up_the_others(room):
    room.answers = [NoAnswer("too long")]
    with pytest.raises(NoAnswer):
        room.expanding.step(room.server, never)
    assert room.expanding.step(room.server, never) == "src/two.rs"
    assert room.expanding.waiting == 0


def test_what_is_added_while_it_is_expanded_is_looked_at_again(room, monkeypatch):
    answer = expanding_module.expansions

    def edited(*arguments, **settings):
        adding = threading.Thread(target=room.expanding.add, args=(["src/lib.rs"],))
        adding.start()
        adding.join()
        return answer(*arguments, **settings)

    monkeypatch.setattr(expanding_module, "expansions", edited)
    assert room.expanding.step(room.server, never) == "src/lib.rs"
    assert room.expanding.waiting == 2


def test_what_could_not_be_built_is_asked_again_another_time(room):
    room.answers = ["", ""]
    assert room.expanding.step(server("error"), never) is None
    assert not room.kept.of("src/lib.rs")
    room.expanding.add(["src/lib.rs", "src/two.rs"])
    assert room.expanding.step(room.server, never) == "src/lib.rs"
    assert set(room.kept.of("src/lib.rs").values()) == {"impl Marked for One {}"}


def test_what_makes_nothing_is_asked_once(room):
    room.answers = ["", ""]
    assert room.expanding.step(room.server, never) is None
    room.expanding.add(["src/lib.rs", "src/two.rs"])
    assert room.expanding.step(room.server, never) is None
    assert room.asked == ["lib.rs", "two.rs"]
