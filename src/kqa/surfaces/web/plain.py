"""What the visitor's page needs beside Gradio: files, the article to read, a form to ask by.

Owns the addresses below ``/chat/`` that are ordinary HTML, and ``/embed.js``. They work
without a script, under any prefix and in a frame. Knows nothing of Gradio.
"""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse

from kqa import wording
from kqa.errors import KqaError, OwnFault
from kqa.records import Span
from kqa.settings import Settings
from kqa.surfaces.api import Assistant
from kqa.surfaces.http import log_fault, status_of
from kqa.surfaces.web import render, render_plain
from kqa.surfaces.web.files import AN_HOUR, script_of, style_of

CHAT = "/chat/"
STYLE = style_of("kqa.css", "page.css", "cards.css", "article.css", "plain.css")
SCRIPT = script_of(
    "kqa.js", render_plain.script_words(), "chat.js", "waiting.js", "article.js", "copy.js"
)
EMBED = script_of("embed.js", json.dumps(wording.EMBED), "embed.js")
HEAD = render_plain.render_head(STYLE.address, SCRIPT.address)

_NOT_KEPT = {"Cache-Control": "no-store"}
_READ_BY_NONE = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def opening(settings: Settings) -> str:
    """What the served page shows before Gradio has drawn it, as markup."""
    return render_plain.render_opening(settings.title, settings.region)


def add_plain_pages(app: FastAPI, assistant: Assistant) -> None:
    """Add the addresses; to be called before Gradio's page takes all below ``/chat``."""
    _add_files(app)
    _add_articles(app, assistant)
    _add_form(app, assistant)


def _add_files(app: FastAPI) -> None:
    @app.api_route(CHAT + STYLE.name, methods=["GET", "HEAD"], include_in_schema=False)
    def style(request: Request) -> Response:
        return STYLE.response(request)

    @app.api_route(CHAT + SCRIPT.name, methods=["GET", "HEAD"], include_in_schema=False)
    def script(request: Request) -> Response:
        return SCRIPT.response(request)

    @app.api_route("/" + EMBED.name, methods=["GET", "HEAD"], include_in_schema=False)
    def embed(request: Request) -> Response:
        response = EMBED.response(request, AN_HOUR)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _add_articles(app: FastAPI, assistant: Assistant) -> None:
    head = render_plain.render_head(f"../{STYLE.address}", f"../{SCRIPT.address}")

    @app.get(CHAT + "articles/{id:path}", include_in_schema=False)
    def article(request: Request, id: str, start: str = "", end: str = "") -> Response:
        quoted = request.query_params.get("is")
        try:
            found = assistant.article(id)
        except KqaError as error:
            return _page(assistant.settings, head, render.render_error(error), status_of(error))
        page = render_plain.render_article_page(
            found, _span(start, end), quoted, assistant.settings.region, head
        )
        return HTMLResponse(page, headers=_READ_BY_NONE)


def _add_form(app: FastAPI, assistant: Assistant) -> None:
    settings = assistant.settings

    @app.get(CHAT + render_plain.PLAIN, include_in_schema=False)
    def form() -> Response:
        return _page(settings, HEAD)

    @app.post(CHAT + render_plain.PLAIN, include_in_schema=False)
    def ask(question: Annotated[str, Form()] = "") -> Response:
        card, status = _answered(assistant, question)
        return _page(settings, HEAD, render.render_exchange(question, card), status)


def _answered(assistant: Assistant, question: str) -> tuple[str, int]:
    """The card and the status of a question asked by itself."""
    try:
        return render.render_answer(assistant.ask(question)), 200
    except KqaError as error:
        return render.render_error(error), status_of(error)
    except Exception as error:  # no log quotes the question
        log_fault(error)
        fault = OwnFault("answer", "an unforeseen error", "Please report it.")
        return render.render_error(fault), fault.http_status


def _page(settings: Settings, head: str, exchange: str = "", status: int = 200) -> Response:
    page = render_plain.render_plain_page(settings.title, settings.region, head, exchange)
    return HTMLResponse(page, status, headers={**_NOT_KEPT, **_READ_BY_NONE})


def _span(start: str, end: str) -> Span | None:
    """The stretch that an address names; None where it names none."""
    try:
        return Span(int(start), int(end))
    except ValueError:
        return None
