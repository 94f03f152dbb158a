"""Signing in and out, and the gate before the pages that need it.

Owns the forms, the cookies and who is let through; ``sessions`` keeps who is signed in,
``users`` who may be. Where nobody may sign in, the pages open only to the machine itself.
Nothing that is typed here is logged.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from kqa import wording
from kqa.errors import InputError
from kqa.settings import Settings
from kqa.surfaces.http import error_response, http_error
from kqa.surfaces.users import LONGEST, NOBODY, Hashed, Users, check_name
from kqa.surfaces.web import render_sign_in as render
from kqa.surfaces.web.sessions import Folder, Sessions, Tries
from kqa.surfaces.web.visitor import SAFE_METHODS, is_same_origin, path_of, visitor_of

PAIR_TRIES, ADDRESS_TRIES, NAME_TRIES = 5, 20, 50
"""Failed tries in a quarter of an hour: of a name from an address, of an address, of a name."""

HASHING, HASHING_WAIT = 1, 8
"""Passwords that a worker hashes at once (32 MiB each), and that may wait their turn."""

FORM_SECONDS = 60 * 60
"""A form that was fetched may be sent for so long."""

_STEPS = " ".join(f"{step.rstrip('.')}." for step in wording.LOCAL_ONLY_STEPS)
_LOCAL_ONLY = (
    "local_only",
    f"{wording.LOCAL_ONLY_MORE} {wording.LOCAL_ONLY_REMEDY} {_STEPS}",
)
_FORM_ID = re.compile(r"[\w-]{43}", re.ASCII)


class SignIn:
    """Who is signed in, by cookie; ``pages`` are the paths that need it."""

    def __init__(self, settings: Settings, folder: Folder) -> None:
        self.settings, self.folder = settings, folder
        self.users = Users.of(settings)
        self.sessions = Sessions(
            folder, settings.session_minutes * 60.0, settings.session_hours * 3600.0
        )
        self.tries = Tries(folder)
        self.pages: list[str] = []
        self._decoy = Hashed((2**15, 8, 3), secrets.token_bytes(16), secrets.token_bytes(32))
        self._hashing = asyncio.Semaphore(HASHING)
        self._waiting = 0

    def name_of(self, request: Request) -> str | None:
        """Who sent the request: a name, ``local`` at the machine itself, None: nobody.

        ``local`` only where nobody may sign in at all.
        """
        if not self.users.configured:
            return NOBODY if visitor_of(request.scope).direct else None
        session = self.sessions.find(request.cookies.get(_cookie(request, "session")))
        if session is None:
            return None
        known = self.users.now().get(session.name)
        proven = known is not None and hmac.compare_digest(self.proof(known), session.proof)
        return session.name if proven else None

    def refuse(self, request: Request) -> Response:
        """The answer to who may not see a page: the way to sign in, or how to set it up."""
        root = _root(request.scope)
        looking = request.method in {"GET", "HEAD"} and path_of(request.scope) in {"", "/"}
        reading = looking and "text/html" in request.headers.get("accept", "")
        if not self.users.configured:
            return self.closed(root) if reading else error_response(403, *_LOCAL_ONLY)
        if reading:
            page = str(request.scope["root_path"]).removeprefix(root)
            return RedirectResponse(f"{root}/sign-in?next={quote(page + '/')}", 303)
        return http_error(401)

    def closed(self, root: str) -> Response:
        """The page that says why it does not open, and how to change that."""
        return _page(render.local_only_page(self.settings.title, root), 403)

    def proof(self, hashed: Hashed) -> str:
        """What a session is opened with: another password, and it is over."""
        return self.folder.named("proof", str(hashed))

    def token(self, basis: str) -> str:
        """What a form must send back, made of a cookie that another site cannot read."""
        return self.folder.named("form", basis)

    def refuse_try(self, address: str, name: str) -> bool:
        """Count a try, and say whether it is one too many."""
        return not (
            self.tries.take(ADDRESS_TRIES, "address", address)
            and self.tries.take(PAIR_TRIES, "pair", address, name)
            and self.tries.take(NAME_TRIES, "name", name)
        )

    async def check(self, name: str, password: str) -> Hashed | None:
        """The hash that the password fits; an unknown name takes as long as a known one.

        Raises:
            BlockingIOError: if too many are waiting.
        """
        if self._waiting >= HASHING_WAIT:
            raise BlockingIOError
        users = self.users.now()
        cost = next((each.cost for each in users.values()), self._decoy.cost)
        decoy = Hashed(cost, self._decoy.salt, self._decoy.key)
        hashed = users.get(name, decoy)
        self._waiting += 1
        try:
            async with self._hashing:
                fits = await run_in_threadpool(hashed.fits, password[:LONGEST])
        finally:
            self._waiting -= 1
        return hashed if fits and hashed is not decoy else None


def add_sign_in(app: FastAPI, sign_in: SignIn) -> None:
    """The routes ``/sign-in`` and ``/sign-out``."""

    @app.get("/sign-in", include_in_schema=False)
    def form(request: Request, next: str = "") -> Response:
        if not sign_in.users.configured:
            return sign_in.closed(_root(request.scope))
        return _form(sign_in, request, _known(sign_in, next))

    @app.post("/sign-in", include_in_schema=False)
    async def enter(request: Request) -> Response:
        if not sign_in.users.configured:
            return sign_in.closed(_root(request.scope))
        return await _enter(sign_in, request)

    @app.get("/sign-out", include_in_schema=False)
    def leaving(request: Request) -> Response:
        name, id = sign_in.name_of(request), request.cookies.get(_cookie(request, "session"))
        if name is None or id is None:
            return RedirectResponse(f"{_root(request.scope)}/sign-in", 303)
        kept = render.Form(_root(request.scope), sign_in.token(id))
        return _page(render.sign_out_page(sign_in.settings.title, kept, name))

    @app.post("/sign-out", include_in_schema=False)
    async def leave(request: Request) -> Response:
        id = request.cookies.get(_cookie(request, "session"))
        sent = await _fields(request)
        if id is not None and not _is_own_form(sign_in, request, id, sent):
            return http_error(403)
        sign_in.sessions.end(id)
        gone = RedirectResponse(f"{_root(request.scope)}/sign-in", 303)
        _set_cookie(gone, request, "session", "", 0)
        return gone


async def _enter(sign_in: SignIn, request: Request) -> Response:
    sent = await _fields(request)
    onward = _known(sign_in, sent.get("next", ""))
    basis = request.cookies.get(_cookie(request, "form"), "")
    if not _is_own_form(sign_in, request, basis, sent):
        return _form(sign_in, request, onward, 403, wording.SIGN_IN_STALE)
    typed = sent.get("name", "")
    try:
        name = check_name(typed)
    except InputError:
        name = ""
    address = visitor_of(request.scope).address
    if sign_in.refuse_try(address, name):
        return _too_many(sign_in, request, onward)
    try:
        hashed = await sign_in.check(name, sent.get("password", ""))
    except BlockingIOError:
        return _form(sign_in, request, onward, 503, wording.SIGN_IN_BUSY, typed)
    if hashed is None:
        return _form(sign_in, request, onward, 403, wording.SIGN_IN_WRONG, typed)
    sign_in.tries.clear("pair", address, name)
    sign_in.sessions.end(request.cookies.get(_cookie(request, "session")))
    entered = RedirectResponse(f"{_root(request.scope)}{onward}", 303)
    id = sign_in.sessions.begin(name, sign_in.proof(hashed))
    _set_cookie(entered, request, "session", id, None)
    _set_cookie(entered, request, "form", "", 0)
    return entered


def _is_own_form(sign_in: SignIn, request: Request, basis: str, sent: dict[str, str]) -> bool:
    """Whether this server's own page sent the form, by origin and by token."""
    wanted = sign_in.token(basis)
    fits = hmac.compare_digest(wanted.encode(), sent.get("token", "").encode("utf-8", "replace"))
    return bool(basis) and fits and is_same_origin(request.scope) is not False


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; none of anything that is no form of ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        text = (await request.body()).decode("ascii")
        parsed = parse_qs(text, keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in parsed.items()}


def _form(
    sign_in: SignIn,
    request: Request,
    onward: str,
    status: int = 200,
    wrong: str | None = None,
    name: str = "",
) -> Response:
    """The form, with the cookie that its token belongs to."""
    basis = request.cookies.get(_cookie(request, "form"), "")
    basis = basis if _FORM_ID.fullmatch(basis) else secrets.token_urlsafe(32)
    form = render.Form(_root(request.scope), sign_in.token(basis), onward)
    shown = name if len(name) <= 64 else ""
    page = _page(render.sign_in_page(sign_in.settings.title, form, wrong, shown), status)
    _set_cookie(page, request, "form", basis, FORM_SECONDS)
    return page


def _too_many(sign_in: SignIn, request: Request, onward: str) -> Response:
    seconds = sign_in.tries.wait()
    minutes = -(-seconds // 60)
    wait = "one minute" if minutes == 1 else f"{minutes} minutes"
    said = wording.SIGN_IN_TOO_MANY.format(wait=wait)
    page = _form(sign_in, request, onward, 429, said)
    page.headers["Retry-After"] = str(seconds)
    return page


def _known(sign_in: SignIn, onward: str) -> str:
    """Where to go after signing in: a page that needs it, never another address."""
    pages = [f"{path}/" for path in sign_in.pages]
    return onward if onward in pages else next(iter(pages), "/chat/")


def _page(markup: str, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": render.CONTENT_POLICY}
    return HTMLResponse(markup, status, headers)


def _root(scope: Scope) -> str:
    """The prefix that a proxy strips, outside any mounted page."""
    return str(scope.get("app_root_path", scope.get("root_path", "")))


def _cookie(request: Request, name: str) -> str:
    """A cookie's name: by HTTPS one that no neighbouring host can set."""
    host_only = request.url.scheme == "https" and not _root(request.scope)
    return f"__Host-kqa_{name}" if host_only else f"kqa_{name}"


def _set_cookie(
    response: Response, request: Request, name: str, value: str, seconds: int | None
) -> None:
    """A cookie for this server alone; ``seconds`` None: until the browser closes."""
    response.set_cookie(
        _cookie(request, name),
        value,
        max_age=seconds,
        path=_root(request.scope) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


class Gate:
    """Before everything of a page: only who is signed in gets through, and by our own pages.

    It stands outside all of the page's routes, for Gradio guards only some of them.
    ``refuse`` makes the answer to everybody else.
    """

    def __init__(
        self,
        app: ASGIApp,
        signed_in: Callable[[Request], str | None],
        refuse: Callable[[Request], Response],
    ) -> None:
        self.app, self.signed_in, self.refuse = app, signed_in, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answer = Request(scope), self.app
        if self.signed_in(request) is None:
            answer = self.refuse(request)
        elif request.method not in SAFE_METHODS and not is_same_origin(scope):
            answer = http_error(403)
        await answer(scope, receive, send)
