"""How files come to the evaluator's page and leave it, beside Gradio.

Owns two addresses, both behind the page's own sign-in: one takes a file as the body of a
request, counted while it comes; the other gives what a run of the same owner has to give.
Gradio's own addresses for files stay shut. A name in an address is never a path here.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse

from kqa.answer.assistant import Assistant
from kqa.errors import InputError, KqaError, OwnFault
from kqa.evaluate.evaluation import to_dict
from kqa.evaluate.report import write_report
from kqa.evaluate.table import write_table
from kqa.surfaces.http import BODY_LIMIT, Json, error_response, log_fault, status_of
from kqa.surfaces.web.evaluator_bench import Bench, Benches, Run
from kqa.surfaces.web.evaluator_files import safe_name, take_in, without_folders

PATH, UPLOAD = "/eval", "/upload"
UPLOAD_BYTES = 64 * 1024 * 1024
"""Largest file that may be sent."""

NAME_HEADER, BENCH_HEADER = "X-File-Name", "X-Bench"
"""What a file is called (percent-encoded), and the token of the bench that it is for."""

DOWNLOADS = {
    "report.html": "Report (HTML)",
    "ranking.run": "Ranking (TREC run)",
    "questions.csv": "Questions (CSV)",
    "evaluation.json": "All (JSON)",
}
"""What may be asked for of a run, and what it is called."""

_MEDIA = "application/octet-stream"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".run": "text/plain; charset=utf-8",
}
Owner = Callable[[Request], str]
"""From a request to who is signed in; raises where nobody is."""


def add_evaluator_routes(
    app: FastAPI, benches: Benches, assistant: Callable[[], Assistant], owner: Owner
) -> None:
    """Adds upload and download to the application; call it before the page is mounted.

    Args:
        app: the application. Its lock passes bodies sent to the upload address on as they come.
        benches: the evaluators' pages.
        assistant: gives the one whose articles a test set is checked against.
        owner: who is signed in, as for the page itself.
    """
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.post(UPLOAD)
    async def upload(request: Request) -> Response:
        bench = benches.of(request.headers.get(BENCH_HEADER, ""), owner(request))
        if request.headers.get("content-type") != _MEDIA:
            # Another site's page cannot send this type without being asked first, and refused.
            raise HTTPException(415)
        name = unquote(request.headers.get(NAME_HEADER, "file"), errors="replace")
        received = await _receive(request, bench, name)
        try:
            return await run_in_threadpool(_checked, bench, received, name, assistant)
        finally:
            received.unlink(missing_ok=True)

    @router.get("/download/{run}/{name}")
    def download(request: Request, run: str, name: str) -> Response:
        found = benches.run_of(run, owner(request))
        if found is None or name not in DOWNLOADS:
            raise HTTPException(404)
        bench, held = found
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(
            _written(bench, held, name),
            filename=f"kqa-{held.n}-{_slug(held)}-{name}",
            media_type=_TYPES[Path(name).suffix],
            headers=headers,
        )

    @app.api_route(PATH, methods=["GET", "HEAD"], include_in_schema=False)
    def to_page(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{PATH}/")

    app.include_router(router)
    _close_with(app, benches)
    # A little more than the route itself takes, whose refusal names the file.
    app.state.rules.uploads[PATH + UPLOAD] = UPLOAD_BYTES + BODY_LIMIT


def _close_with(app: FastAPI, benches: Benches) -> None:
    """Forgets all benches when the application ends: a signal may leave no other time."""
    opened = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[Any]:
        async with opened(served) as state:
            yield state
        benches.close()

    app.router.lifespan_context = lifespan


async def _receive(request: Request, bench: Bench, name: str) -> Path:
    """Writes the body to a file of ours.

    Raises:
        InputError: if it is larger than may be.
    """
    size = 0
    with tempfile.NamedTemporaryFile(dir=bench.folder, prefix=".coming-", delete=False) as file:
        received = Path(file.name)
        try:
            async for piece in request.stream():
                size += len(piece)
                if size > UPLOAD_BYTES:
                    reason = f"it is larger than {UPLOAD_BYTES // 2**20} MiB"
                    raise InputError(safe_name(name), reason, "Measure it with kqa eval instead.")
                await run_in_threadpool(file.write, piece)
        except BaseException:
            received.unlink(missing_ok=True)
            raise
    return received


def _checked(
    bench: Bench, received: Path, name: str, assistant: Callable[[], Assistant]
) -> Response:
    try:
        held = take_in(bench, received, name, assistant())
    except KqaError as error:
        told = without_folders(error, bench.folder)
        return error_response(status_of(error), told.code, str(told))
    except Exception as error:
        log_fault(error)
        fault = OwnFault(safe_name(name), "it could not be read", "Please report it.")
        return error_response(fault.http_status, fault.code, str(fault))
    return Json({"key": held.key, "name": held.name, "kind": held.kind.value})


def _written(bench: Bench, run: Run, name: str) -> Path:
    """The file to give, made when it is first asked for."""
    if name == "ranking.run":
        return run.ranking
    path = bench.folder / f"{run.id}-{name}"
    if not path.exists():
        if name == "report.html":
            write_report(run.evaluation, path)
        elif name == "questions.csv":
            write_table(run.evaluation, path)
        else:
            path.write_bytes(Json(to_dict(run.evaluation)).body)
    return path


def _slug(run: Run) -> str:
    """System and test set, as part of a file's name."""
    evaluation = run.evaluation
    words = f"{evaluation.system}-{evaluation.test_set}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.")[:60] or "run"
