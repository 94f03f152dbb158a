"""Answers and reports as plain text for a terminal.

Owns the words between the quotes on the command line; a quote itself is printed
as it is, letter for letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kqa import wording
from kqa.answer.verify import Place, Verification
from kqa.records import Answer, CrisisCard, Language, Outcome, Quote
from kqa.surfaces.shown import by_side, in_english, is_praise, withholds_a_dose


def answer_text(answer: Answer) -> str:
    """The answer: card first, then refusal, notices, quotes; the disclaimer last."""
    return "\n".join(_answer_lines(answer))


def verification_text(found: Verification) -> str:
    """Where the text stands, or the nearest place with the differences marked."""
    return "\n".join(_verification_lines(found))


def _answer_lines(answer: Answer) -> Iterator[str]:
    if answer.crisis_card:
        yield from _card_lines(answer.crisis_card)
    if answer.language:
        yield from _language_lines(answer.language)
    elif answer.outcome is Outcome.NOT_IN_CORPUS:
        yield f"{wording.NOTHING_FOUND} {wording.NOTHING_FOUND_MORE}"
        yield ""
    if withholds_a_dose(answer):
        yield wording.DOSE_NOT_GIVEN
        yield ""
    for notice in answer.notices:
        yield f"Note: {wording.NOTICES[notice]}"
    if answer.notices:
        yield ""
    yield from _quotes_lines(answer.quotes)
    if answer.related:
        yield wording.RELATED_LEAD
        yield ""
        for quote in answer.related:
            yield from _quote_lines(quote, "-")
    if answer.topics:
        yield f"{wording.TOPICS_LEAD} {'; '.join(answer.topics)}."
        yield ""
    if answer.contact:
        contact = (answer.contact.name, answer.contact.telephone, answer.contact.link)
        yield " · ".join(part for part in contact if part)
        yield ""
    yield answer.disclaimer


def _language_lines(language: Language) -> Iterator[str]:
    yield language.message
    yield ""
    english = in_english(language)
    if english:
        yield english
        yield ""


def _card_lines(card: CrisisCard) -> Iterator[str]:
    yield card.title
    yield from (f"  * {line.text}" for line in card.lines)
    yield card.nobody_reads_along
    yield ""


def _quotes_lines(quotes: Iterable[Quote]) -> Iterator[str]:
    """The quotes, numbered unless the articles disagree: a number would rank the sides."""
    plain, sides = by_side(quotes)
    for quote in plain:
        yield from _quote_lines(quote, "-" if sides else f"{quote.n}.")
    for side in sides:
        yield f"{wording.SIDE_LEAD} {side.name}"
        for quote in side.quotes:
            yield from _quote_lines(quote, "-")


def _quote_lines(quote: Quote, mark: str) -> Iterator[str]:
    article = quote.article
    title = f"{article.title} ({wording.TITLE_GIVEN})" if article.title_given else article.title
    origin = (title, article.section, article.publisher, article.published, article.url)
    yield f"{mark} {quote.text}"
    if is_praise(quote):
        yield f"   ({wording.PRAISE})"
    yield f"   -- {' | '.join(part for part in origin if part)}"
    yield f"      {article.source_file}, characters {quote.start} to {quote.end}"
    yield ""


def _verification_lines(found: Verification) -> Iterator[str]:
    for place in found.places:
        yield f"Found, letter for letter: {_place(place)}"
    if found.total > len(found.places):
        yield f"… and {found.total - len(found.places)} more places."
    if found.nearest:
        yield f"Not found. Nearest, {found.similarity:.0%} alike: {_place(found.nearest)}"
        marks = {"same": "{}", "given": "[-{}-]", "article": "{{+{}+}}"}
        yield "   " + "".join(marks[kind].format(text) for kind, text in found.changes)
        yield "   ([-only in yours-], {+only in the article+})"
    elif not found.places:
        yield "Not found."
    yield ""
    yield found.disclaimer


def _place(place: Place) -> str:
    warnings = [
        "" if place.quotable else " (not quotable: heading, page furniture or lost list)",
        " (INSIDE a longer word or number: the article says something else)"
        if place.inside_word
        else "",
    ]
    where = f"{place.title}, {place.source_file}, line {place.line}"
    return f"{where}, characters {place.start} to {place.end}{''.join(warnings)}"
