"""The evaluator's page at ``/eval``: put together, with its own routes.

Owns what belongs to the page beside its events: sign-in, look, scripts. Runs belong to the
application; they go on behind the page, whether or not it is looked at.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request

from kqa.answer.assistant import Assistant
from kqa.surfaces import api
from kqa.surfaces.users import NOBODY
from kqa.surfaces.web.evaluator_bench import Benches
from kqa.surfaces.web.evaluator_events import Evaluator
from kqa.surfaces.web.evaluator_parts import script
from kqa.surfaces.web.evaluator_routes import PATH, add_evaluator_routes
from kqa.surfaces.web.mount import Page, SignedIn

_HERE = Path(__file__).parent


def evaluator_page(
    app: FastAPI, assistant: api.Assistant, signed_in: SignedIn | None = None
) -> Page:
    """The page at ``/eval``; its own routes are added to ``app``, so call it before mounting.

    Args:
        app: the application that the page will be mounted on.
        assistant: whose index is measured.
        signed_in: who is signed in, as the page itself is mounted with.
    """
    own = cache(lambda: _measurable(assistant))
    benches = Benches()

    def owner(request: Request) -> str:
        name = NOBODY if signed_in is None else signed_in(request)
        if name is None:
            raise HTTPException(401)
        return name

    add_evaluator_routes(app, benches, own, owner)
    blocks = Evaluator(assistant.settings.title, own, benches).build()
    return Page(PATH, blocks, js=script("evaluator_page.js"), css=_css())


def _measurable(assistant: api.Assistant) -> Assistant:
    """The assistant itself where it can be measured, else one of the same settings."""
    return assistant if isinstance(assistant, Assistant) else Assistant(assistant.settings)


def _css() -> str:
    """The page's own look, and the report's inside the parts that show it."""
    parts = (_HERE.parents[1] / "evaluate" / "report_parts.css").read_text("utf-8")
    return f"{script('evaluator.css')}\n.kqa-report {{\n{parts}\n}}\n"
