"""A page on the application: drawn by Gradio, behind a door of its own.

Owns what of Gradio is switched off (the reasons are measured in docs), the look that the
pages share, and which of Gradio's paths are served. What a page shows is its own file's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from kqa.surfaces.http import BODY_LIMIT, error_handlers, http_error
from kqa.surfaces.users import NOBODY
from kqa.surfaces.web.guard import guarded
from kqa.surfaces.web.lock import Rules
from kqa.surfaces.web.preamble import Preamble
from kqa.surfaces.web.quiet_gradio import gr
from kqa.surfaces.web.relay import BODY
from kqa.surfaces.web.sign_in import Gate
from kqa.surfaces.web.visitor import path_of

UPLOAD = "gradio_api/upload"
"""Where Gradio takes files: a page that needs it may be sent ``file_size`` and a form around."""

SignedIn = Callable[[Request], str | None]
"""From a request to the name that is signed in; None: nobody, and the page is refused."""

Refuse = Callable[[Request], Response]


def _refuse(_: Request) -> Response:
    return http_error(401)


_JOIN = "gradio_api/queue/join"
_NEEDED = ("assets/", "static/", "gradio_api/heartbeat/")
_NEEDED_EXACTLY = frozenset(
    {
        "",
        "theme.css",
        "manifest.json",
        "gradio_api/startup-events",
        _JOIN,
        "gradio_api/queue/data",
        "gradio_api/reset",
        "gradio_api/cancel",
    }
)
"""What the page asks of Gradio, measured in tests/browser; all else is not served."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what it needs beside what every page does.

    ``js`` runs once in the browser. ``needs`` are further paths of Gradio's (prefixes) that
    are served for it; ``file_size`` the largest file that may be sent to it. ``head`` and
    ``opening`` are markup for the head and the start of the body as they are served: seen
    before any script has run, and without scripts. ``css`` is what its look has beside the
    shared one.
    """

    path: str
    blocks: gr.Blocks
    js: str | None = None
    needs: tuple[str, ...] = ()
    file_size: str = "1kb"
    head: str = ""
    opening: str = ""
    css: str = ""


def mount_page(
    app: FastAPI, page: Page, signed_in: SignedIn | None = None, refuse: Refuse = _refuse
) -> None:
    """Mount ``page``; with ``signed_in`` only for those whom it names.

    ``refuse`` answers everybody else. The lock is told of the page.
    """
    gate = [] if signed_in is None else [Middleware(Gate, signed_in=signed_in, refuse=refuse)]
    _tell(app.state.rules, page)
    gr.mount_gradio_app(
        app,
        page.blocks,
        path=page.path,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size=page.file_size,
        auth_dependency=signed_in,
        theme=_theme(),
        css_paths=[Path(__file__).with_name(name) for name in ("page.css", "cards.css")],
        css=page.css,
        js=page.js,
        head='<meta name="referrer" content="no-referrer">',
        app_kwargs={
            "middleware": [
                *gate,
                Middleware(Door, page=page),
                Middleware(Preamble, head=page.head, body=page.opening),
            ],
            "exception_handlers": error_handlers(),
        },
    )


def name_of(request: gr.Request | None) -> str:
    """The name that is signed in, for an event of a page that was mounted with ``signed_in``."""
    return str((request.username if request else None) or NOBODY)


class Door:
    """Lets through only the paths that the page needs: no ``file=<url>`` for any.

    No fault goes on to Gradio's own layers, which would print it with what it quotes.
    """

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self.app, self.page = app, page
        self._needed = (*_NEEDED, *page.needs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the error form's 404."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = path_of(scope).lstrip("/")
        needed = path in _NEEDED_EXACTLY or path.startswith(self._needed)
        if needed and (path != _JOIN or _calls(self.page, scope.get(BODY, b""))):
            await guarded(self.app, scope, receive, send)
        else:
            await http_error(404)(scope, receive, send)


def _calls(page: Page, body: bytes) -> bool:
    """Whether what is sent to the queue names a function of the page."""
    try:
        sent = json.loads(body)
    except ValueError:
        return True  # what is no JSON has its own error
    if not isinstance(sent, dict) or not isinstance(sent.get("fn_index"), int):
        return not isinstance(sent, dict) or sent.get("fn_index") is not None
    found = page.blocks.fns.get(sent["fn_index"])
    drawn_later = found is None and bool(page.blocks.renderables)
    return drawn_later or (found is not None and found.fn is not None)


def _tell(rules: Rules, page: Page) -> None:
    """Tell the lock where the page is and how much may be sent to it."""
    rules.pages.append(page.path)
    if any(UPLOAD.startswith(need) for need in page.needs):
        largest = int(gr.utils._parse_file_size(page.file_size) or 0)
        rules.uploads[f"{page.path}/{UPLOAD}"] = largest + BODY_LIMIT


def _theme() -> gr.themes.Base:
    """System fonts and a primary button dark enough to read; nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)
