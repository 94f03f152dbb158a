"""From figures to coordinates: where each line, tick and dot of a picture stands.

Owns the geometry of the report's pictures and what they say in words; the template
makes the markup. Pure and without a plotting library, so the same points give the
same bytes on every machine. Knows nothing of HTML.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kqa.evaluate.results import Curve, Measured

WIDTH, HEIGHT = 400, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 50
BAR_WIDTH, BAR_MARGIN = 120, 5

_UNIT = (0.0, 1.0)
_ENORMOUS = 1e12
_MOST_DOTS = 30
_MOST_SAID = 12

TITLES = {
    "risk_coverage": "Risk and coverage",
    "calibration": "Calibration",
    "roc": "Answerable or not (ROC)",
}
_MEANINGS = {
    "risk_coverage": (
        "How often the answer is wrong as more questions are answered, "
        "the surest first. Lower is better."
    ),
    "calibration": (
        "Confidence beside the share that was right. On the dashed line the two are equal."
    ),
    "roc": "The dashed line is guessing. The further above it, the better.",
}
_SQUARE = frozenset({"calibration", "roc"})
"""Curves of one share over another: both axes run from 0 to 1, with the diagonal."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it stands in the picture and what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A curve ready to be drawn, in units of a box of ``WIDTH`` by ``HEIGHT``.

    ``lines`` are the stretches between points that are no number, each written as
    the ``points`` of a polyline; empty where the curve has no point at all.
    """

    title: str
    meaning: str
    description: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    diagonal: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and its interval on a scale from 0 to 1, in units of ``BAR_WIDTH``."""

    low: float
    value: float
    high: float


def draw_curve(curve: Curve) -> Picture:
    """The picture of ``curve``; points that are no finite number interrupt its line."""
    square = curve.name in _SQUARE
    usable = [point for point in curve.points if _finite(point)]
    xs = _Axis.over([x for x, _ in usable], square or _within_unit(x for x, _ in usable))
    ys = _Axis.over([y for _, y in usable], square)
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM

    def placed(point: tuple[float, float]) -> tuple[float, float]:
        return xs.place(point[0], LEFT, right), ys.place(point[1], floor, TOP)

    stretches = [
        [placed(point) for point in points]
        for usable_ones, points in groupby(curve.points, _finite)
        if usable_ones
    ]
    low, high = max(xs.low, ys.low), min(xs.high, ys.high)
    return Picture(
        title=TITLES.get(curve.name, curve.name.replace("_", " ")),
        meaning=_MEANINGS.get(curve.name, ""),
        description=_in_words(curve, usable),
        x_label=curve.x_label,
        y_label=curve.y_label,
        x_ticks=tuple(Tick(xs.place(v, LEFT, right), label) for v, label in xs.ticks()),
        y_ticks=tuple(Tick(ys.place(v, floor, TOP), label) for v, label in ys.ticks()),
        lines=tuple(_polyline(stretch) for stretch in stretches),
        dots=tuple(map(placed, usable)) if len(usable) <= _MOST_DOTS else (),
        diagonal=(*placed((low, low)), *placed((high, high))) if square else None,
    )


def draw_interval(measured: Measured) -> Bar | None:
    """The bar of a figure, cut at 0 and 1; None where the figure is no number."""
    edges = [measured.low, measured.value, measured.high]
    if not all(map(math.isfinite, edges)):
        return None
    scale = BAR_WIDTH - 2 * BAR_MARGIN
    low, value, high = (round(BAR_MARGIN + scale * min(max(e, 0.0), 1.0), 1) for e in edges)
    return Bar(low, value, high)


@dataclass(frozen=True, slots=True)
class _Axis:
    """A stretch of numbers from ``low`` to ``high`` with a mark at every ``step``."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, values: Sequence[float], unit: bool) -> _Axis:
        """Round numbers around ``values`` and 0; at least 0 to 1 if ``unit``."""
        low, high = min([0.0, *values]), max([0.0, *values])
        if unit:
            low, high = min(low, _UNIT[0]), max(high, _UNIT[1])
        if high - low < 1e-6:
            low, high = _UNIT
        rough = (high - low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 5, 10, 20) if power * n >= rough * 0.999)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)

    def place(self, value: float, first: float, last: float) -> float:
        """Where ``value`` stands between the picture's ``first`` and ``last``."""
        return round(first + (value - self.low) / (self.high - self.low) * (last - first), 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        decimals = max(1, -math.floor(math.log10(self.step) + 1e-9))
        for n in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + n * self.step
            label = f"{value:.{decimals}f}" if self.step < 1 else f"{value:g}"
            yield value, label.replace("-0.0", "0.0") if value == 0 else label


def _within_unit(values: Iterator[float]) -> bool:
    return all(0 <= value <= 1 for value in values)


def _finite(point: tuple[float, float]) -> bool:
    return all(math.isfinite(value) and abs(value) <= _ENORMOUS for value in point)


def _polyline(placed: Sequence[tuple[float, float]]) -> str:
    """The stretch as SVG points; a point within half a unit of the last kept is left out."""
    kept = [placed[0]]
    for x, y in placed[1:]:
        if abs(x - kept[-1][0]) > 0.5 or abs(y - kept[-1][1]) > 0.5:
            kept.append((x, y))
    if kept[-1] != placed[-1]:
        kept.append(placed[-1])
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in kept)


def _in_words(curve: Curve, points: Sequence[tuple[float, float]]) -> str:
    """The curve for those who do not see it: a dozen of its points, read out."""
    if not points:
        return "There are no points to draw."
    last, few = len(points) - 1, min(len(points), _MOST_SAID)
    chosen = [points[round(at * last / max(few - 1, 1))] for at in range(few)]
    said = "; ".join(f"{_number(x)}: {_number(y)}" for x, y in chosen)
    count = "1 point" if len(points) == 1 else f"{len(points):,} points"
    shown = "" if few == len(points) else f", {few} of them"
    return f"{curve.y_label} by {curve.x_label}, {count}{shown}. {said}."


def _number(value: float) -> str:
    return f"{value + 0.0:.3g}"
