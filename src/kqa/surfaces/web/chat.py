"""The visitor's page: question in, cards out, drawn by Gradio in page flow.

Owns the page's layout and its state. Makes no markup of its own: ``render`` does. What a
visitor typed lives in the session's memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from kqa.errors import KqaError, OwnFault
from kqa.records import Answer, Outcome
from kqa.settings import HISTORY_LIMIT
from kqa.surfaces.api import Assistant
from kqa.surfaces.http import log_fault
from kqa.surfaces.web import program, render
from kqa.surfaces.web.mount import Page
from kqa.surfaces.web.quiet_gradio import gr

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


def chat_page(assistant: Assistant) -> Page:
    """The page at ``/chat``, and the script that follows its transcript."""
    return Page(PATH, build_chat(assistant), js=_FOLLOW, needs=program.NEEDS)


def build_chat(assistant: Assistant) -> gr.Blocks:
    """The page. ``?q=…`` in its address fills the question box and asks nothing."""
    page = gr.Blocks(analytics_enabled=False, title=assistant.settings.title, fill_width=True)
    page.state_session_capacity = SESSIONS
    with page:
        program.add_ask_endpoint(assistant, CONCURRENT)  # first: it is to have the name
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
