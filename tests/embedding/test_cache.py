import logging
import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from ferrograph.embedding.cache import FILE_NAME, VectorCache

DIMENSIONS = 384


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def unit_vectors(count: int, *, seed: int = 0) -> dict[bytes, np.ndarray]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {key(number): row[None] for number, row in enumerate(rows)}


def open_cache(directory: Path, *, model: str = "m", **settings: object) -> VectorCache:
    return VectorCache(model=model, dimensions=DIMENSIONS, directory=directory, **settings)


def test_what_was_put_is_got_after_reopening_nearly_exact(tmp_path: Path) -> None:
    vectors = unit_vectors(1200)
    with open_cache(tmp_path) as cache:
        cache.put_many(vectors)
    with open_cache(tmp_path) as cache:
        found = cache.get_many([*vectors, key(5000)])
    assert found.keys() == vectors.keys()
    assert min(float(found[name][0] @ vector[0]) for name, vector in vectors.items()) > 1 - 1e-6
    assert found[key(0)].dtype == np.float32


def test_models_do_not_see_each_other(tmp_path: Path) -> None:
    one, other = open_cache(tmp_path, model="one"), open_cache(tmp_path, model="other")
    one.put_many(unit_vectors(1, seed=1))
    other.put_many(unit_vectors(1, seed=2))
    ours, theirs = one.get_many([key(0)])[key(0)], other.get_many([key(0)])[key(0)]
    assert abs(float(ours[0] @ theirs[0])) < 0.5


def test_a_long_text_keeps_all_its_windows(tmp_path: Path) -> None:
    windows = np.concatenate(list(unit_vectors(5).values()))
    with open_cache(tmp_path) as cache:
        cache.put_many({key(7): windows})
        assert cache.get_many([key(7)])[key(7)] == pytest.approx(windows, abs=1e-3)


def test_a_vector_of_another_length_is_refused(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache, pytest.raises(ValueError, match="expected"):
        cache.put_many({key(0): np.ones((1, 3), np.float32)})


def test_the_vectors_used_longest_ago_go_first_and_the_size_holds(tmp_path: Path) -> None:
    day = 100
    limit = 1_000_000
    with open_cache(tmp_path, max_bytes=limit, today=lambda: day) as cache:
        cache.put_many(unit_vectors(100))
        day = 101
        cache.get_many([key(number) for number in range(10)])  # used again today
        for number in range(1000, 4000, 100):
            row = unit_vectors(1, seed=number)[key(0)]
            cache.put_many({key(number + n): row for n in range(100)})
        assert len(cache.get_many([key(n) for n in range(10, 100)])) == 0
        assert len(cache.get_many([key(n) for n in range(3900, 4000)])) == 100
        assert cache.path.stat().st_size < 1.3 * limit


def test_a_damaged_file_is_set_aside_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 1000)
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        cache.put_many(unit_vectors(3))
        assert len(cache.get_many([key(1)])) == 1
    assert "damaged" in caplog.text
    assert (tmp_path / FILE_NAME).with_suffix(".damaged").read_bytes().startswith(b"this is no")


def test_damage_found_later_costs_the_content_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_cache(tmp_path) as cache:
        cache.put_many(unit_vectors(2000))
    path = tmp_path / FILE_NAME
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xab" * (len(data) - 8192)
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        assert cache.get_many([key(n) for n in range(2000)]) == {}
        assert "damaged" in caplog.text
        cache.put_many(unit_vectors(3))
        assert len(cache.get_many([key(n) for n in range(5)])) == 3


def test_a_file_of_another_version_is_rebuilt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_cache(tmp_path) as cache:
        cache.put_many(unit_vectors(3))
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 77")
    connection.close()
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        assert cache.get_many([key(0)]) == {}
        cache.put_many(unit_vectors(3))
        assert len(cache.get_many([key(0)])) == 1
    assert "format 77" in caplog.text


def test_where_nothing_can_be_written_it_is_an_empty_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING), open_cache(tmp_path / "file" / "cache") as cache:
        assert not cache.usable
        cache.put_many(unit_vectors(3))
        assert cache.get_many([key(0)]) == {}
    assert caplog.text.count("not kept between runs") == 1


def test_a_read_only_file_is_an_empty_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_cache(tmp_path).close()
    connect = sqlite3.connect

    def connect_read_only(path: Path, **settings: object) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **settings)

    monkeypatch.setattr(sqlite3, "connect", connect_read_only)
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        assert not cache.usable
        cache.put_many(unit_vectors(1))
    assert "readonly" in caplog.text


def write_range(directory: Path, start: int) -> None:
    with open_cache(directory) as cache:
        row = unit_vectors(1)[key(0)]
        for number in range(start, start + 200, 10):
            cache.put_many({key(number + n): row for n in range(10)})


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=write_range, args=(tmp_path, start)) for start in (0, 100, 200, 300)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    with open_cache(tmp_path) as cache:
        assert len(cache.get_many([key(n) for n in range(600)])) == 500
