"""From an evaluation to one HTML file that can be published as it stands.

Owns what the report says and in what order, and how text of unknown origin is shown;
the templates ``report*.j2`` own the markup, ``curves`` the coordinates. The file asks nothing
of any network, works without its script, and is the same, bit for bit, for equal
evaluations. Quotes are marked by their offsets, never searched for.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kqa import wording
from kqa.evaluate import curves
from kqa.evaluate.lines import replacing
from kqa.evaluate.meanings import MEANINGS, in_order, meaning_of
from kqa.evaluate.results import Evaluation, Measured
from kqa.evaluate.verdicts import WRONG, Asked, verdicts

MOST_QUESTIONS = 2_000
"""More questions than these, and only those that went wrong are listed, as many at most."""

MOST_GOLD = 40
"""More expected quotes than these are counted, not listed (TREC sets judge hundreds)."""

_MAIN = (frozenset(tuple(MEANINGS)[:7]), frozenset(tuple(MEANINGS)[13:]))
"""Measures that are set against the kinds of question: of answers, else of rankings."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Characters that show nothing or turn the writing round: named where they stand."""

_NOT_IN_HTML = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Grid:
    """Figures by two names, None where there is none."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Measured | None, ...]], ...]


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Writes the report to ``path``, whole or not at all.

    Raises:
        Unreachable: if it cannot be written; ``path`` is then as before.
    """
    text = report_html(evaluation)
    with replacing(path) as file:
        file.write(text)


def report_html(evaluation: Evaluation) -> str:
    """The report as one HTML document that needs no other file."""
    every = verdicts(evaluation)
    wrong = [asked for asked in every if asked.verdict == WRONG]
    listed = every if len(every) <= MOST_QUESTIONS else wrong[:MOST_QUESTIONS]
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            **_figures(evaluation),
            disclaimer=wording.DISCLAIMER,
            every=every,
            wrong=wrong,
            listed=listed,
            kinds=_choices(asked.result.kind for asked in listed),
            splits=_choices(asked.result.split for asked in listed),
            outcomes=_choices(asked.result.outcome for asked in listed),
        )
    )


def figures_html(evaluation: Evaluation) -> str:
    """The report's figures alone: measures, splits, kinds, curves, setup, for another page."""
    return _templates().get_template("report_figures.html.j2").render(**_figures(evaluation))


def question_html(asked: Asked, level: int) -> str:
    """What the report says of a question, below its text; headings of ``level``."""
    return str(_parts().inside(asked, level))


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    names = in_order(evaluation.measures)
    return {
        "evaluation": evaluation,
        "measures": [(name, meaning_of(name), evaluation.measures[name]) for name in names],
        "by_split": _splits(evaluation.by_split),
        "by_kind": _kinds(evaluation.by_kind),
        "pictures": [curves.draw_curve(curve) for curve in evaluation.curves],
        "setup": [
            (title, sorted(values.items()))
            for title, values in (
                ("Settings", evaluation.settings),
                ("Versions", evaluation.versions),
            )
            if values
        ],
    }


# --- tables ---------------------------------------------------------------------------


def _kinds(by_kind: Mapping[str, Mapping[str, Measured]]) -> Grid:
    """Kinds by main measures; by all of them where none of the main ones was taken."""
    taken = {name for measures in by_kind.values() for name in measures}
    main = [{name for name in taken if name.partition("@")[0] in some} for some in _MAIN]
    columns = next(filter(None, main), taken)
    return _grid(by_kind, in_order(columns), sorted(by_kind))


def _splits(by_split: Mapping[str, Mapping[str, Measured]]) -> Grid:
    """All measures by split."""
    turned: dict[str, dict[str, Measured]] = {}
    for split, measures in by_split.items():
        for name, measured in measures.items():
            turned.setdefault(name, {})[split] = measured
    return _grid(turned, sorted(by_split), in_order(turned))


def _grid(
    by: Mapping[str, Mapping[str, Measured]], columns: Iterable[str], rows: Iterable[str]
) -> Grid:
    columns = tuple(columns)
    cells = ((row, tuple(by[row].get(name) for name in columns)) for row in rows)
    return Grid(columns, tuple(cells))


def _choices(values: Iterable[str | None]) -> dict[str | None, int]:
    """Each value that occurs with its number in the page, None first."""
    return {v: n for n, v in enumerate(sorted(set(values), key=lambda v: (v is not None, v or "")))}


# --- text -----------------------------------------------------------------------------


@cache
def _parts() -> Any:  # noqa: ANN401
    """The macros of ``report_parts.html.j2``, by name."""
    return _templates().get_template("report_parts.html.j2").module


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"exact": _exact, "figure": _figure, "csp_hash": _csp_hash}
    drawing = {"interval": curves.draw_interval, "curves": curves}
    environment.globals |= {**drawing, "MOST_GOLD": MOST_GOLD}
    return environment


def _plain(value: object) -> object:
    """Every value of the template: what HTML cannot hold gives way to U+FFFD."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return "" if value is None else value
    return escape(_NOT_IN_HTML.sub("\ufffd", value)).replace("\r", Markup("&#13;"))


def _exact(text: str) -> Markup:
    """``text`` letter for letter: an invisible character stands in a box with its number."""
    parts, at = [Markup()], 0
    for found in _INVISIBLE.finditer(text):
        number, inside = f"U+{ord(found[0]):04X}", _plain(found[0])
        box = Markup('<span class="unseen" data-is="{}">{}</span>').format(number, inside)
        parts += [escape(text[at : found.start()]), box]
        at = found.end()
    return Markup().join([*parts, escape(text[at:])])


def _figure(value: float | None, decimals: int = 3) -> str:
    """A number as the report writes it; a dash for what was not measured."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _csp_hash(block: str) -> str:
    """The source by which a Content-Security-Policy allows this one inline block."""
    return "sha256-" + base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
