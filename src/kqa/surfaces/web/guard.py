"""No exception leaves an application: each becomes an answer in the one error form.

Owns which refusal a broken limit is. Stands around the whole of an application, and once
more around each page's, whose own outer layer would answer in plain text and log the text.
"""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kqa.surfaces.http import http_error, log_fault
from kqa.surfaces.web.limits import Full, TooLarge, TooSlow

_REFUSALS: dict[type[Exception], tuple[int, dict[str, str]]] = {
    TooLarge: (413, {"Connection": "close"}),
    TooSlow: (408, {"Connection": "close"}),
    Full: (503, {"Retry-After": "2"}),
}


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve by ``app``. Faults are logged by their place alone; who left is left alone."""
    started = False

    async def note_start(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, note_start)
    except (ConnectionResetError, ClientDisconnect):
        return
    except tuple(_REFUSALS) as limit:
        if not started:
            status, headers = _REFUSALS[type(limit)]
            await http_error(status, headers)(scope, receive, send)
    except Exception as error:
        log_fault(error)
        if not started:
            await http_error(500)(scope, receive, send)
