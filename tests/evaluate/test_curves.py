"""Pictures stand inside their box, say what they show, and leave out what is no number."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.evaluate.curves import (
    BAR_WIDTH,
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Picture,
    draw_curve,
    draw_interval,
)
from kqa.evaluate.results import Curve, Measured

numbers = st.floats() | st.floats(0, 1) | st.sampled_from([0.0, -0.0, 1.0, 5e-324, 1e300])
names = st.sampled_from(["risk_coverage", "calibration", "roc", "own"])


def curve(points: list[tuple[float, float]], name: str = "risk_coverage") -> Curve:
    return Curve(name, "coverage", "risk", tuple(points))


def coordinates(picture: Picture) -> list[tuple[float, float]]:
    found = []
    for line in picture.lines:
        for point in line.split():
            x, y = point.split(",")
            found.append((float(x), float(y)))
    return found


@given(st.lists(st.tuples(numbers, numbers), max_size=60), names)
def test_everything_drawn_stands_inside_the_axes(
    points: list[tuple[float, float]], name: str
) -> None:
    picture = draw_curve(curve(points, name))
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    for x, y in [*coordinates(picture), *picture.dots]:
        assert LEFT <= x <= right
        assert TOP <= y <= floor
    for ticks, first, last in ((picture.x_ticks, LEFT, right), (picture.y_ticks, floor, TOP)):
        assert (ticks[0].at, ticks[-1].at) == (first, last)
        assert 2 <= len(ticks) <= 9
        assert len({tick.label for tick in ticks}) == len(ticks)
        assert "-0.0" not in {tick.label for tick in ticks}
    assert picture == draw_curve(curve(points, name))


@pytest.mark.parametrize("name", ["calibration", "roc"])
def test_shares_against_shares_have_a_diagonal_from_corner_to_corner(name: str) -> None:
    picture = draw_curve(curve([(0.2, 0.1), (0.4, 0.3)], name))
    assert picture.diagonal == (LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, TOP)
    assert [tick.label for tick in picture.x_ticks] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert picture.x_ticks[1].at == coordinates(picture)[0][0]


def test_risk_has_no_diagonal_and_an_axis_of_its_own_height() -> None:
    picture = draw_curve(curve([(0.1, 0.0), (1.0, 0.12)]))
    assert picture.diagonal is None
    assert picture.x_ticks[-1].label == "1.0"
    assert picture.y_ticks[-1].label == "0.15"


def test_a_point_that_is_no_number_interrupts_the_line() -> None:
    picture = draw_curve(curve([(0.1, 0.1), (0.2, math.nan), (0.3, 0.3), (0.4, math.inf)]))
    assert len(picture.lines) == len(picture.dots) == 2
    assert "nan" not in " ".join(picture.lines)
    assert "2 points" in picture.description


def test_no_points_are_said_not_drawn() -> None:
    for points in ([], [(math.nan, 0.5)]):
        picture = draw_curve(curve(points))
        assert (picture.lines, picture.dots) == ((), ())
        assert picture.description == "There are no points to draw."


def test_a_long_curve_is_thinned_and_keeps_its_peaks_and_ends() -> None:
    points = [(n / 99_999, 0.9 if n == 50_000 else 0.1) for n in range(100_000)]
    picture = draw_curve(curve(points))
    kept = coordinates(picture)
    assert len(kept) < 1_000
    assert picture.dots == ()
    assert (kept[0][0], kept[-1][0]) == (LEFT, WIDTH - RIGHT)
    assert min(y for _, y in kept) == pytest.approx(picture.y_ticks[0].at * 0.1 + TOP * 0.9)


def test_the_description_names_the_axes_and_reads_points_out() -> None:
    few = draw_curve(curve([(0.25, 0.5), (1.0, 0.125)], "calibration"))
    assert few.description == "risk by coverage, 2 points. 0.25: 0.5; 1: 0.125."
    many = draw_curve(curve([(n / 99, 0.5) for n in range(100)]))
    assert "100 points, 12 of them" in many.description
    assert re.findall(r"([\d.]+): ", many.description)[-1] == "1"


def test_an_unknown_curve_goes_by_its_own_name() -> None:
    picture = draw_curve(curve([(0, 0), (300, 20_000)], "seconds_by_size"))
    assert (picture.title, picture.meaning) == ("seconds by size", "")
    assert picture.x_ticks[-1].label == "300"


@given(numbers, numbers, numbers)
def test_an_interval_stays_on_its_scale(value: float, low: float, high: float) -> None:
    bar = draw_interval(Measured(value, low, high, 5))
    if bar is None:
        assert not all(map(math.isfinite, (value, low, high)))
    else:
        assert all(0 <= at <= BAR_WIDTH for at in (bar.low, bar.value, bar.high))


def test_an_interval_is_drawn_to_scale() -> None:
    bar = draw_interval(Measured(0.5, 0.0, 1.0, 5))
    assert bar is not None
    assert (bar.low + bar.high) / 2 == bar.value == BAR_WIDTH / 2
