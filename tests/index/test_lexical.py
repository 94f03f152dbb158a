"""The kept postings give rank-bm25's scores, and survive being kept."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from kqa.errors import IndexCorrupt
from kqa.index.lexical import FILES, LexicalIndex, Scores

TERM = st.sampled_from(["ketamin", "dose", "mood", "session", "1962", "日本語", "a", "é"])
UNKNOWN = st.sampled_from(["nowhere", "", "🙂"])
DOCUMENTS = st.lists(st.lists(TERM, max_size=8), min_size=1, max_size=12).filter(any)
QUERY = st.lists(st.one_of(TERM, TERM, UNKNOWN), max_size=8)
K1, B = st.floats(0.01, 10), st.floats(0, 0.99)


def _parts(index: LexicalIndex) -> dict[str, Any]:
    return dict(
        zip(("vocabulary", "ends", "passages", "weights"), index.arrays().values(), strict=True)
    )


def _oracle(documents: Sequence[Sequence[str]], k1: float, b: float, query: list[str]) -> Scores:
    bm25 = BM25Okapi([list(document) for document in documents], k1=k1, b=b)
    return cast("Scores", bm25.get_scores(query))


@given(DOCUMENTS, QUERY, K1, B)
@settings(max_examples=400)
def test_scores_equal_those_of_rank_bm25(
    documents: list[list[str]], query: list[str], k1: float, b: float
) -> None:
    scores = LexicalIndex.build(documents, k1, b).scores(query)
    np.testing.assert_allclose(scores, _oracle(documents, k1, b, query), rtol=1e-6, atol=1e-6)


@given(DOCUMENTS, QUERY, st.sampled_from([(0.0, 0.6), (1.0, 1.0), (0.0, 1.0)]))
@settings(max_examples=100)
def test_scores_are_finite_where_rank_bm25_divides_nothing_by_nothing(
    documents: list[list[str]], query: list[str], extremes: tuple[float, float]
) -> None:
    scores = LexicalIndex.build(documents, *extremes).scores(query)
    assert np.isfinite(scores).all()
    for position, document in enumerate(documents):
        assert set(document) & set(query) or scores[position] == 0


@given(DOCUMENTS, QUERY, st.integers(1, 15))
@settings(max_examples=300)
def test_a_search_gives_the_best_above_zero_ties_by_position(
    documents: list[list[str]], query: list[str], k: int
) -> None:
    index = LexicalIndex.build(documents, 1.0, 0.6)
    scores = index.scores(query)
    best = sorted((p for p in range(len(documents)) if scores[p] > 0), key=lambda p: -scores[p])
    hits = index.search(query, k)
    assert [(hit.passage, hit.score) for hit in hits] == [(p, scores[p]) for p in best[:k]]


def test_equal_passages_come_in_order_of_position() -> None:
    index = LexicalIndex.build([["x"], ["dose"], ["y"], ["dose"], ["z"]], 1.0, 0.6)
    assert [hit.passage for hit in index.search(["dose"], 5)] == [1, 3]
    assert [hit.passage for hit in index.search(["dose"], 1)] == [1]


@given(DOCUMENTS, QUERY)
@settings(max_examples=150)
def test_a_round_trip_through_arrays_changes_no_bit(
    documents: list[list[str]], query: list[str]
) -> None:
    index = LexicalIndex.build(documents, 1.0, 0.6)
    parts = _parts(index)
    again = LexicalIndex.from_arrays(**parts, count=len(documents))
    assert again.scores(query).tobytes() == index.scores(query).tobytes()
    assert {name: bytes(part) for name, part in again.arrays().items()} == {
        name: bytes(part) for name, part in index.arrays().items()
    }


def test_what_is_kept_is_json_and_plain_arrays_never_a_pickle() -> None:
    kept = LexicalIndex.build([["dose"], ["mood", "dose"]], 1.0, 0.6).arrays()
    assert tuple(kept) == FILES
    for part in kept.values():
        if isinstance(part, bytes):
            json.loads(part)
            with pytest.raises(pickle.UnpicklingError):
                pickle.loads(part)
        else:
            assert not part.dtype.hasobject
            np.save(io.BytesIO(), part, allow_pickle=False)


def _numbers(*values: float) -> NDArray[Any]:
    return np.array(values)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("vocabulary", b'["dose"]'),
        ("vocabulary", b'["dose", "dose"]'),
        ("vocabulary", b'["dose", 5]'),
        ("vocabulary", b'{"dose": 1, "mood": 2}'),
        ("ends", _numbers(1, 2)),
        ("ends", _numbers(4, 3)),
        ("ends", _numbers(0, 3)),
        ("ends", _numbers(-1, 3)),
        ("ends", _numbers()),
        ("passages", _numbers(0, 1)),
        ("passages", _numbers(0, 1, 2)),
        ("passages", _numbers(0, 1, -1)),
        ("weights", _numbers(1.0, 1.0)),
        ("weights", _numbers(1.0, 1.0, np.nan)),
    ],
)
def test_parts_that_do_not_fit_are_refused(name: str, part: object) -> None:
    parts = _parts(LexicalIndex.build([["dose"], ["mood", "dose"]], 1.0, 0.6))
    LexicalIndex.from_arrays(**parts, count=2)
    with pytest.raises(IndexCorrupt):
        LexicalIndex.from_arrays(**{**parts, name: part}, count=2)


@given(DOCUMENTS)
@settings(max_examples=100)
def test_document_frequency_counts_the_passages_that_hold_a_term(
    documents: list[list[str]],
) -> None:
    index = LexicalIndex.build(documents, 1.0, 0.6)
    assert len(index) == len(documents)
    for term in {"nowhere"}.union(*documents):
        held = sum(term in document for document in documents)
        assert index.document_frequency(term) == held
