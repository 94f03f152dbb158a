"""The mix is the formula it claims to be, over every passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.index.dense import DenseIndex
from kqa.index.lexical import LexicalIndex
from kqa.records import Hit, Passage, Searcher, Vectors
from kqa.search.hybrid import DEPTH, EmbeddedSearcher, hybrid_search, mix

DECIMALS = 6
SHARE = st.sampled_from([0.0, 0.3, 0.6, 1.0])
SEEDS = st.integers(0, 2**32 - 1)
WORDS = ("ketamin", "dose", "mood", "session", "sleep")


@dataclass
class Engine:
    """A small index with everything that brute force needs beside it."""

    searcher: Searcher
    vector: Vectors
    query: list[str]
    cosines: Sequence[float]
    bm25: Sequence[float]


def _engine(seed: int, count: int) -> Engine:
    """Few different values, so that ties abound."""
    random = np.random.default_rng(seed)
    rows = random.integers(-1, 2, (count, 4)).astype(np.float32)
    rows[np.linalg.norm(rows, axis=1) == 0, 0] = 1
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    documents = [list(random.choice(WORDS, random.integers(1, 4))) for _ in range(count)]
    query = list(random.choice([*WORDS, "nowhere"], random.integers(0, 4)))
    passages = [Passage("a", n, n + 1, "x", None, "") for n in range(count)]
    lexical = LexicalIndex.build(documents, 1.0, 0.6)
    vector = vectors[random.integers(count)].reshape(1, -1)
    return Engine(
        EmbeddedSearcher(DenseIndex.build(vectors), lexical, passages),
        vector,
        query,
        [float(cosine) for cosine in vectors @ vector[0]],
        [max(0.0, float(score)) for score in lexical.scores(query)],
    )


def _brute_force(engine: Engine, share: float) -> list[float]:
    highest = max(engine.bm25) or 1.0
    return [
        share * cosine + (1 - share) * score / highest
        for cosine, score in zip(engine.cosines, engine.bm25, strict=True)
    ]


@given(SEEDS, st.integers(1, 40), st.integers(1, 50), SHARE)
@settings(max_examples=300)
def test_the_mix_equals_the_formula_over_all_passages(
    seed: int, count: int, k: int, share: float
) -> None:
    engine = _engine(seed, count)
    hits = hybrid_search(engine.searcher, engine.vector, engine.query, k, share)
    scores = _brute_force(engine, share)
    assert len({hit.passage for hit in hits}) == len(hits) == min(k, count)
    for hit in hits:
        assert hit.score == pytest.approx(scores[hit.passage], abs=1e-6)
    best = sorted(scores, reverse=True)[:k]
    assert [hit.score for hit in hits] == pytest.approx(best, abs=1e-6)


@given(SEEDS, st.integers(1, 40), SHARE)
@settings(max_examples=300)
def test_ties_go_by_position_at_every_depth(seed: int, count: int, share: float) -> None:
    engine = _engine(seed, count)
    everything = hybrid_search(engine.searcher, engine.vector, engine.query, count, share)
    keys = [(-round(hit.score, DECIMALS), hit.passage) for hit in everything]
    assert keys == sorted(keys)
    for k in range(count + 2):
        found = hybrid_search(engine.searcher, engine.vector, engine.query, k, share)
        assert found == everything[:k]


@given(SEEDS, st.integers(2, 40))
@settings(max_examples=150)
def test_share_0_is_the_order_of_bm25_and_share_1_that_of_the_cosine(seed: int, count: int) -> None:
    engine = _engine(seed, count)
    highest = max(engine.bm25) or 1.0
    for share, scores in ((0.0, [s / highest for s in engine.bm25]), (1.0, engine.cosines)):
        hits = hybrid_search(engine.searcher, engine.vector, engine.query, count, share)
        in_order = [scores[hit.passage] for hit in hits]
        assert in_order == pytest.approx(sorted(scores, reverse=True), abs=1e-6)


@given(SEEDS, st.integers(1, 30), SHARE)
@settings(max_examples=60)
def test_the_same_query_gives_the_same_hits(seed: int, count: int, share: float) -> None:
    one, other = (_engine(seed, count) for _ in range(2))
    again = [
        hybrid_search(engine.searcher, engine.vector, engine.query, 10, share)
        for engine in (one, one, other)
    ]
    assert again[0] == again[1] == again[2]


def test_a_passage_that_one_side_missed_gets_nothing_or_the_lowest_cosine() -> None:
    dense = (Hit(0, 0.9), Hit(1, 0.2))
    lexical = (Hit(2, 8.0), Hit(1, 2.0))
    found = {hit.passage: hit.score for hit in mix(dense, lexical, 10, 0.6)}
    assert found == pytest.approx(
        {0: 0.6 * 0.9, 1: 0.6 * 0.2 + 0.4 * 2 / 8, 2: 0.6 * 0.2 + 0.4 * 1}
    )


def test_the_last_bits_of_a_float_decide_nothing() -> None:
    dense = (Hit(7, 0.5 + 1e-9), Hit(3, 0.5))
    assert [hit.passage for hit in mix(dense, (), 2, 0.6)] == [3, 7]


def test_nothing_found_is_nothing_mixed() -> None:
    assert mix((), (), 5, 0.6) == ()


class Recording:
    """A fake engine that notes how deep it was asked."""

    def __init__(self) -> None:
        self.depths: list[int] = []

    def dense(self, vector: Vectors, k: int) -> tuple[Hit, ...]:
        self.depths.append(k)
        return (Hit(1, 0.5),)

    def lexical(self, terms: Sequence[str], k: int) -> tuple[Hit, ...]:
        self.depths.append(k)
        return (Hit(2, 3.0),)

    def fetch(self, passages: Sequence[int]) -> tuple[Passage, ...]:
        raise AssertionError("a search fetches nothing")


@pytest.mark.parametrize("k", [1, 50, DEPTH + 1])
def test_an_engine_is_asked_for_enough_candidates_and_through_the_protocol_alone(k: int) -> None:
    engine = Recording()
    hits = hybrid_search(engine, np.ones((1, 4), dtype=np.float32), ["dose"], k, 0.6)
    assert engine.depths == [max(k, DEPTH)] * 2
    assert len(hits) == min(k, 2)


def test_fetch_gives_the_passages_in_the_order_asked() -> None:
    engine = _engine(0, 6)
    assert [passage.start for passage in engine.searcher.fetch([4, 0, 4])] == [4, 0, 4]
