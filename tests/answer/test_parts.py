"""Questions inside a question are told apart, and those that lean on the one before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.answer.parts import PARTS, leans_on_earlier, parts_of, read_together
from kqa.index.store import StoredIndex

WORDS = st.sampled_from(
    [
        "how",
        "what",
        "is",
        "it",
        "does",
        "ketamine",
        "and",
        "also",
        ",",
        ";",
        "?",
        ".",
        "&",
        "but",
        "the",
        "side",
        "effects",
        "long",
        "who",
        "can",
        "i",
        "you",
        "40",
        "mg/kg",
        "—",
        "“",
        "”",
        "if",
        "so",
        "n",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=25).map(" ".join))
SINGLE = (
    "When was ketamine first synthesized?",
    "What are the risks and benefits?",
    "Does it help with anxiety and depression?",
    "Is it safe and effective",
    "how long",
    "Who can and who cannot? ",
)[:5]
DOUBLE = (
    ("How long does it last and is it safe?", ("How long does it last", "is it safe")),
    ("Is it safe? How long does it take?", ("Is it safe", "How long does it take")),
    ("what is trd & who can get it", ("what is trd", "who can get it")),
    ("When was it made, and by whom?", ("When was it made", "by whom")),
    ("Is it legal, does insurance pay", ("Is it legal", "does insurance pay")),
)


@given(TEXTS)
@settings(max_examples=300)
def test_parts_are_pieces_of_the_question_in_order_and_three_at_most(question: str) -> None:
    parts = parts_of(question)
    assert 1 <= len(parts) <= PARTS == 3
    if len(parts) == 1:
        assert parts == (question,)
    at = 0
    for part in parts:
        at = question.index(part, at) + len(part)


@pytest.mark.parametrize("question", SINGLE)
def test_one_question_stays_one(question: str) -> None:
    assert parts_of(question) == (question,)


@pytest.mark.parametrize(("question", "parts"), DOUBLE)
def test_two_questions_are_told_apart(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


def test_a_statement_beside_one_question_is_no_part() -> None:
    question = "My mother was told about ketamine. Is it safe?"
    assert parts_of(question) == (question,)


def test_more_than_three_questions_are_taken_whole() -> None:
    one = "What is ketamine? "
    assert len(parts_of(one * 3)) == 3
    assert parts_of(one * 4) == (one * 4,)


def test_no_sentence_of_the_articles_is_cut_in_parts(stored: StoredIndex) -> None:
    """They are no questions, whatever they join."""
    cut = [s.text for s in stored.sentences if len(parts_of(s.text)) > 1]
    assert cut == []


@pytest.mark.parametrize(
    "question",
    ["And at home?", "How long does it last?", "what about nasal spray", "why is that", "really?"],
)
def test_a_question_that_points_back_leans_on_the_one_before(question: str) -> None:
    assert leans_on_earlier(question)


@pytest.mark.parametrize(
    "question",
    [
        "When was ketamine first synthesized?",
        "What are the side effects of ketamine infusions on blood pressure?",
        "Does ketamine help treatment-resistant depression?",
    ],
)
def test_a_question_of_its_own_does_not(question: str) -> None:
    assert not leans_on_earlier(question)


@given(TEXTS, TEXTS)
def test_read_together_both_are_there(earlier: str, question: str) -> None:
    together = read_together(earlier, question)
    assert together.startswith(earlier.rstrip(" ?.!"))
    assert together.endswith(question)
