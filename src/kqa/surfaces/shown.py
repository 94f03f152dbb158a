"""What the page and the command line show alike, so that neither tells more than the other.

Owns how quotes stand together and which texts go with a refusal. Makes neither markup
nor lines of it, and looks nothing up: all of it follows from the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kqa import wording
from kqa.answer.advice import asks_for_a_dose
from kqa.corpus.furniture import is_promotional
from kqa.records import Answer, Language, Notice, Outcome, Quote


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a disagreement: its neutral name, and what is quoted for it."""

    name: str
    quotes: tuple[Quote, ...]


def by_side(quotes: Iterable[Quote]) -> tuple[tuple[Quote, ...], tuple[Side, ...]]:
    """The quotes that speak for no side, and the sides, each in the order of the answer."""
    quotes = tuple(quotes)
    names = dict.fromkeys(quote.side for quote in quotes if quote.side)
    sides = (Side(name, tuple(q for q in quotes if q.side == name)) for name in names if name)
    return tuple(quote for quote in quotes if not quote.side), tuple(sides)


def is_praise(quote: Quote) -> bool:
    """Whether the quote itself praises the treatment, by the stated rule."""
    return is_promotional(quote.text)


def withholds_a_dose(answer: Answer) -> bool:
    """Whether an amount of a drug was asked for and none is quoted.

    Beside a refusal, that is so where only sentences that send the reader to a provider
    are quoted: the asker may have the medicine at hand all the same.
    """
    if answer.outcome is Outcome.CRISIS:
        return False
    advised = Notice.PERSONAL_ADVICE in answer.notices
    return (advised or not answer.quotes) and asks_for_a_dose(answer.question)


def in_english(language: Language) -> str | None:
    """What is said in English below the message, for those whose language was mistaken.

    None where the message is that text already.
    """
    same = language.message == wording.NOT_ENGLISH_OTHER
    return None if same else wording.NOT_ENGLISH_OTHER
