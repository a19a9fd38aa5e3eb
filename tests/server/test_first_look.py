"""What is found while the dependencies of a workspace are still being read."""

from __future__ import annotations

import dataclasses

import pytest
from ferrograph.graph.errors import GraphError
from ferrograph.parser.workspace import Dependency, Package, Target
from ferrograph.server import first_look
from ferrograph.server.config import Loaded
from ferrograph.server.project import Project
from ferrograph.server.settings import Settings
from ferrograph.tests.support.graphs import write_fixture


@pytest.fixture
def project(tmp_path, home):
    root = tmp_path / "demo"
    write_fixture(root, "pub fn own() {}\n//- /vendor/engine/src/lib.rs\npub fn foreign() {}")
    loaded = Loaded(Settings(), False, ())
    made = Project.open(root, lambda: loaded, say=str, in_memory=True)
    target = Target(
        kind="lib", name="engine", path=root / "vendor/engine/src/lib.rs", edition="2021"
    )
    engine = Package(
        name="engine", version="1.2.0", root=root / "vendor/engine", edition="2021",
        source="registry", targets=(target,),
    )  # fmt: skip
    needs = Dependency(name="engine", package=engine.key, kind="normal")
    (key,) = made.workspace.members
    packages = {
        key: dataclasses.replace(made.workspace.packages[key], dependencies=(needs,)),
        engine.key: engine,
    }
    made.workspace = dataclasses.replace(made.workspace, packages=packages)
    yield made
    made.close()


def never():
    return False


def found(project):
    return {r.item.name for r in project.retriever.retrieve("own").ranked}


def test_the_workspace_is_found_before_anything_is_indexed(project):
    assert "own" not in found(project)
    assert project.first_look((), never)
    assert "own" in found(project)
    best = project.retriever.retrieve("what belongs to oneself").ranked[0]
    assert (best.item.name, best.factors["vector"] > 0) == ("own", True)
    assert project.store.counts().items == 0, "the graph itself is untouched"
    looking = project.retriever
    project.index()
    assert project.store.counts().items >= 2
    assert project.retriever is not looking
    assert project.retriever.store is project.store
    assert not project.first_look((), never), "there is a graph now"


def test_a_second_look_takes_the_place_of_the_first(project):
    assert project.first_look((), never)
    first = project.retriever
    assert project.first_look((), never)
    assert project.retriever is not first
    assert "own" in found(project)
    with pytest.raises(GraphError):
        first.store.counts()


def test_what_is_large_or_depends_on_nothing_is_not_read_twice(project, monkeypatch):
    assert first_look.is_worth(project.workspace)
    members = set(project.workspace.members)
    alone = {k: p for k, p in project.workspace.packages.items() if k in members}
    assert not first_look.is_worth(dataclasses.replace(project.workspace, packages=alone))
    monkeypatch.setattr(first_look, "MOST_BYTES", 3)
    assert not first_look.is_worth(project.workspace)
