"""Which questions of a run are looked at: what a filter lets through, in what order.

Owns the filter's fields and their meaning. Knows nothing of markup or of the browser, but
that what it sends is not to be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kqa.evaluate.results import QuestionResult
from kqa.evaluate.verdicts import RIGHT, UNJUDGED, WRONG, Asked

PAGE = 25
"""Questions on one page of the table."""

NO_KIND = "-"
"""Stands for the questions without a kind, or split."""

VERDICTS = {RIGHT: "Right", WRONG: "Wrong", UNJUDGED: "Not judged"}
OUTCOMES = {"answered": "Answered", "refused": "Refused"}
ORDERS = {
    "set": "As in the test set",
    "sure": "Most confident first",
    "unsure": "Least confident first",
}


@dataclass(frozen=True, slots=True)
class View:
    """A filter and a page; an empty field lets everything through. ``page`` counts from 1."""

    run: str = ""
    kind: str = ""
    split: str = ""
    verdict: str = ""
    outcome: str = ""
    text: str = ""
    order: str = "set"
    page: int = 1

    def filtered(self, sent: Mapping[str, Any]) -> View:
        """The first page under what a form sent; an unknown field is left alone."""
        names = ("kind", "split", "verdict", "outcome", "text", "order")
        given = {name: str(sent[name])[:200] for name in names if name in sent}
        return replace(self, page=1, **given)

    def turned(self, page: object) -> View:
        """Another page; what is no number is the first."""
        number = int(str(page)) if str(page).isdecimal() and len(str(page)) < 9 else 1
        return replace(self, page=max(1, number))


def matching(asked: Sequence[Asked], view: View) -> list[Asked]:
    """The questions that the filter lets through, in its order."""
    words = view.text.casefold().split()
    found = [each for each in asked if _fits(each, view) and _says(each, words)]
    if view.order in ("sure", "unsure"):
        sign = -1 if view.order == "sure" else 1
        found.sort(key=lambda each: sign * (each.result.confidence or 0.0))
    return found


def page_of(found: Sequence[Asked], view: View) -> tuple[Sequence[Asked], int, int]:
    """The questions of one page, which page it is and how many there are."""
    pages = max(1, -(-len(found) // PAGE))
    page = min(view.page, pages)
    return found[(page - 1) * PAGE : page * PAGE], page, pages


def kinds_of(asked: Iterable[Asked]) -> list[str]:
    """The kinds that occur, ``NO_KIND`` for none."""
    return sorted({each.result.kind or NO_KIND for each in asked})


def splits_of(asked: Iterable[Asked]) -> list[str]:
    """The splits that occur, ``NO_KIND`` for none."""
    return sorted({each.result.split or NO_KIND for each in asked})


def is_refused(result: QuestionResult) -> bool:
    """Whether an answer was asked for and nothing was quoted."""
    return result.outcome not in (None, "answered")


def _fits(asked: Asked, view: View) -> bool:
    result = asked.result
    outcome = "refused" if is_refused(result) else "answered"
    return all(
        wanted in ("", is_so)
        for wanted, is_so in (
            (view.kind, result.kind or NO_KIND),
            (view.split, result.split or NO_KIND),
            (view.verdict, asked.verdict),
            (view.outcome, outcome),
        )
    )


def _says(asked: Asked, words: Sequence[str]) -> bool:
    """Whether every word stands in the question, its id, its gold or what came."""
    if not words:
        return True
    result = asked.result
    texts = (
        *(result.id, result.question),
        *(gold.quote for gold in result.expected),
        *(shown.text for shown in result.shown),
    )
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words)
