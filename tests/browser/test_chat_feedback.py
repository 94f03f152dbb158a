"""Helpful or not: asked only where the owner switched it on, kept only when pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Serving, Visit
from tests.surfaces.fake_assistant import HISTORY as SAID
from tests.surfaces.fake_assistant import FakeAssistant, answer, quote

from kqa import wording
from kqa.records import Answer
from kqa.settings import Settings
from kqa.surfaces.web.chat import Exchange, exchange, judge

Visiting = Callable[..., Visit]


@dataclass
class FakeFeedback:
    """Keeps verdicts in memory; ``broken`` fails instead."""

    kept: list[tuple[str, Answer, bool]] = field(default_factory=list)
    broken: bool = False

    def keep(self, question: str, answer: Answer, helpful: bool) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.kept.append((question, answer, helpful))


@pytest.fixture(scope="module")
def feedback() -> FakeFeedback:
    return FakeFeedback()


@pytest.fixture(scope="module")
def address(serving: Serving, feedback: FakeFeedback) -> str:
    return serving(FakeAssistant(settings=Settings(feedback=True)), feedback)


@pytest.fixture
def phone(visit: Visiting, address: str, feedback: FakeFeedback) -> Iterator[Visit]:
    feedback.kept.clear()
    visited = visit(address)
    visited.open()
    yield visited
    visited.check()


def test_a_verdict_is_kept_with_its_question_and_answer(
    phone: Visit, feedback: FakeFeedback
) -> None:
    phone.ask("When? <b>")
    phone.ask("capital")
    expect(phone.page.get_by_text(wording.FEEDBACK_KEEPS)).to_have_count(2)
    assert feedback.kept == []
    first = phone.page.locator(".kqa-card").first
    first.get_by_role("button", name=wording.HELPFUL, exact=True).press("Enter")
    expect(first.locator(".kqa-thanks")).to_have_text(wording.FEEDBACK_KEPT)
    expect(first.locator(".kqa-thanks")).to_be_focused()
    expect(phone.page.locator("#kqa-live")).to_have_text(wording.FEEDBACK_KEPT)
    expect(first.get_by_role("button", name=wording.HELPFUL, exact=True)).to_have_count(0)
    phone.page.get_by_role("button", name=wording.NOT_HELPFUL).click()
    expect(phone.page.locator(".kqa-thanks")).to_have_count(2)
    (question, given, helpful), (other, refused, unhelpful) = feedback.kept
    assert (question, helpful) == ("When? <b>", True)
    assert given.question == question
    assert given.quotes[0].text == SAID
    assert (other, unhelpful, refused.quotes) == ("capital", False, ())
    phone.ask("When?")
    expect(phone.page.locator(".kqa-thanks")).to_have_count(2)


def test_what_could_not_be_kept_is_said_so(phone: Visit, feedback: FakeFeedback) -> None:
    feedback.broken = True
    try:
        phone.ask("When?")
        phone.page.get_by_role("button", name=wording.NOT_HELPFUL).click()
        expect(phone.page.locator(".kqa-thanks")).to_have_text(wording.FEEDBACK_NOT_KEPT)
    finally:
        feedback.broken = False


@pytest.mark.parametrize(
    "question", ["I want to kill myself", "suicide?", "¿Cuánto dura una sesión?", "???", "boom"]
)
def test_nobody_in_danger_or_unanswered_is_asked(phone: Visit, question: str) -> None:
    phone.ask(question)
    expect(phone.page.locator("[data-helpful]")).to_have_count(0)


def test_without_the_setting_nobody_is_asked(serving: Serving, visit: Visiting) -> None:
    settings = Settings(feedback=False)
    visited = visit(serving(FakeAssistant(settings=settings), FakeFeedback()))
    visited.open()
    visited.ask("When?")
    expect(visited.page.locator("[data-helpful]")).to_have_count(0)
    assert wording.FEEDBACK_KEEPS not in visited.page.content()


def _past() -> tuple[Exchange, ...]:
    past: tuple[Exchange, ...] = ()
    for question in ("When?", "I want to kill myself", "When then?"):
        *_, (_, _, past) = exchange(FakeAssistant(), question, past, may_judge=True)
    return past


@pytest.mark.parametrize("number", [0, 2, 4, -1, None, "1", 1.5, [1], {"a": 1}])
def test_a_verdict_on_nothing_keeps_nothing(number: Any) -> None:  # noqa: ANN401
    keeper, past = FakeFeedback(), _past()
    markup, after = judge(keeper, past, number, helpful=True)
    assert keeper.kept == []
    assert after == past
    assert markup == "".join(each.markup for each in past)


def test_a_verdict_is_kept_once() -> None:
    keeper, past = FakeFeedback(), _past()
    _, once = judge(keeper, past, 1, helpful=True)
    _, twice = judge(keeper, once, 1, helpful=False)
    assert [(question, helpful) for question, _, helpful in keeper.kept] == [("When?", True)]
    assert once == twice


def test_without_a_keeper_no_answer_is_held_in_memory() -> None:
    *_, (_, _, past) = exchange(FakeAssistant(), "When?", ())
    assert past[-1].judged is None
    given = answer("When?", quotes=(quote(SAID),))
    assert given.question not in repr(past[-1].judged)
