"""The page before it is drawn, without scripts, and while the server is silent or gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.conftest import Serving, Visit
from tests.surfaces.fake_assistant import HISTORY, FakeAssistant

from kqa import wording

Visiting = Callable[..., Visit]
WEIGHT = 400_000
"""Bytes that the page may take over the network, packed."""


@pytest.fixture(scope="module")
def fake() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def address(serving: Serving, fake: FakeAssistant) -> str:
    return serving(fake)


@pytest.fixture
def phone(visit: Visiting, address: str) -> Visit:
    visited = visit(address)
    visited.open()
    return visited


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def ask(visited: Visit, question: str) -> None:
    visited.page.get_by_label("Your question").fill(question)
    visited.page.keyboard.press("Enter")


def test_without_scripts_the_page_shows_disclaimer_and_crisis_line(
    scriptless: Page, address: str
) -> None:
    scriptless.goto(f"{address}/chat/")
    expect(scriptless.get_by_text(wording.DISCLAIMER)).to_be_visible()
    assert scriptless.get_by_role("link", name="call 911").get_attribute("href") == "tel:911"
    assert scriptless.get_by_role("link", name="Call 988").get_attribute("href") == "tel:988"
    expect(scriptless.get_by_text(wording.NOW_LOADING)).to_be_hidden()


def test_without_scripts_a_question_is_asked_and_its_source_opened(
    scriptless: Page, address: str
) -> None:
    scriptless.goto(f"{address}/chat/")
    for question, shown in (("When? xyzzy", HISTORY), ("When?", HISTORY)):
        scriptless.get_by_label("Your question").fill(question)
        scriptless.get_by_role("button", name="Ask").click()
        expect(scriptless.locator("blockquote")).to_have_text(shown)
        assert "xyzzy" not in scriptless.url
    expect(scriptless.get_by_role("button", name=wording.COPY_LEAD)).to_be_hidden()
    scriptless.get_by_role("link", name=wording.ARTICLE_LEAD).click()
    expect(scriptless.locator("mark")).to_have_text(HISTORY)
    expect(scriptless.locator("mark")).to_be_in_viewport()
    scriptless.get_by_role("link", name=wording.BACK_TO_QUESTIONS).click()
    expect(scriptless.get_by_label("Your question")).to_be_visible()


def test_before_the_page_is_drawn_help_and_disclaimer_are_there(
    visit: Visiting, address: str
) -> None:
    visited = visit(address)
    held: list[Route] = []
    visited.page.route("**/assets/*.js", lambda route: held.append(route))
    visited.page.goto(f"{address}/chat/", wait_until="commit")
    expect(visited.page.get_by_role("link", name="call 911")).to_be_visible()
    expect(visited.page.get_by_text(wording.DISCLAIMER)).to_be_visible()
    expect(visited.page.get_by_text(wording.NOW_LOADING)).to_be_visible()
    simple = visited.page.get_by_role("link", name=wording.SIMPLE_PAGE)
    expect(simple).to_be_visible(timeout=12_000)
    for route in held:
        route.continue_()
    visited.page.unroute("**/assets/*.js")
    visited.page.get_by_label("Your question").wait_for()
    assert visited.page.locator("#kqa-before").count() == 0
    assert visited.page.get_by_role("heading", level=1).count() == 1


def test_a_question_stands_on_the_page_before_the_server_has_said_a_word(phone: Visit) -> None:
    held: list[Route] = []
    phone.page.route("**/queue/join*", lambda route: held.append(route))
    ask(phone, "When <b>?")
    expect(phone.page.locator(".kqa-asked-text")).to_have_text("When <b>?")
    expect(phone.page.get_by_text(wording.SEARCHING).last).to_be_visible()
    expect(phone.page.locator("#kqa-live")).to_have_text(wording.SEARCHING)
    expect(phone.page.locator(".kqa-pending")).to_have_text(
        wording.SCRIPT["still_looking"], timeout=8_000
    )
    expect(phone.page.locator("#kqa-live")).to_have_text(wording.SCRIPT["still_looking"])
    held[0].continue_()
    phone.page.locator(".kqa-answered").wait_for()
    expect(phone.page.locator(".kqa-exchange")).to_have_count(1)
    expect(phone.page.locator(".kqa-pending")).to_have_count(0)
    phone.check()


def test_without_a_connection_a_question_waits_and_is_sent_when_it_is_back(phone: Visit) -> None:
    phone.page.context.set_offline(True)
    ask(phone, "When?")
    expect(phone.page.locator(".kqa-pending")).to_have_text(wording.SCRIPT["no_connection_yet"])
    expect(phone.page.locator("#kqa-live")).to_have_text(wording.SCRIPT["no_connection_yet"])
    phone.page.context.set_offline(False)
    expect(phone.page.locator("blockquote")).to_have_text(HISTORY)
    phone.ask("And then?")
    expect(phone.page.locator("blockquote")).to_have_count(2)


def test_an_answer_that_breaks_off_is_said_to_and_nothing_on_the_page_is_lost(
    phone: Visit,
) -> None:
    phone.ask("When?")
    phone.page.route("**/queue/data*", lambda route: route.abort())
    ask(phone, "And then?")
    card = phone.page.locator(".kqa-error")
    expect(card.get_by_role("heading", name=wording.NO_CONNECTION)).to_be_visible()
    expect(card.get_by_text(wording.DISCLAIMER)).to_be_visible()
    expect(card.get_by_role("link", name="call 911")).to_be_visible()
    expect(phone.page.locator("#kqa-live")).to_have_text(wording.NO_CONNECTION)
    expect(phone.page.get_by_label("Your question")).to_have_value("And then?")
    phone.page.wait_for_timeout(3_000)  # by now Gradio would have begun anew
    expect(phone.page.locator("blockquote")).to_have_count(1)
    ask(phone, "And now?")
    expect(phone.page.locator(".kqa-asked-text").last).to_have_text("And now?")
    expect(card.last.get_by_role("heading", name=wording.NO_CONNECTION)).to_be_visible()
    phone.page.unroute("**/queue/data*")
    phone.page.get_by_role("button", name=wording.LOAD_ANEW).click()
    expect(phone.page.locator(".kqa-exchange")).to_have_count(0)
    phone.ask("When?")


def test_a_server_that_turns_a_question_away_is_heard_at_once(phone: Visit) -> None:
    phone.page.route("**/queue/join*", lambda route: route.fulfill(status=503, body="{}"))
    ask(phone, "When?")
    heading = phone.page.get_by_role("heading", name=wording.TOO_SLOW)
    expect(heading).to_be_visible()
    phone.page.unroute("**/queue/join*")
    ask(phone, "When?")
    expect(phone.page.locator("blockquote")).to_have_text(HISTORY)
    expect(heading).to_be_hidden()


@pytest.mark.parametrize("question", ["I want to kill myself", "suicide?"])
def test_the_crisis_card_has_the_keyboard_at_once(phone: Visit, question: str) -> None:
    phone.ask(question)
    help_card = phone.page.get_by_role("alert").filter(has_text="You do not have to face this")
    expect(help_card).to_be_focused()
    expect(help_card).to_be_in_viewport()
    phone.page.keyboard.press("Tab")
    assert phone.page.evaluate("document.activeElement.getAttribute('href')") == "tel:911"


def test_the_crisis_card_stands_above_an_open_article(phone: Visit, fake: FakeAssistant) -> None:
    phone.ask("When?")
    fake.delay = 4.0
    try:
        ask(phone, "I want to kill myself")
        phone.page.locator("a.kqa-open").click()
        phone.page.locator("dialog mark").wait_for()
        expect(phone.page.get_by_role("alert")).to_be_focused(timeout=10_000)
        expect(phone.page.locator("dialog")).to_be_hidden()
    finally:
        fake.delay = 0.0


def test_the_page_is_light(visit: Visiting, address: str) -> None:
    visited = visit(address)
    session = visited.page.context.new_cdp_session(visited.page)
    session.send("Network.enable")
    taken: list[int] = []
    session.on("Network.loadingFinished", lambda said: taken.append(int(said["encodedDataLength"])))
    visited.open()
    visited.page.wait_for_timeout(2_000)
    assert len(taken) > 10
    assert sum(taken) < WEIGHT
