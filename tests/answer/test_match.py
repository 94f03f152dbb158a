"""Ranking is the sum of features times weights; the features are what a plain loop finds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Build, WriteCorpus

from kqa.answer import match
from kqa.answer.match import FEATURES, WAYS, Evidence, Matcher, features_of
from kqa.answer.weights import Weights, read_weights
from kqa.corpus.furniture import is_promotional
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex
from kqa.records import QUOTABLE
from kqa.search.reader import WordsReader, sentence_to_read
from kqa.settings import Settings

QUESTIONS = (
    "When was ketamine first synthesized?",
    "What are the contraindications?",
    "wat r teh side efects",
    "zxq wvu",
    "日本語",
    "ketamine " * 100,
)

UNREAD = read_weights(match.WEIGHTS_FILE, FEATURES, ways=True, reader=False)
VALUES = st.lists(st.floats(-9, 9), min_size=len(FEATURES), max_size=len(FEATURES))


@pytest.fixture(scope="module")
def matcher(stored: StoredIndex) -> Matcher:
    return Matcher(stored, HashingEncoder(), 0.5)


@pytest.fixture(scope="module")
def evidences(matcher: Matcher) -> tuple[Evidence, ...]:
    return tuple(matcher.evidence(question) for question in QUESTIONS)


@given(st.integers(0, len(QUESTIONS) - 1), VALUES)
@settings(max_examples=40)
def test_a_score_is_the_sum_of_features_times_weights_best_first_ties_by_position(
    matcher: Matcher, evidences: tuple[Evidence, ...], at: int, values: list[float]
) -> None:
    evidence = evidences[at]
    weights = Weights(dict(zip(FEATURES, values, strict=True)))
    ranked = matcher.rank(evidence, weights)
    scores: dict[int, float] = {}
    for row, position in enumerate(evidence.positions):
        scores[int(position)] = sum(
            float(evidence.features[row, n]) * value for n, value in enumerate(values)
        )
    assert sorted(c.position for c in ranked) == sorted(scores)
    for candidate in ranked:
        assert candidate.sentence is matcher.stored.sentences[candidate.position]
        assert candidate.sentence.kind in QUOTABLE
        assert candidate.score == pytest.approx(scores[candidate.position], abs=1e-6)
    keys = [(-round(c.score, 6), c.position) for c in ranked]
    assert keys == sorted(keys)


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_the_candidates_are_those_of_the_passages_found_and_of_the_likest_ways(
    matcher: Matcher, evidences: tuple[Evidence, ...], at: int
) -> None:
    stored, evidence = matcher.stored, evidences[at]
    found = {hit.passage for hit in evidence.hits}
    held = {n for n, sentence in enumerate(stored.sentences) if found & set(sentence.passages)}
    cosines = evidence.way_cosines
    likest = sorted(range(len(cosines)), key=lambda way: (-cosines[way], way))[:WAYS]
    held |= {position for way in likest for position in stored.ways[way].sentences}
    assert evidence.positions.tolist() == sorted(held)


def _likest(likeness: Sequence[float]) -> tuple[float, float]:
    best = sorted(likeness, reverse=True)[:3]
    return (best[0], sum(best) / len(best)) if best else (0.0, 0.0)


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_the_likest_ways_are_those_of_a_plain_loop(
    matcher: Matcher, evidences: tuple[Evidence, ...], at: int
) -> None:
    stored, evidence = matcher.stored, evidences[at]
    named = features_of(evidence)
    for row, position in enumerate(evidence.positions):
        ways = [n for n, way in enumerate(stored.ways) if position in way.sentences]
        cosines = _likest([float(evidence.way_cosines[n]) for n in ways])
        letters = _likest([float(evidence.way_letters[n]) for n in ways])
        assert (named["way"][row], named["ways"][row]) == pytest.approx(cosines)
        assert (named["way_letters"][row], named["ways_letters"][row]) == pytest.approx(letters)


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_the_other_features_are_what_their_names_say(
    matcher: Matcher, evidences: tuple[Evidence, ...], at: int
) -> None:
    stored, evidence = matcher.stored, evidences[at]
    named = features_of(evidence)
    assert tuple(named) == FEATURES
    (expanded,) = HashingEncoder().encode([evidence.query.expanded])
    letters = stored.letters.cosines(evidence.query.expanded)
    scores = {hit.passage: hit.score for hit in evidence.hits}
    for row, position in enumerate(evidence.positions):
        sentence = stored.sentences[position]
        cosine = float(stored.sentence_vectors[position] @ expanded)
        assert named["cosine"][row] == pytest.approx(cosine, abs=1e-6)
        assert named["letters"][row] == pytest.approx(float(letters[position]))
        assert named["length"][row] == math.log(len(sentence.text))
        assert named["promotional"][row] == is_promotional(sentence.text)
        best = max(scores.get(passage, 0.0) for passage in sentence.passages)
        assert named["passage"][row] == best
        assert evidence.passages[row] == min(
            passage for passage in sentence.passages if scores.get(passage, 0.0) == best
        )


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_every_likeness_has_a_value_for_each_of_its_texts(
    matcher: Matcher, evidences: tuple[Evidence, ...], at: int
) -> None:
    stored, evidence = matcher.stored, evidences[at]
    assert len(evidence.way_cosines) == sum(way.about is None for way in stored.ways)
    assert len(evidence.way_letters) == len(stored.ways)
    assert len(evidence.ask_letters) == sum(len(d.asks) for d in stored.disagreements)
    assert len(evidence.lead_in_cosines) == len(evidence.lead_in_letters) == len(stored.lead_ins)
    for values in (evidence.way_letters, evidence.ask_letters, evidence.lead_in_letters):
        assert values.min() >= 0
        assert values.max() <= 1 + 1e-6


def test_a_way_asked_in_its_own_words_is_the_likest_of_all(matcher: Matcher) -> None:
    stored = matcher.stored
    asks = [ask for disagreement in stored.disagreements for ask in disagreement.asks]
    for number in random.Random(0).sample(range(len(stored.ways)), 25):
        way = stored.ways[number]
        evidence = matcher.evidence(way.text)
        if evidence.query.corrected == way.text:
            assert evidence.way_letters[number] == pytest.approx(evidence.way_letters.max())
            assert evidence.way_letters[number] == pytest.approx(1.0, abs=1e-4)
    for number in random.Random(1).sample(range(len(asks)), 10):
        evidence = matcher.evidence(asks[number])
        if evidence.query.corrected == asks[number]:
            assert evidence.ask_letters[number] == pytest.approx(1.0, abs=1e-4)


def test_the_terms_of_all_answered_ways_are_known(matcher: Matcher) -> None:
    answered = [way.text for way in matcher.stored.ways if way.sentences]
    assert any("long" in text for text in answered)
    assert "long" in matcher.asked_terms


def test_a_corpus_without_ways_is_ranked_as_well(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> None:
    from kqa.index.store import open_index

    settings_ = make_settings()
    build(write_corpus({"a.txt": "It was made in 1962. It is given in a clinic.\n"}), settings_)
    matcher = Matcher(open_index(settings_.index), HashingEncoder(), 0.5)
    evidence = matcher.evidence("When was it made in 1962?")
    named = features_of(evidence)
    for name in ("way", "ways", "way_letters", "ways_letters"):
        assert not named[name].any()
    weights = read_weights(match.WEIGHTS_FILE, FEATURES, ways=False, reader=False)
    ranked = matcher.rank(evidence, weights)
    assert ranked[0].sentence.text == "It was made in 1962."
    assert np.isfinite(evidence.features).all()


@pytest.fixture(scope="module")
def reading(stored: StoredIndex) -> Matcher:
    return Matcher(stored, HashingEncoder(), 0.5, WordsReader(), 5)


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_the_reader_reads_the_first_candidates_and_the_others_get_the_lowest_logit(
    reading: Matcher, evidences: tuple[Evidence, ...], at: int
) -> None:
    evidence = evidences[at]
    ranked = reading.rank(evidence, UNREAD)
    found = reading.read(evidence, ranked)
    articles = {article.id: article for article in reading.stored.articles}
    texts = [sentence_to_read(articles[c.sentence.article], c.sentence) for c in ranked[:5]]
    logits = WordsReader().read(evidence.query.corrected, texts)
    expected = {c.position: value for c, value in zip(ranked, logits.tolist(), strict=False)}
    for position, value in zip(found.positions, features_of(found)["read"], strict=True):
        assert value == expected.get(int(position), logits.min())
    assert not features_of(evidence)["read"].any()
    before, after = features_of(evidence), features_of(found)
    for name in set(FEATURES) - {"read"}:
        assert (before[name] == after[name]).all()


def test_without_a_reader_or_candidates_nothing_is_read(
    matcher: Matcher, reading: Matcher, evidences: tuple[Evidence, ...]
) -> None:
    evidence = evidences[0]
    assert matcher.read(evidence, matcher.rank(evidence, UNREAD)) is evidence
    assert reading.read(evidence, ()) is evidence
