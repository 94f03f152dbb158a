"""FAISS finds what multiplying everything by hand finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.errors import IndexCorrupt, InputError
from kqa.index.dense import DenseIndex
from kqa.records import Vectors

SEEDS = st.integers(0, 2**32 - 1)


def unit_vectors(seed: int, count: int, dimension: int, *, alike: bool = False) -> Vectors:
    """Random rows of unit length; ``alike`` draws from few values, so that many tie."""
    random = np.random.default_rng(seed)
    shape = (count, dimension)
    drawn = random.integers(-1, 2, shape) if alike else random.normal(size=shape)
    rows = drawn.astype(np.float32)
    rows[np.linalg.norm(rows, axis=1) == 0, 0] = 1
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@given(SEEDS, st.integers(1, 60), st.integers(1, 40), st.integers(1, 80))
@settings(max_examples=150)
def test_a_search_equals_brute_force(seed: int, count: int, dimension: int, k: int) -> None:
    vectors = unit_vectors(seed, count, dimension)
    query = unit_vectors(seed + 1, 1, dimension)
    hits = DenseIndex.build(vectors).search(query, k)
    cosines = vectors @ query[0]
    assert len(hits) == min(k, count)
    assert len({hit.passage for hit in hits}) == len(hits)
    np.testing.assert_allclose([h.score for h in hits], cosines[[h.passage for h in hits]], 0, 1e-6)
    best = np.sort(cosines)[::-1][: len(hits)]
    np.testing.assert_allclose([h.score for h in hits], best, 0, 1e-6)


@given(SEEDS, st.integers(2, 60), st.integers(1, 60))
@settings(max_examples=300)
def test_ties_go_by_position_at_the_cut_too(seed: int, count: int, k: int) -> None:
    vectors = unit_vectors(seed, count, 4, alike=True)
    index = DenseIndex.build(vectors)
    everything = index.search(vectors[:1], count)
    ordered = sorted(everything, key=lambda hit: (-hit.score, hit.passage))
    assert list(everything) == ordered
    assert list(index.search(vectors[:1], k)) == ordered[:k]


@pytest.mark.parametrize("k", [0, -1])
def test_no_hits_are_none(k: int) -> None:
    vectors = unit_vectors(0, 3, 4)
    assert DenseIndex.build(vectors).search(vectors[:1], k) == ()


@pytest.mark.parametrize("k", [3, 4, 1_000, 10**6])
def test_asking_for_more_than_there_are_gives_all_and_no_negative_id(k: int) -> None:
    vectors = unit_vectors(0, 3, 4)
    hits = DenseIndex.build(vectors).search(vectors[:1], k)
    assert sorted(hit.passage for hit in hits) == [0, 1, 2]


@pytest.mark.parametrize(
    "vector",
    [
        np.full((1, 4), np.nan, dtype=np.float32),
        np.array([[np.inf, 0, 0, 0]], dtype=np.float32),
        np.zeros((1, 5), dtype=np.float32),
        np.zeros((2, 4), dtype=np.float32),
        np.zeros((0, 4), dtype=np.float32),
        np.zeros(4, dtype=np.float32),
    ],
)
def test_a_vector_of_no_use_is_refused_by_name(vector: Vectors) -> None:
    with pytest.raises(InputError, match="query vector"):
        DenseIndex.build(unit_vectors(0, 3, 4)).search(vector, 2)


@given(SEEDS, st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=60)
def test_bytes_keep_every_vector_bit_for_bit(seed: int, count: int, dimension: int) -> None:
    vectors = unit_vectors(seed, count, dimension)
    index = DenseIndex.build(vectors)
    again = DenseIndex.from_bytes(index.to_bytes())
    assert (len(again), again.dimension) == (count, dimension)
    assert again.vectors().tobytes() == vectors.tobytes()
    assert again.search(vectors[:1], 5) == index.search(vectors[:1], 5)


@given(st.one_of(st.binary(max_size=3), st.binary(max_size=200).map(b"\0".__add__)))
@settings(max_examples=150)
def test_garbage_is_a_corrupt_index(data: bytes) -> None:
    with pytest.raises(IndexCorrupt):
        DenseIndex.from_bytes(data)


def test_every_truncation_is_a_corrupt_index() -> None:
    data = DenseIndex.build(unit_vectors(0, 3, 4)).to_bytes()
    for length in range(len(data)):
        with pytest.raises(IndexCorrupt):
            DenseIndex.from_bytes(data[:length])
