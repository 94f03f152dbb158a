"""From an evaluation to one HTML file that can be published as it stands.

Owns what the report says and in what order, and how text of unknown origin is shown;
``report.html.j2`` owns the markup, ``curves`` the coordinates. The file asks nothing
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

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from kqa import wording
from kqa.evaluate import curves
from kqa.evaluate.lines import replacing
from kqa.evaluate.results import Evaluation, Gold, Measured, QuestionResult, Shown

MOST_QUESTIONS = 2_000
"""More questions than these, and only those that went wrong are listed, as many at most."""

MOST_GOLD = 40
"""More expected quotes than these are counted, not listed (TREC sets judge hundreds)."""

MEANINGS = {
    "first_quote": "answerable questions whose first quote overlaps gold; a refusal is none",
    "one_of_three": "the same, of the first three quotes",
    "list_coverage": "questions for a list: share of its gold items that were quoted",
    "all_sides": "questions on which the sources differ: every side was quoted",
    "two_part": "questions in two parts: share of the parts that were answered",
    "over_refusal": "answerable questions that were refused; lower is better",
    "refused": "unanswerable questions that were refused",
    "false_answer": "unanswerable questions that were answered; lower is better",
    "auroc": "chance that an answerable question gets the higher confidence; 0.5 is guessing",
    "ece": "expected calibration error of the confidence; lower is better",
    "aurc": "area under the curve of risk and coverage; lower is better",
    "verbatim": "answers whose quotes all stand in their article letter for letter",
    "disclaimer": "answers that carry the disclaimer",
    "nDCG": "quality of the ranking, its top weighing most",
    "AP": "average precision: relevant results high up, and all of them",
    "RR": "one over the rank of the first relevant result",
    "R": "share of the relevant results that were found",
    "Success": "questions with a relevant result",
    "P": "share of the results that are relevant",
}
"""What a measure says, by its name before the ``@``, in the order of the tables."""

_ORDER = tuple(MEANINGS)
_MAIN = (frozenset(_ORDER[:7]), frozenset(_ORDER[13:]))
"""Measures that are set against the kinds of question: of answers, else of rankings."""

_VERDICT_BY = ("one_of_three", "Success@3")
"""The values that say whether an answer, or else a ranking, was right."""

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """A quote in its context: ``context_text == before + quote + after``.

    ``fits`` is False where the offsets do not lie in the context or give other text;
    ``quote`` is then the quote alone.
    """

    shown: Shown
    before: str
    quote: str
    after: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the report lists it, ``n`` its place in the test set, from 1."""

    n: int
    result: QuestionResult
    verdict: str
    why: str
    gold: tuple[tuple[Gold, bool], ...]
    stretches: tuple[Stretch, ...]
    values: tuple[tuple[str, float], ...]


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
    every = [_asked(n, result) for n, result in enumerate(evaluation.questions, start=1)]
    wrong = [asked for asked in every if asked.verdict == "wrong"]
    listed = every if len(every) <= MOST_QUESTIONS else wrong[:MOST_QUESTIONS]
    names = _in_order(evaluation.measures)
    return _template().render(
        evaluation=evaluation,
        disclaimer=wording.DISCLAIMER,
        measures=[(name, _meaning(name), evaluation.measures[name]) for name in names],
        by_split=_splits(evaluation.by_split),
        by_kind=_kinds(evaluation.by_kind),
        pictures=[curves.draw_curve(curve) for curve in evaluation.curves],
        setup=[
            (title, sorted(values.items()))
            for title, values in (
                ("Settings", evaluation.settings),
                ("Versions", evaluation.versions),
            )
            if values
        ],
        every=every,
        wrong=wrong,
        listed=listed,
        most_gold=MOST_GOLD,
        kinds=_choices(asked.result.kind for asked in listed),
        splits=_choices(asked.result.split for asked in listed),
        outcomes=_choices(asked.result.outcome for asked in listed),
    )


# --- tables ---------------------------------------------------------------------------


def _in_order(names: Iterable[str]) -> list[str]:
    """Measures as ``MEANINGS`` lists them, the unknown ones last, by name."""

    def place(name: str) -> tuple[int, str]:
        base = name.partition("@")[0]
        return (_ORDER.index(base) if base in MEANINGS else len(_ORDER)), name

    return sorted(names, key=place)


def _meaning(name: str) -> str:
    base, _, depth = name.partition("@")
    meaning = MEANINGS.get(base, "")
    first = "the first result" if depth == "1" else f"the first {depth} results"
    return f"{meaning}; {first}" if meaning and depth else meaning


def _kinds(by_kind: Mapping[str, Mapping[str, Measured]]) -> Grid:
    """Kinds by main measures; by all of them where none of the main ones was taken."""
    taken = {name for measures in by_kind.values() for name in measures}
    main = [{name for name in taken if name.partition("@")[0] in some} for some in _MAIN]
    columns = next(filter(None, main), taken)
    return _grid(by_kind, _in_order(columns), sorted(by_kind))


def _splits(by_split: Mapping[str, Mapping[str, Measured]]) -> Grid:
    """All measures by split."""
    turned: dict[str, dict[str, Measured]] = {}
    for split, measures in by_split.items():
        for name, measured in measures.items():
            turned.setdefault(name, {})[split] = measured
    return _grid(turned, sorted(by_split), _in_order(turned))


def _grid(
    by: Mapping[str, Mapping[str, Measured]], columns: Iterable[str], rows: Iterable[str]
) -> Grid:
    columns = tuple(columns)
    cells = ((row, tuple(by[row].get(name) for name in columns)) for row in rows)
    return Grid(columns, tuple(cells))


# --- questions ------------------------------------------------------------------------


def _asked(n: int, result: QuestionResult) -> Asked:
    verdict, why = _verdict(result)
    hits = [shown for shown in result.shown if shown.right]
    return Asked(
        n=n,
        result=result,
        verdict=verdict,
        why=why,
        gold=tuple((gold, any(_overlap(gold, hit) for hit in hits)) for gold in result.expected),
        stretches=tuple(map(_stretch, result.shown)),
        values=tuple((name, result.values[name]) for name in _in_order(result.values)),
    )


def _verdict(result: QuestionResult) -> tuple[str, str]:
    """Right, wrong or not judged, as the measures judge it; and why."""
    answers = result.outcome is not None
    refused = answers and result.outcome != "answered"
    if not result.answerable:
        if not answers:
            return "unjudged", "The texts do not answer it, and a search never refuses."
        said = "Refused: the texts do not answer it."
        return ("right", said) if refused else ("wrong", "Answered, but the texts do not.")
    if refused:
        return "wrong", "Refused, but the texts answer it."
    value = result.values.get(_VERDICT_BY[0 if answers else 1])
    right = any(shown.right for shown in result.shown) if value is None else value > 0
    if right:
        return "right", "Something that came overlaps the expected text."
    return "wrong", "Nothing that came overlaps the expected text."


def _overlap(gold: Gold, shown: Shown) -> bool:
    span = gold.span
    return gold.article == shown.article and shown.start < span.end and span.start < shown.end


def _stretch(shown: Shown) -> Stretch:
    text = shown.context_text
    first, last = shown.start - shown.context_start, shown.end - shown.context_start
    if 0 <= first < last <= len(text) and text[first:last] == shown.text:
        return Stretch(shown, text[:first], text[first:last], text[last:], fits=True)
    return Stretch(shown, "", shown.text, "", fits=False)


def _choices(values: Iterable[str | None]) -> dict[str | None, int]:
    """Each value that occurs with its number in the page, None first."""
    return {v: n for n, v in enumerate(sorted(set(values), key=lambda v: (v is not None, v or "")))}


# --- text -----------------------------------------------------------------------------


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"exact": _exact, "figure": _figure, "csp_hash": _csp_hash}
    environment.globals |= {"interval": curves.draw_interval, "curves": curves}
    return environment.get_template("report.html.j2")


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
