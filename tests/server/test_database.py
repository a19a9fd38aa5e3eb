"""Where a workspace's graph is kept, and where it is not."""

from __future__ import annotations

import sys

import pytest
from ferrograph.server.config import Loaded
from ferrograph.server.project import Project
from ferrograph.server.settings import EmbeddingSettings, Settings
from ferrograph.tests.support.graphs import write_fixture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.mark.parametrize("link", ["", "expansions/stamp", "lexical/made-of.new", "graph"])
def test_nothing_is_written_through_the_links_of_a_workspace(tmp_path, home, link):
    """Who made the workspace may have put them there."""
    root = tmp_path / "demo"
    write_fixture(root, "pub fn one() {}")
    outside = tmp_path / "outside"
    outside.mkdir()
    place = root / ".ferrograph" / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside, target_is_directory=True)
    said = []
    loaded = Loaded(Settings(embedding=EmbeddingSettings(enabled=False)), False, ())
    project = Project.open(root, lambda: loaded, say=said.append)
    try:
        project.index()
        project.index_words()
        assert project.store.find("one")
    finally:
        project.close()
    assert list(outside.iterdir()) == []
    assert "symbolic link" in said[-1]
    assert "kept in memory instead" in said[-1]
