"""What is told of an edit where something that checks it fails."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from ferrograph.generation.engine import Cancellation
from ferrograph.graph.errors import GraphError
from ferrograph.parser.cargo import load_workspace
from ferrograph.parser.rust_analyzer.errors import NotInstalled
from ferrograph.server import compiling as compiling_module
from ferrograph.server.checking import Checking
from ferrograph.server.settings import CargoSettings, Settings
from ferrograph.tests.support.graphs import write_fixture


def failing(error):
    def ask(question, *, patience, cancel):
        raise error

    return SimpleNamespace(ask=ask, ready=lambda: None, start=lambda: None)


@pytest.mark.parametrize(
    ("error", "said"),
    [(NotInstalled("there is none"), "there is none"), (GraphError("it is shut"), "it is shut")],
)
def test_an_edit_is_offered_though_it_can_not_be_checked(tmp_path, home, monkeypatch, error, said):
    root = tmp_path / "demo"
    write_fixture(root, "pub fn one() {}")
    shut = tmp_path / "a-file"
    shut.write_text("")
    monkeypatch.setattr(compiling_module, "cache_folder", lambda: shut)
    checking = Checking(
        failing(error),
        workspace=load_workspace(root, trusted=False),
        settings=Settings(cargo=CargoSettings(path=sys.executable)),
        trusted=True,
        unsaved={},
        around=lambda _path: (),
        clean=set(),
    )
    found = checking.check(root / "src/lib.rs", b"pub fn two() {}", cancel=Cancellation())
    assert (found.sure, found.problems) == ("unchecked", ())
    assert found.why == f"No copy of the workspace could be made (Not a directory); {said}."
