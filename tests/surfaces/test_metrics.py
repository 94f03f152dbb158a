"""What is counted adds up, is read by whom it should be, and holds no text."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from tests.surfaces.fake_assistant import HOME, FakeAssistant

from kqa.settings import Settings
from kqa.surfaces.api import create_app
from kqa.surfaces.metrics import BUCKETS, Metrics, merged

SECRET = "xyzzy my secret illness"
LINE = re.compile(r'[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [0-9.e+-]+')


def reading(address: str = "127.0.0.1", **chosen: object) -> TestClient:
    app = create_app(FakeAssistant(settings=Settings.model_validate(chosen)))
    return TestClient(app, HOME, client=(address, 1))


def value(text: str, name: str, **labels: str) -> float:
    """The one value of this name that bears the labels."""
    wanted = {f'{label}="{shown}"' for label, shown in labels.items()}
    found = [
        line.rpartition(" ")[2]
        for line in text.splitlines()
        if line.startswith((f"{name}{{", f"{name} ")) and all(want in line for want in wanted)
    ]
    assert len(found) == 1, (name, labels, found)
    return float(found[0])


def test_outcomes_errors_and_times_are_counted_by_route() -> None:
    client = reading()
    for question in ("When?", "When was it?", "capital of France?", "I will kill myself", "??"):
        client.post("/api/ask", json={"question": question})
    client.post("/api/ask", json={"question": f"boom {SECRET}"})
    client.get("/api/articles/the-benefits")
    client.get(f"/api/articles/{SECRET}")
    client.get(f"/{SECRET}")
    text = client.get("/metrics").text
    assert value(text, "kqa_answers_total", outcome="answered") == 2
    assert value(text, "kqa_answers_total", outcome="not_in_corpus") == 1
    assert value(text, "kqa_answers_total", outcome="crisis") == 1
    assert value(text, "kqa_errors_total", code="empty_question") == 1
    assert value(text, "kqa_errors_total", code="own_fault") == 1
    assert value(text, "kqa_requests_total", route="/api/ask", status="200") == 4
    assert value(text, "kqa_requests_total", route="/api/ask", status="422") == 1
    assert value(text, "kqa_requests_total", route="/api/ask", status="500") == 1
    assert value(text, "kqa_requests_total", route="/api/articles/{id}", status="200") == 1
    assert value(text, "kqa_requests_total", route="/api/articles/{id}", status="404") == 1
    assert value(text, "kqa_requests_total", route="other", status="404") == 1
    assert value(text, "kqa_request_seconds_count", route="/api/ask") == 6
    assert value(text, "kqa_answer_seconds_count", outcome="answered") == 2
    assert "xyzzy" not in text


def test_the_text_is_what_prometheus_reads() -> None:
    metrics = Metrics(worker=3)
    for seconds in (0.001, 0.01, 0.011, 3.0, 99.0):
        metrics.count_answer("answered", seconds)
    metrics.count_request("/chat", 200, None)
    text = metrics.text()
    assert text.endswith("\n")
    seen: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in seen
            seen.add(name)
        elif not line.startswith("# HELP "):
            assert LINE.fullmatch(line), line
    counts = [
        value(text, "kqa_answer_seconds_bucket", outcome="answered", le=str(bound))
        for bound in (*BUCKETS, "+Inf")
    ]
    assert counts == sorted(counts)
    assert counts[:2] == [2, 3]
    assert counts[-2:] == [4, 5]
    assert value(text, "kqa_answer_seconds_sum", outcome="answered") == pytest.approx(102.022)
    assert value(text, "kqa_requests_total", route="/chat", worker="3") == 1
    assert "kqa_request_seconds_count" not in text


def test_the_counts_of_several_workers_stand_together() -> None:
    one, two = Metrics(0), Metrics(1)
    one.count_answer("answered", 0.1)
    two.count_answer("answered", 0.1)
    two.count_answer("crisis", 0.1)
    text = merged([one.text(), two.text()])
    assert value(text, "kqa_answers_total", outcome="answered", worker="1") == 1
    assert value(text, "kqa_answers_total", outcome="crisis") == 1
    lines = text.splitlines()
    assert len([line for line in lines if line.startswith("# TYPE kqa_answers_total")]) == 1
    at = [n for n, line in enumerate(lines) if line.startswith("kqa_answers_total")]
    assert at == list(range(at[0], at[0] + 3))


@pytest.mark.parametrize(
    ("settings", "address", "headers", "read"),
    [
        ({}, "127.0.0.1", {}, True),
        ({}, "::1", {}, True),
        ({}, "192.0.2.1", {}, False),
        ({}, "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, False),
        ({}, "127.0.0.1", {"Host": "192.0.2.9"}, False),
        ({"proxies": "127.0.0.1", "hosts": "clinic.example"}, "127.0.0.1", {}, True),
        ({"metrics": "everyone"}, "192.0.2.1", {}, True),
        ({"metrics": "off"}, "127.0.0.1", {}, False),
    ],
)
def test_who_may_read_them(
    settings: dict[str, object], address: str, headers: dict[str, str], read: bool
) -> None:
    answer = reading(address, **settings).get("/metrics", headers=headers)
    assert answer.status_code == (200 if read else 404)
    assert ("kqa_start_time_seconds" in answer.text) == read
