"""Errors, JSON and the outer layer of HTTP, for the API and the pages alike.

Owns the error form (code, message, disclaimer), the one place where an error becomes
a status, and the cap on bodies. Nothing that a visitor typed is logged: faults are
logged without their message.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kqa import wording
from kqa.errors import IndexUnusable, InputError, KqaError

BODY_LIMIT = 64 * 1024
"""Largest request body in bytes, however it is sent."""

DRAIN_LIMIT = 1024 * 1024
"""So much of a body too large is read and dropped, so that its sender sees the 413."""

_log = logging.getLogger(__name__)


class Json(JSONResponse):
    """JSON that any string survives: a lone surrogate becomes a question mark."""

    def render(self, content: object) -> bytes:
        """``content`` in UTF-8; NaN and infinities are refused."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


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
    return error_response(status, *_HTTP_ERRORS.get(status, default), headers)


def log_fault(error: BaseException) -> None:
    """Log where an unforeseen error arose, without its message: that may quote a visitor."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    _log.error("%s at %s", type(error).__name__, places)


def error_response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An error in the one form: code, message, disclaimer."""
    body = {"code": code, "message": message, "disclaimer": wording.DISCLAIMER}
    return Json(body, status_code=status, headers=dict(headers or {}))


async def _on_kqa_error(_: Request, error: KqaError) -> Response:
    if not isinstance(error, InputError | IndexUnusable):
        log_fault(error)
    return error_response(status_of(error), error.code, str(error))


async def _on_http_error(_: Request, error: HTTPException) -> Response:
    return http_error(error.status_code, error.headers)


async def _on_invalid(_: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return http_error(400)
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    message = f"{where}: {first['msg']}. See /api/openapi.json for what is accepted."
    return error_response(422, "bad_input", message)


class Guard:
    """The outermost layer: caps bodies and lets no exception out to the server's log.

    A body is read whole before the application sees it, so that the cap holds for
    chunked ones; at 64 KiB that costs nothing. Where ``app.state.streamed`` names the
    beginning of an address, its route reads the body and caps it itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; only HTTP is spoken here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        pending: list[Message] = []
        if not _is_streamed(scope):
            body = await _read_capped(receive)
            if body is None:
                too_large = http_error(413, {"Connection": "close"})
                await too_large(scope, receive, send)
                return
            pending.append({"type": "http.request", "body": body, "more_body": False})
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


def _is_streamed(scope: Scope) -> bool:
    """Whether the address's own route caps the body."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    streamed: tuple[str, ...] = getattr(scope["app"].state, "streamed", ())
    return bool(path.startswith(streamed))


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
