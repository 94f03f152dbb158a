"""The HTTP API: one route for each thing that a program may ask.

Owns routes and the forms of their bodies; ``http`` owns errors, ``web/lock`` the outer door.
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
from kqa.answer.verify import TEXT_LIMIT, Verification
from kqa.errors import KqaError
from kqa.records import Answer, Article
from kqa.settings import HISTORY_LIMIT, QUESTION_LIMIT, Settings
from kqa.surfaces.described import answers, describe
from kqa.surfaces.http import Json, error_handlers, error_response, http_error
from kqa.surfaces.keeping import keeping_unanswered
from kqa.surfaces.metrics import CONTENT_TYPE, Metrics, counting, merged
from kqa.surfaces.web.lock import Lock, Rules
from kqa.surfaces.web.relay import RELAYED, Relay, Workers, fetch_from_others
from kqa.surfaces.web.visitor import names_in, visitor_of


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
    str,
    PlainValidator(_is_text),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": QUESTION_LIMIT,
            "description": "holds at least one letter or digit",
        }
    ),
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

    text: Annotated[
        str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT})
    ]


class ErrorBody(BaseModel):
    """Every error of the API has this form."""

    code: str
    message: str
    disclaimer: str


def create_app(assistant: Assistant, workers: Workers | None = None) -> FastAPI:
    """The parent application: API, health, redirects, behind its lock.

    Pages are mounted on it later. ``workers``: the others, where there are several.
    """
    settings = assistant.settings
    metrics, rules = Metrics(workers.own if workers else 0), Rules()
    app = FastAPI(
        title="kqa",
        description="Answers with sentences quoted letter for letter. " + wording.DISCLAIMER,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        default_response_class=Json,
        exception_handlers=error_handlers(),
        responses={status: {"model": ErrorBody} for status in ("4XX", "5XX", 422)},
    )
    app.state.pages_mounted = False
    app.state.metrics, app.state.rules = metrics, rules
    # Without this layer Gradio would reflect every origin. The lock refuses the unwelcome.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=names_in(settings.origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
    )
    if workers is not None:
        rules.relay_token = workers.token
        app.add_middleware(Relay, workers=workers, pages=rules.pages)
    app.add_middleware(Lock, root=app, settings=settings, metrics=metrics)
    _add_api(app, keeping_unanswered(counting(assistant, metrics)))
    _add_health(app, assistant)
    _add_metrics(app, metrics, settings, workers)
    _add_redirects(app)
    describe(app)
    return app


def _add_api(app: FastAPI, assistant: Assistant) -> None:
    @app.post(
        "/api/ask", summary="One answer, quoted from the articles", responses=answers("Answer")
    )
    def ask(body: AskBody) -> Response:
        answer = assistant.ask(body.question, history=body.history).to_dict()
        return Json(answer, headers={"Cache-Control": "no-store"})

    @app.get(
        "/api/articles",
        summary="Every article, without its text",
        responses=answers("Article", many=True),
    )
    def articles() -> Response:
        return Json([_metadata(article) for article in assistant.articles()])

    @app.get(
        "/api/articles/{id}",
        summary="One article with its text",
        responses=answers("ArticleWithText"),
    )
    def article(id: str) -> Response:
        found = assistant.article(id)
        return Json({**_metadata(found), "text": found.text})

    @app.post(
        "/api/verify",
        summary="Whether an article says this text, letter for letter",
        responses=answers("Verification"),
    )
    def verify(body: VerifyBody) -> Response:
        found = assistant.verify(body.text).to_dict()
        return Json(found, headers={"Cache-Control": "no-store"})


def _add_health(app: FastAPI, assistant: Assistant) -> None:
    # Not in a thread: threads may all be at work.
    @app.get("/healthz", summary="The process is up", responses=answers("Status"))
    async def healthz() -> Response:
        return Json({"status": "up"})

    @app.get("/readyz", summary="Questions can be answered", responses=answers("Status"))
    def readyz() -> Response:
        if not app.state.pages_mounted:
            return error_response(503, "pages_missing", "The pages are not mounted.")
        try:
            assistant.open()
            assistant.check_current()
        except KqaError as error:
            return error_response(503, error.code, str(error))
        return Json({"status": "ready"})


def _add_metrics(
    app: FastAPI, metrics: Metrics, settings: Settings, workers: Workers | None
) -> None:
    @app.get("/metrics", include_in_schema=False)
    async def counted(request: Request) -> Response:
        local = settings.metrics == "local" and visitor_of(request.scope).local
        if not local and settings.metrics != "everyone":
            return http_error(404)
        others = []
        if workers is not None and RELAYED not in request.scope:
            others = await fetch_from_others(workers, "/metrics")
        return Response(merged([metrics.text(), *others]), media_type=CONTENT_TYPE)


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
