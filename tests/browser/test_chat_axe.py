"""axe-core finds nothing serious on the visitor's page, in any state, size or scheme."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import PHONE, Axe, Serving, Visit
from tests.surfaces.fake_assistant import FakeAssistant

from kqa import wording
from kqa.records import Answer
from kqa.settings import Settings

Visiting = Callable[..., Visit]


class Kept:
    def keep(self, question: str, answer: Answer, helpful: bool) -> None:
        pass


@pytest.fixture(scope="module")
def address(serving: Serving) -> str:
    return serving(FakeAssistant(settings=Settings(feedback=True)), Kept())


QUESTIONS = {
    "answer": "When?",
    "praise": "praise",
    "refusal": "capital",
    "lost list": "list",
    "sides": "differ above three",
    "crisis": "I want to kill myself",
    "topic": "suicide?",
    "foreign": "¿Cuánto dura una sesión?",
    "dose": "How many mg should I take?",
    "bad input": "???",
    "error": "boom",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1280, 800)], ids=["phone", "desk"])
def test_axe_finds_nothing_serious_in_any_state(
    visit: Visiting, address: str, axe: Axe, size: tuple[int, int], scheme: str
) -> None:
    visited = visit(address, size, scheme)
    visited.page.emulate_media(reduced_motion="reduce")
    visited.open()
    found = {"start": axe(visited.page)}
    for state, question in QUESTIONS.items():
        visited.ask(question)
        visited.page.locator("details").evaluate_all("all => all.forEach(d => d.open = true)")
        visited.page.wait_for_timeout(200)  # colours of buttons fade
        found[state] = axe(visited.page)
    visited.page.get_by_role("button", name=wording.NOT_HELPFUL).first.click()
    visited.page.locator(".kqa-thanks").wait_for()
    found["thanks"] = axe(visited.page)
    visited.page.locator("a.kqa-open").first.click()
    visited.page.locator("dialog mark").wait_for()
    found["article"] = axe(visited.page)
    visited.page.keyboard.press("Escape")
    found["connection"] = _unconnected(visited.page, axe)
    assert {state: said for state, said in found.items() if said} == {}


def _unconnected(page: Page, axe: Axe) -> list[str]:
    page.route("**/queue/data*", lambda route: route.abort())
    page.get_by_label("Your question").fill("When?")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=wording.NO_CONNECTION).wait_for(timeout=10_000)
    return axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["plain", "articles/the-benefits?start=38&end=50"])
def test_axe_finds_nothing_serious_on_the_pages_without_a_script(
    visit: Visiting, address: str, axe: Axe, path: str, scheme: str
) -> None:
    visited = visit(address, scheme=scheme)
    visited.page.goto(f"{address}/chat/{path}")
    if path == "plain":
        visited.page.get_by_label("Your question").fill("suicide?")
        visited.page.get_by_role("button", name="Ask").click()
        visited.page.locator(".kqa-card").wait_for()
    assert axe(visited.page) == []


def test_axe_does_find_what_is_wrong(visit: Visiting, address: str, axe: Axe) -> None:
    visited = visit(address)
    visited.open()
    visited.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(said.startswith("button-name") for said in axe(visited.page))
