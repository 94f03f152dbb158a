"""The HTTP API keeps its promises: one error form, capped bodies, nothing logged."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.surfaces.fake_assistant import ARTICLE, HISTORY, HOME, FakeAssistant

from kqa import errors, wording
from kqa.errors import IndexMissing, IndexStale, KqaError, QuoteAltered, Unreachable
from kqa.settings import HISTORY_LIMIT
from kqa.surfaces.api import create_app
from kqa.surfaces.http import BODY_LIMIT
from kqa.surfaces.serve import listen, serve

SECRET = "xyzzy my secret illness"


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def app(assistant: FakeAssistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=HOME) as client:
        yield client


def is_error(response: Any, status: int, code: str | None = None) -> None:  # noqa: ANN401
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"code", "message", "disclaimer"}
    assert body["disclaimer"] == wording.DISCLAIMER
    assert "Traceback" not in body["message"]
    assert code is None or body["code"] == code


def test_an_answer_is_the_record_in_its_one_json_form(
    client: TestClient, assistant: FakeAssistant
) -> None:
    answer = client.post("/api/ask", json={"question": "When?", "history": ["Before?"]})
    assert answer.status_code == 200
    assert answer.json() == assistant.ask("When?").to_dict()
    assert answer.json()["quotes"][0]["text"] == HISTORY
    assert answer.headers["cache-control"] == "no-store"


def test_the_earlier_questions_go_along_in_their_order(
    client: TestClient, assistant: FakeAssistant
) -> None:
    earlier = [f"Question {n}?" for n in range(HISTORY_LIMIT)]
    client.post("/api/ask", json={"question": "And at home?", "history": earlier})
    client.post("/api/ask", json={"question": "And at home?"})
    assert [list(h) for h in assistant.histories if isinstance(h, list | tuple)] == [earlier, []]


def test_a_question_in_another_language_bears_its_message(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": "¿Cuánto dura una sesión?"}).json()
    assert answer["outcome"] == "not_in_corpus"
    assert answer["language"] == {"code": "es", "message": wording.NOT_ENGLISH["es"]}
    assert "language" not in client.post("/api/ask", json={"question": "When?"}).json()


def test_articles_are_listed_without_and_shown_with_their_text(client: TestClient) -> None:
    listed = client.get("/api/articles").json()
    assert [article["id"] for article in listed] == ["the-benefits", "a-guide"]
    assert all("text" not in article for article in listed)
    assert client.get("/api/articles/the-benefits").json() == {**listed[0], "text": ARTICLE.text}


def test_an_unknown_article_is_not_found(client: TestClient) -> None:
    is_error(client.get("/api/articles/nope"), 404, "unknown_article")


def test_a_text_is_verified(client: TestClient) -> None:
    assert client.post("/api/verify", json={"text": HISTORY}).json()["found"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ("text", 422),
        ({"question": None}, 422),
        ({"question": 7}, 422),
        ({"question": "???"}, 422),
        ({"question": "a", "history": "b"}, 422),
        ({"question": "a", "history": [1]}, 422),
        ({"question": "a", "history": ["b"] * 21}, 422),
        ({"question": "a", "history": ["b" * 1_001]}, 422),
        ({"question": "half a \ud800 character"}, 422),
        ({"question": "a", "history": ["\ud800"]}, 422),
    ],
)
def test_bad_input_has_the_error_form(client: TestClient, body: object, status: int) -> None:
    sent = json.dumps(body)  # escapes surrogates, as a hostile client would
    response = client.post("/api/ask", content=sent, headers={"Content-Type": "application/json"})
    is_error(response, status)


def test_a_faulty_history_never_hides_a_cry_for_help(client: TestClient) -> None:
    body = {"question": "I want to kill myself", "history": 7}
    assert client.post("/api/ask", json=body).json()["outcome"] == "crisis"


@pytest.mark.parametrize(
    "sent",
    [b"", b"{", b"nonsense", b"\xff\xfe", b"[" * 60_000, b'{"question": ' + b"9" * 9_000 + b"}"],
)
def test_what_is_no_json_has_the_error_form(client: TestClient, sent: bytes) -> None:
    response = client.post("/api/ask", content=sent, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    is_error(response, response.status_code)


def test_a_cry_for_help_is_heard_through_broken_characters(client: TestClient) -> None:
    sent = json.dumps({"question": "I want to kill myself \ud83d"})
    response = client.post("/api/ask", content=sent, headers={"Content-Type": "application/json"})
    assert response.json()["outcome"] == "crisis"


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 3 * 1024 * 1024])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_above_the_cap_is_refused(client: TestClient, size: int, chunked: bool) -> None:
    body = b'{"question": "' + b"a" * size + b'"}'
    parts = (body[at : at + 50_000] for at in range(0, len(body), 50_000))
    sent = parts if chunked else body
    is_error(client.post("/api/ask", content=sent), 413, "too_large")
    is_error(client.post("/nowhere", content=body), 404, "not_found")


def test_a_body_below_the_cap_is_read_in_chunks(client: TestClient) -> None:
    parts = iter([b'{"question":', b' "When?"}'])
    response = client.post("/api/ask", content=parts, headers={"Content-Type": "application/json"})
    assert response.json()["outcome"] == "answered"


def test_addresses_and_methods_that_are_not_there(client: TestClient) -> None:
    is_error(client.get("/nowhere"), 404, "not_found")
    is_error(client.get("/docs"), 404)
    is_error(client.get("/api/ask"), 405, "method_not_allowed")
    assert client.get("/api/ask").headers["allow"] == "POST"


def error_classes() -> list[type[KqaError]]:
    found: list[type[KqaError]] = [KqaError]
    for known in found:
        found += known.__subclasses__()
    return found


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_has_its_status(kind: type[KqaError]) -> None:
    fault = kind("thing", "it failed", "Mend it.")
    client = TestClient(create_app(FakeAssistant(fault)), base_url=HOME)
    is_error(client.post("/api/ask", json={"question": "When?"}), kind.http_status, kind.code)


def test_a_bug_is_no_traceback_and_quotes_nobody_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    is_error(client.post("/api/ask", json={"question": f"boom {SECRET}"}), 500, "own_fault")
    client.post("/api/ask", json={"question": f"When? {SECRET}", "history": [SECRET]})
    client.post("/api/ask", json={"question": 1, "history": SECRET})
    client.post("/api/verify", json={"text": SECRET})
    seen = caplog.text + "".join(capfd.readouterr())
    assert "RuntimeError at" in seen
    assert "xyzzy" not in seen


def test_health_needs_no_index_and_readiness_does(app: FastAPI, assistant: FakeAssistant) -> None:
    client = TestClient(app, base_url=HOME)
    assert client.get("/healthz").json() == {"status": "up"}
    is_error(client.get("/readyz"), 503, "pages_missing")
    app.state.pages_mounted = True
    assert client.get("/readyz").json() == {"status": "ready"}
    for kind in (IndexMissing, IndexStale, QuoteAltered, errors.CorpusError):
        assistant.fault = kind("index", "it is not fit", "Run kqa index.")
        is_error(client.get("/readyz"), 503, kind.code)
        assert "not fit" in client.get("/readyz").json()["message"]
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/chat"])
def test_the_page_is_found_from_above_and_keeps_its_question(app: FastAPI, path: str) -> None:
    client = TestClient(app, HOME, root_path="/kqa", follow_redirects=False)
    assert client.get(f"{path}?q=a%20b").headers["location"] == "/kqa/chat/?q=a%20b"
    plain = TestClient(app, HOME, follow_redirects=False)
    assert plain.get(path).headers["location"] == "/chat/"


def test_no_origin_is_reflected(client: TestClient) -> None:
    origin = {"Origin": "https://evil.example"}
    for response in (
        client.get("/healthz", headers=origin),
        client.post("/api/ask", json={"question": "When?"}, headers=origin),
        client.options("/api/ask", headers={**origin, "Access-Control-Request-Method": "POST"}),
    ):
        assert "access-control-allow-origin" not in response.headers
        assert "access-control-allow-credentials" not in response.headers


def test_the_api_describes_itself(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/ask",
        "/api/articles",
        "/api/articles/{id}",
        "/api/verify",
        "/healthz",
        "/readyz",
    }
    assert wording.DISCLAIMER in described["info"]["description"]


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as holding:
        port = holding.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"port {port} on 127\.0\.0\.1"):
            listen("127.0.0.1", port)
    with pytest.raises(Unreachable, match=r"nowhere\.invalid"):
        listen("nowhere.invalid", 0)


def test_nothing_is_served_where_no_index_can_answer() -> None:
    with pytest.raises(IndexMissing):
        serve(FakeAssistant(IndexMissing("index", "it is not there", "Run kqa index.")), "", 0)


def test_the_api_alone_does_not_import_gradio() -> None:
    code = "import sys, kqa.surfaces.api, kqa.surfaces.serve; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
