"""A first graph that another process writes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ferrograph.graph import apart, parsing
from ferrograph.graph.errors import Cancelled, GraphError
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.progress import Progress
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.graph.vectors import put_vectors, read_vectors
from ferrograph.parser.cargo import load_workspace
from ferrograph.tests.support.graphs import everything, open_index, write_fixture

FIXTURE = """\
//- /src/lib.rs
mod shape;
pub use shape::Square;
/// Twice as much.
pub fn twice(square: &Square) -> f32 { square.area() + square.area() }
//- /src/shape.rs
pub struct Square(pub f32);
impl Square { pub fn area(&self) -> f32 { self.0 * self.0 + missing() } }
//- /README.md
# Demo
## Use
"""


@pytest.fixture(autouse=True)
def everything_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_WORTH_PROCESSES", 1)


@pytest.fixture
def indexer(tmp_path: Path) -> Iterator[GraphIndexer]:
    root = tmp_path / "demo"
    write_fixture(root, FIXTURE)
    store = GraphStore.open(tmp_path / "graph", model="m", dimensions=4)
    workspace = load_workspace(root, trusted=False)
    made = GraphIndexer(store, workspace, Sources(workspace.root), workers=2)
    yield made
    made.close()
    store.close()


def folders(indexer: GraphIndexer) -> list[str]:
    """What stands beside the database."""
    assert indexer.store.path is not None
    return sorted(path.name for path in indexer.store.path.parent.iterdir())


def in_process(root: Path) -> GraphIndexer:
    clean = open_index(root)
    clean.index()
    return clean


def test_the_graph_is_the_one_that_threads_write(indexer: GraphIndexer) -> None:
    report = indexer.index()
    clean = in_process(indexer.workspace.root)
    assert everything(indexer.store) == everything(clean.store)
    assert indexer.store.totals() == clean.store.totals()
    assert indexer.store.revision == 1
    assert report.items == len(report.changed) > 5
    assert folders(indexer) == ["demo", "graph"]


def test_it_is_there_for_the_next_start_and_takes_edits(indexer: GraphIndexer) -> None:
    indexer.index()
    lib = indexer.workspace.root / "src/lib.rs"
    lib.write_text(lib.read_text().replace("twice", "thrice"))
    report = indexer.update(["src/lib.rs"])
    assert report.parsed == 1
    clean = in_process(indexer.workspace.root)
    assert everything(indexer.store) == everything(clean.store)
    indexer.store.close()
    with GraphStore.open(indexer.store.path, model="m", dimensions=4) as again:
        assert everything(again) == everything(clean.store)
        assert again.revision == indexer.store.revision == 2


def test_the_old_graph_answers_until_the_new_one_is_complete(
    indexer: GraphIndexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    finish = apart.ApartWriter.finish

    def counted(self: apart.ApartWriter, *rest: object) -> None:
        seen.append(indexer.store.counts().items)
        finish(self, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(apart.ApartWriter, "finish", counted)
    indexer.index()
    assert seen == [0]
    assert indexer.store.counts().items > 5


def test_vectors_stay_where_they_are(indexer: GraphIndexer) -> None:
    indexer.store.put("vectors", [[b"1" * 16, b"hash", b"vector"]])
    indexer.index()
    assert indexer.store.counts().vectors == 1
    assert indexer.store.counts().items > 5


def test_vectors_can_be_put_and_read_afterwards(indexer: GraphIndexer) -> None:
    report = indexer.index()
    one, *_ = sorted(report.changed)
    put_vectors(indexer.store, [(one, b"hash", b"vector")])
    assert list(read_vectors(indexer.store)) == [(one, False, b"vector")]


def test_a_cancelled_index_leaves_nothing(indexer: GraphIndexer) -> None:
    linking = threading.Event()

    def told(progress: Progress) -> None:
        if progress.stage == "link" and progress.done:
            linking.set()

    with pytest.raises(Cancelled):
        indexer.index(progress=told, cancel=linking.is_set)
    assert linking.is_set()
    assert folders(indexer) == ["demo", "graph"]
    indexer.index()
    clean = in_process(indexer.workspace.root)
    assert everything(indexer.store) == everything(clean.store)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_writer_is_reported_and_the_next_index_succeeds(
    indexer: GraphIndexer, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    start = apart.ApartWriter.__init__

    def killed(self: apart.ApartWriter, store: GraphStore) -> None:
        start(self, store)
        pid = self._process.pid  # pyright: ignore[reportPrivateUsage]
        assert pid is not None
        os.kill(pid, number)
        self._process.join()  # pyright: ignore[reportPrivateUsage]

    with monkeypatch.context() as patch:
        patch.setattr(apart.ApartWriter, "__init__", killed)
        with pytest.raises(GraphError, match=r"The process that writes the graph ended .* again"):
            indexer.index()
    assert folders(indexer) == ["demo", "graph"]
    indexer.index()
    clean = in_process(indexer.workspace.root)
    assert everything(indexer.store) == everything(clean.store)


def test_what_went_wrong_there_is_said_here(
    indexer: GraphIndexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = apart.ApartWriter.put

    def broken(self: apart.ApartWriter, relation: str, rows: list[list[object]]) -> None:
        put(self, relation, [row[:-1] for row in rows])

    monkeypatch.setattr(apart.ApartWriter, "put", broken)
    with pytest.raises(GraphError, match=r"(?i)row|column|header|arity"):
        indexer.index()
    assert folders(indexer) == ["demo", "graph"]


def test_what_a_killed_index_left_beside_is_removed(indexer: GraphIndexer) -> None:
    assert indexer.store.path is not None
    rest = indexer.store.path.with_name("graph.123.new")
    rest.mkdir()
    (rest / "CURRENT").write_text("half")
    indexer.index()
    assert folders(indexer) == ["demo", "graph"]
    assert indexer.store.counts().items > 5


def test_queries_go_on_while_graphs_are_exchanged(indexer: GraphIndexer) -> None:
    """No query fails: it is answered by one graph or the other."""
    indexer.index()
    expected = indexer.store.counts()
    stop = threading.Event()
    answers: list[int] = []
    failures: list[Exception] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(indexer.store.counts().items)
            except Exception as error:  # noqa: BLE001 - the test shows it
                failures.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert indexer.store.path is not None
    for _ in range(5):
        folder = indexer.store.path.with_name("graph.new")
        with GraphStore.open(folder, model="m", dimensions=4):
            pass
        indexer.store.exchange(folder)
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert set(answers) <= {0, expected.items}
    assert indexer.store.counts().items == 0
