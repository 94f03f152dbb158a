"""Takes the pictures that the documentation shows, of the real page with the real index.

    make test && .venv/bin/python docs/screenshots.py

Needs Chromium and the test extra. Pictures land in ``docs/images``.
"""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from kqa.answer.assistant import Assistant
from kqa.settings import load_settings
from kqa.surfaces.serve import address_of, listen, make_server

FOLDER = Path(__file__).parent / "images"
QUESTION = "When was ketamine first synthesized?"
SIZES = {"phone": (390, 844), "desk": (1280, 800)}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def main() -> None:
    """Serves the page, asks one question at each size, keeps what is seen."""
    assistant = Assistant(load_settings())
    assistant.open()
    server = make_server(assistant)
    with closing(listen("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            for name, size in SIZES.items():
                _take(chromium, f"{address_of(listening)}/chat/", name, size)
            chromium.close()
        server.should_exit = True
        thread.join()


def _take(chromium: Browser, address: str, name: str, size: tuple[int, int]) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    page.wait_for_selector("#kqa-question textarea")
    page.screenshot(path=FOLDER / f"start-{name}.png")
    page.fill("#kqa-question textarea", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(".kqa-card")
    page.click("summary")
    page.wait_for_timeout(1_000)  # the page scrolls to the answer, smoothly
    page.screenshot(path=FOLDER / f"answer-{name}.png")
    page.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    main()
