"""docs/answer.schema.json takes every answer that can be, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.surfaces.fake_assistant import HISTORY, answer, quote, sides, us_card

from kqa import wording
from kqa.answer.assistant import Assistant
from kqa.records import Answer, Contact, Language, Notice

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "answer.schema.json").read_text("utf-8"))
INDEX = "0" * 64
Q = quote(HISTORY)
SPANISH = Language("es", wording.NOT_ENGLISH["es"])

ANSWERS: dict[str, Answer] = {
    "answered": answer("?", quotes=(Q,), index=INDEX),
    "sides": answer(
        "?", quotes=sides("above three"), notices=(Notice.SOURCES_DIFFER,), index=INDEX
    ),
    "refused": answer("?", topics=("a",), contact=Contact("A"), index=INDEX),
    "related": answer("?", related=(Q,), notices=(Notice.SOURCE_INCOMPLETE,), index=INDEX),
    "foreign": answer("?", language=SPANISH, contact=Contact("A"), index=INDEX),
    "foreign and card": answer("?", language=SPANISH, crisis_card=us_card(), index=INDEX),
    "every notice": answer("?", quotes=(Q,), notices=tuple(Notice), index=INDEX),
    "crisis": answer("?", crisis_card=us_card(), index=None),
}


def fits(given: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(given))


@pytest.mark.parametrize("name", ANSWERS)
def test_every_kind_of_answer_fits(name: str) -> None:
    given = ANSWERS[name].to_dict()
    jsonschema.validate(given, SCHEMA)
    assert fits(json.loads(json.dumps(given)))


def test_language_stands_there_only_for_a_question_in_another() -> None:
    for name, each in ANSWERS.items():
        assert ("language" in each.to_dict()) is name.startswith("foreign")
    assert ANSWERS["foreign"].to_dict()["language"] == {"code": "es", "message": SPANISH.message}


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda given: given.pop(name)


def setting(**parts: object) -> Callable[[dict[str, Any]], object]:
    return lambda given: given.update(parts)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("answered", setting(language={"code": "es", "message": "No."})),
        ("foreign", setting(language=None)),
        ("foreign", setting(language={"code": "es"})),
        ("foreign", setting(language={"code": "Spanish", "message": "No."})),
        ("foreign", setting(language={"code": "es", "message": ""})),
        ("foreign", setting(topics=["a"])),
        ("related", setting(notices=[])),
        ("related", setting(outcome="answered")),
        ("answered", setting(related=ANSWERS["answered"].to_dict()["quotes"])),
        ("sides", setting(notices=[])),
        ("refused", setting(related=None)),
        ("answered", without("related")),
        ("answered", without("disclaimer")),
        ("answered", setting(more=1)),
    ],
)
def test_what_no_answer_may_be_does_not_fit(
    name: str, spoil: Callable[[dict[str, Any]], object]
) -> None:
    given = ANSWERS[name].to_dict()
    assert fits(given)
    spoil(given)
    assert not fits(given)


@pytest.mark.parametrize(
    "question",
    [
        "Is ketamine addictive?",
        "What are the contraindications for ketamine?",
        "¿Cuánto dura una sesión de ketamina?",
        "How many mg of ketamine should I take?",
        "How long is a session and what does it cost?",
        "Can ketamine help with suicidal thoughts?",
        "I want to kill myself",
    ],
)
def test_what_the_assistant_answers_fits(built_assistant: Assistant, question: str) -> None:
    jsonschema.validate(built_assistant.ask(question).to_dict(), SCHEMA)
