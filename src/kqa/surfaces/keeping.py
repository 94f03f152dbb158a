"""Visitors' unanswered questions and verdicts, kept for staff where the owner switched it on.

Owns where an answer to a visitor is looked at for that: on its way out of the assistant, so
that page and API are alike. Staff's own questions and measurements do not pass here. A
fault in keeping is logged and never costs the visitor the answer.
"""

from __future__ import annotations

from typing import Any

from kqa.records import Answer
from kqa.settings import Settings
from kqa.staff.database import Database
from kqa.staff.queue import Queue
from kqa.surfaces.http import log_fault


def keeping_unanswered(assistant: Any) -> Any:  # noqa: ANN401 - the same comes back
    """``assistant`` whose unanswered questions are kept; itself where the setting is off."""
    settings = assistant.settings
    if not settings.keep_unanswered:
        return assistant
    return _Keeping(assistant, Queue(Database(settings.database)))


def visitors_feedback(settings: Settings) -> Queue:
    """What keeps visitors' verdicts on answers, where the setting ``feedback`` asks for them."""
    return Queue(Database(settings.database))


class _Keeping:
    def __init__(self, assistant: Any, queue: Queue) -> None:  # noqa: ANN401
        self._assistant, self._queue = assistant, queue

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the assistant has
        return getattr(self._assistant, name)

    def ask(self, question: str, **options: Any) -> Answer:  # noqa: ANN401 - passed on
        answer: Answer = self._assistant.ask(question, **options)
        try:
            self._queue.keep_unanswered(answer)
        except Exception as error:
            log_fault(error)
        return answer
