"""The chat page over the five articles with the default encoder: the main job, end to end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.conftest import PHONE, Serving

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.records import Notice

QUESTION = "When was ketamine first synthesized?"


def test_a_visitor_asks_and_reads_the_articles_own_sentence(
    serving: Serving, browser: Browser, real_assistant: Assistant
) -> None:
    article = real_assistant.article("the-benefits-of-ketamine-therapy")
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{serving(real_assistant)}/chat/")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    quote = page.locator(".kqa-quote").first
    expect(quote).to_have_text(article.text[1661:1758])
    expect(page.locator(".kqa-source").first).to_contain_text(article.title)
    expect(page.locator(".kqa-source").first).to_contain_text("The History of Ketamine Therapy")
    page.locator("summary").first.click()
    expect(page.locator("mark").first).to_have_text(article.text[1661:1758])
    expect(page.locator(".kqa-card")).to_contain_text(wording.DISCLAIMER)
    page.close()


@pytest.fixture
def page(serving: Serving, browser: Browser, real_assistant: Assistant) -> Iterator[Page]:
    """A phone with the page open."""
    opened = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    opened.goto(f"{serving(real_assistant)}/chat/")
    yield opened
    opened.close()


def ask(page: Page, question: str) -> Locator:
    """The card that answers the question."""
    cards = page.locator(".kqa-card")
    before = cards.count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    cards.nth(before).wait_for()
    return cards.nth(before)


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (390, False)])
def test_where_the_articles_disagree_both_sides_are_seen(
    page: Page, width: int, beside: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    card = ask(page, "Is ketamine addictive?")
    expect(card.get_by_text(wording.NOTICES[Notice.SOURCES_DIFFER])).to_be_visible()
    sides = card.locator(".kqa-side")
    expect(sides).to_have_count(2)
    expect(sides.filter(has_text="says it is non-addictive")).to_contain_text("non-addictive")
    expect(sides.filter(has_text="dependence must be considered")).to_contain_text("misuse")
    places = sides.evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().x, e.getBoundingClientRect().y])"
    )
    (x, y), (other_x, other_y) = places
    assert (y == other_y, x == other_x) == (beside, not beside)


def test_a_follow_up_is_read_together_with_the_question_before(page: Page) -> None:
    ask(page, "How long does a session take?")
    followed = ask(page, "And at home?")
    expect(followed.get_by_text(wording.NOTICES[Notice.FOLLOW_UP])).to_be_visible()


def test_a_spanish_question_is_answered_in_spanish_with_988_and_2(page: Page) -> None:
    card = ask(page, "¿Cuánto dura una sesión de ketamina?")
    expect(card.locator("[lang=es]")).to_contain_text("llame al 988 y oprima 2")
    expect(card).to_contain_text(wording.DISCLAIMER)
    expect(card.locator("blockquote")).to_have_count(0)


def test_a_cry_for_help_in_spanish_gets_the_spanish_card(page: Page) -> None:
    card = ask(page, "Quiero morir")
    expect(card.locator(".kqa-help[lang=es]")).to_contain_text("oprima 2")
    expect(card.locator("blockquote")).to_have_count(0)


def test_a_lost_list_is_said_to_be_lost_and_what_is_near_is_no_answer(page: Page) -> None:
    card = ask(page, "What are the contraindications for ketamine?")
    expect(card.get_by_role("heading", name=wording.NOTHING_FOUND)).to_be_visible()
    expect(card.get_by_text(wording.NOTICES[Notice.SOURCE_INCOMPLETE])).to_be_visible()
    expect(card.get_by_text(wording.RELATED_LEAD)).to_be_visible()
    expect(card.locator(".kqa-related blockquote")).not_to_have_count(0)


def test_every_suggested_question_is_answered(
    serving: Serving, browser: Browser, real_assistant: Assistant
) -> None:
    page = browser.new_page()
    page.goto(f"{serving(real_assistant)}/chat/")
    buttons = page.locator("#kqa-suggestions button")
    expect(buttons).to_have_count(4)
    for number in range(4):
        buttons.nth(number).click()
        expect(page.locator(".kqa-answered")).to_have_count(number + 1)
    page.close()
