"""The visitor's page, on a phone and by keyboard, with an assistant that has no index."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Serving, Visit
from tests.surfaces.fake_assistant import ARTICLE, HISTORY, HOSTILE, FakeAssistant

from kqa import wording
from kqa.errors import IndexMissing
from kqa.records import Notice
from kqa.settings import HISTORY_LIMIT
from kqa.surfaces.web.chat import EXCHANGES, Exchange, exchange

Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def fake() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def address(serving: Serving, fake: FakeAssistant) -> str:
    return serving(fake)


@pytest.fixture
def phone(visit: Visiting, address: str) -> Iterator[Visit]:
    """A phone with the page open; whatever the test did, the page stayed clean."""
    visited = visit(address)
    visited.open()
    yield visited
    visited.check()


def test_disclaimer_and_crisis_line_stand_before_any_question(phone: Visit) -> None:
    expect(phone.page.get_by_text(wording.DISCLAIMER)).to_be_visible()
    assert phone.page.get_by_role("link", name="call 911").get_attribute("href") == "tel:911"
    assert phone.page.get_by_role("heading", level=1).count() == 1


def test_a_question_asked_by_keyboard_is_answered_with_quote_and_source(phone: Visit) -> None:
    box = phone.page.get_by_label("Your question")
    for _ in range(20):
        phone.page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    phone.page.keyboard.type("When was it made?")
    phone.page.keyboard.press("Enter")
    card = phone.page.locator(".kqa-card")
    assert card.locator("blockquote").inner_text() == HISTORY
    expect(card.locator("blockquote")).to_be_in_viewport()
    expect(card.locator("cite")).to_have_text(ARTICLE.title)
    expect(card.get_by_text("June 19, 2024")).to_be_visible()
    expect(card.get_by_text(wording.DISCLAIMER)).to_be_visible()
    expect(phone.page.locator("#kqa-live")).to_have_text("Answer: 1 quote from the articles.")
    expect(box).to_have_value("")
    expect(box).to_be_focused()


def test_hostile_words_are_shown_letter_for_letter_and_run_nothing(phone: Visit) -> None:
    question = f"odd {HOSTILE}".replace("\n", " ")
    phone.ask(question)
    quote = phone.page.locator(".kqa-quote")
    assert quote.evaluate("quote => quote.textContent") == HOSTILE
    assert quote.inner_text() == HOSTILE
    assert phone.page.locator(".kqa-asked-text").evaluate("e => e.textContent") == question
    assert phone.page.evaluate("window.pwned") is None
    assert phone.page.locator("#kqa-transcript :is(script, b, img, em, code)").count() == 0


def test_the_context_opens_with_the_quote_marked(phone: Visit) -> None:
    phone.ask("When was it made?")
    mark = phone.page.locator("mark")
    expect(mark).to_be_hidden()
    phone.page.get_by_text("Show in context").click()
    expect(mark).to_be_visible()
    assert mark.inner_text() == HISTORY


def test_a_refusal_says_so_and_names_the_owner(phone: Visit) -> None:
    phone.ask("What is the capital of France?")
    expect(phone.page.get_by_role("heading", name=wording.NOTHING_FOUND)).to_be_visible()
    expect(phone.page.get_by_text("side effects")).to_be_visible()
    assert phone.page.locator("blockquote").count() == 0
    link = phone.page.get_by_role("link", name="+1 (555) 010-0100")
    assert link.get_attribute("href") == "tel:+15550100100"


@pytest.mark.parametrize(("question", "quotes"), [("I want to kill myself", 0), ("suicide?", 1)])
def test_a_crisis_card_stands_first_with_lines_that_dial(
    phone: Visit, question: str, quotes: int
) -> None:
    phone.ask(question)
    alert = phone.page.get_by_role("alert").filter(has_text="You do not have to face this alone")
    expect(alert).to_be_visible()
    expect(alert).to_be_in_viewport()
    dial = alert.get_by_role("link", name=re.compile("Call 988"))
    assert dial.get_attribute("href") == "tel:988"
    assert phone.page.locator("blockquote").count() == quotes
    phone.ask("When was it made?")
    expect(alert).to_have_count(0)  # still shown, but it no longer interrupts
    expect(phone.page.locator(".kqa-help")).to_be_visible()


def test_a_suggested_question_is_asked_by_its_button(phone: Visit) -> None:
    phone.page.get_by_role("button", name="When was ketamine first made?").click()
    expect(phone.page.locator("blockquote")).to_have_text(HISTORY)
    expect(phone.page.locator(".kqa-asked-text")).to_have_text("When was ketamine first made?")


PLACES = """all => all.map(e => {
    const {x, y, width, bottom} = e.getBoundingClientRect();
    const round = Math.round;
    return {side: e.matches('.kqa-side'), x: round(x), y: round(y), width: round(width), bottom};
})"""
"""Where elements stand, all at one moment: the page may still be scrolling."""


@pytest.mark.parametrize("sides", [2, 3])
@pytest.mark.parametrize(
    ("width", "beside"), [(320, False), (390, False), (700, True), (1280, True)]
)
def test_sides_stand_beside_each_other_where_there_is_room_and_alike(
    visit: Visiting, address: str, width: int, beside: bool, sides: int
) -> None:
    visited = visit(address, (width, 900))
    visited.open()
    visited.ask("differ above" if sides == 2 else "differ above three")
    found = visited.page.locator(".kqa-side, .kqa-quote").evaluate_all(PLACES)
    boxes = [box for box in found if box["side"]]
    quotes = [box for box in found if not box["side"]]
    lefts, tops = {box["x"] for box in boxes}, {box["y"] for box in boxes}
    assert (len(lefts), len(tops)) == ((sides, 1) if beside else (1, sides))
    assert max(box["width"] for box in boxes) - min(box["width"] for box in boxes) <= 1
    assert quotes[0]["bottom"] < min(tops)
    assert len(quotes) == sides + 1
    if beside:
        assert len({quote["y"] for quote in quotes[1:]}) == 1
    style = """e => { const s = getComputedStyle(e);
        return [s.fontSize, s.color, s.borderTopColor, s.backgroundColor, s.fontWeight].join() }"""
    for part in (".kqa-side", ".kqa-side-name", ".kqa-side .kqa-quote"):
        assert len({each.evaluate(style) for each in visited.page.locator(part).all()}) == 1
    visited.check()


def test_a_question_that_leans_on_the_one_before_is_read_together_with_it(
    phone: Visit, fake: FakeAssistant
) -> None:
    phone.ask("How long does a session take?")
    phone.ask("And at home?")
    assert fake.histories[-2:] == [(), ("How long does a session take?",)]
    newest = phone.page.locator(".kqa-card").last
    expect(newest.get_by_text(wording.NOTICES[Notice.FOLLOW_UP])).to_be_visible()
    phone.page.get_by_role("button", name="When was ketamine first made?").click()
    expect(phone.page.locator(".kqa-card")).to_have_count(3)
    assert fake.histories[-1] == ("How long does a session take?", "And at home?")


def test_earlier_questions_are_forgotten_with_the_page(phone: Visit, fake: FakeAssistant) -> None:
    phone.ask("How long does a session take?")
    phone.open()
    phone.ask("And at home?")
    assert fake.histories[-1] == ()
    expect(phone.page.get_by_text(wording.NOTICES[Notice.FOLLOW_UP])).to_have_count(0)


def test_what_was_not_searched_with_is_never_an_earlier_question(
    phone: Visit, fake: FakeAssistant
) -> None:
    cry = "I want to kill myself. " * 60
    for question in ("When?", "???", "x" * 1_001, cry, "¿Cuánto dura una sesión?", "boom"):
        phone.ask(question)
    phone.ask("And at home?")
    assert fake.histories[-1] == ("When?",)


def test_no_more_earlier_questions_go_along_than_may() -> None:
    fake = FakeAssistant()
    past: tuple[Exchange, ...] = ()
    for number in range(HISTORY_LIMIT + 5):
        *_, (_, _, past) = exchange(fake, f"Question {number}?", past)
    assert len(past) == EXCHANGES
    sent = fake.histories[-1]
    assert isinstance(sent, tuple)
    assert 0 < len(sent) <= HISTORY_LIMIT
    assert sent[-1] == f"Question {HISTORY_LIMIT + 3}?"


def test_a_spanish_question_is_met_in_spanish_with_numbers_that_dial(phone: Visit) -> None:
    phone.ask("¿Cuánto dura una sesión?")
    message = phone.page.locator(".kqa-language[lang=es]")
    expect(message).to_be_visible()
    expect(message).to_contain_text("llame al 988 y oprima 2")
    assert message.get_by_role("link", name="988", exact=True).first.get_attribute("href") == (
        "tel:988"
    )
    expect(phone.page.locator(".kqa-card").get_by_text(wording.DISCLAIMER)).to_be_visible()
    live = phone.page.locator("#kqa-live")
    expect(live).to_have_text(wording.NOT_ENGLISH["es"])
    assert live.get_attribute("lang") == "es"
    phone.ask("When?")
    expect(live).to_have_text("Answer: 1 quote from the articles.")
    assert not live.get_attribute("lang")


def test_a_dose_is_refused_with_poison_control_a_touch_away(phone: Visit) -> None:
    phone.ask("How many mg of ketamine should I take?")
    dose = phone.page.locator(".kqa-dose")
    expect(dose).to_have_text(wording.DOSE_NOT_GIVEN)
    link = dose.get_by_role("link", name="1-800-222-1222")
    assert link.get_attribute("href") == "tel:1-800-222-1222"


def test_while_it_looks_the_page_says_so(phone: Visit, fake: FakeAssistant) -> None:
    fake.delay = 0.6
    try:
        phone.page.get_by_label("Your question").fill("When?")
        phone.page.get_by_role("button", name="Ask", exact=True).click()
        expect(phone.page.locator("#kqa-live")).to_have_text(wording.SEARCHING)
        expect(phone.page.locator(".kqa-pending")).to_be_visible()
        phone.page.locator(".kqa-card").wait_for()
        expect(phone.page.locator(".kqa-pending")).to_have_count(0)
    finally:
        fake.delay = 0.0


def test_bad_input_can_be_mended_and_the_page_lives_on(phone: Visit) -> None:
    phone.ask("???")
    expect(phone.page.get_by_label("Your question")).to_have_value("???")
    expect(phone.page.locator(".kqa-error").get_by_text(wording.DISCLAIMER)).to_be_visible()
    phone.ask("boom")
    expect(phone.page.get_by_role("heading", name="No answer can be given")).to_be_visible()
    phone.ask("When?")
    expect(phone.page.locator("blockquote")).to_have_text(HISTORY)


def test_an_index_that_fails_is_an_error_card(serving: Serving, visit: Visiting) -> None:
    fault = IndexMissing("/srv/index", "it is not there", "Run kqa index.")
    visited = visit(serving(FakeAssistant(fault)))
    visited.open()
    visited.ask("When?")
    card = visited.page.locator(".kqa-error")
    expect(card).to_contain_text("index_missing")
    expect(card).not_to_contain_text("/srv")
    visited.ask("I want to kill myself")
    expect(visited.page.get_by_role("alert")).to_be_visible()
    visited.check()


def test_a_link_with_a_question_fills_the_box_and_asks_nothing(
    phone: Visit, fake: FakeAssistant
) -> None:
    before = len(fake.asked)
    phone.open("/chat/?q=How%20long%3F%20%3Cb%3E")
    expect(phone.page.get_by_label("Your question")).to_have_value("How long? <b>")
    assert len(fake.asked) == before


def test_nothing_typed_is_kept_in_the_browser(phone: Visit) -> None:
    phone.ask("When? xyzzy my secret")
    kept = phone.page.evaluate(
        """async () => JSON.stringify([
            {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state,
            (await indexedDB.databases()).map(base => base.name), await caches.keys(),
        ])"""
    )
    assert "xyzzy" not in kept
    assert kept.startswith('[{},{},""')
    assert kept.endswith("[],[]]")
    phone.open()
    assert "xyzzy" not in phone.page.content()


def test_nothing_typed_is_in_an_address_or_a_log(
    phone: Visit, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "uvicorn")
    caplog.set_level(logging.DEBUG, "kqa")
    for question in ("When? xyzzy", "boom xyzzy", "xyzzy" * 300):
        phone.ask(question)
    phone.open("/chat/?q=xyzzy")
    asked_by_link = [url for url in phone.requested if "?q=" in url]
    assert not any("xyzzy" in url for url in phone.requested if url not in asked_by_link)
    assert "xyzzy" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_card_scrolls_sideways(visit: Visiting, address: str, width: int, scheme: str) -> None:
    visited = visit(address, (width, 700), scheme)
    visited.open()
    for question in (
        *("odd", "differ", "differ above three", "capital", "suicide", "list", "praise"),
        *("¿Cuánto dura una sesión?", "How many mg should I take?", "W" * 400),
    ):
        visited.ask(question)
    visited.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    visited.check()
    bleeding = """() => [...document.querySelectorAll('#kqa-transcript *, #kqa-top *')].filter(
        e => !e.closest('.kqa-sr') && e.getBoundingClientRect().right > innerWidth + 1).length"""
    assert visited.page.evaluate(bleeding) == 0


CONTRAST = """() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll('.gradio-container *')].filter(e =>
    e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return shown.map(e => {
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className, e.tagName];
  }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(visit: Visiting, address: str, scheme: str) -> None:
    visited = visit(address, scheme=scheme)
    visited.open()
    for question in (
        *("differ above three", "capital", "suicide", "list", "praise", "???"),
        *("¿Cuánto dura una sesión?", "How many mg should I take?"),
    ):
        visited.ask(question)
    visited.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    visited.page.wait_for_timeout(300)  # colours of buttons fade
    assert visited.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=http://127.0.0.1:1/x",
        "gradio_api/file=/etc/passwd",
        "gradio_api/upload",
        "gradio_api/run/exchange",
        "gradio_api/runs",
        "gradio_api/proxy=http://a.example",
        "monitoring",
        "gradio_api/vibe-code",
    ],
)
def test_gradio_serves_only_what_the_page_needs(address: str, path: str) -> None:
    for method in ("GET", "POST"):
        answered = httpx.request(method, f"{address}/chat/{path}")
        assert answered.status_code == 404
        assert answered.json()["disclaimer"] == wording.DISCLAIMER


def test_the_server_is_ready_and_gives_no_origin_leave(address: str) -> None:
    assert httpx.get(f"{address}/readyz").json() == {"status": "ready"}
    assert urlsplit(str(httpx.get(address, follow_redirects=True).url)).path == "/chat/"
    reply = httpx.get(f"{address}/chat/", headers={"Origin": "https://evil.example"})
    assert reply.status_code == 200
    assert "access-control-allow-origin" not in reply.headers
    assert "access-control-allow-credentials" not in reply.headers
    assert "server" not in reply.headers
