"""A quote's way to its article, in the page and beyond it, by mouse and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PHONE, Serving, Visit
from tests.surfaces.fake_assistant import ARTICLE, HISTORY, HOSTILE, FakeAssistant, answer, quote

from kqa import wording
from kqa.errors import InputError
from kqa.records import Answer, Article
from kqa.surfaces.web.markup import fragment_url

Visiting = Callable[..., Visit]

SAYS_NOTHING = "says nothing of it, and says so at some length. " * 4
FILLER = "\n\n".join(f"Paragraph {n} {SAYS_NOTHING}" for n in range(60))
LONG = (
    "In a long sentence, which has a comma, a dash-joined word & an ampersand, the article says "
    + ", ".join(f"point {n}" for n in range(40))
    + ", and then it ends."
)
TWO_LINES = "- a first item, of a list\n- a second-rate item & the last"
ASTRAL = "𝒦étamine 😀 was meant."
DEEP = replace(
    ARTICLE,
    id="deep/ly #odd?",
    text=f"😀𝒦 {FILLER}\n\n{ASTRAL} {LONG}\n\n{TWO_LINES}\n\n{FILLER}\n",
)
DEEP_QUOTES = {"astral": ASTRAL, "long": LONG, "lines": TWO_LINES}


@dataclass
class DeepAssistant(FakeAssistant):
    """Knows an article besides whose quotes stand far down, after signs of two units each."""

    def _answer(self, question: str, earlier: tuple[str, ...]) -> Answer:
        text = DEEP_QUOTES.get(question)
        if text is None:
            return super()._answer(question, earlier)
        return answer(question, quotes=(quote(text, article=DEEP, section=None),))

    def article(self, id: str) -> Article:
        if id == DEEP.id:
            return DEEP
        if id == "gone":
            raise InputError("article", "there is none", "x", code="unknown_article")
        return super().article(id)


@pytest.fixture(scope="module")
def address(serving: Serving) -> str:
    return serving(DeepAssistant())


@pytest.fixture
def phone(visit: Visiting, address: str) -> Iterator[Visit]:
    visited = visit(address)
    visited.open()
    yield visited
    visited.check()


def focused(page: Page) -> str:
    """What a screen reader would say of where the keyboard is."""
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def tab_to(page: Page, text: str, key: str = "Tab") -> None:
    for _ in range(30):
        page.keyboard.press(key)
        if focused(page).startswith(text):
            return
    pytest.fail(f"the keyboard never came to {text!r}")


def test_a_question_is_asked_read_and_its_source_opened_with_the_keyboard_alone(
    phone: Visit,
) -> None:
    page = phone.page
    box = page.get_by_label("Your question")
    for _ in range(20):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.type("When was it made?")
    page.keyboard.press("Enter")
    expect(page.locator("#kqa-live")).to_have_text("Answer: 1 quote from the articles.")
    tab_to(page, wording.ARTICLE_LEAD, "Shift+Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=ARTICLE.title)
    expect(dialog).to_be_visible()
    expect(dialog.locator("mark")).to_be_focused()
    expect(dialog.locator("mark")).to_be_in_viewport()
    tab_to(page, wording.SCRIPT["close"])
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(page).startswith(wording.ARTICLE_LEAD)


def test_the_article_is_whole_and_letter_for_letter_and_says_where_it_is_from(
    phone: Visit,
) -> None:
    phone.ask("odd")
    phone.page.get_by_role("link", name=wording.ARTICLE_LEAD).click()
    dialog = phone.page.get_by_role("dialog")
    text = dialog.locator(".kqa-text")
    assert text.evaluate("e => e.textContent") == ARTICLE.text
    assert text.locator("mark").evaluate("e => e.textContent") == HOSTILE
    assert text.locator(":scope *").count() == 1
    for said in ("Section: Odd signs", "A Clinic", "June 19, 2024", "004.txt"):
        expect(dialog.locator(".kqa-meta")).to_contain_text(said)
    expect(dialog.get_by_text(wording.DISCLAIMER)).to_be_attached()
    elsewhere = dialog.get_by_role("link", name=wording.ARTICLE_ELSEWHERE)
    assert elsewhere.get_attribute("href") == fragment_url(ARTICLE.url, HOSTILE)
    assert phone.page.evaluate("window.pwned") is None
    dialog.get_by_role("button", name=wording.SCRIPT["close"]).click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("name", DEEP_QUOTES)
@pytest.mark.parametrize("size", [PHONE, (1280, 800)])
def test_the_quote_is_marked_and_scrolled_to_however_far_down_it_stands(
    visit: Visiting, address: str, name: str, size: tuple[int, int]
) -> None:
    visited = visit(address, size)
    visited.open()
    visited.ask(name)
    visited.page.locator("a.kqa-open").click()
    mark = visited.page.locator("dialog mark")
    expect(mark).to_be_in_viewport()
    assert mark.evaluate("e => e.textContent") == DEEP_QUOTES[name]
    assert visited.page.locator("dialog .kqa-text").evaluate("e => e.textContent") == DEEP.text
    visited.check()


@pytest.mark.parametrize("name", DEEP_QUOTES)
def test_the_link_to_the_site_leads_a_browser_to_the_sentence(
    visit: Visiting, address: str, name: str
) -> None:
    """Chromium is the oracle: it scrolls only to a fragment that it finds."""
    visited = visit(address)
    visited.open()
    visited.ask(name)
    place = str(visited.page.locator("a.kqa-open").get_attribute("href"))
    here = f"{address}/chat/{place.partition('?')[0]}"
    visited.page.goto(f"{here}")
    assert visited.page.evaluate("scrollY") == 0
    visited.page.goto("about:blank")
    visited.page.goto(str(fragment_url(here, DEEP_QUOTES[name])))
    visited.page.wait_for_function("scrollY > 1000")


def test_without_its_dialog_the_article_opens_as_a_page(phone: Visit) -> None:
    phone.ask("long")
    link = phone.page.locator("a.kqa-open")
    with phone.page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    page = opened.value
    expect(page.locator("mark")).to_be_in_viewport()
    expect(page.locator("mark")).to_have_text(LONG)
    expect(page.get_by_role("link", name=wording.BACK_TO_QUESTIONS)).to_be_attached()


def test_an_article_that_cannot_be_opened_is_said_to_be_so(phone: Visit) -> None:
    phone.ask("When?")
    phone.page.route("**/articles/**", lambda route: route.abort())
    phone.page.locator("a.kqa-open").click()
    dialog = phone.page.get_by_role("dialog", name=wording.SCRIPT["not_opened"])
    expect(dialog.get_by_role("link", name=wording.SCRIPT["open_page"])).to_be_focused()
    phone.page.keyboard.press("Escape")
    phone.complaints.clear()


def test_focus_comes_back_although_an_answer_came_meanwhile(phone: Visit) -> None:
    phone.ask("When?")
    phone.page.locator("a.kqa-open").click()
    phone.page.locator("dialog mark").wait_for()
    phone.page.evaluate("document.querySelector('a.kqa-open').outerHTML += ''")
    phone.page.keyboard.press("Escape")
    expect(phone.page.locator("a.kqa-open")).to_be_focused()


def test_a_copied_quote_takes_its_source_and_the_disclaimer_along(
    visit: Visiting, address: str
) -> None:
    visited = visit(address)
    visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visited.open()
    visited.ask("odd")
    whole = "\n\n".join(
        [
            HOSTILE,
            f"{ARTICLE.title} · Section: Odd signs · A Clinic · June 19, 2024\n"
            f"{fragment_url(ARTICLE.url, HOSTILE)}",
            wording.DISCLAIMER,
        ]
    )
    read = "navigator.clipboard.readText()"
    button = visited.page.get_by_role("button", name=wording.COPY_LEAD).first
    button.click()
    expect(visited.page.locator("#kqa-live")).to_have_text(wording.SCRIPT["copied"])
    assert visited.page.evaluate(read) == whole
    expect(button).to_contain_text("Copy the quote", timeout=5_000)

    visited.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }"
    )
    button.click()  # as where the connection is not secure
    assert visited.page.evaluate(read) == whole

    quoted = visited.page.locator(".kqa-quote")
    quoted.evaluate("""e => { const range = document.createRange();
        range.setStart(e.firstChild, 5); range.setEnd(e.firstChild, 13);
        getSelection().removeAllRanges(); getSelection().addRange(range) }""")
    visited.page.keyboard.press("ControlOrMeta+c")
    assert visited.page.evaluate(read) == HOSTILE[5:13] + whole.removeprefix(HOSTILE)


def test_what_else_is_copied_stays_as_it_is(visit: Visiting, address: str) -> None:
    visited = visit(address)
    visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visited.open()
    visited.ask(HISTORY)
    visited.page.locator(".kqa-asked-text").select_text()
    visited.page.keyboard.press("ControlOrMeta+c")
    assert visited.page.evaluate("navigator.clipboard.readText()") == HISTORY
