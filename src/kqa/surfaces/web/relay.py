"""Several workers, one visitor: a request of a page goes to the worker that knows the page.

Gradio keeps what a page holds in the memory of one process, and a browser speaks to kqa by
several connections, which the system spreads over the workers. Owns who knows whom: the
public page by its session, every page for staff in the first worker, where long runs are;
and handing a request on to that worker, over a socket in the server's own folder.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from kqa.surfaces.http import http_error
from kqa.surfaces.web.visitor import KEY, Visitor, header_of, path_of, visitor_of

TOKEN, FROM = b"x-kqa-relay", b"x-kqa-from"
"""Headers between workers: the proof of being one, and whose request it is."""

PUBLIC = "/chat"
"""The page whose visitors are spread over the workers."""

BODY, RELAYED = "kqa.body", "kqa.relayed"
"""Where in a scope the lock keeps a body that it has read, and whether a worker sent it on."""

_HEARTBEAT = "gradio_api/heartbeat/"
_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade"})


@dataclass(frozen=True, slots=True)
class Workers:
    """How many there are, which one this is, and what they share: a folder and a secret."""

    count: int
    own: int
    folder: Path
    token: str

    def socket(self, worker: int) -> Path:
        """Where the others reach a worker."""
        return self.folder / f"worker-{worker}"


def owner_of(scope: Scope, pages: Iterable[str], body: bytes, count: int) -> int | None:
    """Which worker knows the page that a request is of; None: any."""
    path = path_of(scope)
    page = next((page for page in pages if path.startswith(f"{page}/")), None)
    if page is None:
        return None
    if page != PUBLIC:
        return 0
    session = _session(path[len(page) + 1 :], str(scope["query_string"], "latin-1"), body)
    return None if session is None else zlib.crc32(session.encode("utf-8", "replace")) % count


def _session(path: str, query: str, body: bytes) -> str | None:
    if path.startswith(_HEARTBEAT):
        return path.removeprefix(_HEARTBEAT)
    if found := parse_qs(query).get("session_hash"):
        return found[0]
    if not body:
        return None
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = sent.get("session_hash") if isinstance(sent, dict) else None
    return found if isinstance(found, str) else None


class Relay:
    """Hands on what another worker knows; everything else is answered here."""

    def __init__(self, app: ASGIApp, workers: Workers, pages: list[str]) -> None:
        self.app, self.workers, self.pages = app, workers, pages
        self._clients: dict[int, httpx.AsyncClient] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, here or there."""
        if scope["type"] != "http" or KEY not in scope or scope.get(RELAYED):
            await self.app(scope, receive, send)
            return
        body = scope.get(BODY, b"")
        owner = owner_of(scope, self.pages, body, self.workers.count)
        if owner is None or owner == self.workers.own:
            await self.app(scope, receive, send)
        else:
            await self._hand_on(owner, scope, receive, send)

    async def _hand_on(self, owner: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on until it is answered or its sender leaves."""
        tasks = [asyncio.create_task(self._pass(owner, scope, receive, send))]
        if BODY in scope:  # where it is not, the body is still to come by the same way
            tasks.append(asyncio.create_task(_left(receive)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, owner: int, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = visitor_of(scope)
        told = f"{int(visitor.local)}{int(visitor.direct)}{scope['scheme']};{visitor.address}"
        headers = [pair for pair in scope["headers"] if pair[0] not in _HOP]
        headers += [(TOKEN, self.workers.token.encode()), (FROM, told.encode("latin-1", "replace"))]
        # Uvicorn puts the prefix before every path, over there as well.
        raw = scope.get("raw_path", b"").decode("ascii").removeprefix(scope.get("root_path", ""))
        url = httpx.URL("http://worker", raw_path=f"{raw}?".encode() + scope["query_string"])
        content = scope[BODY] if BODY in scope else _chunks(receive)
        started = False
        try:
            async with self._client(owner).stream(
                scope["method"], url, headers=headers, content=content
            ) as answer:
                kept = [pair for pair in answer.headers.raw if pair[0].lower() not in _HOP]
                start = {"type": "http.response.start", "status": answer.status_code}
                await send({**start, "headers": [(k.lower(), v) for k, v in kept]})
                started = True
                async for chunk in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except httpx.HTTPError:
            if not started:
                await http_error(503, {"Retry-After": "2"})(scope, receive, send)

    def _client(self, owner: int) -> httpx.AsyncClient:
        if owner not in self._clients:
            self._clients[owner] = _client(self.workers, owner, timeout=None)
        return self._clients[owner]


async def fetch_from_others(workers: Workers, path: str) -> list[str]:
    """What each other worker says at ``path``; those that do not answer are left out."""

    async def fetch(worker: int) -> str | None:
        headers = [(TOKEN, workers.token.encode()), (FROM, b"11http;")]
        try:
            async with _client(workers, worker, timeout=2.0) as client:
                answer = await client.get(f"http://worker{path}", headers=headers)
        except httpx.HTTPError:
            return None
        return answer.text if answer.status_code == 200 else None

    others = [worker for worker in range(workers.count) if worker != workers.own]
    return [text for text in await asyncio.gather(*map(fetch, others)) if text is not None]


def _client(workers: Workers, owner: int, timeout: float | None) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    transport = httpx.AsyncHTTPTransport(uds=str(workers.socket(owner)), limits=limits)
    return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)


async def _left(receive: Receive) -> None:
    """Return when the sender has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)


def arrived(scope: Scope, token: str | None) -> Visitor | None:
    """Whose request another worker has handed on; None where none has.

    What is said of the visitor is taken over, and the scope is as if it had come here.
    """
    given = header_of(scope, TOKEN)
    if token is None or given is None or not hmac.compare_digest(given.encode(), token.encode()):
        return None
    told, _, address = (header_of(scope, FROM) or "00http;").partition(";")
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in {TOKEN, FROM}]
    scope["scheme"], scope[RELAYED] = told[2:], True
    return Visitor(address, told[0] == "1", told[1] == "1")
