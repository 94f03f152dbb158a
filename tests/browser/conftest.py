"""A real server, a real browser: pages are tested as a visitor meets them.

``serving`` takes any assistant, the fake or one with a real index::

    def test_page(serving: Serving, browser: Browser) -> None:
        address = serving(Assistant(settings))
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe as AxeCore
from playwright.sync_api import Browser, Page, sync_playwright

from kqa.surfaces.api import Assistant
from kqa.surfaces.serve import address_of, listen, make_server
from kqa.surfaces.web.feedback import Feedback

Serving = Callable[..., str]
"""Starts a server for an assistant (and what keeps verdicts) and returns its address,
``http://127.0.0.1:…``."""

Axe = Callable[[Page], list[str]]
"""What axe-core finds serious or critical on a page: rule and elements, one a line."""

PHONE = (390, 844)
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running(server: uvicorn.Server) -> Iterator[str]:
    """The address of a server while it runs."""
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive(), "the server died while starting"
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.02)
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join(timeout=15)


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """Servers by assistant, started at first use and stopped at the module's end."""
    with ExitStack() as stack:

        def serve(assistant: Assistant, feedback: Feedback | None = None) -> str:
            return stack.enter_context(running(make_server(assistant, feedback=feedback)))

        yield serve


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    executable = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if executable is None:
        pytest.fail("The browser tests need Chromium. Run: make browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """axe-core, out of its package: nothing is fetched."""
    core = AxeCore()

    def found(page: Page) -> list[str]:
        violations: list[dict[str, Any]] = core.run(page).response["violations"]
        return [
            f"{each['id']}: {node['html'][:200]}"
            for each in violations
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"]
        ]

    return found


class Visit:
    """A page with all that it asked of the network and said on its console."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requested: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def open(self, path: str = "/chat/") -> None:
        self.page.goto(self.address + path)
        self.page.get_by_label("Your question").wait_for()

    def ask(self, question: str) -> None:
        """Types the question and presses Enter; returns when its card is there."""
        cards = self.page.locator(".kqa-card")
        before = cards.count()
        self.page.get_by_label("Your question").fill(question)
        self.page.keyboard.press("Enter")
        cards.nth(before).wait_for()

    def check(self) -> None:
        """Nothing was fetched from elsewhere, nothing failed, nothing scrolls sideways."""
        strangers = [
            url for url in self.requested if not url.startswith((self.address + "/", "data:"))
        ]
        assert strangers == []
        assert self.complaints == []
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not self.page.evaluate(too_wide)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a fresh visitor's page at an address: ``visit(address, size=PHONE)``."""
    with ExitStack() as stack:

        def opened(address: str, size: tuple[int, int] = PHONE, scheme: str = "light") -> Visit:
            dark = scheme == "dark"
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
            )
            stack.callback(context.close)
            return Visit(context.new_page(), address)

        yield opened
