"""Confidence is a probability out of a readable file, the same whatever k is."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.answer import decide
from kqa.answer.assistant import Assistant
from kqa.answer.decide import FEATURES, ConfidenceModel, fitted_model
from kqa.errors import OwnFault
from kqa.records import Outcome

QUESTIONS = (
    "When was ketamine first synthesized?",
    "What are the side effects of ketamine?",
    "What is the capital of France?",
    "the of and",
    "zxq wvu",
    "日本語",
    "ketamine " * 100,
    "Should I stop taking my lithium?",
)
SHARE = st.floats(-1, 1)


@pytest.fixture
def fresh_model() -> Iterator[None]:
    fitted_model.cache_clear()
    yield
    fitted_model.cache_clear()


@pytest.mark.parametrize("question", QUESTIONS)
def test_confidence_is_a_probability_and_the_same_whatever_k_is(
    built_assistant: Assistant, question: str
) -> None:
    answers = [built_assistant.ask(question, k=k) for k in range(1, 11)]
    assert len({answer.confidence for answer in answers}) == 1
    assert len({answer.outcome for answer in answers}) == 1
    assert 0 <= answers[0].confidence <= 1


@given(st.fixed_dictionaries(dict.fromkeys(FEATURES, SHARE)))
@settings(max_examples=200)
def test_every_feature_gives_a_probability(features: dict[str, float]) -> None:
    assert 0 <= fitted_model().probability(features) <= 1


@given(st.fixed_dictionaries(dict.fromkeys(FEATURES, SHARE)), st.sampled_from(FEATURES))
@settings(max_examples=200)
def test_a_feature_moves_the_probability_the_way_of_its_weight(
    features: dict[str, float], name: str
) -> None:
    model = fitted_model()
    more = {**features, name: features[name] + 0.5}
    moved = model.probability(more) - model.probability(features)
    assert moved * model.weights[name] > 0 or model.weights[name] == 0


def test_the_formula_is_a_logistic_regression() -> None:
    model = ConfidenceModel(0.0, dict.fromkeys(FEATURES, 0.0), 0.5)
    nothing = dict.fromkeys(FEATURES, 0.0)
    assert model.probability(nothing) == 0.5
    assert dataclasses.replace(model, intercept=1.0).probability(nothing) == pytest.approx(0.731059)


def test_the_weights_are_readable_and_name_their_set_and_date() -> None:
    found = json.loads(decide.WEIGHTS_FILE.read_text("utf-8"))
    assert set(found["weights"]) == set(FEATURES)
    assert ".jsonl" in found["fitted_on"]
    assert "questions" in found["fitted_on"]
    datetime.date.fromisoformat(found["fitted_at"])
    assert 0 < found["threshold"] < 1
    assert decide.WEIGHTS_FILE.read_text("utf-8").count("\n") > len(FEATURES)


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b"\xff", b'{"weights": {}}', b'{"weights": 5, "intercept": 0}']
)
@pytest.mark.usefixtures("fresh_model")
def test_weights_that_do_not_fit_the_code_are_named(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "confidence.json"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(decide, "WEIGHTS_FILE", file)
    with pytest.raises(OwnFault, match=r"confidence\.json"):
        fitted_model()


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_the_threshold_alone_decides_whether_a_plain_question_is_answered(
    built_assistant: Assistant, monkeypatch: pytest.MonkeyPatch, threshold: float
) -> None:
    model = dataclasses.replace(fitted_model(), threshold=threshold)
    monkeypatch.setattr(decide, "fitted_model", lambda: model)
    outcome = Outcome.NOT_IN_CORPUS if threshold else Outcome.ANSWERED
    for question in QUESTIONS[:5]:
        assert built_assistant.ask(question).outcome is outcome


@pytest.mark.parametrize("count", [1, 3, 10, 40, 150])
def test_words_that_no_article_holds_are_not_answered(
    real_assistant: Assistant, count: int
) -> None:
    question = " ".join(f"zx{n}q" for n in range(count))
    answer = real_assistant.ask(question)
    assert answer.outcome is Outcome.NOT_IN_CORPUS, f"confidence {answer.confidence}"
