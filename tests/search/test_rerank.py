"""Passages are ranked once more by the best of their sentences, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.index.store import StoredIndex
from kqa.records import Hit, Logits
from kqa.search.rerank import WEIGHT, rerank, sentences_by_passage

LOGIT = st.floats(-9, 9).map(lambda value: round(value, 3))


class Given:
    """A reader that says what a text holds: its own logit, as a number."""

    fingerprint = "given:1"

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    def read(self, question: str, texts: Sequence[str]) -> Logits:
        self.asked.append(texts)
        return np.array([float(text) for text in texts])


@given(st.lists(st.tuples(st.floats(0, 1), st.lists(LOGIT, max_size=3)), max_size=12))
def test_the_order_is_score_plus_weighed_best_logit(rows: list[tuple[float, list[float]]]) -> None:
    rows = sorted(rows, key=lambda row: -row[0])
    hits = [Hit(at, score) for at, (score, _) in enumerate(rows)]
    held = [[str(logit) for logit in logits] for _, logits in rows]
    found = rerank("q", hits, held.__getitem__, Given(), 50)
    best = [max(logits) if logits else None for _, logits in rows]
    lowest = min((value for value in best if value is not None), default=0.0)
    expected = {
        at: score + WEIGHT * (lowest if best[at] is None else best[at] or 0.0)
        for at, (score, _) in enumerate(rows)
    }
    assert {hit.passage: hit.score for hit in found} == pytest.approx(expected)
    keys = [(-round(hit.score, 6), hit.passage) for hit in found]
    assert keys == sorted(keys)


def test_each_text_is_read_once_and_nothing_below_the_depth() -> None:
    reader = Given()
    texts = {0: ["1.0", "2.0"], 1: ["2.0", "-1.0"], 2: ["9.0"]}
    hits = [Hit(0, 0.9), Hit(1, 0.9), Hit(2, 0.8)]
    found = rerank("q", hits, texts.__getitem__, reader, 2)
    assert reader.asked == [["1.0", "2.0", "-1.0"]]
    assert [hit.passage for hit in found] == [0, 1, 2]


def test_where_nothing_can_be_read_the_order_stays() -> None:
    hits = [Hit(3, 0.5), Hit(1, 0.4)]
    assert rerank("q", hits, lambda at: [], Given(), 50) == tuple(hits)
    assert rerank("q", [], lambda at: [], Given(), 50) == ()


def test_every_sentence_stands_under_each_passage_that_holds_it(stored: StoredIndex) -> None:
    held = sentences_by_passage(stored)
    assert len(held) == len(stored.passages)
    counted = sum(len(sentence.passages) for sentence in stored.sentences)
    assert sum(map(len, held)) == counted
    for passage, texts in zip(stored.passages, held, strict=True):
        words = " ".join(passage.text.split())
        assert all(text.rpartition(" | ")[2] in words for text in texts)
