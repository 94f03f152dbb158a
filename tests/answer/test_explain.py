"""Promises of the explanation: it tells what the answer rests on, and nothing else."""

from __future__ import annotations

import math

import pytest

from kqa.answer.assistant import Assistant
from kqa.answer.explain import SHOWN, Explanation
from kqa.records import Outcome

QUESTIONS = (
    "When was ketamine first synthesized?",
    "How long does a session take and does it hurt?",
    "Is ketamine addictive?",
    "What is the capital of France?",
    "Should I stop my medication?",
)


@pytest.fixture(scope="module", params=QUESTIONS)
def explained(request: pytest.FixtureRequest, real_assistant: Assistant) -> Explanation:
    return real_assistant.explain(request.param)


def test_the_answer_is_the_one_that_is_given(
    explained: Explanation, real_assistant: Assistant
) -> None:
    given = real_assistant.ask(explained.answer.question).to_dict()
    assert explained.answer.to_dict() | {"elapsed_ms": 0} == given | {"elapsed_ms": 0}


def test_the_score_is_the_sum_of_what_its_features_add(explained: Explanation) -> None:
    for part in explained.parts:
        for weighed in part.candidates:
            total = sum(feature.adds for feature in weighed.features)
            assert weighed.score == pytest.approx(total, abs=1e-6)
        assert [c.score for c in part.candidates] == sorted(
            (c.score for c in part.candidates), reverse=True
        )


def test_the_confidence_follows_from_the_signs_unless_a_rule_set_it(
    explained: Explanation,
) -> None:
    for part in explained.parts:
        if not part.personal and part.candidates:
            total = part.intercept + sum(sign.adds for sign in part.signs)
            assert part.confidence == pytest.approx(1 / (1 + math.exp(-total)))
            if part.answers:
                assert part.confidence >= part.threshold


def test_every_quote_is_among_the_candidates_with_its_number(explained: Explanation) -> None:
    told = {
        weighed.quoted: (weighed.sentence.article, weighed.sentence.start)
        for part in explained.parts
        for weighed in part.candidates
        if weighed.quoted
    }
    for quote in explained.answer.quotes:
        if quote.side is None:
            assert told[quote.n] == (quote.article.id, quote.start)


def test_ranks_before_reading_are_a_ranking_and_the_read_ones_are_the_first(
    explained: Explanation, real_assistant: Assistant
) -> None:
    most = real_assistant.settings.read_sentences
    for part in explained.parts:
        ranks = [weighed.rank_before for weighed in part.candidates]
        assert len(set(ranks)) == len(ranks) >= SHOWN
        for weighed in part.candidates:
            assert weighed.was_read == (weighed.rank_before <= most)
            assert weighed.logit is not None
            assert weighed.bm25 <= weighed.best_bm25


def test_the_likest_way_is_pinned_to_its_sentence(real_assistant: Assistant) -> None:
    (part,) = real_assistant.explain(QUESTIONS[0]).parts
    stored, _ = real_assistant.opened()
    for weighed in part.candidates:
        texts = {
            way.text
            for way in stored.ways
            for at in way.sentences
            if stored.sentences[at] == weighed.sentence
        }
        assert weighed.way.text in texts if weighed.way else not texts


def test_without_a_reader_no_logit_is_told(built_assistant: Assistant) -> None:
    (part,) = built_assistant.explain(QUESTIONS[0]).parts
    assert all(weighed.logit is None and not weighed.was_read for weighed in part.candidates)
    assert [weighed.rank for weighed in part.candidates] == [
        weighed.rank_before for weighed in part.candidates
    ]


@pytest.mark.parametrize("question", ["I want to die", "¿Cuánto dura una sesión de ketamina?"])
def test_where_nothing_was_searched_nothing_is_explained(
    built_assistant: Assistant, question: str
) -> None:
    explained = built_assistant.explain(question)
    assert explained.parts == ()
    assert explained.answer.outcome in (Outcome.CRISIS, Outcome.NOT_IN_CORPUS)


def test_two_parts_are_explained_each_by_itself(real_assistant: Assistant) -> None:
    parts = real_assistant.explain(QUESTIONS[1]).parts
    assert [part.text for part in parts] == ["How long does a session take", "does it hurt"]
