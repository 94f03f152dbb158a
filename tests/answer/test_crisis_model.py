"""Promises of the crisis model: it is whole or refused, judges alike, and hides nothing."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.answer import crisis_model, safety
from kqa.answer.safety import Danger, assess

TABLE: dict[str, Any] = json.loads(crisis_model.MODEL_FILE.read_text("utf-8"))
VOCABULARY = ["i", "want", "to", "die", "price", "kill", "40", "pills", "."]
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=90)


def _set(**changed: object) -> Callable[[dict[str, Any]], None]:
    return lambda table: table.update(changed)


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda table: table.pop(name)


def _a_weight(value: object) -> Callable[[dict[str, Any]], None]:
    def change(table: dict[str, Any]) -> None:
        table["weights"][next(iter(table["weights"]))] = value

    return change


def _one_weight_less(table: dict[str, Any]) -> None:
    table["weights"].popitem()


DAMAGE: dict[str, Callable[[dict[str, Any]], None]] = {
    "another format": _set(format=0),
    "no weights": _set(weights={}, features=0),
    "a weight is lost": _one_weight_less,
    "a weight is half there": _a_weight([1.0]),
    "a weight is text": _a_weight(["a", "b"]),
    "a weight is no number": _a_weight([math.nan, 0.0]),
    "an intercept is lost": _set(intercept=[0.1]),
    "a threshold is lost": _set(thresholds={"card": 0.5}),
    "a threshold cannot be": _set(
        thresholds=dict.fromkeys(crisis_model.THRESHOLDS, 0.5) | {"card": 1.5}
    ),
    "no classes": _without("classes"),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_model_shows_the_card(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = copy.deepcopy(TABLE)
    DAMAGE[damage](table)
    file = tmp_path / "crisis_model.json"
    file.write_text(json.dumps(table), "utf-8")
    monkeypatch.setattr(crisis_model, "MODEL_FILE", file)
    assert assess("what are the opening hours") is Danger.PRESENT


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_a_file_that_is_no_model_shows_the_card(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "crisis_model.json"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(crisis_model, "MODEL_FILE", file)
    assert assess("what are the opening hours") is Danger.PRESENT


def test_the_model_is_small_enough_to_read() -> None:
    text = crisis_model.MODEL_FILE.read_text("utf-8")
    assert len(text.encode()) <= 1_000_000
    assert TABLE["features"] == len(TABLE["weights"]) <= 20_000


def test_every_training_line_holds_what_it_must() -> None:
    folder = Path(__file__).parents[2] / "training" / "data" / "crisis"
    texts = set()
    for danger in Danger:
        for line in (folder / f"{danger}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            assert row["expect"] == danger
            assert row["kind"]
            assert row["text"].strip() == row["text"] != ""
            assert row["text"] not in texts
            texts.add(row["text"])
    assert len(texts) >= 3_500


def test_no_line_of_the_test_part_was_learnt_from() -> None:
    root = Path(__file__).parents[2]
    kept = {
        row["text"].lower()
        for row in map(json.loads, (root / "testsets/safety.jsonl").read_text().splitlines())
        if row["split"] == "test"
    }
    for file in (root / "training/data/crisis").glob("*.jsonl"):
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            assert row["text"].lower() not in kept


@given(WORDS)
def test_probabilities_sum_to_one(words: list[str]) -> None:
    model = crisis_model.load(crisis_model.MODEL_FILE)
    for judged in model.judge(f" . {' '.join(words)} . "):
        numbers = (judged.none, judged.topic, judged.present)
        assert all(0 <= number <= 1 for number in numbers)
        assert sum(numbers) == pytest.approx(1)


@given(WORDS)
def test_every_word_lies_in_a_piece(words: list[str]) -> None:
    pieces = list(crisis_model.pieces(f" . {' '.join(words)} . "))
    inside = {word for piece in pieces for word in piece}
    assert {word.replace("40", "##") for word in words} <= inside


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=130, max_size=400))
def test_words_that_stand_together_stand_together_in_a_piece(words: list[str]) -> None:
    """However long the text: no run of half a stretch is ever torn apart."""
    half = crisis_model.STRETCH // 2
    pieces = [" ".join(piece) for piece in crisis_model.pieces(" . " + " ".join(words) + " . ")]
    for at in range(len(words) - half + 1):
        run = " ".join(words[at : at + half])
        assert any(run in piece for piece in pieces)


def test_the_same_reading_is_judged_alike_to_the_last_bit() -> None:
    first = crisis_model.parse(TABLE)
    shuffled = dict(reversed(TABLE["weights"].items()))
    other = crisis_model.parse({**TABLE, "weights": shuffled})
    reading = safety.model_readings("I gave my dog to my sister, I won't need him any more")[0]
    assert first.judge(reading) == other.judge(reading)


def test_numbers_count_by_their_digits_alone() -> None:
    assert crisis_model.words_of("took 40 pills") == crisis_model.words_of("took 90 pills")
    assert crisis_model.words_of("took 4 pills") != crisis_model.words_of("took 40 pills")
