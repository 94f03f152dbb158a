"""Which pages there are, and the icon that they share.

Importing this module imports Gradio, two seconds of it: import it late.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from fastapi import FastAPI, Response

from kqa.surfaces.api import Assistant
from kqa.surfaces.keeping import keeping_unanswered, visitors_feedback
from kqa.surfaces.metrics import counting
from kqa.surfaces.web import render
from kqa.surfaces.web.chat import chat_page
from kqa.surfaces.web.evaluator import evaluator_page
from kqa.surfaces.web.feedback import Feedback
from kqa.surfaces.web.mount import Page, mount_page
from kqa.surfaces.web.plain import add_plain_pages
from kqa.surfaces.web.sessions import Folder
from kqa.surfaces.web.sign_in import SignIn, add_sign_in
from kqa.surfaces.web.staff import staff_page


def mount_pages(
    app: FastAPI,
    assistant: Assistant,
    folder: Path | None = None,
    feedback: Feedback | None = None,
) -> None:
    """Mount every page and say so to ``/readyz``.

    Sessions live in ``folder``, which workers share; without one, in a folder of this
    application's that goes with it. ``feedback`` keeps visitors' verdicts instead of staff's
    database.
    """
    counted = keeping_unanswered(counting(assistant, app.state.metrics))
    open_sign_in(app, assistant, folder)
    add_plain_pages(app, counted)
    mount_page(app, chat_page(counted, feedback or visitors_feedback(assistant.settings)))
    mount_signed_in(app, staff_page(assistant))
    mount_signed_in(app, evaluator_page(app, assistant, app.state.sign_in.name_of))
    _add_icon(app)
    app.state.pages_mounted = True


def open_sign_in(app: FastAPI, assistant: Assistant, folder: Path | None = None) -> SignIn:
    """Make signing in possible, before any page that needs it is mounted.

    Raises:
        SettingsError, Unreachable: if the users that the settings name cannot be read.
    """
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="kqa-"))
        weakref.finalize(app, shutil.rmtree, folder, ignore_errors=True)
    sign_in = SignIn(assistant.settings, Folder(folder))
    sign_in.users.read()
    add_sign_in(app, sign_in)
    app.state.sign_in = sign_in
    return sign_in


def mount_signed_in(app: FastAPI, page: Page) -> None:
    """Mount a page for those who are signed in; the others are shown the way."""
    sign_in: SignIn = app.state.sign_in
    sign_in.pages.append(page.path)
    mount_page(app, page, sign_in.name_of, sign_in.refuse)


def _add_icon(app: FastAPI) -> None:
    """Browsers ask for an icon whether or not a page names one."""

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(render.ICON, media_type="image/svg+xml")
