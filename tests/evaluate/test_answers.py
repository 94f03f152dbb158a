"""What an answer scores, and what a whole set's confidence is worth, against oracles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from kqa import wording
from kqa.evaluate import answers, results
from kqa.evaluate.answers import judge_answer
from kqa.evaluate.intervals import Floats, Statistic
from kqa.evaluate.results import Gold
from kqa.records import (
    Answer,
    Citation,
    Context,
    Outcome,
    Quote,
    SegmentKind,
    Sentence,
    Span,
)

TEXT = "Zero is here. One is here. Two is here. Three is it. Four is it. "
PLACES = {"zero": (0, 13), "one": (14, 26), "two": (27, 39), "three": (40, 52), "four": (53, 64)}


def quote(name: str, article: str = "a") -> Quote:
    start, end = PLACES[name]
    text = TEXT[start:end]
    citation = Citation(article, "A", False, None, None, None, None, "a.txt")
    return Quote(1, text, start, end, Context(start, end, text), citation, 0.5)


def gold(name: str, part: str | None = None) -> Gold:
    start, end = PLACES[name]
    return Gold("a", TEXT[start:end], start, part)


def said(*quotes: Quote, outcome: Outcome | None = None) -> Answer:
    kind = outcome or (Outcome.ANSWERED if quotes else Outcome.NOT_IN_CORPUS)
    card = wording.CRISIS_CARDS["US"] if kind is Outcome.CRISIS else None
    return Answer("q", kind, 0.5, "No advice.", "index", 1.0, quotes, crisis_card=card)


def judged(
    answer: Answer,
    *expected: Gold,
    kind: str | None = None,
    best: Sentence | None = None,
    items: dict[str, list[Span]] | None = None,
) -> dict[str, float]:
    question = results.TestQuestion("1", "q?", bool(expected), expected, kind)
    return judge_answer(question, answer, best, {"a": TEXT}, items or {})


def sentence(name: str) -> Sentence:
    start, end = PLACES[name]
    text, span = TEXT[start:end], Span(start, end)
    return Sentence("a", start, end, text, SegmentKind.SENTENCE, None, span, (0,), "")


def test_the_first_quote_and_one_of_three_are_told_apart() -> None:
    first = judged(said(quote("one"), quote("two")), gold("one"))
    second = judged(said(quote("two"), quote("one")), gold("one"))
    assert (first["first_quote"], first["one_of_three"]) == (1, 1)
    assert (second["first_quote"], second["one_of_three"]) == (0, 1)


def test_a_fourth_quote_does_not_make_one_of_three() -> None:
    four = said(quote("one"), quote("two"), quote("three"), quote("four"))
    assert judged(four, gold("four"))["one_of_three"] == 0


def test_the_same_place_in_another_article_is_wrong() -> None:
    assert judged(said(quote("one", article="b")), gold("one"))["first_quote"] == 0


def test_a_refusal_is_right_or_wrong_by_what_the_articles_hold() -> None:
    assert judged(said()) == {"refused": 1, "false_answer": 0, "disclaimer": 1, "candidate": 0}
    assert judged(said(quote("one")))["false_answer"] == 1
    refused = judged(said(), gold("one"))
    assert (refused["over_refusal"], refused["first_quote"], refused["one_of_three"]) == (1, 0, 0)
    assert "refused" not in refused
    assert judged(said(quote("two")), gold("one"))["over_refusal"] == 0


def test_a_crisis_card_without_quotes_is_a_refusal() -> None:
    assert judged(said(outcome=Outcome.CRISIS), gold("one"))["over_refusal"] == 1


@pytest.mark.parametrize(
    ("quotes", "share"), [((), 0), (("one",), 0.5), (("one", "two"), 1), (("zero",), 0)]
)
def test_list_coverage_is_the_share_of_gold_items_quoted(
    quotes: tuple[str, ...], share: float
) -> None:
    """The sentence that sums the list up is no item, so it is not counted."""
    items = {"a": [Span(*PLACES["one"]), Span(*PLACES["two"])]}
    expected = (gold("zero"), gold("one"), gold("two"))
    found = judged(said(*map(quote, quotes)), *expected, kind="list", items=items)
    assert found["list_coverage"] == share


def test_without_items_all_gold_is_the_list() -> None:
    found = judged(said(quote("one")), gold("zero"), gold("one"), kind="list")
    assert found["list_coverage"] == 0.5


def test_every_side_must_be_quoted() -> None:
    sides = gold("one", "a"), gold("two", "a"), gold("three", "b")
    assert judged(said(quote("one"), quote("two")), *sides, kind="disagree")["all_sides"] == 0
    assert judged(said(quote("two"), quote("three")), *sides, kind="disagree")["all_sides"] == 1


def test_each_part_of_a_question_counts_once() -> None:
    parts = gold("one", "1"), gold("two", "1"), gold("three", "2")
    assert judged(said(quote("one"), quote("two")), *parts, kind="two_part")["two_part"] == 0.5
    assert judged(said(quote("one"), quote("three")), *parts, kind="two_part")["two_part"] == 1


def test_a_quote_that_is_not_its_articles_slice_is_found_out() -> None:
    altered = Quote(1, "One is hera.", 14, 26, quote("one").context, quote("one").article, 0.5)
    assert judged(said(quote("one")), gold("one"))["verbatim"] == 1
    assert judged(said(quote("one"), altered), gold("one"))["verbatim"] == 0
    assert "verbatim" not in judged(said(), gold("one"))


def test_the_candidate_is_judged_although_it_was_withheld() -> None:
    assert judged(said(), gold("one"), best=sentence("one"))["candidate"] == 1
    assert judged(said(), gold("one"), best=sentence("two"))["candidate"] == 0
    assert judged(said(), best=sentence("one"))["candidate"] == 0


# --- a whole set --------------------------------------------------------------------------

COARSE = st.integers(0, 10).map(lambda tenth: tenth / 10)
ASKED = st.lists(st.tuples(COARSE, st.booleans()), min_size=2, max_size=40)


def _arrays(asked: list[tuple[float, bool]]) -> tuple[Floats, NDArray[np.bool_]]:
    return np.array([c for c, _ in asked]), np.array([yes for _, yes in asked])


def _value(statistic: Statistic, n: int) -> float:
    return float(statistic(np.ones((1, n)))[0])


@given(ASKED)
def test_auroc_is_sklearns_ties_included(asked: list[tuple[float, bool]]) -> None:
    confidence, answerable = _arrays(asked)
    found = _value(answers.auroc(confidence, answerable), len(asked))
    if answerable.all() or not answerable.any():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(answerable, confidence))


@given(ASKED, st.integers(0, 2**32 - 1))
def test_weights_stand_for_repeated_questions(asked: list[tuple[float, bool]], seed: int) -> None:
    """What makes the bootstrap of set-level figures right."""
    confidence, right = _arrays(asked)
    chosen = np.random.default_rng(seed).integers(0, len(asked), len(asked))
    weights = np.bincount(chosen, minlength=len(asked)).astype(np.float64)[None]
    for statistic in (answers.auroc, answers.ece, answers.aurc):
        by_weight = float(statistic(confidence, right)(weights)[0])
        drawn = _value(statistic(confidence[chosen], right[chosen]), len(asked))
        assert by_weight == pytest.approx(drawn, nan_ok=True)


@given(ASKED)
def test_ece_is_the_mean_gap_of_ten_bins(asked: list[tuple[float, bool]]) -> None:
    gap = 0.0
    for b in range(10):
        inside = [(c, yes) for c, yes in asked if min(int(np.float64(c) * 10), 9) == b]
        if inside:
            mean, share = np.mean([c for c, _ in inside]), np.mean([yes for _, yes in inside])
            gap += float(abs(mean - share)) * len(inside) / len(asked)
    assert _value(answers.ece(*_arrays(asked)), len(asked)) == pytest.approx(gap)


def test_a_confidence_of_1_belongs_to_the_last_bin() -> None:
    assert _value(answers.ece(np.array([1.0, 0.95]), np.array([True, True])), 2) == pytest.approx(
        0.025
    )


@given(ASKED)
def test_the_risk_area_is_the_mean_risk_at_each_question(asked: list[tuple[float, bool]]) -> None:
    risks = []
    for confidence, _ in asked:
        answered = [right for other, right in asked if other >= confidence]
        risks.append(1 - sum(answered) / len(answered))
    found = _value(answers.aurc(*_arrays(asked)), len(asked))
    assert found == pytest.approx(np.mean(risks))


@given(ASKED)
def test_the_risk_curve_has_a_point_for_each_threshold(asked: list[tuple[float, bool]]) -> None:
    curve = answers.risk_coverage(*_arrays(asked))
    thresholds = sorted({confidence for confidence, _ in asked}, reverse=True)
    for (coverage, risk), threshold in zip(curve.points, thresholds, strict=True):
        answered = [right for confidence, right in asked if confidence >= threshold]
        assert coverage == pytest.approx(len(answered) / len(asked))
        assert risk == pytest.approx(1 - sum(answered) / len(answered))


@given(ASKED)
def test_the_calibration_curve_holds_every_question(asked: list[tuple[float, bool]]) -> None:
    curve = answers.calibration(*_arrays(asked))
    assert 1 <= len(curve.points) <= 10
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in curve.points)


def test_confidence_that_sorts_perfectly_has_the_least_risk() -> None:
    confidence = np.array([0.9, 0.8, 0.2, 0.1])
    sorted_well = np.array([True, True, False, False])
    assert _value(answers.aurc(confidence, sorted_well), 4) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert _value(answers.auroc(confidence, sorted_well), 4) == 1
