"""The chat page over the five articles with the default encoder: the main job, end to end."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from tests.browser.conftest import PHONE, Serving

from kqa import wording
from kqa.answer.assistant import Assistant

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
