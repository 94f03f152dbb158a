"""An answer on the command line says all that the page says, and quotes letter for letter."""

from __future__ import annotations

import pytest
from tests.surfaces.fake_assistant import HISTORY, PRAISE, answer, quote, sides, us_card

from kqa import wording
from kqa.records import Language, Notice
from kqa.surfaces.text import answer_text

DOSE = "How many mg of ketamine should an adult be given?"
SPANISH = Language("es", wording.NOT_ENGLISH["es"])


def test_each_side_is_named_alike_and_none_is_numbered() -> None:
    found = sides("above three")
    text = answer_text(answer("?", quotes=found, notices=(Notice.SOURCES_DIFFER,)))
    lines = text.split("\n")
    names = [quote.side for quote in found if quote.side]
    assert [line for line in lines if line.startswith(wording.SIDE_LEAD)] == [
        f"{wording.SIDE_LEAD} {name}" for name in names
    ]
    assert [line for line in lines if line.startswith("- ")] == [f"- {q.text}" for q in found]
    assert text.index(found[0].text) < text.index(wording.SIDE_LEAD)
    assert not any(line[:2] in {"1.", "2.", "3."} for line in lines)
    assert f"Note: {wording.NOTICES[Notice.SOURCES_DIFFER]}" in lines


def test_what_is_near_comes_under_its_lead_as_no_answer() -> None:
    text = answer_text(answer("?", related=(quote(HISTORY),), notices=(Notice.SOURCE_INCOMPLETE,)))
    assert text.startswith(wording.NOTHING_FOUND)
    assert text.index(wording.RELATED_LEAD) < text.index(f"- {HISTORY}")
    assert wording.NOTICES[Notice.SOURCE_INCOMPLETE] in text


def test_another_language_is_met_in_it_first_and_then_in_english() -> None:
    text = answer_text(answer("?", language=SPANISH))
    assert text.startswith(SPANISH.message)
    assert text.count(wording.NOT_ENGLISH_OTHER) == 1
    assert wording.NOTHING_FOUND not in text
    other = answer_text(answer("?", language=Language("eu", wording.NOT_ENGLISH_OTHER)))
    assert other.count(wording.NOT_ENGLISH_OTHER) == 1


def test_a_dose_that_is_not_given_names_who_to_ask() -> None:
    assert wording.DOSE_NOT_GIVEN in answer_text(answer(DOSE))
    assert wording.DOSE_NOT_GIVEN not in answer_text(answer(DOSE, quotes=(quote(HISTORY),)))
    assert wording.DOSE_NOT_GIVEN not in answer_text(answer("What is the capital of France?"))


def test_a_quote_that_praises_is_labelled_where_it_stands() -> None:
    text = answer_text(answer("?", quotes=(quote(HISTORY), quote(PRAISE, 2))))
    assert text.count(wording.PRAISE) == 1
    assert text.index(f"2. {PRAISE}") < text.index(wording.PRAISE)


def test_the_card_stands_first_and_the_disclaimer_last() -> None:
    for given in (
        answer(DOSE, language=SPANISH, crisis_card=us_card()),
        answer("?", quotes=sides(), crisis_card=us_card(), notices=(Notice.CRISIS,)),
    ):
        text = answer_text(given)
        assert text.startswith(us_card().title)
        assert text.endswith(wording.DISCLAIMER)
        assert text.count(wording.DISCLAIMER) == 1


@pytest.mark.parametrize("notice", list(Notice))
def test_every_notice_is_in_plain_words(notice: Notice) -> None:
    text = answer_text(answer("?", quotes=(quote(HISTORY),), notices=(notice,)))
    assert f"Note: {wording.NOTICES[notice]}" in text
    assert notice.value not in text or notice is Notice.CRISIS
