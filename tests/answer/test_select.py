"""Only quotable sentences are chosen, best first, each text once, never more than k."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.answer.select import (
    MARGIN,
    PASSAGE_SHARE,
    Candidate,
    choose_quotes,
    nearest_topics,
    only_advice,
    rank_sentences,
)
from kqa.index.store import StoredIndex
from kqa.records import QUOTABLE, Hit, Vectors

SEEDS = st.integers(0, 2**32 - 1)


def _query(stored: StoredIndex, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).integers(0, len(stored.sentences), 3)
    vector = stored.sentence_vectors[rows].sum(axis=0, keepdims=True)
    query: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
    return query


def _hits(stored: StoredIndex, seed: int) -> tuple[Hit, ...]:
    """Some passages with scores of few values, so that they tie, best first."""
    seeded = random.Random(seed)
    found = seeded.sample(range(len(stored.passages)), seeded.randint(0, 30))
    hits = [Hit(passage, seeded.randint(0, 4) / 4) for passage in found]
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.passage)))


def _ranked(stored: StoredIndex, seed: int) -> tuple[Candidate, ...]:
    return rank_sentences(stored, _query(stored, seed), _hits(stored, seed))


@given(SEEDS)
@settings(max_examples=100)
def test_the_candidates_are_the_sentences_of_the_passages_found_each_once(
    stored: StoredIndex, seed: int
) -> None:
    found = {hit.passage for hit in _hits(stored, seed)}
    held = {n for n, s in enumerate(stored.sentences) if found & set(s.passages)}
    ranked = _ranked(stored, seed)
    assert sorted(candidate.position for candidate in ranked) == sorted(held)
    for candidate in ranked:
        assert candidate.sentence is stored.sentences[candidate.position]
        assert candidate.sentence.kind in QUOTABLE


@given(SEEDS)
@settings(max_examples=100)
def test_a_score_weighs_the_cosine_and_the_best_passage(stored: StoredIndex, seed: int) -> None:
    query, hits = _query(stored, seed), {hit.passage: hit for hit in _hits(stored, seed)}
    for candidate in _ranked(stored, seed):
        cosine = float(stored.sentence_vectors[candidate.position] @ query[0])
        holding = [hits[p] for p in candidate.sentence.passages if p in hits]
        highest = max(hit.score for hit in holding)
        assert candidate.cosine == pytest.approx(cosine, abs=1e-6)
        assert candidate.score == pytest.approx(
            (1 - PASSAGE_SHARE) * cosine + PASSAGE_SHARE * highest, abs=1e-6
        )
        assert candidate.passage == min(h.passage for h in holding if h.score == highest)


@given(SEEDS)
@settings(max_examples=100)
def test_candidates_come_best_first_ties_by_position(stored: StoredIndex, seed: int) -> None:
    keys = [(-round(c.score, 6), c.position) for c in _ranked(stored, seed)]
    assert keys == sorted(keys)


@given(SEEDS, st.integers(1, 10))
@settings(max_examples=150)
def test_the_choice_is_at_most_k_close_to_the_first_and_each_text_once(
    stored: StoredIndex, seed: int, k: int
) -> None:
    ranked = _ranked(stored, seed)
    chosen = choose_quotes(ranked, k)
    assert len(chosen) <= k
    assert chosen[:1] == ranked[:1]
    assert [c for c in ranked if c in chosen] == list(chosen)
    assert all(c.score >= ranked[0].score - MARGIN for c in chosen)
    texts = [" ".join(c.sentence.text.casefold().split()) for c in chosen]
    assert len(set(texts)) == len(texts)


@given(SEEDS)
@settings(max_examples=60)
def test_a_smaller_k_chooses_the_first_of_a_larger(stored: StoredIndex, seed: int) -> None:
    ranked = _ranked(stored, seed)
    most = choose_quotes(ranked, 10)
    assert all(choose_quotes(ranked, k) == most[:k] for k in range(1, 11))


def test_the_same_words_in_another_article_are_no_second_quote(stored: StoredIndex) -> None:
    first = _ranked(stored, 1)[0]
    shouted = dataclasses.replace(
        first.sentence, text=f"  {first.sentence.text.upper()}\n", article="another"
    )
    twin = dataclasses.replace(first, sentence=shouted, position=first.position + 1)
    assert choose_quotes([first, twin], 3) == (first,)


def _texts(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.sentence.text for candidate in candidates]


def test_advice_are_sentences_that_send_to_a_provider_in_their_order(stored: StoredIndex) -> None:
    everything = rank_sentences(
        stored, _query(stored, 0), [Hit(n, 0.0) for n in range(len(stored.passages))]
    )
    assert len(everything) == len(stored.sentences)
    advice = only_advice(everything)
    assert advice == tuple(c for c in everything if c in advice)
    assert 3 < len(advice) < len(everything) / 4
    words = ("provider", "professional", "doctor", "physician", "evaluat", "team", "condition")
    for text in _texts(advice):
        assert any(word in text.lower() for word in (*words, "individually", "screening"))
    assert not [text for text in _texts(advice) if "1962" in text]


@given(SEEDS)
@settings(max_examples=60)
def test_topics_are_up_to_three_different_headings_of_the_nearest_passages(
    stored: StoredIndex, seed: int
) -> None:
    hits = _hits(stored, seed)
    topics = nearest_topics(stored, hits)
    titles = {article.id: article.title for article in stored.articles}
    passages = [stored.passages[hit.passage] for hit in hits]
    names = list(dict.fromkeys(p.section or titles[p.article] for p in passages))
    assert topics == tuple(names[:3])


def test_nothing_found_is_nothing_chosen(stored: StoredIndex) -> None:
    assert rank_sentences(stored, _query(stored, 0), ()) == ()
    assert choose_quotes((), 3) == ()
    assert only_advice(()) == ()
    assert nearest_topics(stored, ()) == ()
