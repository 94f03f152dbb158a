"""What a question may be: the one check that every surface's input goes through."""

from __future__ import annotations

from kqa.errors import InputError
from kqa.settings import QUESTION_LIMIT

_REMEDY = f"Ask in 1 to {QUESTION_LIMIT:,} characters with at least one letter or digit."


def check_question(question: object) -> str:
    """The question as it was given, if it can be asked.

    Raises:
        InputError: with code ``not_text``, ``empty_question`` or ``question_too_long``.
    """
    if not isinstance(question, str):
        raise InputError("question", "it is not a text", _REMEDY, code="not_text")
    if "\x00" in question or any("\ud800" <= c <= "\udfff" for c in question):
        reason = "it holds NUL or half a character: not a text"
        raise InputError("question", reason, _REMEDY, code="not_text")
    if len(question) > QUESTION_LIMIT:
        reason = f"it has {len(question):,} characters"
        raise InputError("question", reason, _REMEDY, code="question_too_long")
    if not any(character.isalnum() for character in question):
        raise InputError("question", "it holds no letter or digit", _REMEDY, code="empty_question")
    return question
