"""What a question may be: the one check that every surface's input goes through."""

from __future__ import annotations

from kqa.errors import InputError
from kqa.settings import HISTORY_LIMIT, QUESTION_LIMIT

_REMEDY = f"Ask in 1 to {QUESTION_LIMIT:,} characters with at least one letter or digit."


def check_question(question: object) -> str:
    """The question as it was given, if it can be asked.

    Raises:
        InputError: with code ``not_text``, ``empty_question`` or ``question_too_long``.
    """
    if not isinstance(question, str):
        raise InputError("question", "it is not a text", _REMEDY, code="not_text")
    if not _is_text(question):
        reason = "it holds NUL or half a character: not a text"
        raise InputError("question", reason, _REMEDY, code="not_text")
    if len(question) > QUESTION_LIMIT:
        reason = f"it has {len(question):,} characters"
        raise InputError("question", reason, _REMEDY, code="question_too_long")
    if not any(character.isalnum() for character in question):
        raise InputError("question", "it holds no letter or digit", _REMEDY, code="empty_question")
    return question


def check_history(history: object) -> tuple[str, ...]:
    """The earlier questions, oldest first, if they can be read.

    Raises:
        InputError: with code ``bad_history``.
    """
    if isinstance(history, list | tuple) and len(history) <= HISTORY_LIMIT:
        earlier = tuple(question for question in history if isinstance(question, str))
        readable = all(_is_text(q) and len(q) <= QUESTION_LIMIT for q in earlier)
        if readable and len(earlier) == len(history):
            return earlier
    raise InputError(
        "history",
        "it is no list of earlier questions",
        f"Send at most {HISTORY_LIMIT} texts of {QUESTION_LIMIT:,} characters.",
        code="bad_history",
    )


def _is_text(given: str) -> bool:
    """Whether it could be written to a file in UTF-8 and read by a person."""
    return "\x00" not in given and not any("\ud800" <= c <= "\udfff" for c in given)
