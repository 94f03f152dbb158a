"""``embed.js`` on another site's page: one tag, a button, a dialog with the questions in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest
import uvicorn
from playwright.sync_api import FrameLocator, Page, expect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.browser.conftest import PHONE, Axe, Serving, Visit, running
from tests.surfaces.fake_assistant import HISTORY, FakeAssistant

from kqa import wording
from kqa.settings import Settings
from kqa.surfaces.serve import make_server

Visiting = Callable[..., Visit]
LABEL = wording.EMBED["en"]["label"]
HOST = """<!doctype html><html lang="en"><head><title>A clinic</title>
<style>* {{ font: italic 9px serif !important; color: purple }} button {{ display: none }}</style>
</head><body><main><h1>A clinic</h1><p>{words}</p></main>
<script src="{server}/embed.js" {attributes} async></script></body></html>"""


class Site(ThreadingHTTPServer):
    """Another site: one page, whose script tag a test writes."""

    attributes = ""
    server = ""

    @property
    def address(self) -> str:
        """Another host than kqa's, as browsers see it."""
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        words = "Some words. " * 500
        page = HOST.format(
            words=words, server=self.server.server, attributes=self.server.attributes
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(serving: Serving) -> str:
    return serving(FakeAssistant(settings=Settings(embed_on="*")))


@pytest.fixture
def site(address: str) -> Iterator[Site]:
    served = Site(("127.0.0.1", 0), _Handler)
    served.server = address
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def opened(page: Page) -> FrameLocator:
    page.get_by_role("button", name=LABEL).click()
    frame = page.frame_locator("iframe")
    frame.get_by_label("Your question").wait_for()
    return frame


def frame_is_focused(page: Page) -> None:
    page.wait_for_function(
        "document.activeElement.shadowRoot?.activeElement?.localName === 'iframe'"
    )


@pytest.mark.parametrize("size", [PHONE, (1280, 800), (320, 600)])
def test_one_tag_puts_the_questions_on_another_site(
    visit: Visiting, site: Site, address: str, size: tuple[int, int]
) -> None:
    visited = visit(site.address, size)
    page = visited.page
    page.goto(site.address)
    button = page.get_by_role("button", name=LABEL)
    expect(button).to_be_in_viewport()
    assert not any("/chat" in url for url in visited.requested)  # until it is opened
    frame = opened(page)
    expect(page.get_by_role("dialog", name=LABEL)).to_be_visible()
    expect(frame.get_by_text(wording.DISCLAIMER)).to_be_visible()
    expect(frame.get_by_role("link", name="call 911")).to_be_visible()
    frame.get_by_label("Your question").fill("When?")
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator("blockquote")).to_have_text(HISTORY)
    expect(frame.locator("blockquote")).to_be_in_viewport()
    expect(frame.locator("#kqa-foot")).to_be_hidden()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not frame.locator("body").evaluate(f"() => {wide}")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(button).to_be_focused()
    frame = opened(page)
    expect(frame.locator("blockquote")).to_have_text(HISTORY)  # what was asked is still there
    own = (f"{site.address}/", f"{address}/", "data:")
    assert [url for url in visited.requested if not url.startswith(own)] == []
    assert visited.complaints == []


def test_the_dialog_is_used_with_the_keyboard_alone(visit: Visiting, site: Site) -> None:
    page = visit(site.address, (1280, 800)).page
    page.goto(site.address)
    button = page.get_by_role("button", name=LABEL)
    button.wait_for()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Your question").wait_for()
    frame_is_focused(page)
    page.keyboard.press("Tab")
    expect(frame.get_by_role("link", name="call 911")).to_be_focused()
    box = frame.get_by_label("Your question")
    for _ in range(10):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.type("When?")
    page.keyboard.press("Enter")
    frame.locator(".kqa-card").wait_for()
    frame.locator("a.kqa-open").focus()
    page.keyboard.press("Enter")
    expect(frame.locator("dialog mark")).to_be_focused()
    page.keyboard.press("Escape")  # the article first
    expect(frame.locator("dialog")).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()


def test_another_window_cannot_close_the_dialog(visit: Visiting, site: Site) -> None:
    page = visit(site.address).page
    page.goto(site.address)
    opened(page)
    page.evaluate("postMessage('kqa:close', '*')")
    page.wait_for_timeout(200)
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_tag_says_words_side_and_language(visit: Visiting, site: Site) -> None:
    site.attributes = 'data-label="Ask &lt;us&gt;" data-position="left" data-lang="es"'
    page = visit(site.address, (1280, 800)).page
    page.goto(site.address)
    button = page.get_by_role("button", name="Ask <us>")
    place = button.bounding_box()
    assert place is not None
    assert place["x"] < 100
    button.click()
    expect(page.get_by_role("button", name="Cerrar")).to_be_visible()
    assert page.locator("[data-kqa-embed]").get_attribute("lang") == "es"


def test_nothing_is_stored_on_either_side(visit: Visiting, site: Site) -> None:
    page = visit(site.address).page
    page.goto(site.address)
    frame = opened(page)
    frame.get_by_label("Your question").fill("When? xyzzy")
    frame.get_by_label("Your question").press("Enter")
    frame.locator(".kqa-card").wait_for()
    kept = """() => {
        const look = (what) => { try { return {...window[what]} } catch { return 'denied' } };
        return JSON.stringify([look('localStorage'), look('sessionStorage'), document.cookie]);
    }"""
    assert page.evaluate(kept) == '[{},{},""]'
    # Chromium gives a frame of another site no storage at all, and the page works without.
    assert frame.locator("body").evaluate(kept) in ('[{},{},""]', '["denied","denied",""]')
    assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1280, 800)])
def test_axe_finds_nothing_serious_on_the_button_and_the_dialog(
    visit: Visiting, site: Site, axe: Axe, size: tuple[int, int], scheme: str
) -> None:
    page = visit(site.address, size, scheme).page
    page.goto(site.address)
    page.get_by_role("button", name=LABEL).wait_for()
    assert axe(page) == []
    opened(page)
    assert axe(page) == []


class Under:
    """An application below a prefix, as behind a proxy that tells it so."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        below = scope.get("path", "").startswith(f"{self.prefix}/")
        if scope["type"] == "http" and not below:
            await PlainTextResponse("outside", 404)(scope, receive, send)
        else:
            await self.app({**scope, "root_path": self.prefix}, receive, send)


def test_all_of_it_works_under_a_prefix(visit: Visiting, site: Site) -> None:
    app = cast(ASGIApp, make_server(FakeAssistant(settings=Settings(embed_on="*"))).config.app)
    config = uvicorn.Config(
        Under(app, "/ask"), log_level="warning", ws="none", timeout_graceful_shutdown=3
    )
    with running(uvicorn.Server(config)) as elsewhere:
        site.server = f"{elsewhere}/ask"
        visited = visit(site.address)
        visited.page.goto(site.address)
        frame = opened(visited.page)
        frame.get_by_label("Your question").fill("When?")
        frame.get_by_label("Your question").press("Enter")
        frame.locator("a.kqa-open").click()
        expect(frame.locator("dialog mark")).to_have_text(HISTORY)
        visited.page.close()
        strays = [u for u in visited.requested if u.startswith(elsewhere) and "/ask/" not in u]
        assert strays == []


def test_the_page_shows_the_line_that_embeds_it(visit: Visiting, address: str) -> None:
    visited = visit(address)
    visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visited.open()
    visited.page.get_by_text(wording.EMBED_LEAD).click()
    line = f'<script src="{address}/embed.js" async></script>'
    expect(visited.page.locator(".kqa-snippet")).to_have_text(line)
    visited.page.locator(".kqa-embed .kqa-copy").click()
    expect(visited.page.locator("#kqa-live")).to_have_text(wording.SCRIPT["copied"])
    assert visited.page.evaluate("navigator.clipboard.readText()") == line
    visited.check()
