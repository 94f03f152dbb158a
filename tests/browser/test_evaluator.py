"""The evaluator's page, in a browser: files, runs, figures, questions, comparisons."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect
from tests.browser.conftest import Serving, Visit

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.answer.match import Candidate
from kqa.evaluate import results
from kqa.evaluate.spreadsheet import unguard
from kqa.evaluate.testset import read_testset
from kqa.evaluate.trec import read_run
from kqa.index.store import StoredIndex
from kqa.records import Answer
from kqa.settings import Settings, shipped
from kqa.surfaces.web.evaluator_view import PAGE

Visiting = Callable[..., Visit]
Axed = Callable[[Page], list[dict[str, Any]]]
DESK = (1280, 900)
FORMULA = '=HYPERLINK("http://evil.example") <b>bold</b> ${1+1}'


class Slow(Assistant):
    """An assistant that takes ``delay`` seconds for an answer to be measured."""

    delay = 0.0

    def answer(self, question: str, *, k: int = 3) -> tuple[Answer, Candidate | None]:
        time.sleep(self.delay)
        return super().answer(question, k=k)


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A run competes with the browser for two cores."""
    expect.set_options(timeout=15_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def assistant(built_settings: Settings) -> Slow:
    return Slow(built_settings)


@pytest.fixture(scope="module")
def address(serving: Serving, assistant: Slow) -> str:
    return serving(assistant)


@pytest.fixture
def axe() -> Axed:
    """What axe-core finds on a page that is serious or critical."""

    def found(page: Page) -> list[dict[str, Any]]:
        violations = Axe().run(page).response["violations"]
        return [each for each in violations if each["impact"] in ("serious", "critical")]

    return found


@pytest.fixture(scope="module")
def questions() -> bytes:
    """Forty of the shipped questions, one of them a spreadsheet's formula."""
    lines = (shipped("testsets") / "ketamine.jsonl").read_text("utf-8").splitlines()[::30]
    rows = [json.loads(line) for line in lines]
    rows[0]["question"] = FORMULA
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _open(visited: Visit, path: str = "/eval/") -> Page:
    visited.page.goto(visited.address + path)
    visited.page.locator("#kqa-run").wait_for()
    return visited.page


@pytest.fixture
def desk(visit: Visiting, address: str) -> Iterator[Visit]:
    """A desk with the page open; whatever the test did, the page stayed clean."""
    visited = visit(address, DESK)
    _open(visited)
    yield visited
    visited.check()


def _add(page: Page, name: str, content: bytes, said: str = "is here") -> None:
    file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": content}
    page.get_by_label("Add files").set_input_files(file)
    expect(page.locator("#kqa-coming")).to_contain_text(said)


def _chosen(page: Page, name: str) -> None:
    chosen = page.get_by_label("Questions", exact=True).locator("option:checked")
    expect(chosen).to_contain_text(name)


def _add_questions(page: Page, content: bytes) -> None:
    _add(page, "own.jsonl", content)
    _chosen(page, "own.jsonl")


def _run(page: Page, system: str) -> None:
    page.get_by_label("System").select_option(system)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#kqa-eval-progress")).to_contain_text(f"{system} on ")
    expect(page.locator("#kqa-eval-progress [data-state]")).to_have_attribute(
        "data-state", "done", timeout=60_000
    )
    expect(page.locator("#kqa-figures-title")).to_contain_text(f"{system} on ")


def _rows(page: Page) -> int:
    return page.locator(".kqa-open").count()


def test_a_set_is_chosen_run_looked_into_and_taken_home(
    desk: Visit, questions: bytes, stored: StoredIndex, tmp_path: Path
) -> None:
    page = desk.page
    _add_questions(page, questions)
    expect(page.locator("#kqa-eval-files")).to_contain_text("40 questions")
    _run(page, "full")
    expect(page.locator("#kqa-said")).to_have_text("40 of 40 questions")
    expect(page.locator(".measures")).to_contain_text("first_quote")
    expect(page.locator(".measures")).to_contain_text("–")
    expect(page.get_by_role("img", name="Risk and coverage")).to_be_visible()
    assert _rows(page) == PAGE
    own = tmp_path / "own.jsonl"
    own.write_bytes(questions)
    _check_downloads(page, read_testset(own, stored.articles), stored, tmp_path)


def _check_downloads(page: Page, asked: results.TestSet, stored: StoredIndex, folder: Path) -> None:
    found = {}
    for label in ("Report (HTML)", "Ranking (TREC run)", "Questions (CSV)", "All (JSON)"):
        with page.expect_download() as coming:
            page.get_by_role("link", name=label).first.click()
        found[label] = folder / coming.value.suggested_filename
        coming.value.save_as(found[label])
    assert "nDCG@10" in found["Report (HTML)"].read_text("utf-8")
    assert {line.query for line in read_run(found["Ranking (TREC run)"])} == {
        question.id for question in asked.questions
    }
    table = found["Questions (CSV)"]
    again = read_testset(table, stored.articles)
    assert [(q.id, q.question, q.gold) for q in again.questions] == [
        (q.id, q.question, q.gold) for q in asked.questions
    ]
    cells = [cell for row in csv.reader(io.StringIO(table.read_text("utf-8-sig"))) for cell in row]
    assert not any(cell.lstrip().startswith(("=", "+", "@", "-")) for cell in cells)
    assert FORMULA in {unguard(cell) for cell in cells}
    whole = json.loads(found["All (JSON)"].read_text("utf-8"))
    assert len(whole["questions"]) == len(asked.questions)


def test_questions_are_filtered_and_opened(desk: Visit, questions: bytes) -> None:
    page = desk.page
    _add_questions(page, questions)
    _run(page, "full")
    count = page.locator(".kqa-count")
    expect(count).to_have_text("40 of 40 questions")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    for label, value, column, shown in (
        ("Right or wrong", "wrong", 3, "Wrong"),
        ("Answered or refused", "refused", 4, "Refused"),
        ("Kind", "typo", 2, "typo"),
    ):
        page.get_by_label(label, exact=True).select_option(value)
        cells = page.locator(f".kqa-questions tr:not(.kqa-told) > td:nth-child({column})")
        expect(cells.filter(has_not_text=shown)).to_have_count(0)
        expect(count).not_to_have_text("40 of 40 questions")
        assert cells.count() == int(count.inner_text().split()[0])
        page.get_by_label(label, exact=True).select_option("")
        expect(count).to_have_text("40 of 40 questions")
    page.get_by_label("Words in question or texts").fill("hyperlink")
    expect(count).to_have_text("1 of 40 questions")
    opener = page.locator(".kqa-open")
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    told = page.locator(".kqa-told")
    expect(told).to_contain_text("Expected")
    expect(told).to_contain_text("What came")
    expect(told).to_contain_text("ranks of expected text")
    assert opener.locator("span").nth(1).evaluate("e => e.textContent") == FORMULA
    page.keyboard.press("Enter")
    expect(told).to_be_hidden()
    page.get_by_label("Words in question or texts").fill("zzzz")
    expect(page.get_by_text("No question fits.")).to_be_visible()


def test_two_runs_are_compared_in_words_and_figures(desk: Visit, questions: bytes) -> None:
    page = desk.page
    expect(page.locator("#kqa-eval-compare")).to_contain_text("Run two systems")
    _add_questions(page, questions)
    _run(page, "lexical")
    _run(page, "dense")
    page.get_by_role("button", name="Compare").click()
    words = page.locator(".kqa-told-plain")
    expect(words).to_contain_text("On nDCG@10, B has")
    expect(words).to_contain_text("(Holm)")
    expect(page.locator("#kqa-eval-compared table")).to_contain_text("Success@3")
    expect(page.locator("#kqa-said")).to_contain_text("On nDCG@10")
    page.get_by_label("A, the one before").select_option(index=1)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("they are the same")


def test_uploaded_runs_are_measured_and_compared_by_uploaded_judgements(desk: Visit) -> None:
    page = desk.page
    for name, other in (("a.run", "d1 1 2.0"), ("b.run", "d2 1 2.0")):
        lines = [f"q{n} Q0 {other} {name}\nq{n} Q0 d3 2 1.0 {name}\n" for n in range(30)]
        _add(page, name, "".join(lines).encode(), "TREC run")
    qrels = "".join(f"q{n} 0 d2 1\n" for n in range(30))
    _add(page, "set.qrels", qrels.encode(), "judgements")
    expect(page.get_by_label("Judged by").locator("option:checked")).to_have_text("set.qrels")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".kqa-told-plain")).to_contain_text("B is 1.000 higher")
    expect(page.locator(".kqa-told-plain")).to_contain_text("hardly chance")


def test_a_public_set_comes_in_a_zip(desk: Visit) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        rows = [{"_id": f"d{n}", "title": f"Title{n}", "text": f"word{n} text"} for n in range(9)]
        asked = [{"_id": f"q{n}", "text": f"word{n}?"} for n in range(9)]
        for name, lines in (("corpus", rows), ("queries", asked)):
            text = "".join(json.dumps(row) + "\n" for row in lines)
            archive.writestr(f"tiny/{name}.jsonl", text)
        judged = "".join(f"q{n}\td{n}\t1\n" for n in range(9))
        archive.writestr("tiny/qrels/test.tsv", f"query-id\tcorpus-id\tscore\n{judged}")
    _add(desk.page, "tiny.zip", packed.getvalue(), "BEIR set")
    _chosen(desk.page, "tiny: test")
    _run(desk.page, "hybrid")
    expect(desk.page.locator("#kqa-figures-title")).to_contain_text("tiny, test")
    expect(desk.page.locator(".measures")).to_contain_text("fewer than 30")


MALFORMED: dict[str, tuple[str, bytes, str]] = {
    "a broken line": ("m.jsonl", b'{"id": "a"}\n', "m.jsonl, line 1: it has no question"),
    "no JSON": ("m.jsonl", b"\n\nquestion\n", "m.jsonl, line 3: it is not JSON"),
    "a table without its header": ("m.csv", b"a,b\n1,2\n", "m.csv, line 1: the header lacks"),
    "a run of five columns": ("m.run", b"q Q0 d 1 1.0 t\nq Q0 e 2 1.0\n", "m.run, line 2"),
    "no text": ("m.run", b"\x00\x01", "m.run, line 1: it holds NUL bytes"),
    "something else": ("m.txt", b"Dear reader", "m.txt: it is none of the files"),
    "no zip": ("m.zip", b"PK or not", "m.zip: it is no zip file"),
    "an empty file": ("m.jsonl", b"", "m.jsonl: it is empty"),
}


@pytest.mark.parametrize(("name", "content", "said"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_file_is_refused_by_name_and_line(
    visit: Visiting, address: str, name: str, content: bytes, said: str
) -> None:
    visited = visit(address, DESK)
    page = _open(visited)
    _add(page, name, content, said)
    expect(page.get_by_role("alert")).not_to_contain_text(tempfile.gettempdir())
    expect(page.locator("#kqa-eval-files table")).to_have_count(0)


def test_a_run_says_how_far_it_is_and_can_be_stopped_and_gone_on_with(
    desk: Visit, questions: bytes, assistant: Slow
) -> None:
    page = desk.page
    _add_questions(page, questions)
    assistant.delay = 0.2
    try:
        page.get_by_role("button", name="Run", exact=True).click()
        bar = page.get_by_role("progressbar", name="Progress")
        expect(bar).to_have_attribute("value", re.compile(r"^[12]\d$"), timeout=20_000)
        expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
        expect(page.locator("#kqa-eval-progress")).to_contain_text("of 40 questions")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator("#kqa-eval-progress")).to_contain_text("Stopped after")
        expect(page.locator("#kqa-figures-title")).to_have_count(0)
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    finally:
        assistant.delay = 0.0
    _run(page, "full")


def test_one_run_goes_on_at_a_time_and_others_are_told_that_they_wait(
    visit: Visiting, address: str, questions: bytes, assistant: Slow
) -> None:
    first, second = _open(visit(address, DESK)), _open(visit(address, DESK))
    assistant.delay = 0.1
    try:
        for page in (first, second):
            _add_questions(page, questions)
            page.get_by_role("button", name="Run", exact=True).click()
        expect(second.locator("#kqa-eval-progress")).to_contain_text("1 evaluation before this")
        second.get_by_role("button", name="Stop", exact=True).click()
        expect(second.locator("#kqa-eval-progress")).to_contain_text("Stopped")
    finally:
        assistant.delay = 0.0
    state = first.locator("#kqa-eval-progress [data-state]")
    expect(state).to_have_attribute("data-state", "done", timeout=60_000)


def test_a_reload_finds_files_and_runs_and_nobody_else_does(
    desk: Visit, visit: Visiting, address: str, questions: bytes
) -> None:
    page = desk.page
    _add_questions(page, questions)
    _run(page, "lexical")
    link = page.get_by_role("link", name="Report (HTML)").get_attribute("href")
    page.reload()
    expect(page.locator("#kqa-figures-title")).to_contain_text("lexical on ")
    expect(page.locator("#kqa-eval-files")).to_contain_text("own.jsonl")
    other = _open(visit(address, DESK))
    expect(other.locator("#kqa-eval-files table")).to_have_count(0)
    assert httpx.get(f"{address}/eval/{link}").status_code == 200
    assert httpx.get(f"{address}/eval/{link}x").status_code == 404


def test_a_reload_while_it_runs_goes_on_watching(
    visit: Visiting, address: str, questions: bytes, assistant: Slow
) -> None:
    page = _open(visit(address, DESK))
    _add_questions(page, questions)
    assistant.delay = 0.05
    try:
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#kqa-eval-progress")).to_contain_text("of 40 questions")
        page.reload()
        expect(page.locator("#kqa-figures-title")).to_contain_text("full on ", timeout=30_000)
    finally:
        assistant.delay = 0.0


def test_nothing_uploaded_or_typed_is_kept_in_the_browser(desk: Visit, questions: bytes) -> None:
    page = desk.page
    _add_questions(page, questions)
    _run(page, "lexical")
    page.get_by_label("Words in question or texts").fill("xyzzy")
    expect(page.get_by_text("No question fits.")).to_be_visible()
    kept = page.evaluate(
        """async () => JSON.stringify([
            {...localStorage}, {...sessionStorage}, document.cookie, history.state,
            (await indexedDB.databases()).map(base => base.name), await caches.keys(),
        ])"""
    )
    assert kept == '[{},{},"",null,[],[]]'
    assert not any("xyzzy" in url or "own.jsonl" in url for url in desk.requested)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(
    visit: Visiting, address: str, axe: Axed, questions: bytes, width: int, scheme: str
) -> None:
    visited = visit(address, (width, 900), scheme)
    page = _open(visited)
    assert axe(page) == []
    _add_questions(page, questions)
    _run(page, "lexical")
    _run(page, "full")
    page.get_by_role("button", name="Compare").click()
    page.locator("#kqa-compared-title").wait_for()
    for number in range(3):
        page.locator(".kqa-open").nth(number).click()
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert axe(page) == []
    expect(page.get_by_text(wording.DISCLAIMER).first).to_be_visible()
    visited.check()


def test_gradios_own_files_stay_shut(address: str) -> None:
    for path in ("file=/etc/passwd", "file=http://127.0.0.1:1/x", "upload", "upload_progress"):
        for method in ("GET", "POST"):
            own = {"Origin": address}
            answered = httpx.request(method, f"{address}/eval/gradio_api/{path}", headers=own)
            assert answered.status_code == 404
    for path in ("download/x/report.html", "download/../../etc/passwd", "upload"):
        assert httpx.get(f"{address}/eval/{path}").status_code in (404, 405)
