"""The visitor's page: question in, cards out, drawn by Gradio in page flow.

Owns the page's layout and its state. Makes no markup of its own: ``render`` does. What a
visitor typed lives in the session's memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kqa.errors import KqaError, OwnFault
from kqa.records import Answer, Outcome
from kqa.settings import HISTORY_LIMIT
from kqa.surfaces.api import Assistant
from kqa.surfaces.http import log_fault
from kqa.surfaces.web import program, render
from kqa.surfaces.web.feedback import Feedback
from kqa.surfaces.web.mount import Page
from kqa.surfaces.web.plain import HEAD, opening
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.render_plain import render_embed_hint

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

_JUDGED = """element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-helpful]');
  if (!button) return;
  const {exchange, helpful} = button.dataset;
  trigger('feedback', {exchange: Number(exchange), helpful: helpful === 'yes'});
});"""
"""Sends what a visitor pressed below a card; ``chat.js`` does all else in the browser."""

_ASKED_IN_LINK = "() => new URLSearchParams(window.location.search).get('q') || ''"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What stands on the page for a question. ``asked`` is the question where a later one
    may lean on it, None where it could not be read or brought the crisis card alone.
    ``judged`` is the answer that may still be called helpful or not, and its question."""

    markup: str
    asked: str | None
    number: int = 0
    judged: tuple[str, Answer] | None = None


Exchanges = tuple[Exchange, ...]
"""What stands on the page, oldest first: in the session's memory and nowhere else."""

Step = tuple[str, Any, Any]
"""What a step of an exchange sets: transcript, question box, state."""


def chat_page(assistant: Assistant, feedback: Feedback | None = None) -> Page:
    """The page at ``/chat``, and what it shows before it is drawn.

    ``feedback`` keeps what visitors say of answers; they are asked only with it, and only
    where the setting ``feedback`` is on.
    """
    kept_by = feedback if assistant.settings.feedback else None
    blocks = build_chat(assistant, kept_by)
    return Page(PATH, blocks, needs=program.NEEDS, head=HEAD, opening=opening(assistant.settings))


def build_chat(assistant: Assistant, feedback: Feedback | None = None) -> gr.Blocks:
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
        judged = {**plain, "js_on_load": _JUDGED}
        transcript = gr.HTML("", elem_id="kqa-transcript", **judged)
        gr.HTML('<div id="kqa-waiting"></div>', elem_id="kqa-slot", **plain)
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
        gr.HTML(render_embed_hint(), elem_id="kqa-foot", **plain)
        exchanges = gr.State((), time_to_live=SESSION_SECONDS)

        quiet: dict[str, Any] = {
            "outputs": [transcript, question, exchanges],
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": CONCURRENT,
            "concurrency_id": "ask",
        }
        ask = partial(exchange, assistant, may_judge=feedback is not None)
        gr.on([question.submit, button.click], ask, inputs=[question, exchanges], **quiet)
        for text, suggestion in suggested:
            suggestion.click(_asking(ask, text), inputs=[exchanges], **quiet)
        if feedback is not None:
            quiet["outputs"] = [transcript, exchanges]
            transcript.feedback(_judging(feedback), inputs=[exchanges], **quiet)
        page.load(fn=None, js=_ASKED_IN_LINK, outputs=[question], api_visibility="private")
    page.queue(api_open=False, max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page


def exchange(
    assistant: Assistant, question: str, earlier: Exchanges, *, may_judge: bool = False
) -> Iterator[Step]:
    """Two steps of the page: the question with a sign of work, then with its card.

    Yields transcript, question box and state. A question that could not be read
    comes back into the box, to be mended. The earlier questions of this page go along,
    so that one which leans on them is understood. With ``may_judge`` the visitor is asked
    whether the answer helped.
    """
    number = earlier[-1].number + 1 if earlier else 1
    earlier = earlier[-(EXCHANGES - 1) :]
    before = _joined(earlier)
    yield before + render.render_exchange(question, render.render_pending()), "", gr.skip()
    box: Any = gr.skip()
    asked = judged = None
    try:
        answer = assistant.ask(question, history=_history(earlier))
        judged = (question, answer) if may_judge and _may_be_judged(answer) else None
        asks = render.render_helpful(number) if judged else ""
        shown = render.render_answer(answer, asks=asks)
        kept = render.render_answer(answer, newest=False, asks=asks)
        asked = question if _may_be_leaned_on(answer) else None
    except KqaError as error:
        shown = kept = render.render_error(error)
        box = question if error.http_status < 500 else box
    except Exception as error:  # the page lives on, and no log quotes the question
        log_fault(error)
        fault = OwnFault("answer", "an unforeseen error", "Please report it.")
        shown = kept = render.render_error(fault)
    now = Exchange(render.render_exchange(question, kept), asked, number, judged)
    yield before + render.render_exchange(question, shown), box, (*earlier, now)


def judge(
    feedback: Feedback, exchanges: Exchanges, number: object, helpful: bool
) -> tuple[str, Exchanges]:
    """The transcript and the state once a visitor has said whether an answer helped.

    The card says whether that was kept. What names no answer that may be judged, or one
    that has been, changes nothing.
    """
    settled = tuple(
        _settled(feedback, each, helpful) if each.number == number else each for each in exchanges
    )
    return _joined(settled), settled


def _settled(feedback: Feedback, exchange: Exchange, helpful: bool) -> Exchange:
    if exchange.judged is None:
        return exchange
    question, answer = exchange.judged
    try:
        feedback.keep(question, answer, helpful)
    except Exception as error:  # whatever keeps verdicts, the page lives on
        log_fault(error)
        thanks = render.render_thanks(kept=False)
    else:
        thanks = render.render_thanks(kept=True)
    markup = exchange.markup.replace(render.render_helpful(exchange.number), thanks)
    return replace(exchange, markup=markup, judged=None)


def _joined(exchanges: Exchanges) -> str:
    return "".join(each.markup for each in exchanges)


def _judging(feedback: Feedback) -> Callable[..., tuple[str, Exchanges]]:
    def on_feedback(exchanges: Exchanges, pressed: gr.EventData) -> tuple[str, Exchanges]:
        sent = pressed._data if isinstance(pressed._data, dict) else {}
        return judge(feedback, exchanges, sent.get("exchange"), sent.get("helpful") is True)

    return on_feedback


def _history(earlier: Exchanges) -> tuple[str, ...]:
    return tuple(past.asked for past in earlier if past.asked is not None)[-HISTORY_LIMIT:]


def _may_be_leaned_on(answer: Answer) -> bool:
    """Whether the question was searched with: a cry for help and a foreign one were not."""
    return answer.outcome is not Outcome.CRISIS and answer.language is None


def _may_be_judged(answer: Answer) -> bool:
    """Nobody in danger is asked how helpful that was, and nobody who was not understood."""
    return answer.crisis_card is None and answer.language is None


def _asking(
    ask: Callable[[str, Exchanges], Iterator[Step]], text: str
) -> Callable[[Exchanges], Iterator[Step]]:
    def ask_it(earlier: Exchanges) -> Iterator[Step]:
        yield from ask(text, earlier)

    return ask_it


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
