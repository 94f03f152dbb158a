"""What became of each question of an evaluation: right or wrong, and why.

Owns the verdict in words and how what came is set into its context. Knows nothing of
markup, files or systems.
"""

from __future__ import annotations

from dataclasses import dataclass

from kqa.evaluate.meanings import in_order
from kqa.evaluate.results import Evaluation, Gold, QuestionResult, Shown

RIGHT, WRONG, UNJUDGED = "right", "wrong", "unjudged"

_VERDICT_BY = ("one_of_three", "Success@3")
"""The values that say whether an answer, or else a ranking, was right."""


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


def verdicts(evaluation: Evaluation) -> tuple[Asked, ...]:
    """Every question of the evaluation with its verdict, in the order of the test set."""
    return tuple(_asked(n, result) for n, result in enumerate(evaluation.questions, start=1))


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
        values=tuple((name, result.values[name]) for name in in_order(result.values)),
    )


def _verdict(result: QuestionResult) -> tuple[str, str]:
    """Right, wrong or not judged, as the measures judge it; and why."""
    answers = result.outcome is not None
    refused = answers and result.outcome != "answered"
    if not result.answerable:
        if not answers:
            return UNJUDGED, "The texts do not answer it, and a search never refuses."
        said = "Refused: the texts do not answer it."
        return (RIGHT, said) if refused else (WRONG, "Answered, but the texts do not.")
    if refused:
        return WRONG, "Refused, but the texts answer it."
    value = result.values.get(_VERDICT_BY[0 if answers else 1])
    right = any(shown.right for shown in result.shown) if value is None else value > 0
    if right:
        return RIGHT, "Something that came overlaps the expected text."
    return WRONG, "Nothing that came overlaps the expected text."


def _overlap(gold: Gold, shown: Shown) -> bool:
    span = gold.span
    return gold.article == shown.article and shown.start < span.end and span.start < shown.end


def _stretch(shown: Shown) -> Stretch:
    text = shown.context_text
    first, last = shown.start - shown.context_start, shown.end - shown.context_start
    if 0 <= first < last <= len(text) and text[first:last] == shown.text:
        return Stretch(shown, text[:first], text[first:last], text[last:], fits=True)
    return Stretch(shown, "", shown.text, "", fits=False)
