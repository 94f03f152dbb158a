"""Which pages there are, and the icon that they share.

Importing this module imports Gradio, two seconds of it: import it late.
"""

from __future__ import annotations

from fastapi import FastAPI, Response

from kqa.surfaces.api import Assistant
from kqa.surfaces.keeping import keeping_unanswered
from kqa.surfaces.web import render
from kqa.surfaces.web.chat import chat_page
from kqa.surfaces.web.mount import mount_page
from kqa.surfaces.web.staff import staff_page


def mount_pages(app: FastAPI, assistant: Assistant) -> None:
    """Mount every page and say so to ``/readyz``."""
    mount_page(app, chat_page(keeping_unanswered(assistant)))
    mount_page(app, staff_page(assistant))
    _add_icon(app)
    app.state.pages_mounted = True


def _add_icon(app: FastAPI) -> None:
    """Browsers ask for an icon whether or not a page names one."""

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(render.ICON, media_type="image/svg+xml")
