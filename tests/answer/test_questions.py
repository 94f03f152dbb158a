"""What a question may be, decided in one place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqa.answer.questions import check_question
from kqa.errors import InputError
from kqa.settings import QUESTION_LIMIT

ANYTHING = st.text(st.characters(), max_size=60)


def test_the_limit_is_the_contracts() -> None:
    assert QUESTION_LIMIT == 1_000


@given(ANYTHING)
@settings(max_examples=400)
def test_a_question_is_kept_as_it_is_or_refused_by_name(text: str) -> None:
    whole = "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
    if whole and any(c.isalnum() for c in text):
        assert check_question(text) == text
        return
    with pytest.raises(InputError) as raised:
        check_question(text)
    assert raised.value.code == ("empty_question" if whole else "not_text")


@pytest.mark.parametrize("letter", ["a", "7", "é", "日", "𝔘", "٣"])
@pytest.mark.parametrize("length", [1, QUESTION_LIMIT - 1, QUESTION_LIMIT])
def test_up_to_the_limit_one_letter_or_digit_is_enough(letter: str, length: int) -> None:
    assert check_question(letter.rjust(length))


def test_over_the_limit_it_is_too_long_and_the_remedy_names_the_limit() -> None:
    with pytest.raises(InputError, match="1 to 1,000 characters") as raised:
        check_question("a" * (QUESTION_LIMIT + 1))
    assert raised.value.code == "question_too_long"


@pytest.mark.parametrize("question", [None, 5, b"bytes", ["a"], {"question": "a"}])
def test_what_is_no_text_is_refused_by_name(question: object) -> None:
    with pytest.raises(InputError) as raised:
        check_question(question)
    assert raised.value.code == "not_text"


@pytest.mark.parametrize("question", ["", " ", "?!", "\n\t", "…", "🙂", "—", "\u200b"])
def test_without_letter_or_digit_it_is_empty(question: str) -> None:
    with pytest.raises(InputError) as raised:
        check_question(question)
    assert raised.value.code == "empty_question"
