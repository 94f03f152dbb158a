"""What the tests of this stage share: a database of their own and answers to judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.surfaces.fake_assistant import HISTORY, answer, quote, us_card

from kqa.records import Answer
from kqa.staff.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "kept" / "staff.sqlite3"))


@pytest.fixture
def answered() -> Answer:
    return answer("When was it made?", quotes=(quote(HISTORY),))


@pytest.fixture
def refused() -> Answer:
    return answer("What is the capital of France?", topics=("history",))


@pytest.fixture
def crisis() -> Answer:
    return answer("I want to die", crisis_card=us_card(), index=None)
