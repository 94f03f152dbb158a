"""Signing in as a member of staff does, on a phone and at a desk; who may frame what."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Serving, Visit
from tests.surfaces.fake_assistant import FakeAssistant
from tests.surfaces.test_users import PASSWORD, line

from kqa import wording
from kqa.settings import Settings
from kqa.surfaces.serve import address_of, listen, make_server

Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def staff_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one user, anna."""
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text(f"{line('anna')}\n")
    server = make_server(FakeAssistant(settings=Settings(users_file=users)))
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 60
            while not server.started:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join(timeout=15)


@pytest.mark.parametrize("size", [(390, 844), (1280, 900)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staff_sign_in_and_out_by_keyboard(
    visit: Visiting, staff_address: str, size: tuple[int, int], scheme: str
) -> None:
    visited = visit(staff_address, size, scheme)
    page = visited.page
    page.goto(f"{staff_address}/staff/")
    expect(page.get_by_role("heading", name=wording.SIGN_IN)).to_be_visible()
    expect(page.get_by_text(wording.DISCLAIMER)).to_be_visible()
    for typed in ("anna", "not the password"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(wording.SIGN_IN_WRONG)
    assert page.title().startswith("Error: ")
    expect(page.get_by_label(wording.SIGN_IN_NAME)).to_have_value("anna")
    page.get_by_label(wording.SIGN_IN_PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed in as anna")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    page.goto(f"{staff_address}/sign-out")
    expect(page.get_by_text("signed in as anna")).to_be_visible()
    page.get_by_role("button", name=wording.SIGN_OUT).click()
    expect(page.get_by_role("heading", name=wording.SIGN_IN)).to_be_visible()
    page.goto(f"{staff_address}/staff/")
    expect(page.get_by_role("heading", name=wording.SIGN_IN)).to_be_visible()
    strangers = [url for url in visited.requested if not url.startswith(staff_address)]
    assert strangers == []
    # The refused password is the one complaint: a browser notes every 403.
    assert all("403" in said for said in visited.complaints), visited.complaints
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(too_wide)


@pytest.fixture
def other_site() -> Iterator[Callable[[str], str]]:
    """Another site with a page of the given markup; returns its address, by another name."""
    held = {"markup": ""}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(held["markup"].encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def page_of(markup: str) -> str:
        held["markup"] = markup
        return f"http://localhost:{server.server_port}/"

    yield page_of
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("embed_on", "shown"), [("", False), ("own", True), ("*", True)])
def test_the_chat_is_framed_where_the_owner_says(
    serving: Serving,
    visit: Visiting,
    other_site: Callable[[str], str],
    embed_on: str,
    shown: bool,
) -> None:
    site = other_site("").rstrip("/")
    settings = Settings(embed_on=site if embed_on == "own" else embed_on)
    address = serving(FakeAssistant(settings=settings))
    other_site(f'<iframe src="{address}/chat/" width="400" height="700"></iframe>')
    page = visit(address).page
    page.goto(site)
    box = page.frame_locator("iframe").get_by_label("Your question")
    if shown:
        box.fill("When was it made?")
        box.press("Enter")
        expect(page.frame_locator("iframe").locator(".kqa-card")).to_be_visible()
    else:
        page.wait_for_timeout(1_500)
        assert box.count() == 0


def test_another_site_neither_frames_nor_acts_for_staff(
    visit: Visiting, staff_address: str, other_site: Callable[[str], str]
) -> None:
    visited = visit(staff_address, (1280, 900))
    page = visited.page
    page.goto(f"{staff_address}/sign-in?next=/staff/")
    page.get_by_label(wording.SIGN_IN_NAME).fill("anna")
    page.get_by_label(wording.SIGN_IN_PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Signed in as anna").wait_for()
    body = '{"data": [], "fn_index": 0, "session_hash": "stolen"}'
    target = f"{staff_address}/staff/gradio_api/queue/join"
    page.goto(
        other_site(
            f'<iframe src="{staff_address}/staff/"></iframe><script>'
            f"fetch('{target}', {{method: 'POST', credentials: 'include', body: '{body}', "
            "mode: 'no-cors', headers: {'Content-Type': 'text/plain'}})"
            ".then(r => window.sent = r.type, e => window.sent = 'refused')</script>"
        )
    )
    page.wait_for_function("window.sent !== undefined")
    page.wait_for_timeout(800)
    assert page.frame_locator("iframe").get_by_text("Signed in as").count() == 0
    assert page.evaluate("window.sent") == "refused"
    counted = httpx.get(f"{staff_address}/metrics").text
    assert 'route="/staff",status="403"' in counted, "it came, and was turned away"
    page.goto(f"{staff_address}/staff/")
    page.get_by_text("Signed in as anna").wait_for()
