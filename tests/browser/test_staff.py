"""The staff's page over real articles: asked, judged, verified, extended, in a real browser."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import PHONE, Serving, Visit
from tests.conftest import Build
from tests.staff.pdf import article_pages, pdf
from tests.staff.test_extract import PAGE
from tests.surfaces.fake_assistant import HOSTILE, FakeAssistant

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.evaluate.testset import read_testset
from kqa.settings import Settings
from kqa.staff.database import Database
from kqa.staff.pinning import pin
from kqa.staff.queue import Queue
from kqa.staff.verdicts import Kind, Verdicts
from kqa.surfaces.api import create_app
from kqa.surfaces.serve import address_of, listen
from kqa.surfaces.web.mount import mount_page
from kqa.surfaces.web.staff import staff_page

QUESTION = "When was ketamine first synthesized?"
DESK = (1280, 900)
SLEEP = "Some people sleep poorly on the night after a session of ketamine therapy."
NON_ADDICTIVE = "The treatment is described as non-addictive by one author."
SLOW = 60_000
"""Milliseconds for what reads files or builds an index."""

Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def assistant(
    shipped_corpus: Path,
    make_settings: Callable[..., Settings],
    build: Build,
    tmp_path_factory: pytest.TempPathFactory,
) -> Assistant:
    """Over a copy of the five articles, which the page may change, and a database of its own."""
    folder = tmp_path_factory.mktemp("staff")
    corpus = shutil.copytree(shipped_corpus, folder / "corpus")
    database = str(folder / "staff.sqlite3")
    settings = make_settings(corpus=corpus, database=database, keep_unanswered=True)
    build(corpus, settings)
    return Assistant(settings)


@pytest.fixture(scope="module")
def address(serving: Serving, assistant: Assistant) -> str:
    return serving(assistant)


@pytest.fixture
def kept(assistant: Assistant) -> Database:
    """The database, empty at first."""
    path = Path(assistant.settings.database)
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return Database(str(path))


@pytest.fixture
def desk(visit: Visiting, address: str, kept: Database) -> Iterator[Visit]:
    """A desk with the page open; whatever the test did, the page stayed clean."""
    visited = visit(address, DESK)
    _open(visited)
    yield visited
    visited.check()


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """The serious and critical findings of axe-core on a page."""

    def findings(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{each['id']}: {[node['html'] for node in each['nodes']]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    return findings


def _open(visited: Visit) -> None:
    visited.page.goto(visited.address + "/staff/")
    visited.page.get_by_text("Signed in as").wait_for()  # the page's first event has been served


def _ask(page: Page, question: str) -> Locator:
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    asked = page.locator(".staff-asked", has_text=question)
    asked.wait_for(timeout=SLOW)
    return page.locator("#staff-answer .staff-card")


def _tab(page: Page, name: str, ready: str) -> None:
    page.get_by_role("tab", name=name).click()
    page.locator(ready).first.wait_for(timeout=SLOW)


# --- ask ------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "beside"), [(DESK, True), (PHONE, False)])
def test_the_quote_is_marked_and_scrolled_to_in_the_whole_article(
    visit: Visiting, address: str, assistant: Assistant, size: tuple[int, int], beside: bool
) -> None:
    visited = visit(address, size)
    _open(visited)
    card = _ask(visited.page, QUESTION)
    article = assistant.article("the-benefits-of-ketamine-therapy")
    quote = assistant.ask(QUESTION).quotes[0]
    expect(card.locator(".staff-quote").first).to_have_text(quote.text)
    source = visited.page.locator(".staff-article").first
    assert source.locator(".staff-text").evaluate("e => e.textContent") == article.text
    mark = visited.page.locator("#ask-mark-1")
    assert mark.evaluate("e => e.textContent") == quote.text
    inside = """mark => {
        const pane = mark.closest('.staff-pane').getBoundingClientRect();
        const {top, bottom} = mark.getBoundingClientRect();
        return pane.top <= top && bottom <= pane.bottom;
    }"""
    assert mark.evaluate(inside)
    left, right = card.bounding_box(), source.bounding_box()
    assert left
    assert right
    assert (
        right["x"] > left["x"] + left["width"] - 1,
        right["y"] >= left["y"] + left["height"],
    ) == (
        beside,
        not beside,
    )
    visited.page.get_by_role("link", name="Show in article (quote 1)").click()
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    visited.check()


def test_each_citation_brings_its_own_article_forward(desk: Visit) -> None:
    card = _ask(desk.page, "Is ketamine addictive?")
    links = card.get_by_role("link", name="Show in article")
    assert links.count() >= 2
    for number in range(links.count()):
        links.nth(number).click()
        mark = desk.page.locator(f"#ask-mark-{number + 1}")
        expect(mark).to_be_in_viewport()
        expect(links.nth(number)).to_have_attribute("aria-current", "true")
        assert desk.page.locator("#staff-source .staff-article:visible").count() == 1


def test_why_this_sentence_is_told_in_words_and_numbers(desk: Visit, assistant: Assistant) -> None:
    _ask(desk.page, QUESTION)
    desk.page.get_by_text("Why this sentence?").click()
    why = desk.page.locator(".staff-why")
    (part,) = assistant.explain(QUESTION).parts
    expect(why).to_contain_text(f"Confidence {part.confidence:.1%}")
    expect(why).to_contain_text("sure enough")
    first = why.locator(".staff-candidates > li").first
    best = part.candidates[0]
    expect(first).to_contain_text(best.sentence.text)
    expect(first).to_contain_text(f"cosine {best.cosine:.2f}")
    expect(first).to_contain_text(f"BM25 {best.bm25:.1f} of {best.best_bm25:.1f}")
    assert best.way
    expect(first).to_contain_text(best.way.text)
    expect(first).to_contain_text("there is no reader")
    expect(first).to_contain_text("quote 1")
    first.get_by_text("What makes the score").click()
    expect(first.get_by_role("table")).to_be_visible()


def test_an_approval_is_kept_with_the_index_that_answered(
    desk: Visit, assistant: Assistant, kept: Database
) -> None:
    _ask(desk.page, QUESTION)
    desk.page.get_by_role("button", name="Approve").click()
    expect(desk.page.get_by_text("Approved: quote 1. Kept as local.")).to_be_visible()
    (verdict,) = Verdicts(kept).all()
    answer = assistant.ask(QUESTION)
    assert (verdict.kind, verdict.name, verdict.question) == (Kind.APPROVED, "local", QUESTION)
    assert verdict.fingerprint == answer.index
    assert verdict.quote
    assert verdict.quote.text == answer.quotes[0].text


def test_a_flag_with_a_better_sentence_is_kept_and_one_without_reason_is_not(
    desk: Visit, assistant: Assistant, kept: Database
) -> None:
    _ask(desk.page, QUESTION)
    flag = desk.page.get_by_role("button", name="Flag")
    flag.click()
    expect(desk.page.get_by_text("neither what is wrong nor what is better")).to_be_visible()
    desk.page.get_by_label("A better sentence").fill("No article says this at all.")
    flag.click()
    expect(desk.page.get_by_text("no article says it letter for letter")).to_be_visible()
    assert Verdicts(kept).all() == ()
    article = assistant.article("the-benefits-of-ketamine-therapy")
    better = assistant.opened()[0].sentences
    sentence = next(s for s in better if s.article == article.id and s.start > 2_000)
    desk.page.get_by_label("A better sentence").fill(sentence.text)
    desk.page.get_by_label("Note").fill("The date is <b>another</b> matter.")
    flag.click()
    expect(desk.page.get_by_text("Flagged: quote 1.")).to_be_visible()
    (verdict,) = Verdicts(kept).open_flags()
    assert verdict.better
    assert (verdict.better.start, verdict.better.text) == (sentence.start, sentence.text)
    assert verdict.note == "The date is <b>another</b> matter."
    _tab(desk.page, "Queue", ".staff-row")
    row = desk.page.locator(".staff-row")
    expect(row).to_contain_text("The date is <b>another</b> matter.")
    assert row.locator("b").count() == 0
    row.get_by_role("button", name="Resolve").click()
    expect(desk.page.get_by_text("Resolved by local.")).to_be_visible()
    expect(desk.page.get_by_text("No open flags.")).to_be_visible()
    assert Verdicts(kept).all()[0].resolved_by == "local"


def test_a_flag_keeps_the_name_of_whoever_is_signed_in(
    visit: Visiting, assistant: Assistant, kept: Database
) -> None:
    import uvicorn

    app = create_app(assistant)
    mount_page(app, staff_page(assistant), signed_in=lambda request: "Ann Example")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        visited = visit(address_of(listening), DESK)
        _open(visited)
        expect(visited.page.get_by_text("Signed in as Ann Example")).to_be_visible()
        _ask(visited.page, QUESTION)
        visited.page.get_by_label("Note").fill("wrong")
        visited.page.get_by_role("button", name="Flag").click()
        expect(visited.page.get_by_text("Kept as Ann Example")).to_be_visible()
        visited.page.close()
        server.should_exit = True
        thread.join(timeout=15)
    assert [flag.name for flag in Verdicts(kept).open_flags()] == ["Ann Example"]


@pytest.mark.parametrize(
    "question", ["I want to kill myself", "Does it help with suicidal thoughts?"]
)
def test_a_crisis_question_shows_the_card_and_nothing_is_kept(
    desk: Visit, kept: Database, question: str
) -> None:
    desk.page.get_by_label("Question").fill(question)
    desk.page.keyboard.press("Enter")
    card = desk.page.get_by_role("alert").filter(has_text="You do not have to face this alone")
    expect(card).to_be_visible()
    expect(card.get_by_role("link", name=re.compile("Call 988"))).to_be_visible()
    expect(desk.page.get_by_role("button", name="Approve")).to_be_hidden()
    assert not kept.path.exists()


def test_a_question_that_cannot_be_read_says_why(desk: Visit) -> None:
    desk.page.get_by_label("Question").fill("???")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("no letter or digit")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Approve")).to_be_hidden()


# --- verify -----------------------------------------------------------------------------


def test_a_text_that_an_article_says_is_found_and_marked(desk: Visit, assistant: Assistant) -> None:
    text = assistant.article("the-benefits-of-ketamine-therapy").text[1661:1758]
    _tab(desk.page, "Verify", "#staff-text")
    desk.page.get_by_label("Text to verify").fill(text)
    desk.page.get_by_role("button", name="Verify").click()
    expect(desk.page.get_by_text("Found, letter for letter, once.")).to_be_visible()
    expect(desk.page.locator("#verify-mark-1")).to_be_in_viewport()
    assert desk.page.locator("#verify-mark-1").evaluate("e => e.textContent") == text


def test_a_text_that_differs_shows_the_differences_by_words_and_signs(
    desk: Visit, assistant: Assistant
) -> None:
    text = assistant.article("the-benefits-of-ketamine-therapy").text[1661:1758]
    _tab(desk.page, "Verify", "#staff-text")
    desk.page.get_by_label("Text to verify").fill(text.replace("1962", "1965"))
    desk.page.get_by_role("button", name="Verify").click()
    differences = desk.page.locator(".staff-diff")
    expect(differences.locator("del")).to_have_text("only in yours: 5")
    expect(differences.locator("ins")).to_have_text("only in the article: 2")
    lines = "e => getComputedStyle(e).textDecorationLine"
    assert differences.locator("del").evaluate(lines) == "line-through"
    assert differences.locator("ins").evaluate(lines) == "underline"
    expect(desk.page.locator("#verify-mark-1")).to_have_text(text)


# --- queue ------------------------------------------------------------------------------


def test_an_unanswered_question_of_a_visitor_is_pinned_and_answered_after_reindexing(
    desk: Visit, assistant: Assistant, kept: Database, address: str
) -> None:
    question = "zylophant quorbly wibble?"
    given = httpx.post(f"{address}/api/ask", json={"question": question}).json()
    assert given["outcome"] == "not_in_corpus"
    httpx.post(f"{address}/api/ask", json={"question": "I want to die zylophant"})
    assert [row.question for row in Queue(kept).open_unanswered()] == [question]
    sentence = assistant.article("the-benefits-of-ketamine-therapy").text[1661:1758]
    _tab(desk.page, "Queue", ".staff-row")
    desk.page.get_by_role("button", name="Pin to a sentence").click()
    expect(desk.page.get_by_label("Way of asking")).to_have_value(question)
    desk.page.get_by_label("Or another sentence").fill(sentence)
    desk.page.get_by_role("button", name="Pin", exact=True).click()
    expect(desk.page.get_by_text("Pinned. It takes effect with the next index")).to_be_visible(
        timeout=SLOW
    )
    expect(desk.page.get_by_text("No unanswered questions yet.")).to_be_visible()
    _tab(desk.page, "Corpus", "#staff-corpus table")
    expect(desk.page.get_by_text("The index is not current.")).to_be_visible()
    desk.page.get_by_role("button", name="Re-index").click()
    expect(desk.page.locator("#staff-progress")).to_contain_text("Done: 5 articles", timeout=SLOW)
    assert assistant.ask(question).quotes[0].text == sentence


def test_a_question_may_be_deleted_for_good(desk: Visit, address: str, kept: Database) -> None:
    httpx.post(f"{address}/api/ask", json={"question": "grumbly fnord plim?"})
    _tab(desk.page, "Queue", ".staff-row")
    desk.page.get_by_role("button", name="Delete").click()
    expect(desk.page.get_by_text("Deleted.")).to_be_visible()
    assert Queue(kept).open_unanswered() == ()


@pytest.mark.parametrize(("button", "suffix"), [("JSON lines", ".jsonl"), ("CSV", ".csv")])
def test_the_export_reads_back_as_a_test_set(
    desk: Visit, assistant: Assistant, kept: Database, tmp_path: Path, button: str, suffix: str
) -> None:
    answer = assistant.ask(QUESTION)
    Verdicts(kept).keep(Kind.APPROVED, answer, "Ann", quote=1)
    _tab(desk.page, "Queue", ".staff-queue")
    with desk.page.expect_download() as downloading:
        desk.page.get_by_role("button", name=button).click()
    path = tmp_path / f"set{suffix}"
    downloading.value.save_as(path)
    assert downloading.value.suggested_filename == f"staff{suffix}"
    (question,) = read_testset(path, assistant.articles()).questions
    assert question.question == QUESTION
    assert question.gold[0].quote == answer.quotes[0].text


def test_an_export_of_nothing_says_what_to_do(desk: Visit) -> None:
    _tab(desk.page, "Queue", ".staff-queue")
    desk.page.get_by_role("button", name="CSV").click()
    expect(desk.page.get_by_text("Approve some answers")).to_be_visible()


# --- corpus -----------------------------------------------------------------------------


def _upload(page: Page, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Choose a file").click()
    choosing.value.set_files(file)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("sleep.html", PAGE.encode(), SLEEP),
        ("leaflet.pdf", pdf(article_pages()), NON_ADDICTIVE),
    ],
    ids=["html", "pdf"],
)  # fmt: skip
def test_an_added_article_is_quoted_after_reindexing_and_questions_go_on_meanwhile(
    desk: Visit, assistant: Assistant, address: str, name: str, data: bytes, sentence: str
) -> None:
    corpus = assistant.settings.corpus
    assert corpus
    files = {path.name for path in corpus.iterdir()}
    _tab(desk.page, "Corpus", "#staff-corpus table")
    _upload(desk.page, name, data)
    draft = desk.page.locator("#staff-draft")
    expect(draft.locator("#staff-preview .staff-text")).to_contain_text(sentence, timeout=SLOW)
    assert {path.name for path in corpus.iterdir()} - files <= {".kqa-lock"}
    draft.get_by_label("Title", exact=True).fill(f"All about sleep, {name}")
    draft.get_by_label("Publisher").fill("Example Clinic")
    draft.get_by_role("button", name="Check again").click()
    expect(draft).to_contain_text("File: all-about-sleep")
    draft.get_by_role("button", name="Accept").click()
    expect(desk.page.get_by_text("It is quoted once you re-index.")).to_be_visible(timeout=SLOW)
    expect(draft).to_be_hidden()
    # The fake encoder knows no meanings: a way of asking leads to the new sentence.
    pin(corpus, f"wibble {name}", f"all-about-sleep-{name.replace('.', '-')}", sentence)

    statuses: list[int] = []
    stop = threading.Event()

    def go_on_asking() -> None:
        while not stop.is_set():
            given = httpx.post(f"{address}/api/ask", json={"question": QUESTION}, timeout=30)
            statuses.append(given.status_code)
            stop.wait(0.05)

    asking = threading.Thread(target=go_on_asking)
    asking.start()
    try:
        desk.page.get_by_role("button", name="Re-index").click()
        expect(desk.page.locator("#staff-progress")).to_contain_text(
            "The old index goes on answering"
        )
        expect(desk.page.locator("#staff-progress")).to_contain_text("Done: ", timeout=SLOW)
    finally:
        stop.set()
        asking.join()
    assert len(statuses) > 3
    assert set(statuses) == {200}
    expect(desk.page.get_by_text("The index is current.")).to_be_visible(timeout=SLOW)
    desk.page.get_by_role("tab", name="Ask").click()
    _ask(desk.page, f"wibble {name}")
    quote = desk.page.locator(".staff-quote", has_text=sentence).first
    expect(quote).to_be_visible()
    expect(desk.page.locator("#staff-answer")).to_contain_text(f"All about sleep, {name}")
    desk.page.get_by_role("tab", name="Corpus").click()
    expect(desk.page.locator("#staff-corpus")).to_contain_text(
        f"All about sleep, {name}", timeout=SLOW
    )


def test_a_discarded_article_leaves_nothing(desk: Visit, assistant: Assistant) -> None:
    corpus = assistant.settings.corpus
    assert corpus
    before = {path.name: path.read_bytes() for path in corpus.iterdir() if path.is_file()}
    _tab(desk.page, "Corpus", "#staff-corpus table")
    _upload(desk.page, "../../sleep.html", PAGE.encode())
    desk.page.get_by_role("button", name="Discard").click(timeout=SLOW)
    expect(desk.page.get_by_text("Discarded. Nothing was kept.")).to_be_visible()
    expect(desk.page.locator("#staff-draft")).to_be_hidden()
    after = {path.name: path.read_bytes() for path in corpus.iterdir() if path.is_file()}
    assert {name: data for name, data in after.items() if name != ".kqa-lock"} == {
        name: data for name, data in before.items() if name != ".kqa-lock"
    }


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("scan.pdf", pdf([[]]), "File “scan.pdf”: it holds no text"),
        ("secret.pdf", pdf([[(60, 700, 11, "W.")]], encrypted=True), "without a password"),
        ("fake.pdf", b"MZ not a pdf", "its name says PDF, and it is none"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_reason_and_remedy(
    desk: Visit, name: str, data: bytes, said: str
) -> None:
    _tab(desk.page, "Corpus", "#staff-corpus table")
    _upload(desk.page, name, data)
    expect(desk.page.locator("#staff-adding-said")).to_contain_text(said, timeout=SLOW)
    expect(desk.page.locator("#staff-draft")).to_be_hidden()


def test_a_hostile_article_runs_nothing_and_is_shown_letter_for_letter(desk: Visit) -> None:
    text = f"Odd signs\n\n{HOSTILE.replace(chr(10), ' ')} And so it ends.\n"
    _tab(desk.page, "Corpus", "#staff-corpus table")
    _upload(desk.page, "odd.txt", text.encode())
    shown = desk.page.locator("#staff-preview .staff-text")
    shown.wait_for(timeout=SLOW)
    assert shown.evaluate("e => e.textContent") == text
    assert desk.page.evaluate("window.pwned") is None
    assert shown.locator("script, b, img, em, a").count() == 0
    desk.page.get_by_role("button", name="Discard").click()
    expect(desk.page.locator("#staff-draft")).to_be_hidden()


def test_an_uploaded_file_is_deleted_once_it_has_been_read(
    desk: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gradio

    folder = Path(gradio.utils.get_upload_folder())
    before = set(folder.rglob("*.html"))
    _tab(desk.page, "Corpus", "#staff-corpus table")
    _upload(desk.page, "soon-gone.html", PAGE.encode())
    desk.page.get_by_role("button", name="Discard").click(timeout=SLOW)
    assert set(folder.rglob("*.html")) <= before


# --- for everybody ----------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_serious_on_any_tab(
    visit: Visiting,
    address: str,
    assistant: Assistant,
    kept: Database,
    axe: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    answer = assistant.ask(QUESTION)
    Verdicts(kept).keep(Kind.FLAGGED, answer, "Ann", quote=1, note="wrong")
    Queue(kept).keep(QUESTION, answer, False)
    Queue(kept).keep_unanswered(assistant.ask("grumbly fnord plim?"))
    visited = visit(address, size, scheme)
    _open(visited)
    page = visited.page
    assert axe(page) == []
    _ask(page, QUESTION)
    page.get_by_text("Why this sentence?").click()
    page.get_by_text("What makes the score").first.click()
    assert axe(page) == []
    _tab(page, "Verify", "#staff-text")
    page.get_by_label("Text to verify").fill("Ketamine was first synthesised in 1963")
    page.get_by_role("button", name="Verify").click()
    page.locator(".staff-diff").wait_for()
    assert axe(page) == []
    _tab(page, "Queue", ".staff-row")
    page.get_by_role("button", name="Pin to a sentence").click()
    page.get_by_label("Way of asking").wait_for()
    assert axe(page) == []
    _tab(page, "Corpus", "#staff-corpus table")
    _upload(page, "sleep.html", PAGE.encode())
    page.locator("#staff-preview .staff-text").wait_for(timeout=SLOW)
    assert axe(page) == []
    visited.check()


def test_the_browser_keeps_nothing_that_was_typed(desk: Visit) -> None:
    _ask(desk.page, QUESTION)
    stored = desk.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "synthesized" not in stored
    assert desk.page.evaluate("indexedDB.databases().then(found => found.length)") == 0


def test_the_keyboard_alone_asks_opens_the_source_and_judges(desk: Visit, kept: Database) -> None:
    def tab_to(locator: Locator) -> None:
        for _ in range(40):
            if locator.evaluate("e => e === document.activeElement"):
                return
            desk.page.keyboard.press("Tab")
        pytest.fail("it cannot be reached by keyboard")

    tab_to(desk.page.get_by_label("Question"))
    desk.page.keyboard.type(QUESTION)
    desk.page.keyboard.press("Enter")
    desk.page.locator(".staff-card").wait_for()
    tab_to(desk.page.get_by_role("link", name="Show in article (quote 1)"))
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#ask-mark-1")).to_be_focused()
    desk.page.get_by_label("Question").focus()
    tab_to(desk.page.get_by_role("button", name="Approve"))
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("Kept as local.")).to_be_visible()
    assert len(Verdicts(kept).all()) == 1


def test_no_address_changes_anything_when_it_is_opened(
    address: str, kept: Database, assistant: Assistant
) -> None:
    for path in ("", "gradio_api/upload", "gradio_api/queue/join", "gradio_api/call/flag"):
        httpx.get(f"{address}/staff/{path}")
    unknown = f"{address}/staff/gradio_api/run/keep"
    assert httpx.post(unknown, json={"data": []}).status_code == 403
    own = {"Origin": address}
    assert httpx.post(unknown, json={"data": []}, headers=own).status_code == 404
    assert not kept.path.exists()


def test_the_disclaimer_stands_under_every_answer(desk: Visit) -> None:
    card = _ask(desk.page, "What is the capital of France?")
    expect(card).to_contain_text(wording.DISCLAIMER)
    desk.page.get_by_role("button", name="Approve").click()
    expect(desk.page.get_by_text("Approved: the answer.")).to_be_visible()


def test_without_an_index_the_page_says_what_to_do(
    visit: Visiting, serving: Serving, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    missing = Assistant(make_settings(database=str(tmp_path / "staff.sqlite3")))
    fake = FakeAssistant(settings=missing.settings)
    visited = visit(serving(fake), DESK)
    _open(visited)
    _tab(visited.page, "Corpus", "#staff-index .staff-fault")
    expect(visited.page.locator("#staff-index")).to_contain_text("kqa index")
