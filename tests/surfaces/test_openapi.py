"""The API is what its description says, for whatever a fuzzer makes of the description."""

from __future__ import annotations

import hypothesis
import jsonschema
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase
from tests.surfaces.fake_assistant import FakeAssistant

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.settings import Settings
from kqa.surfaces.api import create_app

HOME = "http://localhost"
ROUTES = {
    ("POST", "/api/ask"),
    ("POST", "/api/verify"),
    ("GET", "/api/articles"),
    ("GET", "/api/articles/{id}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}

app = create_app(FakeAssistant(settings=Settings(rate=0)))
app.state.pages_mounted = True
schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers={"Host": "localhost"})
seen: set[tuple[str, str]] = set()


@schema.parametrize()
@hypothesis.settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_brings_a_fault_or_an_answer_that_is_not_described(
    case: schemathesis.Case,
) -> None:
    seen.add((case.method.upper(), case.path))
    case.headers["Host"] = "localhost"
    response = case.call()
    assert response.status_code < 500
    if response.status_code >= 400:
        assert response.json()["disclaimer"] == wording.DISCLAIMER
    case.validate_response(response)


def test_every_route_was_tried() -> None:
    assert seen == ROUTES
