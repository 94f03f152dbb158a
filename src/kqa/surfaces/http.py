"""Errors and JSON over HTTP, for the API and the pages alike.

Owns the error form (code, message, disclaimer) and the one place where an error becomes
a status; ``web/lock`` is the outer layer. Nothing that a visitor typed is logged: faults
are logged without their message.
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

from kqa import wording
from kqa.errors import IndexUnusable, InputError, KqaError

BODY_LIMIT = 64 * 1024
"""Largest request body in bytes, however it is sent."""

_log = logging.getLogger(__name__)


class Json(JSONResponse):
    """JSON that any string survives: a lone surrogate becomes a question mark."""

    def render(self, content: object) -> bytes:
        """``content`` in UTF-8; NaN and infinities are refused."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


_HTTP_ERRORS = {
    400: ("bad_json", 'The body could not be read. Send JSON such as {"question": "…"}.'),
    401: ("sign_in_needed", "Nobody is signed in. Sign in at /sign-in and try again."),
    403: ("other_site", "Another site sent this. Send it from a page of this server."),
    404: ("not_found", "There is nothing at this address. See /api/openapi.json."),
    405: ("method_not_allowed", "This address takes another method. See /api/openapi.json."),
    408: ("too_slow", "The request took too long to arrive. Send it again, faster."),
    413: ("too_large", f"The body is larger than {BODY_LIMIT} bytes. Send less."),
    421: ("unknown_host", "This server is not known by that name. Set hosts in kqa.toml."),
    429: ("too_many", "There were too many requests from your address. Wait, then try again."),
    500: ("own_fault", "Something went wrong on our side. Please try again."),
    503: ("busy", "Too many are asking at this moment. Please try again shortly."),
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
