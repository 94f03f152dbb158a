"""The outer door: every request passes here first, every answer last.

Owns what is refused before any page or route sees it, in one order: names that are not
the server's, addresses of nothing, requests of other sites, too many from an address, a
body too large, too slow or too deep, and more work than can be done. Owns the headers of
every answer, and lets no exception out to the server's log.

Counts are those of one worker. What a path is for is told it by the pages (``Rules``);
how to answer is none of its business.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kqa.settings import Settings
from kqa.surfaces.http import BODY_LIMIT, http_error
from kqa.surfaces.metrics import Metrics
from kqa.surfaces.web import limits
from kqa.surfaces.web.guard import guarded
from kqa.surfaces.web.headers import headers_of
from kqa.surfaces.web.relay import BODY, arrived
from kqa.surfaces.web.visitor import (
    FORWARDED,
    KEY,
    SAFE_METHODS,
    header_of,
    is_known_host,
    is_same_origin,
    is_welcome_origin,
    look_at,
    path_of,
    visitor_of,
)

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
ALWAYS = frozenset({"/healthz"})
"""Answered whatever else goes on: without a rate, without waiting."""

WORKING = frozenset({"/readyz"})
"""Reading that is work: all articles are read and hashed."""

LEFT = 499
"""The status under which a request is counted whose sender left before any answer."""

BODY_SECONDS, UPLOAD_SECONDS, SEND_SECONDS = 10.0, 120.0, 30.0
"""A body, a file, and each part of an answer must be through in so long."""

AT_ONCE, WAITING, WAIT_SECONDS = 8, 256, 10.0
"""Requests with work to do: at once, waiting their turn, and how long they wait."""

STREAMS, STREAMS_OF_ADDRESS = 2_000, 200
"""Connections that pages keep open: in all, and from one address."""

_STREAMS = ("gradio_api/heartbeat/", "gradio_api/queue/data")
_CLIMBERS = frozenset({".", ".."})
_CLIMBING = ("\\", "\0", "//", "%2e", "%2f", "%5c", "%2E", "%2F", "%5C")


@dataclass
class Rules:
    """What pages tell the lock: their paths, and how many bytes may be sent where."""

    pages: list[str] = field(default_factory=list)
    uploads: dict[str, int] = field(default_factory=dict)
    relay_token: str | None = None
    """By which other workers are known, where there are any."""


class Lock:
    """The outermost layer of the application; it speaks HTTP only."""

    def __init__(self, app: ASGIApp, root: FastAPI, settings: Settings, metrics: Metrics) -> None:
        self.app, self.root, self.settings, self.metrics = app, root, settings, metrics
        self.rules: Rules = root.state.rules
        self.posts, self.gets = limits.Rate(settings.rate), limits.Rate(settings.rate * 10)
        self.work = limits.Room(AT_ONCE, WAITING, WAIT_SECONDS)
        self.streams = limits.Places(STREAMS, STREAMS_OF_ADDRESS)
        self._counted, self._paths = -1, frozenset[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (visitor := arrived(scope, self.rules.relay_token)) is not None:
            scope[KEY] = visitor
            await guarded(self._let_in, scope, receive, send)
            return
        scope[KEY] = look_at(scope, self.settings)
        path, began = path_of(scope), time.perf_counter()
        refusal = self._refusal(scope, path)
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        sender = _Sender(send, headers_of(path, self.rules.pages, self.settings))
        try:
            await guarded(refusal or self._let_in, scope, receive, sender)
        finally:
            seconds = None if self._is_stream(path) else time.perf_counter() - began
            self.metrics.count_request(self._route(path), sender.status or LEFT, seconds)

    def _refusal(self, scope: Scope, path: str) -> Response | None:
        """What is refused by its head alone."""
        if path in ALWAYS:
            return None
        if not is_known_host(scope, self.settings):
            return http_error(421)
        if not self._is_there(path):
            return http_error(404)
        if scope["method"] not in METHODS:
            return http_error(405, {"Allow": ", ".join(sorted(METHODS))})
        if scope["method"] not in {"GET", "HEAD"} and self._is_of_another_site(scope, path):
            return http_error(403)
        rate = self.gets if scope["method"] in SAFE_METHODS else self.posts
        if wait := rate.take(visitor_of(scope).address):
            return http_error(429, {"Retry-After": str(math.ceil(wait))})
        return None

    def _is_there(self, path: str) -> bool:
        """Whether any route begins as the path does, and the path does not climb."""
        parts = path.split("/")
        climbs = any(mark in path for mark in _CLIMBING) or not _CLIMBERS.isdisjoint(parts)
        heads = {each.split("/")[1] for each in self._known() if "/" in each}
        return path.startswith("/") and not climbs and parts[1] in heads

    def _is_of_another_site(self, scope: Scope, path: str) -> bool:
        if is_same_origin(scope) is not False:
            return False
        return not (path.startswith("/api/") and is_welcome_origin(scope, self.settings))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        if self._is_stream(path):
            await self._stream(scope, receive, send)
        elif (largest := self.rules.uploads.get(path)) is not None:
            await self.app(scope, limits.counted(receive, largest, UPLOAD_SECONDS), send)
        else:
            await self._answer(scope, path, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection that a page keeps open until it is left or the server stops."""
        scope[BODY] = b""
        with suppress(asyncio.CancelledError):
            async with self.streams.place(visitor_of(scope).address):
                await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, path: str, receive: Receive, send: Send) -> None:
        body = await limits.read_body(receive, BODY_LIMIT, BODY_SECONDS)
        scope[BODY] = body
        kind = header_of(scope, b"content-type") or ""
        if "urlencoded" not in kind and limits.is_too_deep(body):
            await http_error(400)(scope, receive, send)
        elif scope["method"] in SAFE_METHODS and path not in WORKING:
            await self.app(scope, _replaying(body, receive), send)
        else:
            async with self.work.place():
                await self.app(scope, _replaying(body, receive), send)

    def _is_stream(self, path: str) -> bool:
        page = next((page for page in self.rules.pages if path.startswith(f"{page}/")), None)
        return page is not None and path[len(page) + 1 :].startswith(_STREAMS)

    def _route(self, path: str) -> str:
        """The name under which a request is counted; never a text of the visitor's."""
        for page in self.rules.pages:
            if path == page or path.startswith(f"{page}/"):
                return page
        if path.startswith("/api/articles/"):
            return "/api/articles/{id}"
        return path if path in self._known() else "other"

    def _known(self) -> frozenset[str]:
        """The paths of all routes, as they are written."""
        if len(self.root.routes) != self._counted:
            self._counted = len(self.root.routes)
            self._paths = frozenset(str(getattr(r, "path", "")) for r in self.root.routes)
        return self._paths


class _Sender:
    """``send`` that sets the headers, notes the status, and waits for no reader for ever."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self.send, self.headers = send, headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = MutableHeaders(scope=message)
            for name, value in self.headers.items():
                own.setdefault(name, value)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(message)
        except TimeoutError:
            raise ConnectionResetError("a reader that does not read") from None


def _replaying(body: bytes, receive: Receive) -> Receive:
    """``receive`` that gives ``body`` once and then what else comes."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
