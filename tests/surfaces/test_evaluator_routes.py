"""Files come and go by two addresses, each only for whom they belong to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.testclient import TestClient
from tests.surfaces.fake_assistant import HOME, FakeAssistant
from tests.surfaces.test_evaluator_bench import add_run

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.surfaces.api import create_app
from kqa.surfaces.http import BODY_LIMIT
from kqa.surfaces.web import evaluator_routes as module
from kqa.surfaces.web.evaluator_bench import Bench, Benches
from kqa.surfaces.web.evaluator_routes import DOWNLOADS, add_evaluator_routes

RUN = "".join(f"q{n} Q0 d{n} 1 1.0 mine\n" for n in range(9_000)).encode()


def _owner(request: Request) -> str:
    """Signed in is whom a header names: enough to tell two from each other and from nobody."""
    name = request.headers.get("X-Name")
    if name is None:
        raise HTTPException(401)
    return name


@pytest.fixture
def benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Benches]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Benches()
    yield made
    made.close()


@pytest.fixture
def bench(benches: Benches) -> Bench:
    return benches.enter("anna", "", "s")


@pytest.fixture
def client(benches: Benches, built_assistant: Assistant) -> TestClient:
    app: FastAPI = create_app(FakeAssistant())
    add_evaluator_routes(app, benches, lambda: built_assistant, _owner)
    return TestClient(app, HOME, follow_redirects=False)


def send(
    client: TestClient,
    bench: Bench | None,
    content: bytes = RUN,
    name: str | None = "anna",
    **headers: str,
) -> httpx.Response:
    """Sends a file as ``name``; ``headers`` take the place of those that a page sends."""
    given = {"Content-Type": "application/octet-stream", "X-File-Name": "a.run"}
    given |= {"X-Bench": bench.token} if bench else {}
    given |= {"X-Name": name} if name else {}
    given |= {key.replace("_", "-"): value for key, value in headers.items()}
    return client.post("/eval/upload", content=content, headers=given)


def test_a_file_larger_than_other_bodies_may_be_comes_to_its_bench(
    client: TestClient, bench: Bench
) -> None:
    assert len(RUN) > BODY_LIMIT
    answered = send(client, bench)
    assert answered.status_code == 200
    (held,) = bench.files.values()
    assert answered.json() == {"key": held.key, "name": "a.run", "kind": "TREC run"}
    assert held.path.read_bytes() == RUN
    too_large = client.post("/api/ask", content=b"x" * (BODY_LIMIT + 1))
    assert too_large.status_code == 413


def test_a_bench_takes_files_of_its_owner_only(client: TestClient, bench: Bench) -> None:
    for answered, status in (
        (send(client, bench, name="bert"), 422),
        (send(client, bench, name=None), 401),
        (send(client, None), 422),
        (send(client, bench, X_Bench="x"), 422),
        (send(client, bench, Content_Type="text/plain"), 415),
    ):
        assert answered.status_code == status
        assert answered.json()["disclaimer"] == wording.DISCLAIMER
    assert bench.files == {}


def test_a_file_too_large_is_refused_while_it_comes_and_leaves_nothing(
    client: TestClient, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UPLOAD_BYTES", 100_000)
    answered = send(client, bench)
    assert answered.status_code == 422
    assert "larger than" in answered.json()["message"]
    assert [*bench.folder.iterdir()] == []


def test_a_refused_file_is_named_as_its_owner_does(
    client: TestClient, bench: Bench, tmp_path: Path
) -> None:
    name = "..%2F..%2Fmy%20caf%C3%A9.jsonl"
    answered = send(client, bench, b"[]\n", X_File_Name=name)
    assert answered.status_code == 422
    message = answered.json()["message"]
    assert message.startswith("my_café.jsonl, line 1: it is not a JSON object")
    assert str(tmp_path) not in message
    assert [*bench.folder.iterdir()] == []


def test_a_run_is_given_to_its_owner_only_and_never_shown_as_a_page(
    client: TestClient, bench: Bench
) -> None:
    add_run(bench, "r1")
    for name in DOWNLOADS:
        address = f"/eval/download/r1/{name}"
        given = client.get(address, headers={"X-Name": "anna"})
        assert given.status_code == 200
        assert given.headers["content-disposition"].startswith("attachment; filename=")
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["cache-control"] == "no-store"
        assert client.get(address, headers={"X-Name": "bert"}).status_code == 404
        assert client.get(address).status_code == 401
    bench.runs.clear()
    gone = client.get("/eval/download/r1/report.html", headers={"X-Name": "anna"})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "name", ["../r1.run", "..%2f..%2fetc%2fpasswd", "r1.run", "report.html%00", "x"]
)
def test_no_other_file_is_given(client: TestClient, bench: Bench, name: str) -> None:
    add_run(bench, "r1")
    answered = client.get(f"/eval/download/r1/{name}", headers={"X-Name": "anna"})
    assert answered.status_code == 404


def test_the_address_without_its_slash_leads_to_the_page(client: TestClient) -> None:
    answered = client.get("/eval")
    assert (answered.status_code, answered.headers["location"]) == (307, "/eval/")


def test_everything_is_deleted_when_the_application_ends(
    client: TestClient, bench: Bench, tmp_path: Path
) -> None:
    with client:
        assert send(client, bench).status_code == 200
        assert bench.folder.exists()
    assert bench.closed
    assert [*tmp_path.iterdir()] == []
