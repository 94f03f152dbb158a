"""The staff's page: ask and judge, verify, the queue, the corpus.

Owns the page's frame: its head, its four tabs, its script and its look. Each tab is a file
of its own. Whoever is signed in is told by the request; where no sign-in is configured the
page answers only on the machine itself, under the name ``local``.

Every change is an event of Gradio's, a POST with JSON under the session's cookie, which is
SameSite=Strict; no address changes anything when it is merely opened.
"""

from __future__ import annotations

from pathlib import Path

from kqa.staff.database import Database
from kqa.staff.extract import FILE_BYTES
from kqa.staff.queue import Queue
from kqa.staff.verdicts import Verdicts
from kqa.surfaces.api import Assistant
from kqa.surfaces.web import render_staff
from kqa.surfaces.web.mount import Page, name_of
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.staff_ask import AskTab
from kqa.surfaces.web.staff_corpus import CorpusTab
from kqa.surfaces.web.staff_parts import PLAIN, QUIET
from kqa.surfaces.web.staff_queue import QueueTab
from kqa.surfaces.web.staff_verify import VerifyTab

PATH = "/staff"
CONCURRENT = 4
WAITING = 64
SESSIONS = 200
"""So many sessions are held in memory; beyond, the one idle for longest goes."""

_HOUR = 60 * 60


def staff_page(assistant: Assistant) -> Page:
    """The page at ``/staff``; uploads are let through for the tab Corpus alone."""
    folder = Path(__file__).parent
    return Page(
        PATH,
        build_staff(assistant),
        js=(folder / "staff.js").read_text("utf-8"),
        needs=("gradio_api/upload",),
        file_size=f"{FILE_BYTES // 1024**2}mb",
        css=(folder / "staff.css").read_text("utf-8"),
    )


def build_staff(assistant: Assistant) -> gr.Blocks:
    """The page; ``settings.database`` says where verdicts are kept."""
    database = Database(assistant.settings.database)
    verdicts, queue = Verdicts(database), Queue(database)
    title = assistant.settings.title
    page = gr.Blocks(
        analytics_enabled=False,
        title=f"Staff · {title}",
        fill_width=True,
        delete_cache=(_HOUR, _HOUR),
        elem_id="staff",
    )
    page.state_session_capacity = SESSIONS
    with page:
        head = gr.HTML(render_staff.render_head(title, None), elem_id="staff-head", **PLAIN)
        with gr.Tabs(elem_id="staff-tabs"):
            with gr.Tab("Ask", id="ask"):
                AskTab(assistant, verdicts).build()
            with gr.Tab("Verify", id="verify"):
                VerifyTab(assistant).build()
            with gr.Tab("Queue", id="queue") as tab:
                QueueTab(assistant, verdicts, queue).build(tab)
            with gr.Tab("Corpus", id="corpus") as tab:
                CorpusTab(assistant).build(tab)

        def greet(request: gr.Request) -> str:
            return render_staff.render_head(title, name_of(request))

        page.load(greet, None, [head], **QUIET)
    page.queue(api_open=False, max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page
