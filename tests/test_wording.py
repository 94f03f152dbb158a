from __future__ import annotations

import re

import pytest

from kqa import wording
from kqa.answer.language import language_of
from kqa.records import CrisisCard, Notice

CARDS = [*wording.CRISIS_CARDS.values(), *wording.SPANISH_CRISIS_CARDS.values()]
OTHER_LANGUAGES = {**wording.NOT_ENGLISH, "other": wording.NOT_ENGLISH_OTHER}
VOICE = {
    name: text
    for name, text in vars(wording).items()
    if name.isupper() and isinstance(text, str) and name != "DEFAULT_REGION"
}
BRANDISHED = re.compile(r"must|warning|invalid|denied|failed|refused|cannot help", re.IGNORECASE)


def test_every_notice_has_words() -> None:
    assert set(wording.NOTICES) == set(Notice)
    assert all(wording.NOTICES.values())


def test_a_refusal_says_first_that_the_articles_do_not_say() -> None:
    assert wording.NOTHING_FOUND == "The articles do not say."


@pytest.mark.parametrize("text", [*VOICE.values(), *wording.NOTICES.values()])
def test_no_text_scolds(text: str) -> None:
    assert not BRANDISHED.search(text)


def test_praise_is_said_to_be_no_evidence() -> None:
    assert "not evidence" in wording.NOTICES[Notice.PROMOTIONAL]


def test_the_label_of_a_side_calls_no_side_right() -> None:
    assert wording.SIDE_LEAD == "One side:"


def test_who_asks_for_a_dose_is_told_where_to_turn_after_too_much() -> None:
    assert {"911", "1-800-222-1222"} <= set(re.findall(r"\d[\d-]+", wording.DOSE_NOT_GIVEN))


def test_the_languages_are_the_common_ones() -> None:
    named = "es fr de pt it nl pl ru zh ar vi tl ko ja hi ht"
    assert set(wording.NOT_ENGLISH) == set(named.split())


@pytest.mark.parametrize("code", sorted(wording.NOT_ENGLISH))
def test_a_text_is_in_its_own_language(code: str) -> None:
    assert language_of(wording.NOT_ENGLISH[code]) == code


@pytest.mark.parametrize("code", sorted(OTHER_LANGUAGES))
def test_every_text_says_where_help_is(code: str) -> None:
    text = OTHER_LANGUAGES[code]
    assert all(way in text for way in ("911", "988", "findahelpline.com"))


def test_the_spanish_text_and_card_have_the_spanish_line_in_full() -> None:
    card = wording.crisis_card("US", "es")
    for text in (wording.NOT_ENGLISH["es"], "\n".join(line.text for line in card.lines)):
        assert re.search(r"[Ll]lame al 988 y oprima 2", text)
        assert re.search(r"AYUDA por mensaje de texto al 988", text)
        assert "988lifeline.org/es/" in text
        assert "911" in text


@pytest.mark.parametrize("region", sorted(wording.SPANISH_CRISIS_CARDS))
def test_the_spanish_card_goes_the_ways_of_the_english_one(region: str) -> None:
    spanish, english = wording.crisis_card(region, "es"), wording.crisis_card(region)
    assert spanish.region == english.region == region
    assert len(spanish.lines) == len(english.lines)
    for ours, theirs in zip(spanish.lines, english.lines, strict=True):
        assert ours.link is not None
        assert theirs.link is not None
        assert ours.link.split(":")[0] == theirs.link.split(":")[0]
    assert language_of(" ".join([spanish.title, spanish.nobody_reads_along])) == "es"


@pytest.mark.parametrize("language", [None, "en", "fr", "zh", "", "ES"])
def test_all_others_get_the_english_card(language: str | None) -> None:
    assert wording.crisis_card("US", language) is wording.CRISIS_CARDS["US"]


def test_a_region_without_a_card_is_an_error_and_never_another_region() -> None:
    with pytest.raises(KeyError):
        wording.crisis_card("XX", "es")


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.title[:12])
def test_a_card_begins_with_the_emergency_number(card: CrisisCard) -> None:
    assert card.lines[0].link == "tel:911"
    assert "911" in card.lines[0].text
    assert "988" in card.lines[1].text
