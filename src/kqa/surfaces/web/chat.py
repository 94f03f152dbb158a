"""The visitor's page: question in, cards out, drawn by Gradio in page flow.

Owns the page's layout, its state and what of Gradio is switched off (the reasons
are measured in docs). Makes no markup of its own: ``render`` does. What a visitor
typed lives in the session's memory only. Importing this module imports Gradio, two
seconds of it: import it late.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from kqa.errors import KqaError, OwnFault
from kqa.records import Answer, Outcome
from kqa.settings import HISTORY_LIMIT
from kqa.surfaces.api import Assistant
from kqa.surfaces.http import error_handlers, http_error, log_fault
from kqa.surfaces.web import render

# Before the import: Gradio calls home from launch and mount alike unless told not to.
# Its own statistics of events (kept in memory, summed up anew at each) are off as well.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**12)
import gradio as gr

PATH = "/chat"
EXCHANGES = 20
"""So many exchanges stay on the page; older ones leave it."""

SESSION_SECONDS = 60 * 60
"""An idle session's cards are forgotten after so long."""

SESSIONS = 2_000
"""So many sessions are held in memory; beyond, the one idle for longest goes."""

CONCURRENT = 4
WAITING = 64
"""Questions from the page that are answered at once, and that may wait their turn."""

_NEEDED = ("assets/", "static/", "gradio_api/heartbeat/")
_NEEDED_EXACTLY = frozenset(
    {
        "",
        "theme.css",
        "manifest.json",
        "gradio_api/startup-events",
        "gradio_api/queue/join",
        "gradio_api/queue/data",
        "gradio_api/reset",
        "gradio_api/cancel",
    }
)
"""What the page asks of Gradio, measured in tests/browser; all else is not served."""

_FOLLOW = """() => {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let seen = null;
  const follow = () => {
    const all = document.querySelectorAll('#kqa-transcript .kqa-exchange');
    const last = all[all.length - 1];
    const said = last && last.querySelector('[data-announce]');
    if (!said || said === seen) return;
    seen = said;
    const live = document.getElementById('kqa-live');
    if (live) {
      live.lang = said.dataset.announceLang || '';
      live.textContent = said.dataset.announce;
    }
    last.scrollIntoView({block: 'start', behavior: still ? 'auto' : 'smooth'});
  };
  new MutationObserver(follow).observe(document.body, {childList: true, subtree: true});
}"""
"""Watches the transcript: the newest card is scrolled to and its outcome announced."""

_ASKED_IN_LINK = "() => new URLSearchParams(window.location.search).get('q') || ''"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What stands on the page for a question. ``asked`` is the question where a later one
    may lean on it, None where it could not be read or brought the crisis card alone."""

    markup: str
    asked: str | None


Exchanges = tuple[Exchange, ...]
"""What stands on the page, oldest first: in the session's memory and nowhere else."""

Step = tuple[str, Any, Any]
"""What a step of an exchange sets: transcript, question box, state."""


def build_chat(assistant: Assistant) -> gr.Blocks:
    """The page. ``?q=…`` in its address fills the question box and asks nothing."""
    page = gr.Blocks(analytics_enabled=False, title=assistant.settings.title, fill_width=True)
    page.state_session_capacity = SESSIONS
    with page:
        plain: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
        gr.HTML(
            render.render_page_intro(assistant.settings.title, assistant.settings.region),
            elem_id="kqa-top",
            **plain,
        )
        suggested = _suggestion_buttons(assistant)
        transcript = gr.HTML("", elem_id="kqa-transcript", **plain)
        with gr.Row(elem_id="kqa-composer"):
            question = gr.Textbox(
                label="Your question",
                placeholder="Ask in your own words",
                lines=1,
                max_lines=5,
                elem_id="kqa-question",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
            )
            button = gr.Button("Ask", variant="primary", elem_id="kqa-ask", min_width=88)
        exchanges = gr.State((), time_to_live=SESSION_SECONDS)

        quiet: dict[str, Any] = {
            "outputs": [transcript, question, exchanges],
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": CONCURRENT,
            "concurrency_id": "ask",
        }
        ask = partial(exchange, assistant)
        gr.on([question.submit, button.click], ask, inputs=[question, exchanges], **quiet)
        for text, suggestion in suggested:
            suggestion.click(_asking(assistant, text), inputs=[exchanges], **quiet)
        page.load(fn=None, js=_ASKED_IN_LINK, outputs=[question], api_visibility="private")
    page.queue(api_open=False, max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page


def exchange(assistant: Assistant, question: str, earlier: Exchanges) -> Iterator[Step]:
    """Two steps of the page: the question with a sign of work, then with its card.

    Yields transcript, question box and state. A question that could not be read
    comes back into the box, to be mended. The earlier questions of this page go along,
    so that one which leans on them is understood.
    """
    earlier = earlier[-(EXCHANGES - 1) :]
    before = "".join(past.markup for past in earlier)
    yield before + render.render_exchange(question, render.render_pending()), "", gr.skip()
    box: Any = gr.skip()
    asked = None
    try:
        answer = assistant.ask(question, history=_history(earlier))
        shown, kept = render.render_answer(answer), render.render_answer(answer, newest=False)
        asked = question if _may_be_leaned_on(answer) else None
    except KqaError as error:
        shown = kept = render.render_error(error)
        box = question if error.http_status < 500 else box
    except Exception as error:  # the page lives on, and no log quotes the question
        log_fault(error)
        fault = OwnFault("answer", "an unforeseen error", "Please report it.")
        shown = kept = render.render_error(fault)
    now = Exchange(render.render_exchange(question, kept), asked)
    yield before + render.render_exchange(question, shown), box, (*earlier, now)


def _history(earlier: Exchanges) -> tuple[str, ...]:
    return tuple(past.asked for past in earlier if past.asked is not None)[-HISTORY_LIMIT:]


def _may_be_leaned_on(answer: Answer) -> bool:
    """Whether the question was searched with: a cry for help and a foreign one were not."""
    return answer.outcome is not Outcome.CRISIS and answer.language is None


def mount_pages(app: FastAPI, assistant: Assistant) -> None:
    """Mount the visitor's page at ``/chat`` and say so to ``/readyz``."""
    gr.mount_gradio_app(
        app,
        build_chat(assistant),
        path=PATH,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size="1kb",
        theme=_theme(),
        css_paths=[Path(__file__).with_name("page.css")],
        js=_FOLLOW,
        head='<meta name="referrer" content="no-referrer">',
        app_kwargs={
            "middleware": [Middleware(Door)],
            "exception_handlers": error_handlers(),
        },
    )
    _add_icon(app)
    app.state.pages_mounted = True


def _add_icon(app: FastAPI) -> None:
    """Browsers ask for an icon whether or not a page names one."""

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(render.ICON, media_type="image/svg+xml")


class Door:
    """Lets through only the paths that the page needs: no uploads, no ``file=<url>``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the error form's 404."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).lstrip("/")
        if scope["type"] != "http" or path in _NEEDED_EXACTLY or path.startswith(_NEEDED):
            await self.app(scope, receive, send)
        else:
            await http_error(404)(scope, receive, send)


def _asking(assistant: Assistant, text: str) -> Callable[[Exchanges], Iterator[Step]]:
    def ask(earlier: Exchanges) -> Iterator[Step]:
        yield from exchange(assistant, text, earlier)

    return ask


def _suggestion_buttons(assistant: Assistant) -> list[tuple[str, gr.Button]]:
    """A button for each suggested question; none where no index can answer."""
    try:
        texts = assistant.suggestions()[:4]
    except KqaError:
        texts = ()
    if not texts:
        return []
    with gr.Row(elem_id="kqa-suggestions"):
        return [(text, gr.Button(text, size="sm", min_width=0)) for text in texts]


def _theme() -> gr.themes.Base:
    """System fonts and a primary button dark enough to read; nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)
