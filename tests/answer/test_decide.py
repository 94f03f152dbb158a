"""Confidence is a probability out of a readable file, the same whatever k is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Build, WriteCorpus

from kqa.answer import decide, match
from kqa.answer.assistant import Assistant
from kqa.answer.decide import FEATURES, NEAR, VOTE_SHARPNESS, VOTERS
from kqa.answer.match import Candidate, Evidence, Matcher
from kqa.answer.weights import Weights, read_weights
from kqa.index.encoder import HashingEncoder
from kqa.index.store import StoredIndex, open_index
from kqa.index.terms import terms
from kqa.records import Outcome, Way
from kqa.search.reader import WordsReader, sentence_to_read
from kqa.settings import Settings

QUESTIONS = (
    "When was ketamine first synthesized?",
    "What are the side effects of ketamine?",
    "What is the capital of France?",
    "the of and",
    "zxq wvu",
    "日本語",
    "ketamine " * 100,
    "Should I stop taking my lithium?",
    "Is it given at home? And how long does a session last?",
)
SHARE = st.floats(-1, 1)
FEATURE_VALUES = st.fixed_dictionaries(dict.fromkeys(FEATURES, SHARE))
WITH_OR_WITHOUT = st.booleans().map(
    lambda ways: read_weights(decide.WEIGHTS_FILE, decide.FEATURES, ways=ways, reader=False)
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_confidence_is_a_probability_and_the_same_whatever_k_is(
    built_assistant: Assistant, question: str
) -> None:
    answers = [built_assistant.ask(question, k=k) for k in range(1, 11)]
    assert len({answer.confidence for answer in answers}) == 1
    assert len({answer.outcome for answer in answers}) == 1
    assert 0 <= answers[0].confidence <= 1


@given(WITH_OR_WITHOUT, st.fixed_dictionaries(dict.fromkeys(FEATURES, st.floats(-1e9, 1e9))))
@settings(max_examples=200)
def test_every_feature_gives_a_probability(weights: Weights, features: dict[str, float]) -> None:
    assert 0 <= decide.probability(weights, features) <= 1


@given(WITH_OR_WITHOUT, FEATURE_VALUES, st.sampled_from(FEATURES))
@settings(max_examples=200)
def test_a_feature_moves_the_probability_the_way_of_its_weight(
    weights: Weights, features: dict[str, float], name: str
) -> None:
    more = {**features, name: features[name] + 0.5}
    moved = decide.probability(weights, more) - decide.probability(weights, features)
    assert moved * weights.by_name[name] > 0 or weights.by_name[name] == 0


def test_the_formula_is_a_logistic_regression() -> None:
    weights = Weights(dict.fromkeys(FEATURES, 0.0))
    nothing = dict.fromkeys(FEATURES, 0.0)
    assert decide.probability(weights, nothing) == 0.5
    one_more = dataclasses.replace(weights, intercept=1.0)
    assert decide.probability(one_more, nothing) == pytest.approx(0.731059)


# --- the features, each against a plain loop ---------------------------------------------


@pytest.fixture(scope="module")
def matcher(stored: StoredIndex) -> Matcher:
    return Matcher(stored, HashingEncoder(), 0.5)


def _ranked(matcher: Matcher, evidence: Evidence) -> tuple[Candidate, ...]:
    ways = bool(matcher.stored.ways)
    return matcher.rank(
        evidence, read_weights(match.WEIGHTS_FILE, match.FEATURES, ways=ways, reader=False)
    )


def _mean_of_three(values: Sequence[float]) -> float:
    best = sorted(values, reverse=True)[:3]
    return sum(best) / len(best) if best else 0.0


def _vote(ways: Sequence[Way], likeness: Sequence[float]) -> float:
    order = sorted(range(len(ways)), key=lambda way: (-likeness[way], way))[:VOTERS]
    for_it = against = 0.0
    for way in order:
        weight = math.exp(VOTE_SHARPNESS * likeness[way])
        if ways[way].sentences:
            for_it += weight
        else:
            against += weight
    return for_it / (for_it + against)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_feature_is_what_a_plain_loop_finds(matcher: Matcher, question: str) -> None:
    evidence = matcher.evidence(question)
    ranked = _ranked(matcher, evidence)
    found = decide.features(matcher, evidence, ranked)
    assert tuple(found) == FEATURES
    ways = matcher.stored.ways
    scores = [candidate.score for candidate in ranked[:10]]
    assert found["score"] == scores[0]
    assert found["lead"] == pytest.approx(scores[0] - scores[-1])
    assert found["gap"] == pytest.approx(scores[0] - scores[:4][-1])
    assert found["off_topic"] == max(0.0, NEAR - max(c.cosine for c in ranked))
    letters = [float(value) for value in evidence.way_letters]
    asks = [float(value) for value in evidence.ask_letters]  # answered by the sides
    answered = [letters[n] for n, way in enumerate(ways) if way.sentences] + asks
    left_open = [letters[n] for n, way in enumerate(ways) if way.about is not None]
    assert found["way_letters"] == pytest.approx(max(answered))
    assert found["open_letters"] == pytest.approx(max(left_open))
    margin = _mean_of_three(answered) - _mean_of_three(left_open)
    assert found["margin"] == pytest.approx(margin)
    cosines = [
        cosine for way, cosine in zip(ways, evidence.way_cosines, strict=False) if way.sentences
    ]
    assert found["way"] == pytest.approx(max(0.0, *cosines))
    heard = [
        value if way.sentences or way.about is not None else 0.0
        for way, value in zip(ways, letters, strict=True)
    ]
    with_asks = [*ways, *(Way("", sentences=(0,)) for _ in asks)]
    assert found["vote"] == pytest.approx(_vote(with_asks, [*heard, *asks]))


@pytest.mark.parametrize("question", QUESTIONS)
def test_shares_of_unknown_terms_are_shares_and_fewer_are_unasked(
    matcher: Matcher, question: str
) -> None:
    evidence = matcher.evidence(question)
    found = decide.features(matcher, evidence, _ranked(matcher, evidence))
    assert 0 <= found["unasked_share"] <= found["unknown_share"] <= 1
    held = [bool(matcher.stored.lexical.document_frequency(t)) for t in evidence.query.terms]
    assert (found["unknown_share"] == 0) == (bool(held) and all(held))
    assert (found["unknown_share"] == 1) == (not any(held))


def test_without_ways_of_asking_what_speaks_of_them_is_nothing(
    write_corpus: WriteCorpus, make_settings: Callable[..., Settings], build: Build
) -> None:
    settings_ = make_settings()
    build(
        write_corpus({"a.txt": "Ketamine was made in 1962. It is given in a clinic.\n"}), settings_
    )
    matcher = Matcher(open_index(settings_.index), HashingEncoder(), 0.5)
    evidence = matcher.evidence("When was it made?")
    found = decide.features(matcher, evidence, _ranked(matcher, evidence))
    for name in ("way", "way_letters", "open_letters", "margin", "vote"):
        assert found[name] == 0.0
    assert terms("made")
    assert found["unknown_share"] == found["unasked_share"] == 0.0


def test_nothing_found_is_nothing_sure(matcher: Matcher) -> None:
    evidence = matcher.evidence("When was it made?")
    found = decide.features(matcher, evidence, ())
    assert (found["score"], found["lead"], found["gap"]) == (0.0, 0.0, 0.0)
    assert found["off_topic"] == NEAR


# --- the threshold -----------------------------------------------------------------------


@pytest.mark.usefixtures("never_answers")
def test_below_the_threshold_no_plain_question_is_answered(built_assistant: Assistant) -> None:
    for question in QUESTIONS[:5]:
        assert built_assistant.ask(question).outcome is Outcome.NOT_IN_CORPUS


@pytest.mark.usefixtures("always_answers")
def test_above_the_threshold_every_plain_question_is(built_assistant: Assistant) -> None:
    for question in QUESTIONS[:5]:
        assert built_assistant.ask(question).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("count", [1, 3, 10, 40, 150])
def test_words_that_no_article_holds_are_not_answered(
    real_assistant: Assistant, count: int
) -> None:
    question = " ".join(f"zx{n}q" for n in range(count))
    answer = real_assistant.ask(question)
    assert answer.outcome is Outcome.NOT_IN_CORPUS, f"confidence {answer.confidence}"


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_was_read_of_the_best_candidate_counts(stored: StoredIndex, question: str) -> None:
    matcher = Matcher(stored, HashingEncoder(), 0.5, WordsReader(), 5)
    evidence = matcher.evidence(question)
    ranked = _ranked(matcher, evidence)
    assert decide.features(matcher, evidence, ranked)["read"] == 0.0
    evidence = matcher.read(evidence, ranked)
    ranked = _ranked(matcher, evidence)  # in the same order: these weights pass over it
    texts = sentence_to_read(
        next(a for a in stored.articles if a.id == ranked[0].sentence.article), ranked[0].sentence
    )
    (logit,) = WordsReader().read(evidence.query.corrected, [texts])
    assert decide.features(matcher, evidence, ranked)["read"] == logit
