"""Promises of keeping: nothing unless the owner says so, and never at the visitor's cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.surfaces.fake_assistant import HOME, FakeAssistant

from kqa.settings import Settings
from kqa.staff.database import Database
from kqa.staff.queue import Queue
from kqa.surfaces.api import create_app

REFUSED = "What is the capital of France?"


def _client(path: Path, keep: bool) -> TestClient:
    settings = Settings(database=str(path), keep_unanswered=keep)
    app = create_app(FakeAssistant(settings=settings))
    return TestClient(app, HOME, raise_server_exceptions=False)


def test_by_default_nothing_of_a_visitor_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "staff.sqlite3"
    assert Settings().keep_unanswered is False
    assert _client(path, False).post("/api/ask", json={"question": REFUSED}).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_switched_on_only_refused_questions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "staff.sqlite3"
    client = _client(path, True)
    for question in (REFUSED, "When was it made?", "I want to kill myself", "suicide?", "???"):
        client.post("/api/ask", json={"question": question})
    kept = Queue(Database(str(path))).open_unanswered()
    assert [row.question for row in kept] == [REFUSED]


def test_a_database_that_breaks_costs_no_answer_and_no_log_quotes_the_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    client = _client(tmp_path / "file" / "staff.sqlite3", True)
    given = client.post("/api/ask", json={"question": REFUSED})
    assert given.json()["outcome"] == "not_in_corpus"
    assert "Unreachable" in caplog.text
    assert "capital" not in caplog.text
