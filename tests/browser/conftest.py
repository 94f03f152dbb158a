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

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kqa.surfaces.api import Assistant
from kqa.surfaces.serve import address_of, listen, make_server

Serving = Callable[[Assistant], str]
"""Starts a server for an assistant and returns its address, ``http://127.0.0.1:…``."""

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
def _running(assistant: Assistant) -> Iterator[str]:
    server = make_server(assistant)
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
        yield lambda assistant: stack.enter_context(_running(assistant))


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
