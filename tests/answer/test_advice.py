from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqa.answer import advice
from kqa.answer.advice import asks_for_a_dose, asks_personal_advice, check_rules
from kqa.errors import OwnFault

DATA = Path(__file__).parents[2] / "benchmarks" / "data"


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


ADVICE = _rows("advice.jsonl")
DOSES = _rows("doses.jsonl")
TEXTS = [row["text"] for row in (*ADVICE, *DOSES)]

DECISIONS = [
    "should I stop my lexapro",
    "is it ok for me with high bp",
    "my mom is 70 and has glaucoma should she try it",
    "what dose should i take",
    "what's the right dose for me",
    "how much ketamine do I need for my weight",
    "can i drink on zoloft before",
    "do u think i shud do it",
    "I'm pregnant, is that a problem?",
    "i take lithium",
]
ORDINARY = [
    "will I feel dizzy",
    "how many sessions will I need",
    "do I have to stay awake",
    "can I do it at home",
    "am I awake during it",
    "what happens in my first session",
    "does it help with my kind of pain",
    "will my blood pressure go up",
    "what should I bring",
    "is it safe for people with bipolar",
    "can ketamine be combined with antidepressants",
    "who should not take it",
]
AMOUNTS = [
    "what dose is used for depression",
    "how many mg per infusion",
    "how much ketamine is given",
    "how many troches at once",
    "what is a lethal dose",
    "0.5 mg/kg iv",
    "is 100mg too much",
]
NO_AMOUNTS = [
    "how is the dose given",
    "who decides the dose",
    "how long dose it last",
    "how much does it cost",
    "how many sessions do i need",
    "does a higher dose last longer",
    "is low-dose ketamine safe",
    "i take 50 mg zoloft, is it safe",
]


@pytest.mark.parametrize("text", DECISIONS)
def test_a_decision_or_the_askers_own_care_is_personal(text: str) -> None:
    assert asks_personal_advice(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_question_is_not_personal_because_it_says_i(text: str) -> None:
    assert not asks_personal_advice(text)


@pytest.mark.parametrize("text", AMOUNTS)
def test_who_asks_for_an_amount_asks_for_a_dose(text: str) -> None:
    assert asks_for_a_dose(text)


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_how_a_dose_is_given_or_decided_is_no_amount(text: str) -> None:
    assert not asks_for_a_dose(text)


@pytest.mark.parametrize("part", sorted({row["part"] for row in ADVICE}))
def test_few_written_lines_are_misjudged(part: str) -> None:
    rows = [row for row in ADVICE if row["part"] == part]
    for personal in (True, False):
        texts = [row["text"] for row in rows if row["personal"] is personal]
        wrong = [text for text in texts if asks_personal_advice(text) is not personal]
        assert len(wrong) <= 0.05 * len(texts), wrong


@pytest.mark.parametrize("dose", [True, False])
def test_few_written_lines_about_doses_are_misjudged(dose: bool) -> None:
    texts = [row["text"] for row in DOSES if row["dose"] is dose]
    wrong = [text for text in texts if asks_for_a_dose(text) is not dose]
    assert len(wrong) <= 0.05 * len(texts), wrong


def test_no_line_is_written_twice() -> None:
    for rows in (ADVICE, DOSES):
        assert len({row["text"] for row in rows}) == len(rows)


@given(st.sampled_from(TEXTS), st.sampled_from(["", "?", "?!", "…", " \n", " \u200b"]))
def test_capitals_and_punctuation_at_the_end_change_nothing(text: str, end: str) -> None:
    for judge in (asks_personal_advice, asks_for_a_dose):
        assert judge(text.upper() + end) is judge(text)


@given(st.sampled_from(DECISIONS), st.sampled_from(ORDINARY))
def test_an_ordinary_question_beside_it_does_not_hide_a_decision(asked: str, other: str) -> None:
    assert asks_personal_advice(f"{other}. {asked}")
    assert asks_personal_advice(f"{asked}? {other}?")


@given(st.sampled_from(ORDINARY), st.sampled_from(ORDINARY))
def test_two_ordinary_questions_are_no_decision(first: str, second: str) -> None:
    assert not asks_personal_advice(f"{first}? {second}?")


@given(st.sampled_from(AMOUNTS), st.sampled_from(NO_AMOUNTS))
def test_another_question_beside_it_does_not_hide_that_a_dose_is_asked(
    asked: str, other: str
) -> None:
    assert asks_for_a_dose(f"{other}. {asked}?")


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_text_raises(text: str) -> None:
    assert asks_personal_advice(text) in (True, False)
    assert asks_for_a_dose(text) in (True, False)


@pytest.mark.parametrize("junk", [None, 3, b"should I", ["x"]])
def test_what_is_no_text_is_judged_with_more_care(junk: object) -> None:
    assert asks_personal_advice(junk)  # type: ignore[arg-type]
    assert asks_for_a_dose(junk)  # type: ignore[arg-type]


def test_the_shipped_rules_can_be_read() -> None:
    check_rules()


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe", b"[en", b"[en.words]\n", "missed", "none", "unknown"]
)
def test_faulty_rules_take_every_question_for_personal_and_say_so(
    content: bytes | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = advice.RULES_FILE.read_text("utf-8")
    changed = {
        "missed": rules.replace(
            'examples = ["what dose of', 'examples = ["good morning", "what of'
        ),
        "none": rules.split("[en.dose]")[0] + "[en.dose]\nphrases = []\nexamples = []\n",
        "unknown": rules.replace("[en.dose]\nphrases = [", '[en.dose]\nphrases = ["{nothing}",'),
    }
    broken = tmp_path / "advice.toml"
    if isinstance(content, str):
        assert changed[content] != rules
        broken.write_text(changed[content], "utf-8")
    elif content is not None:
        broken.write_bytes(content)
    monkeypatch.setattr(advice, "RULES_FILE", broken)
    assert asks_personal_advice("what are the opening hours")
    assert asks_for_a_dose("what are the opening hours")
    with pytest.raises(OwnFault):
        check_rules()


@pytest.mark.parametrize("unit", ["i ", "i have my ", "should i take my meds and ", "how much "])
def test_no_text_makes_it_slow(unit: str) -> None:
    check_rules()
    began = time.perf_counter()
    asks_personal_advice((unit * 2000)[:20_000])
    asks_for_a_dose((unit * 2000)[:20_000])
    assert time.perf_counter() - began < 5
