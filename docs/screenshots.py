"""Takes the pictures that the documentation shows, of the real page with the real index.

    make test && .venv/bin/python docs/screenshots.py

Needs Chromium and the test extra. Pictures land in ``docs/images``.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from kqa.answer.assistant import Assistant
from kqa.settings import load_settings
from kqa.surfaces.serve import address_of, listen, make_server

FOLDER = Path(__file__).parent / "images"
QUESTION = "When was ketamine first synthesized?"
SIDES = "Is ketamine addictive?"
SIZES = {"phone": (390, 844), "desk": (1280, 800)}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HOST = """<!doctype html><html lang="en"><head><title>A clinic</title><style>
body { font: 1.125rem/1.6 Georgia, serif; max-width: 40rem; margin: 3rem 4rem }
</style></head><body><h1>A clinic</h1><p>A page of another site, with one script tag.</p></body>"""
Scheme = Literal["light", "dark"]


def main() -> None:
    """Serves the page, asks at each size, keeps what is seen."""
    FOLDER.mkdir(exist_ok=True)
    with _served() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size in SIZES.items():
            _take(chromium, address, name, size)
        _take_dark(chromium, address)
        _take_embedded(chromium, address)
        chromium.close()


@contextmanager
def _served() -> Iterator[str]:
    assistant = Assistant(load_settings())
    assistant.open()
    server = make_server(assistant)
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join()


def _open(chromium: Browser, size: tuple[int, int], scheme: Scheme = "light") -> Page:
    viewport = ViewportSize(width=size[0], height=size[1])
    return chromium.new_page(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")


def _ask(page: Page, question: str) -> None:
    page.wait_for_selector("#kqa-question textarea")
    page.fill("#kqa-question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(".kqa-answered")
    page.wait_for_timeout(500)


def _take(chromium: Browser, address: str, name: str, size: tuple[int, int]) -> None:
    page = _open(chromium, size)
    page.goto(f"{address}/chat/")
    page.wait_for_selector("#kqa-question textarea")
    page.screenshot(path=FOLDER / f"start-{name}.png")
    _ask(page, QUESTION)
    page.click(".kqa-context summary")
    page.screenshot(path=FOLDER / f"answer-{name}.png")
    page.click("a.kqa-open >> nth=0")
    page.wait_for_selector("dialog mark")
    page.screenshot(path=FOLDER / f"article-{name}.png")
    page.close()


def _take_dark(chromium: Browser, address: str) -> None:
    page = _open(chromium, SIZES["desk"], "dark")
    page.goto(f"{address}/chat/")
    _ask(page, SIDES)
    page.screenshot(path=FOLDER / "sides-dark.png")
    page.close()


def _take_embedded(chromium: Browser, address: str) -> None:
    """On a page of another host's: this machine by its other name."""
    page = _open(chromium, SIZES["desk"])
    page.goto(f"{address.replace('127.0.0.1', 'localhost')}/healthz")
    page.set_content(HOST)
    page.add_script_tag(url=f"{address}/embed.js")
    page.get_by_role("button").click()
    page.frame_locator("iframe").get_by_label("Your question").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / "embed-desk.png")
    page.close()


if __name__ == "__main__":
    main()
