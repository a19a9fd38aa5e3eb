"""Vectors by item: the nearest, exactly and by a graph, as they come and go."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from ferrograph.embedding.near import LATER_WINDOW, NearIndex

DIMENSIONS = 32


def item(number: int) -> bytes:
    return number.to_bytes(16, "big")


def units(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(vectors: np.ndarray, **settings: int) -> NearIndex:
    index = NearIndex(DIMENSIONS, **settings)
    index.put((item(n), vector[None]) for n, vector in enumerate(vectors))
    return index


def test_the_nearest_are_those_of_the_highest_cosines() -> None:
    vectors, queries = units(3000), units(5, seed=1)
    index = filled(vectors)
    for query in queries:
        true = np.argsort(-(vectors @ query))[:20]
        found = index.nearest([query], 20)
        assert set(found) == {item(int(n)) for n in true}
        assert found[item(int(true[0]))] == pytest.approx(float(vectors[true[0]] @ query), abs=1e-5)


def test_each_query_brings_its_own() -> None:
    vectors = units(100)
    found = filled(vectors).nearest(vectors[[3, 7]], 1)
    assert found == pytest.approx({item(3): 1.0, item(7): 1.0}, abs=1e-5)


def test_an_item_is_as_near_as_its_nearest_window() -> None:
    index = NearIndex(DIMENSIONS)
    windows, other = units(3), units(50, seed=2)
    index.put([(item(1), windows), (item(2), other[:1])])
    assert len(index) == 2
    assert index.vectors == 4
    query = windows[2]
    near = index.nearest([query], 2)
    assert near[item(1)] == pytest.approx(1.0 - LATER_WINDOW, abs=1e-5)
    assert index.similarities([query], [item(2), item(1), item(9)]) == pytest.approx(near, abs=1e-5)
    assert index.nearest([windows[0]], 1) == pytest.approx({item(1): 1.0}, abs=1e-5)


def test_what_was_replaced_or_removed_is_found_no_more() -> None:
    vectors, fresh = units(100), units(2, seed=5)
    index = filled(vectors)
    index.put([(item(3), fresh)])
    index.remove([item(4), item(1000)])
    assert len(index) == 99
    assert item(3) not in index.nearest([vectors[3]], 1)
    assert item(4) not in index.nearest([vectors[4]], 100)
    assert index.similarities([vectors[4]], [item(4)]) == {}
    index.put([(item(5), vectors[5:6]), (item(200), vectors[4:5])])
    assert index.nearest([vectors[4]], 1) == pytest.approx({item(200): 1.0}, abs=1e-5)
    assert index.vectors == 101


def test_nothing_is_near_where_there_is_nothing() -> None:
    index = NearIndex(DIMENSIONS)
    assert index.nearest(units(1), 5) == {}
    assert index.similarities(units(1), [item(1)]) == {}
    index.put([(item(1), units(1))])
    index.remove([item(1)])
    assert index.nearest(units(1), 5) == {}


def test_a_graph_that_was_emptied_has_nothing_and_takes_in_again() -> None:
    vectors = units(30)
    index = filled(vectors, exact_rows=10)
    index.remove(item(n) for n in range(30))
    assert index.nearest(units(1), 5) == {}
    index.put([(item(1), vectors[:1])])
    assert set(index.nearest(vectors[:1], 5)) == {item(1)}


def test_many_are_searched_by_a_graph_with_nearly_the_same_answers() -> None:
    if importlib.util.find_spec("usearch") is None:
        pytest.skip("usearch is not installed")
    vectors, queries = units(4000), units(50, seed=1)
    exact, graph = filled(vectors, exact_rows=sys.maxsize), filled(vectors, exact_rows=1000)
    assert exact.is_exact
    assert not graph.is_exact
    for index in (exact, graph):
        index.remove([item(7)])
        index.put([(item(9), vectors[7:8]), (item(5000), units(2, seed=9))])
    shares = []
    for query in queries:
        true, found = exact.nearest([query], 20), graph.nearest([query], 20)
        shares.append(len(true.keys() & found.keys()) / 20)
        for id in true.keys() & found.keys():
            assert found[id] == pytest.approx(true[id], abs=2e-3)
    assert np.mean(shares) >= 0.97
    assert graph.nearest([vectors[7]], 1) == pytest.approx({item(9): 1.0}, abs=2e-3)
    both = [item(9), item(5000), item(7)]
    assert graph.similarities(queries, both) == pytest.approx(
        exact.similarities(queries, both), abs=2e-3
    )


def test_without_usearch_every_vector_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    vectors = units(300)
    index = filled(vectors, exact_rows=100)
    assert index.is_exact
    assert index.nearest([vectors[250]], 1) == pytest.approx({item(250): 1.0}, abs=1e-5)
