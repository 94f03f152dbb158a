"""The API is what its description says, for whatever a fuzzer makes of the description."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema
from tests.surfaces.fake_assistant import HOME

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.settings import Settings
from kqa.surfaces.api import create_app

Case = schemathesis.Case[Any]
ROUTES = {
    *(("POST", "/api/ask"), ("POST", "/api/verify")),
    *(("GET", "/api/articles"), ("GET", "/api/articles/{id}")),
    *(("GET", "/healthz"), ("GET", "/readyz")),
}
PROBLEM = {"question": "When was ketamine first synthesized?"}


@pytest.fixture(scope="module")
def described(built_settings: Settings) -> OpenApiSchema:
    """The description of the API before a real index, with no limit on how often it is asked."""
    settings = built_settings.model_copy(update={"rate": 0, "hosts": "testserver"})
    app = create_app(Assistant(settings))
    app.state.pages_mounted = True
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_no_request_brings_a_fault_or_an_answer_that_is_not_described(
    described: OpenApiSchema, method: str, path: str
) -> None:
    sent = 0

    @hypothesis.settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=described[path][method].as_strategy())
    def send(case: Case) -> None:
        nonlocal sent
        sent += 1
        # What no schema says: a question holds a letter or digit, a text is not all blanks.
        response = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        assert response.status_code < 500
        if response.status_code >= 400:
            assert response.json()["disclaimer"] == wording.DISCLAIMER

    send()
    assert sent >= (1 if path in {"/healthz", "/readyz", "/api/articles"} else 50)


def test_every_route_is_described(described: OpenApiSchema) -> None:
    found = [each.ok() for each in described.get_all_operations() if isinstance(each, Ok)]
    assert {(each.method.upper(), each.path) for each in found if each} == ROUTES


@pytest.fixture
def client(built_settings: Settings) -> TestClient:
    return TestClient(create_app(Assistant(built_settings)), HOME)


def test_what_is_answered_in_earnest_is_described(
    client: TestClient, described: OpenApiSchema
) -> None:
    """What a fuzzer hardly hits: an answer with quotes, an article, a text that is found."""
    article = client.get("/api/articles").json()[0]["id"]
    text = client.get(f"/api/articles/{article}").json()["text"]
    for path, method, sent in (
        ("/api/ask", "POST", PROBLEM),
        ("/api/ask", "POST", {"question": "I want to kill myself"}),
        ("/api/ask", "POST", {"question": "What is the capital of France?"}),
        ("/api/verify", "POST", {"text": text[:200]}),
        ("/api/verify", "POST", {"text": text[:200].replace("e", "x")}),
        ("/api/articles/{id}", "GET", None),
    ):
        response = client.request(method, path.replace("{id}", article), json=sent)
        assert response.status_code == 200, response.text
        described[path][method].validate_response(response)
