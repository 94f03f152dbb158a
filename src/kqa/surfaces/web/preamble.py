"""Markup in the page as it is served, before Gradio's script has drawn anything.

Owns where it is put. Gradio's own ``head=`` is set by its script, too late for a first look
and never without scripts.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODY = re.compile(rb"<body[^>]*>")


class Preamble:
    """Puts ``head`` at the start of the head and ``body`` at the start of the body of the page.

    Scripts run in the order in which they stand: ours must not wait for Gradio's. Only the
    page itself is changed, never a file of Gradio's.
    """

    def __init__(self, app: ASGIApp, head: str, body: str) -> None:
        self.app = app
        self._head, self._body = head.encode(), body.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; the page is held back until it is whole."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).strip("/")
        if scope["type"] != "http" or path:
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if start is None or message.get("more_body", False):
                return
            page = self._opened(b"".join(parts))
            headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
            length = (b"content-length", str(len(page)).encode())
            await send({**start, "headers": [*headers, length]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, hold)

    def _opened(self, page: bytes) -> bytes:
        before, head, rest = page.partition(b"<head>")
        body = _BODY.search(rest)
        if body is None:
            return page
        at = body.end()
        return before + head + self._head + rest[:at] + self._body + rest[at:]
