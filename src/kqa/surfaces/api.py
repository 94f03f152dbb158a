"""The HTTP API: one route for each thing that a program may ask.

Owns routes and the forms of their bodies; ``http`` owns errors and the outer layer.
Knows nothing of Gradio and of how an answer is found.
"""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.middleware.cors import CORSMiddleware

from kqa import wording
from kqa.answer.explain import Explanation
from kqa.answer.verify import Verification
from kqa.errors import KqaError
from kqa.records import Answer, Article
from kqa.settings import HISTORY_LIMIT, QUESTION_LIMIT, Settings
from kqa.surfaces.http import Guard, Json, error_handlers, error_response
from kqa.surfaces.keeping import keeping_unanswered


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

    def explain(self, question: str) -> Explanation:
        """One answer, and why: for staff."""


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
    _add_api(app, keeping_unanswered(assistant))
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
            return error_response(503, "pages_missing", "The pages are not mounted.")
        try:
            assistant.open()
            assistant.check_current()
        except KqaError as error:
            return error_response(503, error.code, str(error))
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
