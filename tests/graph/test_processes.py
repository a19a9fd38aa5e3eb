"""Several users of one database: who owns it, what followers see, and who takes over."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ferrograph.graph import remote, sharing
from ferrograph.graph.batch import Batch
from ferrograph.graph.errors import (
    Cancelled,
    GraphError,
    OwnerChanged,
    OwnerSilent,
    StoreBroken,
    StoreLocked,
)
from ferrograph.graph.owner import Call
from ferrograph.graph.ownership import OwnerLock, OwnerNote, connect, listen
from ferrograph.graph.store import GraphStore

WAIT_S = 20.0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "graph"


@pytest.fixture
def join(database: Path) -> Iterator[object]:
    """Opens the database as one more process would: locks and sockets don't know the difference."""
    stores: list[GraphStore] = []

    def make(**options: object) -> GraphStore:
        store = GraphStore.shared(database, model="m", dimensions=4, **options)
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


def put_file(store: GraphStore, path: str) -> None:
    batch = Batch()
    batch.add("files", [[path, b"h", 1, 2, 3, "crate", "[]"]])
    store.write(batch)


def until(condition) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Doer:
    """Does what followers ask for."""

    def __init__(self):
        self.gone = []
        self.running = threading.Event()

    def call(self, call: Call) -> object:
        match call.name:
            case "echo":
                return call.arguments
            case "count":
                for n in range(call.arguments["to"]):
                    call.tell(n, last=True)
                return "counted"
            case "fail":
                raise ValueError("it failed")
            case "until left":
                self.running.set()
                until(call.left)
                return None
            case "until stopping":
                self.running.set()
                until(call.stopping)
                raise Cancelled("stopped")
        raise AssertionError(call.name)

    def left(self, session: bytes) -> None:
        self.gone.append(session)


# -- owning and following -------------------------------------------------------------------------


def test_the_first_owns_and_the_second_reads_what_it_writes(join):
    owner, follower = join(), join()
    assert owner.sharing.is_owner
    assert not follower.sharing.is_owner
    assert follower.sharing.owner_pid == os.getpid()
    put_file(owner, "src/lib.rs")
    assert follower.files() == owner.files() != {}
    assert follower.counts() == owner.counts()


def test_a_followers_revision_follows_without_a_question(join):
    owner, follower, another = join(), join(), join()
    until(lambda: owner.sharing.followers == 2)
    for _ in range(3):
        put_file(owner, "src/lib.rs")
    assert owner.revision == 3
    until(lambda: follower.revision == 3 and another.revision == 3)
    put_file(owner, "src/lib.rs")
    follower.files()
    assert follower.revision == 4, "every answer says so, too"


def test_followers_only_read(join):
    owner, follower = join(), join()
    with pytest.raises(GraphError, match=r"(?i)read-only"):
        put_file(follower, "src/lib.rs")
    with pytest.raises(GraphError, match=r"(?i)read-only"):
        follower.run("::remove files")
    assert owner.files() == {}


def test_wrong_queries_fail_alike(join):
    owner, follower = join(), join()
    words = []
    for store in (owner, follower):
        with pytest.raises(GraphError) as error:
            store.run("?[a] := *nothing{a}")
        words.append(str(error.value))
    assert words[0] == words[1]
    assert follower.files() == {}, "the connection is as good as before"


def test_followers_ask_from_many_threads(join):
    owner, follower = join(), join()
    put_file(owner, "src/lib.rs")
    expected, found = owner.files(), []

    def ask() -> None:
        found.extend(follower.files() for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 600


def test_a_store_opened_alone_stays_alone(database, monkeypatch):
    monkeypatch.setattr(sharing, "_LINGER_S", 0.1)
    with GraphStore.open(database, model="m", dimensions=4), pytest.raises(StoreLocked):
        GraphStore.shared(database, model="m", dimensions=4)
    with GraphStore.shared(database, model="m", dimensions=4), pytest.raises(StoreLocked):
        GraphStore.open(database, model="m", dimensions=4)


# -- calls ----------------------------------------------------------------------------------------


def test_calls_are_answered_with_progress(join):
    owner, follower = join(), join()
    owner.sharing.serve(Doer(), lambda: None)
    call = follower.sharing.call
    assert call("echo", {"a": [b"\0", None, 1.5]}) == {"a": [b"\0", None, 1.5]}
    told = []
    assert call("count", {"to": 5}, tell=told.append) == "counted"
    assert told == [0, 1, 2, 3, 4]
    with pytest.raises(GraphError, match="it failed"):
        call("fail", {})
    with pytest.raises(OwnerChanged):
        owner.sharing.call("echo", {})


def test_a_call_waits_until_the_owner_is_ready_to_answer(join):
    owner, follower = join(), join()
    later = threading.Timer(0.2, owner.sharing.serve, (Doer(), lambda: None))
    later.start()
    assert follower.sharing.call("echo", {"n": 1}) == {"n": 1}


def test_a_call_is_cancelled_on_both_sides(join):
    owner, follower = join(), join()
    doer = Doer()
    owner.sharing.serve(doer, lambda: None)
    with pytest.raises(Cancelled):
        follower.sharing.call("until left", {}, cancel=doer.running.is_set)
    assert follower.sharing.call("echo", {}) == {}


def test_the_owner_hears_of_a_followers_end(join):
    owner, follower = join(), join()
    doer = Doer()
    owner.sharing.serve(doer, lambda: None)
    follower.close()
    until(lambda: len(doer.gone) == 1)
    assert owner.sharing.followers == 0


# -- taking over ----------------------------------------------------------------------------------


def test_a_follower_takes_over_at_once_and_unasked(join):
    owner, follower = join(), join()
    told = threading.Event()
    follower.sharing.serve(Doer(), told.set)
    put_file(owner, "src/lib.rs")
    owner.close()
    assert told.wait(WAIT_S)
    assert follower.sharing.is_owner
    put_file(follower, "src/main.rs")
    assert set(follower.files()) == {"src/lib.rs", "src/main.rs"}


def test_of_many_followers_one_takes_over_and_the_others_follow_it(join):
    stores = [join() for _ in range(6)]
    while len(stores) > 1:
        put_file(stores[0], f"src/{len(stores)}.rs")
        expected = stores[0].files()
        before = [store.revision for store in stores[1:]]
        stores.pop(0).close()
        assert [store.files() for store in stores] == [expected] * len(stores)
        until(lambda: sum(store.sharing.is_owner for store in stores) == 1)
        assert all(new.revision > old for new, old in zip(stores, before, strict=True)), (
            "what was computed from another owner's answers may be stale"
        )
        stores.sort(key=lambda store: not store.sharing.is_owner)


def test_questions_under_way_are_answered_by_the_next_owner(join):
    stores = [join() for _ in range(3)]
    put_file(stores[0], "src/lib.rs")
    failed, asked, done = [], [], threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                assert set(stores[2].files()) == {"src/lib.rs"}
                asked.append(1)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for store in stores[:2]:
        until(lambda: len(asked) > 50 or failed)
        store.close()
        asked.clear()
    until(lambda: len(asked) > 50 or failed)
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_call_under_way_says_that_the_owner_changed(join):
    owner, follower = join(), join()
    doer = Doer()
    owner.sharing.serve(doer, lambda: None)
    threading.Thread(target=lambda: (doer.running.wait(WAIT_S), owner.close())).start()
    with pytest.raises(OwnerChanged):
        follower.sharing.call("until stopping", {})
    assert follower.sharing.is_owner


# -- what dead, foreign and hanging processes leave -------------------------------------------------


def test_what_a_killed_process_leaves_is_no_hindrance(database, join):
    note = {**vars_of(OwnerNote(1, "", "0")), "address": dead_address(database)}
    for text in (json.dumps(note), "{", "", '{"pid": []}'):
        OwnerLock(database).path.write_text(text)
        with GraphStore.shared(database, model="m", dimensions=4) as store:
            assert store.sharing.is_owner
    assert join().sharing.is_owner


def test_a_follower_waits_for_an_owner_that_still_opens(database):
    lock = OwnerLock(database)
    assert lock.acquire()
    lock.publish(OwnerNote(os.getpid(), "", "0"))
    threading.Timer(0.3, lock.release).start()
    with GraphStore.shared(database, model="m", dimensions=4) as store:
        assert store.sharing.is_owner


def test_an_owner_that_never_comes_up_is_named(database, monkeypatch):
    monkeypatch.setattr(sharing, "_OPEN_S", 0.2)
    lock = OwnerLock(database)
    assert lock.acquire()
    lock.publish(OwnerNote(4711, "", "0"))
    with pytest.raises(OwnerSilent, match=r"4711.*end it"):
        GraphStore.shared(database, model="m", dimensions=4)
    lock.release()


def test_an_owner_that_hangs_is_named(database, monkeypatch):
    monkeypatch.setattr(remote, "CONNECT_S", 0.2)
    lock = OwnerLock(database)
    assert lock.acquire()
    listener, address = listen(database)
    lock.publish(OwnerNote(4711, address, "0"))
    with listener, pytest.raises(OwnerSilent, match=r"4711.*end it"):
        GraphStore.shared(database, model="m", dimensions=4)
    lock.release()


def test_an_owner_that_stops_answering_is_named_and_asked_again(join, monkeypatch):
    monkeypatch.setattr(remote, "READ_S", 0.2)
    owner, follower = join(), join()
    put_file(owner, "src/lib.rs")
    client, go_on = owner.sharing._owner._client, threading.Event()

    class Stuck:
        def run(self, *args):
            assert go_on.wait(WAIT_S)
            return client.run(*args)

    owner.sharing._owner._client = Stuck()
    with pytest.raises(OwnerSilent, match=r"does not answer.*end it"):
        follower.files()
    go_on.set()
    assert set(follower.files()) == {"src/lib.rs"}
    assert not follower.sharing.is_owner


def test_another_version_of_ferrograph_is_named(database):
    lock = OwnerLock(database)
    assert lock.acquire()
    lock.publish(OwnerNote(4711, "somewhere", "9.9.9", schema=999))
    with pytest.raises(StoreLocked, match=r"Ferrograph 9\.9\.9 \(process 4711\)"):
        GraphStore.shared(database, model="m", dimensions=4)
    lock.release()


def test_a_dead_process_of_another_version_is_not_believed(database, join):
    note = OwnerNote(4711, "somewhere", "9.9.9", schema=999)
    OwnerLock(database).path.write_text(json.dumps(vars_of(note)))
    assert join().sharing.is_owner


def test_a_database_of_another_version_is_made_anew_by_its_owner(database, join):
    with GraphStore.open(database, model="m", dimensions=4) as old:
        put_file(old, "src/lib.rs")
        old.put("meta", [["schema", "0"]])
    why = []
    owner, follower = join(rebuilt=why.append), join(rebuilt=why.append)
    assert len(why) == 1
    assert "schema version 0" in why[0]
    assert owner.files() == follower.files() == {}


def test_a_process_killed_while_clearing_leaves_what_can_be_cleared(join):
    store = join()
    store.begin_bulk()
    store.run("::index drop items:by_name")
    store.run("::index drop edges:by_target")
    store.run("::remove edges")
    store.clear()
    assert store.counts().edges == 0
    assert store.is_half_written()
    put_file(store, "src/lib.rs")
    assert not store.is_half_written()


def test_a_process_killed_while_changing_the_model_leaves_what_can_be_opened(database, join):
    with GraphStore.open(database, model="m", dimensions=4) as old:
        old.run("::remove vectors")
        old.put("meta", [["model", "another"]])
    assert join().counts().vectors == 0


def test_an_owner_whose_lock_was_removed_does_not_write_into_anothers_database(database, join):
    owner = join()
    put_file(owner, "src/lib.rs")
    OwnerLock(database).path.unlink()
    put_file(owner, "src/main.rs")
    OwnerLock(database).path.touch()
    with pytest.raises(StoreBroken, match="start this one again"):
        put_file(owner, "src/more.rs")
    assert set(owner.files()) == {"src/lib.rs", "src/main.rs"}


# -- who may --------------------------------------------------------------------------------------


def test_only_this_user_reaches_the_socket(database, join):
    join()
    note = OwnerLock(database).read()
    assert note is not None
    folder = Path(note.address).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(note.address).stat().st_mode) == 0o600
    assert stat.S_IMODE(OwnerLock(database).path.stat().st_mode) == 0o600


def test_a_runtime_folder_that_others_reach_is_not_used(database, monkeypatch):
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    (runtime / "ferrograph").mkdir(mode=0o700)
    listener, address = listen(database)
    listener.close()
    assert Path(address).parent == runtime / "ferrograph"
    (runtime / "ferrograph").chmod(0o755)
    listener, address = listen(database)
    listener.close()
    assert Path(address).parent != runtime / "ferrograph"
    assert stat.S_IMODE(Path(address).parent.stat().st_mode) == 0o700
    shutil.rmtree(runtime)


def test_an_owner_leaves_no_socket(database):
    with GraphStore.shared(database, model="m", dimensions=4):
        note = OwnerLock(database).read()
        assert note is not None
        assert Path(note.address).exists()
    assert not Path(note.address).exists()


def test_a_socket_that_others_reach_is_not_trusted(tmp_path):
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(open_folder / "s"))
        listener.listen()
        with pytest.raises(PermissionError):
            connect(str(open_folder / "s"), 1.0)


def test_a_lock_file_that_is_a_link_is_not_followed(database, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("words")
    OwnerLock(database).path.symlink_to(precious)
    with pytest.raises(OSError):
        GraphStore.shared(database, model="m", dimensions=4)
    assert precious.read_text() == "words"


@pytest.mark.parametrize("said", [b"", b"\xff\xff\xff\xff", b"\x02\0\0\0Nx", b"\x01\0\0\0N" * 3])
def test_nonsense_on_the_socket_harms_nobody(database, join, said):
    owner, follower = join(), join()
    note = OwnerLock(database).read()
    assert note is not None
    with connect(note.address, 5.0) as sock:
        sock.sendall(said)
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(100):
                pass
    assert follower.files() == owner.files() == {}


def vars_of(note: OwnerNote) -> dict[str, object]:
    return {name: getattr(note, name) for name in OwnerNote.__slots__}


def dead_address(database: Path) -> str:
    listener, address = listen(database)
    listener.close()
    return address
