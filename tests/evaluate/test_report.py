"""The report says all that was measured, letter for letter, and asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, sync_playwright

from kqa import wording
from kqa.errors import Unreachable
from kqa.evaluate.report import MOST_GOLD, MOST_QUESTIONS, report_html, write_report
from kqa.evaluate.results import Curve, Evaluation, Gold, Measured, QuestionResult, Shown

HOSTILE = (
    "</script></style><script>alert(1)</script> <img src=x onerror=alert(2)> ${alert(3)} "
    "{{ 7*7 }} {% raw %} javascript:alert(4) \"' &amp; \u202eevil\u2066 \x00 \ud800 \r\n --> ]]>"
)
ARTICLE = "Before. It was made in 1962. It was made in 1962. After."
VOID = frozenset({"meta", "link", "input"})
SVG_VOID = frozenset({"path", "circle", "polyline"})
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def gold(quote: str = "It was made in 1962.", start: int = 29, article: str = "a") -> Gold:
    return Gold(article, quote, start)


def shown(start: int = 29, end: int = 49, *, right: bool = True) -> Shown:
    return Shown("a", start, end, ARTICLE[start:end], right, 0, ARTICLE, 0.5)


def result(number: int = 1, **changes: object) -> QuestionResult:
    plain = QuestionResult(
        id=f"q{number}",
        question=f"Question {number}?",
        kind="direct",
        split="test",
        answerable=True,
        expected=(gold(),),
        shown=(shown(),),
        outcome="answered",
        confidence=0.9,
        notices=(),
        values={"one_of_three": 1.0},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


WRONG: dict[str, object] = {"shown": (shown(0, 7, right=False),), "values": {"one_of_three": 0.0}}
MIXED = (
    result(1),
    result(2, kind="list", **WRONG),
    result(3, kind=None, split=None, outcome="not_in_corpus", shown=(), values={}),
    result(4, answerable=False, expected=(), outcome="crisis", shown=(), notices=("crisis",)),
)


def evaluation(*questions: QuestionResult, **changes: object) -> Evaluation:
    measured = Measured(0.742, 0.69, 0.78, 300)
    few = Measured(0.5, 0.1, 0.9, 12, "only 12 questions")
    plain = Evaluation(
        system="full",
        test_set="clinic.jsonl",
        test_set_sha256="ab" * 32,
        index="cd" * 32,
        settings={"k": "3", "depth": "100"},
        versions={"python": "3.11.7", "numpy": "2.4.6"},
        date="2026-01-02T03:04:05+00:00",
        measures={"nDCG@10": measured, "first_quote": few, "own": measured},
        by_kind={"list": {"first_quote": few}, "direct": {"first_quote": measured}},
        by_split={"test": {"first_quote": measured}, "dev": {"first_quote": few}},
        curves=(
            Curve("risk_coverage", "coverage", "risk", ((0.1, 0.0), (1.0, 0.3))),
            Curve("calibration", "confidence", "share right", ((0.2, 0.1), (0.9, 0.8))),
        ),
        questions=questions,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class Read(HTMLParser):
    """The report as a browser reads it; named characters are turned back into themselves."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[int] = []
        self.feed(markup)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs)
        self.elements.append((tag, given))
        if tag in VOID:
            return
        self._open.append(len(self.inside))
        self.inside.append((tag, given, []))
        if "data-is" in given:
            self._say(chr(int(given["data-is"].removeprefix("U+"), 16)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SVG_VOID
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.inside[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        if self._open and "data-is" not in self.inside[self._open[-1]][1]:
            self._say(data)

    def _say(self, data: str) -> None:
        for at in self._open:
            self.inside[at][2].append(data)

    def texts(self, name: str) -> list[str]:
        """Text of every element of that tag or class, in order."""
        return [
            "".join(parts)
            for tag, given, parts in self.inside
            if name == tag or name in given.get("class", "").split()
        ]


def read(*questions: QuestionResult, **changes: object) -> Read:
    return Read(report_html(evaluation(*questions, **changes)))


# --- what it says -----------------------------------------------------------------------


def test_the_report_says_what_was_measured_of_what_and_when() -> None:
    said = read(*MIXED).texts("body")[0]
    for text in (
        *("full", "clinic.jsonl", "ab" * 32, "cd" * 32, "depth", "100", "numpy", "2.4.6"),
        *("2026-01-02T03:04:05+00:00", wording.DISCLAIMER, "0.742", "0.690–0.780", "300"),
        *("only 12 questions", "first_quote", "nDCG@10", "own", "risk by coverage"),
    ):
        assert text in said


def test_measures_stand_in_a_fixed_order_the_unknown_last() -> None:
    headers = read().texts("th")
    ours = [next(t for t in headers if t.startswith(n)) for n in ("first_quote", "nDCG@10", "own")]
    assert sorted(ours, key=headers.index) == ours


def test_equal_evaluations_give_equal_bytes_whatever_the_order_of_their_names() -> None:
    one = evaluation(*MIXED)
    other = replace(
        one,
        settings=dict(reversed(one.settings.items())),
        versions=dict(reversed(one.versions.items())),
        measures=dict(reversed(one.measures.items())),
        by_kind=dict(reversed(one.by_kind.items())),
        by_split=dict(reversed(one.by_split.items())),
    )
    assert one == other
    assert report_html(one) == report_html(other)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from tests.evaluate.test_report import *;"
        "print(hashlib.sha256(report_html(evaluation(*MIXED)).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    ours = hashlib.sha256(report_html(evaluation(*MIXED)).encode()).hexdigest()
    assert found == {f"{ours}\n"}


def test_parts_that_an_evaluation_lacks_are_left_out() -> None:
    page = read(by_kind={}, by_split={}, curves=(), settings={}, versions={})
    assert page.texts("h2") == ["Measures", "Questions"]
    assert "0 questions" in page.texts("lead")[0]


def test_warnings_about_the_set_stand_beside_the_measures() -> None:
    assert "3 documents cut" in read(settings={"warnings": "3 documents cut"}).texts("disclaimer")


def test_figures_that_are_no_number_are_dashes() -> None:
    nan = float("nan")
    page = read(result(confidence=nan), measures={"ece": Measured(nan, nan, nan, 0)})
    assert page.texts("big")[0] == "–"
    assert "nan" not in page.texts("main")[0]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "right"),
        (WRONG, "wrong"),
        ({"values": {}}, "right"),
        ({"outcome": "not_in_corpus", "shown": (), "values": {}}, "wrong"),
        ({"outcome": "crisis", "shown": (), "values": {}}, "wrong"),
        ({"answerable": False, "expected": (), "outcome": "not_in_corpus", "shown": ()}, "right"),
        ({"answerable": False, "expected": (), "outcome": "crisis", "shown": ()}, "right"),
        ({"answerable": False, "expected": ()}, "wrong"),
        ({"answerable": False, "expected": (), "outcome": None}, "unjudged"),
        ({"outcome": None, "values": {"Success@3": 1.0}, "shown": ()}, "right"),
        ({"outcome": None, "values": {"Success@3": 0.0}, "shown": ()}, "wrong"),
    ],
)
def test_right_and_wrong_are_said_in_words(changes: dict[str, object], verdict: str) -> None:
    page = read(result(1, **changes))
    words = {"right": "✓ Right", "wrong": "✗ Wrong", "unjudged": "Not judged"}
    assert page.texts("said")[0].startswith(words[verdict])
    (card,) = [given for tag, given in page.elements if tag == "article"]
    assert card["data-verdict"] == verdict


def test_text_that_was_not_kept_is_said_not_taken_for_a_failure() -> None:
    page = read(result(shown=(), expected=()))
    said = page.texts("question")[0]
    assert "✓ Right" in said
    assert "The text of what came was not kept." in said
    assert "The expected text was not kept." in said
    assert "Nothing was quoted." in read(MIXED[2]).texts("question")[0]


# --- quotes -----------------------------------------------------------------------------


def test_the_quote_is_marked_by_its_offsets_where_it_stands_twice() -> None:
    markup = report_html(evaluation(result()))
    assert "Before. It was made in 1962. <mark>It was made in 1962.</mark> After." in markup


@pytest.mark.parametrize("start", [-5, 30, 900])
def test_a_quote_that_its_offsets_do_not_give_is_shown_alone(start: int) -> None:
    page = read(result(shown=(replace(shown(), start=start),)))
    assert page.texts("stretch") == page.texts("mark") == ["It was made in 1962."]
    assert "does not stand at its offsets" in page.texts("question")[0]


def test_gold_that_came_is_told_from_gold_that_did_not() -> None:
    page = read(result(expected=(gold(), gold("Before.", 0), gold(article="other"))))
    said = page.texts("question")[0]
    assert (said.count("✓ came"), said.count("did not come")) == (1, 2)


def test_more_gold_than_anybody_reads_is_counted() -> None:
    page = read(result(expected=(gold(),) * (MOST_GOLD + 7)))
    assert len(page.texts("gold")) == MOST_GOLD
    assert "and 7 more" in page.texts("question")[0]


anything = st.text(st.characters(codec=None), min_size=1) | st.just(HOSTILE)


@hypothesis.given(anything, anything, anything, anything)
@hypothesis.settings(max_examples=60)
def test_texts_read_back_are_the_texts(before: str, quote: str, after: str, asked: str) -> None:
    context = before + quote + after
    start = 7 + len(before)
    came = Shown(asked, start, start + len(quote), quote, True, 7, context, 1.0)
    page = read(result(id=before, question=asked, shown=(came,), expected=(gold(quote),)))
    assert page.texts("asked") == [asked]
    assert page.texts("stretch") == [context]
    assert page.texts("mark") == [quote]
    assert page.texts("gold") == [quote]


def hostile() -> Evaluation:
    """Everything that may be anything, is."""
    measured = {HOSTILE: Measured(0.5, 0.4, 0.6, 9, HOSTILE)}
    ours = replace(shown(), article=HOSTILE)
    twisted = Shown(HOSTILE, 1, 2, HOSTILE, False, 0, HOSTILE, 0.1)
    return Evaluation(
        *(HOSTILE, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "warnings": HOSTILE}),
        *({HOSTILE: HOSTILE}, HOSTILE, measured, {HOSTILE: measured}, {HOSTILE: measured}),
        (Curve(HOSTILE, HOSTILE, HOSTILE, ((0.1, 0.2), (0.3, 0.4))), Curve(HOSTILE, "x", "y", ())),
        (
            QuestionResult(
                *(HOSTILE, HOSTILE, HOSTILE, HOSTILE, True),
                (Gold(HOSTILE, HOSTILE, 3, HOSTILE),),
                *((ours, twisted), HOSTILE, 0.5, (HOSTILE,), {HOSTILE: 1.0}),
            ),
            result(kind="", split="", outcome=""),
        ),
    )


def test_hostile_text_makes_no_element_and_no_attribute() -> None:
    def shape(page: Read) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(given)) for tag, given in page.elements if "data-is" not in given]

    tame = Read(re.sub("alert", "tame", report_html(hostile())))
    page = Read(report_html(hostile()))
    assert shape(tame) == shape(page)
    assert len(page.texts("script")) == len(page.texts("style")) == 1
    assert not {tag for tag, _ in page.elements} & {"img", "iframe", "object", "embed", "form"}
    assert not [name for _, given in page.elements for name in given if name.startswith("on")]
    assert page.texts("asked")[0] == page.texts("stretch")[1] == HOSTILE


@pytest.mark.parametrize("made", [hostile(), evaluation(*MIXED)], ids=["hostile", "mixed"])
def test_no_attribute_names_another_place_than_the_page_itself(made: Evaluation) -> None:
    page = Read(report_html(made))
    for tag, given in page.elements:
        for name, value in given.items():
            if name in ("href", "src"):
                assert value.startswith(("#", "data:image/svg+xml;base64,")), (tag, value)
            assert name not in {"srcset", "action", "formaction", "style", "ping", "xlink:href"}
            assert "://" not in value
    assert "url(" not in page.texts("style")[0]
    assert "@import" not in page.texts("style")[0]
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(set(ids)) == len(ids)
    for _, given in page.elements:
        if given.get("href", "").startswith("#"):
            assert given["href"][1:] in ids
        assert set(given.get("aria-labelledby", "").split()) <= set(ids)


def test_the_policy_allows_the_two_blocks_of_the_page_and_nothing_else() -> None:
    page = read(*MIXED)
    (policy,) = [given["content"] for _, given in page.elements if "http-equiv" in given]
    style, script = (
        base64.b64encode(hashlib.sha256(page.texts(tag)[0].encode()).digest()).decode()
        for tag in ("style", "script")
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


# --- who reads it -----------------------------------------------------------------------


def test_headings_come_in_order_tables_have_headers_controls_have_labels() -> None:
    page = read(*MIXED)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {given.get("scope") for tag, given in page.elements if tag == "th"} == {"col", "row"}
    labelled = {given["for"] for tag, given in page.elements if tag == "label"}
    assert labelled == {g["id"] for tag, g in page.elements if tag in ("select", "input")}
    svgs = [given for tag, given in page.elements if tag == "svg"]
    assert all("aria-labelledby" in given or "aria-hidden" in given for given in svgs)
    assert len(page.texts("desc")) == 2


TEXT_ON = [
    *(("ink", "page"), ("ink", "card"), ("soft", "page"), ("soft", "card"), ("accent", "page")),
    *(("accent", "card"), ("accent", "tint"), ("wrong", "wrong-tint"), ("mark-ink", "mark")),
    *(("ink", "note"), ("soft", "note")),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_every_text_stands_out_from_its_ground(scheme: int, text: str, ground: str) -> None:
    block = re.findall(r":root \{(.*?)\}", read().texts("style")[0], re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", block))

    def light(name: str) -> float:
        digits = colours[name][1:]
        whole = digits if len(digits) == 6 else "".join(d * 2 for d in digits)
        parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    pair = sorted([light(text), light(ground)])
    assert pair[1] / pair[0] >= 4.5


# --- size and file ----------------------------------------------------------------------


def test_a_large_set_lists_what_went_wrong_and_says_so() -> None:
    every = [result(n, **(WRONG if n % 500 == 0 else {})) for n in range(1, MOST_QUESTIONS + 2)]
    assert len(read(*every[:-1]).texts("question")) == MOST_QUESTIONS
    page = read(*every)
    assert [text.strip() for text in page.texts("asked")] == [
        f"Question {n}?" for n in (500, 1000, 1500, 2000)
    ]
    assert "Only the 4 wrong questions are listed" in page.texts("main")[0]
    assert "2,001 questions" in page.texts("lead")[0]


def test_ten_thousand_failures_give_a_file_that_opens() -> None:
    long = "word " * 200
    came = tuple(Shown("a", 0, 5, "word ", False, 0, long, 0.1) for _ in range(3))
    failed = result(shown=came, expected=(gold(),) * 8, values={"one_of_three": 0.0})
    markup = report_html(evaluation(*[failed] * 10_000))
    assert len(markup) < 20_000_000
    assert markup.count("<article") == MOST_QUESTIONS
    assert "Only the first 2,000 of 10,000 wrong questions are listed" in markup


def test_the_file_is_written_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(evaluation(*MIXED), path)
    assert path.read_bytes() == report_html(evaluation(*MIXED)).encode()
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_is_as_before(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    for where in (path, tmp_path / "none" / "report.html"):
        with pytest.raises(Unreachable, match="Check the path"):
            write_report(evaluation(), where)
    assert list(tmp_path.iterdir()) == [path]


def test_the_template_ships_with_the_package() -> None:
    assert (importlib.resources.files("kqa.evaluate") / "report.html.j2").is_file()


# --- in a browser -----------------------------------------------------------------------

Visit = Callable[..., None]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Opens an evaluation's report from disk: ``visit(evaluation, what_to_do)``.

    In a thread of its own: another test's browser may be open in this one.
    """
    executable = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if executable is None:
        pytest.fail("The browser tests need Chromium. Run: make browser")
    path = tmp_path_factory.mktemp("report") / "report.html"
    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        chromium = thread.submit(
            lambda: playwright.chromium.launch(executable_path=executable, args=QUIET)
        ).result()
        yield lambda made, act, **options: thread.submit(
            _visit, chromium, made, path, act, options
        ).result()
        thread.submit(chromium.close).result()
        thread.submit(playwright.stop).result()


def _visit(
    browser: Browser,
    made: Evaluation,
    path: Path,
    act: Callable[[Page], None],
    options: dict[str, object],
) -> None:
    write_report(made, path)
    page = browser.new_page(**({"viewport": {"width": 1280, "height": 800}} | options))  # type: ignore[arg-type]
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    try:
        page.goto(path.as_uri())
        act(page)
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        assert complaints == []
    finally:
        page.close()


def listed(page: Page) -> list[str]:
    return [card for card in page.locator(".question:visible .asked").all_inner_texts() if card]


def test_filters_work_by_keyboard(visit: Visit) -> None:
    def act(page: Page) -> None:
        count = page.locator("#count")
        assert len(listed(page)) == 4
        assert count.inner_text() == "Showing all of 4"
        page.locator("#verdict").focus()
        page.keyboard.type("Wrong")
        assert listed(page) == ["Question 2?", "Question 3?"]
        page.keyboard.press("Tab")
        page.keyboard.type("list")
        assert listed(page) == ["Question 2?"]
        assert count.inner_text() == "Showing 1 of 4"
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.type("QUESTION 3")
        assert (listed(page), count.inner_text()) == ([], "Showing 0 of 4")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert count.inner_text() == "Showing all of 4"
        page.get_by_label("Outcome", exact=True).select_option(label="crisis")
        assert listed(page) == ["Question 4?"]
        page.get_by_label("Outcome", exact=True).select_option(label="All")
        page.get_by_label("Split", exact=True).select_option(label="no split")
        assert listed(page) == ["Question 3?"]

    visit(evaluation(*MIXED), act)


def test_everything_is_there_without_scripts(visit: Visit) -> None:
    def act(page: Page) -> None:
        assert len(listed(page)) == 4
        assert page.locator("#filter").is_hidden()
        assert page.locator(".curves svg:visible").count() == 2

    visit(evaluation(*MIXED), act, java_script_enabled=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_page_never_scrolls_sideways(visit: Visit, width: int, scheme: str) -> None:
    long = replace(result(1), question="w" * 500, id="i" * 300, kind="k" * 120)
    kinds = {f"kind_{n}": {"first_quote": Measured(0.5, 0.4, 0.6, 40)} for n in range(12)}
    names = ("first_quote", "one_of_three", "list_coverage", "all_sides", "refused", "two_part")
    wide = {"direct": dict.fromkeys(names, Measured(0.5, 0.1, 0.9, 9, "few"))}
    made = evaluation(*MIXED, long, by_kind=kinds | wide)

    def act(page: Page) -> None:
        root = page.locator("html")
        assert root.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert page.evaluate("getComputedStyle(document.body).color") == (
            "rgb(28, 43, 42)" if scheme == "light" else "rgb(230, 238, 236)"
        )

    visit(made, act, viewport={"width": width, "height": 800}, color_scheme=scheme)


def test_hostile_text_is_inert_and_legible_in_a_browser(visit: Visit) -> None:
    def act(page: Page) -> None:
        text = page.locator(".asked").first.text_content()
        assert text == HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
        boxes = page.locator(".asked").first.locator(".unseen")
        said = boxes.evaluate_all(
            "boxes => boxes.map((box) => getComputedStyle(box, '::before').content)"
        )
        assert said == ['"U+202E"', '"U+2066"', '"U+0000"', '"U+D800"', '"U+000D"']
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, form").count() == 0
        page.get_by_label("Kind", exact=True).select_option(index=2)
        assert page.locator("#count").inner_text() == "Showing 1 of 2"

    visit(hostile(), act)
