"""The HTTP API and the outer layer that every request passes, pages included.

Owns routes, the error form (code, message, disclaimer) and the one place where an
error becomes a status. Knows nothing of Gradio and of how an answer is found.
Nothing that a visitor typed is logged: faults are logged without their message.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kqa import wording
from kqa.errors import IndexUnusable, InputError, KqaError
from kqa.records import Answer, Article
from kqa.settings import HISTORY_LIMIT, QUESTION_LIMIT, Settings

BODY_LIMIT = 64 * 1024
"""Largest request body in bytes, however it is sent."""

DRAIN_LIMIT = 1024 * 1024
"""So much of a body too large is read and dropped, so that its sender sees the 413."""

_log = logging.getLogger(__name__)


class Verification(Protocol):
    """What ``verify`` found; only its JSON form is used here."""

    def to_dict(self) -> dict[str, Any]:
        """The finding in its one JSON form."""


class Assistant(Protocol):
    """What the surfaces ask of ``kqa.answer.assistant.Assistant``; its fake is in tests."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    def ask(self, question: str, *, k: int = 3, history: object = ()) -> Answer:
        """One answer."""

    def open(self) -> None:
        """Open the index and the encoder."""

    def check_current(self) -> None:
        """Raise where the index no longer fits the articles or the settings."""

    def articles(self) -> tuple[Article, ...]:
        """Every article."""

    def article(self, id: str) -> Article:
        """The article of this id."""

    def suggestions(self) -> tuple[str, ...]:
        """A few questions that the articles do answer."""

    def verify(self, text: str) -> Verification:
        """Whether an article says ``text``, and where."""


def _is_text(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("not_text", "Input should be a string")
    return value


Typed = Annotated[
    str, PlainValidator(_is_text), WithJsonSchema({"type": "string", "maxLength": QUESTION_LIMIT})
]
"""A string as it came, lone surrogates and all: the core must see it, for the crisis check."""


Earlier = Annotated[
    object,
    WithJsonSchema(
        {"type": "array", "items": {"type": "string"}, "maxItems": HISTORY_LIMIT, "default": []}
    ),
]
"""Checked by the core, after the crisis check: a faulty history must not hide a cry for help."""


class AskBody(BaseModel):
    """A question and, oldest first, the visitor's earlier ones."""

    question: Typed
    history: Earlier = ()


class VerifyBody(BaseModel):
    """A text to look for in the articles."""

    text: str


class ErrorBody(BaseModel):
    """Every error of the API has this form."""

    code: str
    message: str
    disclaimer: str


class Json(JSONResponse):
    """JSON that any string survives: a lone surrogate becomes a question mark."""

    def render(self, content: object) -> bytes:
        """``content`` in UTF-8; NaN and infinities are refused."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def create_app(assistant: Assistant) -> FastAPI:
    """The parent application: API, health, redirects. Pages are mounted on it later."""
    app = FastAPI(
        title="kqa",
        description="Answers with sentences quoted letter for letter. " + wording.DISCLAIMER,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        default_response_class=Json,
        exception_handlers=error_handlers(),
        responses={"4XX": {"model": ErrorBody}, 422: {"model": ErrorBody}},
    )
    app.state.pages_mounted = False
    # No origin is allowed; without this layer Gradio would reflect every one.
    app.add_middleware(CORSMiddleware)
    app.add_middleware(Guard)
    _add_api(app, assistant)
    _add_health(app, assistant)
    _add_redirects(app)
    return app


def _add_api(app: FastAPI, assistant: Assistant) -> None:
    @app.post("/api/ask", summary="One answer, quoted from the articles")
    def ask(body: AskBody) -> Response:
        answer = assistant.ask(body.question, history=body.history).to_dict()
        return Json(answer, headers={"Cache-Control": "no-store"})

    @app.get("/api/articles", summary="Every article, without its text")
    def articles() -> Response:
        return Json([_metadata(article) for article in assistant.articles()])

    @app.get("/api/articles/{id}", summary="One article with its text")
    def article(id: str) -> Response:
        found = assistant.article(id)
        return Json({**_metadata(found), "text": found.text})

    @app.post("/api/verify", summary="Whether an article says this text, letter for letter")
    def verify(body: VerifyBody) -> Response:
        found = assistant.verify(body.text).to_dict()
        return Json(found, headers={"Cache-Control": "no-store"})


def _add_health(app: FastAPI, assistant: Assistant) -> None:
    @app.get("/healthz", summary="The process is up")
    def healthz() -> Response:
        return Json({"status": "up"})

    @app.get("/readyz", summary="Questions can be answered", responses={503: {"model": ErrorBody}})
    def readyz() -> Response:
        if not app.state.pages_mounted:
            return _error(503, "pages_missing", "The pages are not mounted.")
        try:
            assistant.open()
            assistant.check_current()
        except KqaError as error:
            return _error(503, error.code, str(error))
        return Json({"status": "ready"})


def _add_redirects(app: FastAPI) -> None:
    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    @app.api_route("/chat", methods=["GET", "HEAD"], include_in_schema=False)
    def to_chat(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{request.scope.get('root_path', '')}/chat/{query}")


def _metadata(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "title_given": article.title_given,
        "publisher": article.publisher,
        "url": article.url,
        "published": article.published,
        "source_file": article.source_file,
    }


# --- errors ---------------------------------------------------------------------------

_HTTP_ERRORS = {
    400: ("bad_json", 'The body could not be read. Send JSON such as {"question": "…"}.'),
    404: ("not_found", "There is nothing at this address. See /api/openapi.json."),
    405: ("method_not_allowed", "This address takes another method. See /api/openapi.json."),
    413: ("too_large", f"The body is larger than {BODY_LIMIT} bytes. Send less."),
    500: ("own_fault", "Something went wrong on our side. Please try again."),
}

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def error_handlers() -> dict[int | type[Exception], Handler]:
    """Handlers that give every foreseen error the one form; for mounted pages too."""
    return {
        KqaError: _on_kqa_error,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http_error,
    }


def status_of(error: KqaError) -> int:
    """The HTTP status of an error: its class's own, and 404 for what is not there."""
    if isinstance(error, InputError) and error.code.startswith("unknown_"):
        return 404
    return error.http_status


def http_error(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """An error of the protocol itself in the one form."""
    default = (f"http_{status}", f"{HTTPStatus(status).phrase}.")
    return _error(status, *_HTTP_ERRORS.get(status, default), headers)


def log_fault(error: BaseException) -> None:
    """Log where an unforeseen error arose, without its message: that may quote a visitor."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    _log.error("%s at %s", type(error).__name__, places)


def _error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"code": code, "message": message, "disclaimer": wording.DISCLAIMER}
    return Json(body, status_code=status, headers=dict(headers or {}))


async def _on_kqa_error(_: Request, error: KqaError) -> Response:
    if not isinstance(error, InputError | IndexUnusable):
        log_fault(error)
    return _error(status_of(error), error.code, str(error))


async def _on_http_error(_: Request, error: HTTPException) -> Response:
    return http_error(error.status_code, error.headers)


async def _on_invalid(_: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return http_error(400)
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    message = f"{where}: {first['msg']}. See /api/openapi.json for what is accepted."
    return _error(422, "bad_input", message)


class Guard:
    """The outermost layer: caps bodies and lets no exception out to the server's log.

    A body is read whole before the application sees it, so that the cap holds for
    chunked ones; at 64 KiB that costs nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; only HTTP is spoken here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _read_capped(receive)
        if body is None:
            too_large = http_error(413, {"Connection": "close"})
            await too_large(scope, receive, send)
            return
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        started = False

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        async def note_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, replay, note_start)
        except Exception as error:
            log_fault(error)
            if not started:
                await http_error(500)(scope, receive, send)


async def _read_capped(receive: Receive) -> bytes | None:
    """The body, or None if it is larger than the cap; what follows is dropped."""
    body = bytearray()
    size = 0
    while size <= DRAIN_LIMIT:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_LIMIT:
            body += chunk
        if not message.get("more_body", False):
            break
    return bytes(body) if size <= BODY_LIMIT else None
