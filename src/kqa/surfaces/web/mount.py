"""A page on the application: drawn by Gradio, behind a door of its own.

Owns what of Gradio is switched off (the reasons are measured in docs), the look that the
pages share, and which of Gradio's paths are served. What a page shows is its own file's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from kqa.surfaces.http import error_handlers, http_error
from kqa.surfaces.web.quiet_gradio import gr

SignedIn = Callable[[Request], str | None]
"""From a request to the name that is signed in; None: nobody, and the page is refused."""

_NEEDED = ("assets/", "static/", "gradio_api/heartbeat/")
_NEEDED_EXACTLY = frozenset(
    {
        "",
        "theme.css",
        "manifest.json",
        "gradio_api/startup-events",
        "gradio_api/queue/join",
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
    are served for it; ``file_size`` the largest file that may be sent to it; ``css`` what
    its look has beside the shared one.
    """

    path: str
    blocks: gr.Blocks
    js: str | None = None
    needs: tuple[str, ...] = ()
    file_size: str = "1kb"
    css: str = ""


def mount_page(app: FastAPI, page: Page, signed_in: SignedIn | None = None) -> None:
    """Mount ``page``; with ``signed_in`` only for those whom it names."""
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
        css=page.css,
        css_paths=[Path(__file__).with_name("page.css")],
        js=page.js,
        head='<meta name="referrer" content="no-referrer">',
        app_kwargs={
            "middleware": [Middleware(partial(Door, needs=page.needs))],
            "exception_handlers": error_handlers(),
        },
    )


class Door:
    """Lets through only the paths that the page needs: no ``file=<url>`` for any."""

    def __init__(self, app: ASGIApp, needs: tuple[str, ...] = ()) -> None:
        self.app = app
        self._needed = (*_NEEDED, *needs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the error form's 404."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).lstrip("/")
        if scope["type"] != "http" or path in _NEEDED_EXACTLY or path.startswith(self._needed):
            await self.app(scope, receive, send)
        else:
            await http_error(404)(scope, receive, send)


def _theme() -> gr.themes.Base:
    """System fonts and a primary button dark enough to read; nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)
