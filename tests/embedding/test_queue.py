import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from ferrograph.embedding.cache import VectorCache
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.errors import EmbeddingError, EncodingCancelled, SinkError
from ferrograph.embedding.queue import EmbeddingQueue, Job, Priority, Problem


class ScriptedEncoder:
    """Encodes a text as its length; counts; fails on "poison" and while `broken`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.broken = 0
        self.gate = threading.Event()
        self.gate.set()

    def encode(
        self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None
    ) -> np.ndarray:
        self.batches.append(list(texts))
        while not self.gate.wait(0.01):
            if cancel is not None and cancel():
                raise EncodingCancelled("cancelled")
        if self.broken or "poison" in texts:
            self.broken -= bool(self.broken)
            raise RuntimeError("no vector for you")
        return np.array([[len(text)] for text in texts], np.float32)

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.batches for text in batch]


class Sink:
    def __init__(self) -> None:
        self.got: list[tuple[bytes, bytes, float]] = []
        self.failures = 0
        self.refused: set[bytes] = set()

    def __call__(self, deliveries: list[tuple[bytes, bytes, np.ndarray]]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        if self.refused & {key for key, _, _ in deliveries}:
            raise ValueError("refused")
        self.got += [(key, content, float(vector[0][0])) for key, content, vector in deliveries]

    @property
    def keys(self) -> list[bytes]:
        return [key for key, _, _ in self.got]


class Bench:
    def __init__(self, **settings: object) -> None:
        self.encoder, self.sink = ScriptedEncoder(), Sink()
        self.problems: list[Problem] = []
        self.progress: list[tuple[int, int, float]] = []
        self.queue = EmbeddingQueue(
            encoder=self.encoder,
            sink=self.sink,
            on_problem=self.problems.append,
            progress=lambda *step: self.progress.append(step),
            **settings,
        )

    def add(self, *names: str, priority: Priority = Priority.WORKSPACE, content: str = "") -> None:
        self.queue.add(
            Job(
                key=name.encode(),
                content_hash=(content or name).encode(),
                text=content or name,
                priority=priority,
            )
            for name in names
        )

    def drain(self) -> None:
        while self.queue.run_once():
            pass


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.002)


def test_open_goes_before_workspace_before_dependency_and_else_first_come() -> None:
    bench = Bench(batch_jobs=2)
    bench.add("d1", "d2", priority=Priority.DEPENDENCY)
    bench.add("w1", "w2")
    bench.add("o1", priority=Priority.OPEN)
    bench.drain()
    assert bench.sink.keys == [b"o1", b"w1", b"w2", b"d1", b"d2"]
    assert [len(batch) for batch in bench.encoder.batches] == [2, 2, 1]


def test_adding_a_key_again_replaces_its_text_and_priority() -> None:
    bench = Bench()
    bench.add("a", "b", "c", priority=Priority.DEPENDENCY)
    bench.add("c", priority=Priority.OPEN, content="changed")
    bench.drain()
    assert bench.sink.got == [(b"c", b"changed", 7.0), (b"a", b"a", 1.0), (b"b", b"b", 1.0)]


def test_cancelled_and_cleared_jobs_are_not_embedded() -> None:
    bench = Bench()
    bench.add("a", "b", "c")
    assert bench.queue.cancel([b"b", b"unknown"]) == 1
    assert bench.queue.run_once() == 2
    bench.add("d")
    assert bench.queue.clear() == 1
    assert bench.queue.run_once() == 0
    assert bench.sink.keys == [b"a", b"c"]


def test_progress_counts_up_to_the_total_and_begins_anew() -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1.0
        return now

    bench = Bench(batch_jobs=2, clock=clock)
    bench.add("a", "b", "c")
    bench.drain()
    assert [step[:2] for step in bench.progress] == [(2, 3), (3, 3)]
    assert bench.progress[0][2] == pytest.approx(2.0)
    bench.add("d")
    bench.drain()
    assert bench.progress[-1][:2] == (1, 1)


def test_what_is_cached_is_neither_read_nor_embedded(tmp_path) -> None:
    with VectorCache(model="m", dimensions=1, directory=tmp_path) as cache:
        cache.put_many({b"known": np.array([[1.0]], np.float32)})
        bench = Bench(cache=cache)

        def never() -> str:
            raise AssertionError("read although cached")

        bench.queue.add([Job(key=b"k", content_hash=b"known", text=never)])
        bench.add("new")
        bench.drain()
        assert sorted(bench.sink.keys) == [b"k", b"new"]
        assert bench.encoder.texts == ["new"]
        assert b"new" in cache.get_many([b"new"])


def test_a_long_text_has_a_vector_for_each_window() -> None:
    got: dict[bytes, np.ndarray] = {}
    encoder = ScriptedEncoder()
    queue = EmbeddingQueue(
        encoder=encoder, sink=lambda rows: got.update({key: of for key, _, of in rows})
    )
    long = Job(key=b"long", content_hash=b"long", text=lambda: ["one", "two", "three"])
    queue.add([long, Job(key=b"short", content_hash=b"short", text="four")])
    assert queue.run_once() == 2
    assert [len(got[key]) for key in (b"long", b"short")] == [3, 1]
    assert encoder.texts == ["one", "two", "three", "four"]


def test_jobs_of_equal_content_are_embedded_once() -> None:
    bench = Bench()
    bench.add("a", "b", content="same")
    bench.drain()
    assert bench.encoder.texts == ["same"]
    assert bench.sink.keys == [b"a", b"b"]


def test_a_poisonous_text_is_skipped_and_reported_and_the_rest_goes_on() -> None:
    bench = Bench()
    bench.add("a", "poison", "b")
    bench.queue.add([Job(key=b"lost", content_hash=b"lost", text=lambda: {}["gone"])])
    bench.drain()
    assert bench.sink.keys == [b"a", b"b"]
    assert [(problem.keys, problem.dropped) for problem in bench.problems] == [
        ((b"lost",), True),
        ((b"poison",), True),
    ]
    # The batch, the batch again, then one by one.
    assert [len(batch) for batch in bench.encoder.batches] == [3, 3, 1, 1, 1]


def test_a_batch_that_fails_once_is_tried_again_whole() -> None:
    bench = Bench()
    bench.encoder.broken = 1
    bench.add("a", "b")
    bench.drain()
    assert bench.encoder.batches == [["a", "b"], ["a", "b"]]
    assert (bench.sink.keys, bench.problems) == ([b"a", b"b"], [])


def test_an_encoder_that_fails_altogether_raises_and_keeps_the_jobs() -> None:
    bench = Bench()
    bench.add("a", "b")
    bench.encoder.broken = 4
    with pytest.raises(EmbeddingError, match="no vector for you"):
        bench.queue.run_once()
    assert bench.queue.pending == 2
    bench.drain()
    assert bench.sink.keys == [b"a", b"b"]


def test_a_vector_that_is_not_finite_counts_as_a_failure() -> None:
    bench = Bench()
    bench.encoder.encode = lambda texts, cancel: np.array(
        [[np.nan if text == "nan" else 1.0] for text in texts]
    )
    bench.add("a", "nan")
    bench.drain()
    assert bench.sink.keys == [b"a"]
    assert bench.problems[0].keys == (b"nan",)


def test_a_sink_that_fails_raises_and_no_job_is_lost() -> None:
    bench = Bench()
    bench.add("a", "b")
    bench.sink.failures = 4
    with pytest.raises(SinkError, match="disk full"):
        bench.queue.run_once()
    assert bench.queue.pending == 2
    bench.drain()
    assert bench.sink.keys == [b"a", b"b"]


def test_one_vector_that_the_sink_refuses_does_not_hold_up_the_others() -> None:
    bench = Bench()
    bench.sink.refused = {b"b"}
    bench.add("a", "b", "c")
    bench.queue.run_once()
    assert bench.sink.keys == [b"a", b"c"]
    assert bench.queue.pending == 1  # in case it was bad luck
    for name in "de":
        bench.add(name)
        bench.queue.run_once()
    assert bench.queue.pending == 0
    assert [problem.keys for problem in bench.problems] == [(b"b",)]


def test_the_thread_embeds_what_is_added_and_stops_clean() -> None:
    bench = Bench()
    bench.queue.start()
    for name in "abcdef":
        bench.add(name)
    assert bench.queue.wait_idle(5)
    assert sorted(bench.sink.keys) == [b"a", b"b", b"c", b"d", b"e", b"f"]
    assert bench.queue.stop(5)
    bench.add("g")
    assert not bench.queue.wait_idle(0.05)
    bench.queue.start()
    assert bench.queue.wait_idle(5)
    assert bench.queue.stop(5)


def test_paused_nothing_is_embedded_until_resumed() -> None:
    bench = Bench()
    bench.queue.pause()
    bench.queue.start()
    bench.add("a")
    assert not bench.queue.wait_idle(0.05)
    assert bench.queue.run_once() == 0
    bench.queue.resume()
    assert bench.queue.wait_idle(5)
    assert bench.queue.stop(5)


def test_stopping_interrupts_the_encoder_and_keeps_its_jobs() -> None:
    bench = Bench()
    bench.encoder.gate.clear()
    bench.add("a", "b")
    bench.queue.start()
    wait_for(lambda: bool(bench.encoder.batches))
    assert bench.queue.stop(5)
    assert (bench.queue.pending, bench.sink.keys) == (2, [])
    bench.encoder.gate.set()
    bench.drain()
    assert bench.sink.keys == [b"a", b"b"]


def test_what_changes_while_it_is_embedded_is_embedded_again() -> None:
    bench = Bench()
    bench.encoder.gate.clear()
    bench.add("a", "b", "c")
    bench.queue.start()
    wait_for(lambda: bool(bench.encoder.batches))
    bench.add("a", content="a, edited")
    bench.add("c", priority=Priority.OPEN)  # the same content: not twice
    bench.queue.cancel([b"b"])
    bench.encoder.gate.set()
    assert bench.queue.wait_idle(5)
    assert bench.queue.stop(5)
    assert sorted(bench.sink.got) == [(b"a", b"a, edited", 9.0), (b"c", b"c", 1.0)]


def test_the_thread_outlives_an_outage_of_the_sink_and_reports_it_once() -> None:
    bench = Bench()
    bench.sink.failures = 8  # two rounds of two at once and two by themselves
    bench.add("a", "b")
    bench.queue.start()
    assert bench.queue.wait_idle(5)
    assert bench.queue.stop(5)
    assert bench.sink.keys == [b"a", b"b"]
    assert [(problem.message, problem.dropped) for problem in bench.problems] == [
        ("Embeddings cannot be stored for now: disk full", False)
    ]


def test_listeners_that_fail_do_not_stop_the_queue() -> None:
    bench = Bench()
    bench.queue._progress = lambda *_: 1 / 0
    bench.queue._on_problem = lambda *_: 1 / 0
    bench.add("a", "poison", "b")
    bench.drain()
    assert bench.sink.keys == [b"a", b"b"]


def test_many_threads_add_cancel_and_run_and_every_job_ends_once() -> None:
    bench = Bench(batch_jobs=7)
    names = [f"job{number}" for number in range(400)]
    bench.queue.start()

    def add(part: int) -> None:
        for name in names[part::4]:
            bench.add(name, priority=Priority(len(name) % 3))
            if part == 0:
                bench.queue.run_once(3)

    threads = [threading.Thread(target=add, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.queue.wait_idle(10)
    assert bench.queue.stop(5)
    assert sorted(bench.sink.keys) == sorted(name.encode() for name in names)


def test_the_real_encoder_and_cache_behind_the_queue(encoder: Encoder, tmp_path) -> None:
    texts = {bytes([n]) * 16: f"fn number_{n}() -> u32 {{ {n} }}" for n in range(70)}
    got: dict[bytes, np.ndarray] = {}
    for _ in range(2):  # the second time from the cache
        got.clear()
        with VectorCache(
            model=encoder.name, dimensions=encoder.dimensions, directory=tmp_path
        ) as cache:
            queue = EmbeddingQueue(
                encoder=encoder,
                cache=cache,
                sink=lambda rows: got.update({key: vectors[0] for key, _, vectors in rows}),
            )
            queue.add(Job(key=key, content_hash=key, text=text) for key, text in texts.items())
            while queue.run_once():
                pass
        expected = encoder.encode(list(texts.values()))
        found = np.array([got[key] for key in texts])
        assert (found * expected).sum(axis=1).min() > 0.9999
