"""Intervals cover what they should, come out alike each time, and say when to doubt."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kqa.evaluate import intervals
from kqa.evaluate.answers import ece
from kqa.evaluate.intervals import Floats, doubt, interval, mean_with_interval

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(VALUES)
def test_the_value_is_the_mean_and_lies_inside(values: list[float]) -> None:
    found = mean_with_interval(values)
    assert found.value == pytest.approx(np.mean(values))
    assert found.n == len(values)
    assert min(values) - 1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= max(values) + 1e-9


@given(VALUES)
def test_equal_values_give_equal_intervals(values: list[float]) -> None:
    assert mean_with_interval(values) == mean_with_interval(list(values))


def test_equal_questions_have_no_width() -> None:
    found = mean_with_interval([1.0] * 50)
    assert (found.low, found.value, found.high, found.warning) == (1.0, 1.0, 1.0, None)


def test_it_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).random(80) ** 2
    found = mean_with_interval(values)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found.low == pytest.approx(theirs.low, abs=0.005)
    assert found.high == pytest.approx(theirs.high, abs=0.005)


def test_about_95_of_100_intervals_hold_the_true_mean() -> None:
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        found = mean_with_interval((draw.random(60) < 0.3).astype(np.float64))
        held += found.low <= 0.3 <= found.high
    assert 0.91 <= held / 300 <= 0.98


def test_pieces_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded without the figures depending on it."""
    values = np.random.default_rng(4).random(40)
    whole = mean_with_interval(values)
    monkeypatch.setattr(intervals, "_CELLS", 40 * 7)
    assert mean_with_interval(values) == whole


def test_every_resample_draws_as_many_questions_as_there_are() -> None:
    seen: list[Floats] = []

    def statistic(weights: Floats) -> Floats:
        seen.append(weights)
        found: Floats = weights[:, 0]
        return found

    interval(statistic, 25)
    drawn = np.concatenate(seen)[1:]
    assert drawn.shape == (intervals.RESAMPLES, 25)
    assert (drawn.sum(axis=1) == 25).all()
    assert (seen[0] == 1).all()


def test_resamples_without_a_value_are_left_out() -> None:
    def statistic(weights: Floats) -> Floats:
        found: Floats = np.where(weights[:, 0] > 0, 0.5, np.nan)
        return found

    found = interval(statistic, 5)
    assert (found.low, found.high) == (0.5, 0.5)


def test_an_interval_always_holds_its_figure() -> None:
    """All resamples of a calibration error that is 0 lie above it, and this is said."""
    confidence = np.arange(0.05, 1, 0.1).repeat(20)
    right = np.arange(200) % 20 < np.rint(confidence * 20)
    found = interval(ece(confidence, right), 200)
    assert found.value == pytest.approx(0, abs=1e-9)
    assert found.low == found.value < found.high
    assert found.warning is not None
    assert "resampling shifts it" in found.warning


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="no question"):
        mean_with_interval([])


@pytest.mark.parametrize(
    ("n", "width", "said"),
    [
        (30, 0.2, None),
        (29, 0.1, "only 29 questions, fewer than 30"),
        (1, 0.0, "only 1 question, fewer than 30"),
        (300, 0.25, "the interval is 0.25 wide"),
        (12, 0.4, "only 12 questions, fewer than 30; the interval is 0.40 wide"),
    ],
)
def test_few_questions_or_a_wide_interval_are_said(n: int, width: float, said: str | None) -> None:
    assert doubt(n, width) == said


@pytest.mark.parametrize(("n", "narrow"), [(intervals.FEW, 0.06), (12, 0.15)])
def test_the_narrowness_is_what_the_module_says(n: int, narrow: float) -> None:
    factor = stats.norm.ppf(0.975) * math.sqrt((n - 1) / n) / stats.t.ppf(0.975, n - 1)
    assert 1 - factor == pytest.approx(narrow, abs=0.005)
