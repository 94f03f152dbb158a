"""The evaluator's page shows every value letter for letter, and says what figures mean."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from tests.evaluate.test_report import HOSTILE, MIXED, evaluation, result

from kqa.errors import InputError
from kqa.evaluate.compare import Compared, Comparison, compare_runs
from kqa.evaluate.measure import DocumentJudge
from kqa.evaluate.results import Gold, Measured, Qrel
from kqa.evaluate.verdicts import Asked, verdicts
from kqa.surfaces.web.evaluator_bench import Bench, Held, Kind, Run
from kqa.surfaces.web.evaluator_jobs import Job, State
from kqa.surfaces.web.evaluator_view import PAGE, View, matching, page_of
from kqa.surfaces.web.render_comparison import difference_in_words, render_comparison
from kqa.surfaces.web.render_evaluator import (
    render_choice_form,
    render_choices,
    render_error,
    render_files,
    render_intro,
    render_progress,
)
from kqa.surfaces.web.render_results import (
    render_figures,
    render_filter,
    render_questions,
    render_runs,
)

TAGS = frozenset(
    {
        *("a", "article", "blockquote", "br", "button", "circle", "code", "dd", "desc", "details"),
        *("div", "dl", "dt", "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "header"),
        *("input", "label", "li", "mark", "nav", "ol", "optgroup", "option", "p", "path"),
        *("polyline", "progress", "section", "select", "span", "strong", "summary", "svg"),
        *("table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul"),
    }
)


class Read(HTMLParser):
    """Elements and text of a piece of markup."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def a_run(*questions: object, **changes: object) -> Run:
    found = evaluation(*questions, **changes)  # type: ignore[arg-type]
    return Run("r1", 1, found, verdicts(found), Path("r1.run"), "set", None)


def a_bench(*files: Held) -> Bench:
    return Bench("token", "anna", Path("folder"), {held.key: held for held in files})


def hostile_pieces(words: str) -> list[str]:
    """Every piece of the page with ``words`` wherever a stranger's words may come."""
    gold = Gold(words or "x", words or "x", 0)
    asked = result(1, question=words, id=words, kind=words, split=words, expected=(gold,))
    run = a_run(asked, system=words, test_set=words, settings={words: words})
    held = [
        Held("k1", words, kind, Path("x"), 3, ((words, 3),), (words,), (words,)) for kind in Kind
    ]
    bench = a_bench(*(replace(each, key=f"k{n}") for n, each in enumerate(held)))
    bench.choice = {"questions": words, "system": words, "k": words}
    job = Job(words, lambda job: None, error=InputError(words, words, words), state=State.FAILED)
    measured = Measured(0.5, 0.4, 0.6, 30, words)
    row = Compared(words, measured, measured, measured, 0.5, 0.5, 1, 1)
    found = Comparison(words, words, 30, 1, 1, (row,), ())
    view = View("r1", words, words, text=words)
    return [
        render_intro(words, words),
        render_files(bench.files.values()),
        render_choices(bench),
        render_progress(job, 0, Path("/f")),
        render_error(InputError(words, words, words)),
        render_choice_form([(words, words), (words, words)], [(words, words)], {}),
        render_runs([run], "r1"),
        render_figures(run),
        render_filter(run, view),
        render_questions(run, View("r1")),
        render_comparison(found, words, words),
    ]


@hypothesis.settings(max_examples=25)
@hypothesis.given(st.one_of(st.just(HOSTILE), st.text(alphabet="<>&\"'`${}=/ \r\n\tab\x00é‮")))
def test_no_word_of_a_stranger_becomes_a_tag_or_an_attribute(words: str) -> None:
    plain = [Read(piece) for piece in hostile_pieces("x")]
    hostile = [Read(piece) for piece in hostile_pieces(words or "x")]
    for before, after in zip(plain, hostile, strict=True):
        assert {tag for tag, _ in after.tags} <= TAGS
        invisible = [each for each in after.tags if "data-is" in each[1]]
        kept = [each for each in after.tags if each not in invisible]
        assert [tag for tag, _ in kept] == [tag for tag, _ in before.tags]
        assert [[*attrs] for _, attrs in kept] == [[*attrs] for _, attrs in before.tags]


def test_a_question_is_shown_letter_for_letter() -> None:
    words = "<b>odd</b> ${1+1} {{x}} 5*4*3 & &amp; \"quoted\" 'so'"
    page = render_questions(a_run(result(1, question=words)), View("r1"))
    assert words in Read(page).text


def test_every_question_is_on_one_page_and_opens_to_its_own_story() -> None:
    run = a_run(*(result(n) for n in range(1, 61)))
    shown = [
        each.n
        for page in range(1, 4)
        for each in page_of(matching(run.asked, View("r1")), View("r1", page=page))[0]
    ]
    assert shown == [*range(1, 61)]
    markup = Read(render_questions(run, View("r1", page=2)))
    openers = [attrs["aria-controls"] for _, attrs in markup.tags if "aria-controls" in attrs]
    ids = [attrs["id"] for _, attrs in markup.tags if "id" in attrs]
    assert openers == [f"kqa-q-{n}" for n in range(PAGE + 1, 2 * PAGE + 1)]
    assert set(openers) <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", [0, -3, 10**9, "x", None, "２"])
def test_a_page_that_is_not_there_is_the_nearest_that_is(page: object) -> None:
    asked = verdicts(evaluation(*(result(n) for n in range(60))))
    _, at, pages = page_of(matching(asked, View()), View().turned(page))
    assert 1 <= at <= pages == 3


def ids(asked: list[Asked]) -> list[str]:
    return [each.result.id for each in asked]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, ["q1", "q2", "q3", "q4"]),
        ({"verdict": "wrong"}, ["q2", "q3"]),
        ({"verdict": "right"}, ["q1", "q4"]),
        ({"outcome": "refused"}, ["q3", "q4"]),
        ({"outcome": "answered", "verdict": "right"}, ["q1"]),
        ({"kind": "list"}, ["q2"]),
        ({"kind": "-"}, ["q3"]),
        ({"split": "-"}, ["q3"]),
        ({"text": "Q2 question"}, ["q2"]),
        ({"text": "1962 BEFORE."}, ["q2"]),
        ({"text": "1962 nowhere"}, []),
        ({"text": "made 1962"}, ["q1", "q2", "q3"]),
        ({"kind": "nothing"}, []),
        ({"order": "sure"}, ["q1", "q2", "q3", "q4"]),
        ({"unknown": "x", "page": "7"}, ["q1", "q2", "q3", "q4"]),
    ],
)
def test_a_filter_lets_through_what_it_says(sent: dict[str, str], found: list[str]) -> None:
    asked = verdicts(evaluation(*MIXED))
    assert ids(matching(asked, View().filtered(sent))) == found


def test_questions_are_ordered_by_confidence() -> None:
    asked = verdicts(evaluation(*(result(n, confidence=n % 4 / 4) for n in range(1, 5))))
    assert ids(matching(asked, View(order="unsure")))[0] == "q4"
    assert ids(matching(asked, View(order="sure")))[0] == "q3"


# --- progress and comparisons in words ------------------------------------------------------


def said(job: Job, before: int = 0) -> str:
    return Read(render_progress(job, before, Path("/f"))).text


def test_how_far_it_is_is_said_in_every_state() -> None:
    job = Job("some", lambda job: None, steps=2)
    assert "Waiting: 2 evaluations before this one" in said(job, 2)
    job.state = State.RUNNING
    job.progress("starting", 0, 0)
    assert "Opening index" in said(job)
    job.progress("embedding", 64, 640)
    assert "64 of 640 documents embedded" in said(job)
    job.progress("questions", 0, 640)
    job.step()
    job.step()
    assert "1 of 640 questions" in said(job)
    job.progress("questions", 640, 640)
    assert "Working out figures" in said(job)
    job.state = State.DONE
    assert "Done: 640 questions" in said(job)
    job.state = State.STOPPED
    assert "goes on after 640" in said(job)
    job.error, job.state = InputError("/f/ab12/mine.jsonl", "odd", "Mend it"), State.FAILED
    assert "mine.jsonl: odd. Mend it" in said(job)
    assert "<progress" not in render_progress(job, 0, Path("/f"))


def compared(better: int, worse: int, n: int = 60) -> Comparison:
    """B finds ``better`` answers that A does not, and A ``worse`` that B does not."""
    runs = {"a": dict[str, dict[str, float]](), "b": dict[str, dict[str, float]]()}
    for at in range(n):
        runs["a"][f"q{at}"] = {"d" if at >= better else "x": 1.0}
        runs["b"][f"q{at}"] = {"x" if better <= at < better + worse else "d": 1.0}
    judge = DocumentJudge([Qrel(f"q{at}", "d", 1) for at in range(n)])
    return compare_runs(("a", runs["a"]), ("b", runs["b"]), judge)


@pytest.mark.parametrize(
    ("better", "worse", "words"),
    [
        (30, 0, ("B is 0.500 higher", "less than once in 1,000 times", "hardly chance")),
        (0, 30, ("B is 0.500 lower", "worse on 30", "hardly chance")),
        (10, 9, ("better on 10 questions and worse on 9", "do not show that one is better")),
        (0, 0, ("A and B have the same 1.000", "do not show that one is better")),
    ],
)
def test_a_comparison_is_told_in_words(better: int, worse: int, words: tuple[str, ...]) -> None:
    found = compared(better, worse)
    told = difference_in_words(found.measures[0], len(found.measures))
    for each in words:
        assert each in told
    assert told in Read(render_comparison(found, "A", "B")).text
