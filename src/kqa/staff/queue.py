"""What visitors leave for staff, where the owner switched it on: feedback, open questions.

Owns both records, what is never kept (whatever brought the crisis card, and a question in
another language, which was not searched), and how much is kept. Knows nothing of pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kqa.records import Answer, Outcome
from kqa.staff.database import Database, Row, Session, Value
from kqa.staff.verdicts import LATEST, now

MOST = 10_000
"""Rows of each list at most: beyond, the oldest go. A visitor cannot fill the disk."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether a visitor found an answer helpful. ``quotes`` are (article, start, end)."""

    id: int
    question: str
    outcome: str
    helpful: bool
    quotes: tuple[tuple[str, int, int], ...]
    at: str
    fingerprint: str
    resolved_by: str | None = None
    resolved_at: str | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the articles did not answer, and how often it was asked."""

    id: int
    question: str
    asked: int
    confidence: float
    first_at: str
    at: str
    fingerprint: str
    resolved_by: str | None = None
    resolved_at: str | None = None


class Queue:
    """Feedback and unanswered questions in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, question: str, answer: Answer, helpful: bool) -> None:
        """Keeps what a visitor thought of an answer; nothing where the crisis card was shown.

        Raises:
            Unreachable: if the database cannot be written.
        """
        if answer.crisis_card is not None or answer.index is None or answer.language is not None:
            return
        places = [[q.article.id, q.start, q.end] for q in answer.quotes]
        with self._database.write() as session:
            session.insert(
                "INSERT INTO feedback (question, outcome, helpful, quotes, at, fingerprint)"
                " VALUES (:question, :outcome, :helpful, :quotes, :at, :fingerprint)",
                question=question,
                outcome=answer.outcome.value,
                helpful=int(helpful),
                quotes=json.dumps(places),
                at=now(),
                fingerprint=answer.index,
            )
            _trim(session, "feedback")

    def keep_unanswered(self, answer: Answer) -> None:
        """Keeps the question of an answer that quotes nothing, once however often it comes.

        A resolved one that another index still does not answer is open again. Nothing is
        kept of an answer that quotes, nor where the crisis card was shown.

        Raises:
            Unreachable: if the database cannot be written.
        """
        searched = answer.language is None and answer.index is not None
        refused = answer.outcome is Outcome.NOT_IN_CORPUS
        if not (refused and searched) or answer.crisis_card is not None:
            return
        with self._database.write() as session:
            session.insert(
                "INSERT INTO unanswered (question, asked, confidence, first_at, at, fingerprint)"
                " VALUES (:question, 1, :confidence, :at, :at, :fingerprint)"
                " ON CONFLICT (question) DO UPDATE SET asked = unanswered.asked + 1,"
                " at = excluded.at, confidence = excluded.confidence,"
                " resolved_by = CASE WHEN unanswered.fingerprint = excluded.fingerprint"
                " THEN unanswered.resolved_by END,"
                " resolved_at = CASE WHEN unanswered.fingerprint = excluded.fingerprint"
                " THEN unanswered.resolved_at END,"
                " fingerprint = excluded.fingerprint",
                question=answer.question,
                confidence=answer.confidence,
                at=now(),
                fingerprint=answer.index,
            )
            _trim(session, "unanswered")

    def open_feedback(self, limit: int = LATEST) -> tuple[Feedback, ...]:
        """Feedback that nobody has looked at, newest first."""
        sql = "SELECT * FROM feedback WHERE resolved_at IS NULL ORDER BY id DESC LIMIT :limit"
        return tuple(map(_feedback, self._rows(sql, limit=limit)))

    def open_unanswered(self, limit: int = LATEST) -> tuple[Unanswered, ...]:
        """Unanswered questions, those asked most often first."""
        sql = (
            "SELECT * FROM unanswered WHERE resolved_at IS NULL"
            " ORDER BY asked DESC, at DESC, id DESC LIMIT :limit"
        )
        return tuple(Unanswered(**row) for row in self._rows(sql, limit=limit))

    def unanswered(self, id: int) -> Unanswered | None:
        """The unanswered question of that id, None where it is not there."""
        found = self._rows("SELECT * FROM unanswered WHERE id = :id", id=id)
        return Unanswered(**found[0]) if found else None

    def resolve_feedback(self, id: int, name: str) -> bool:
        """Marks feedback as seen by ``name``; False where it was so or is not there."""
        return self._resolve(
            "UPDATE feedback SET resolved_by = :name, resolved_at = :at"
            " WHERE id = :id AND resolved_at IS NULL",
            id,
            name,
        )

    def resolve_unanswered(self, id: int, name: str) -> bool:
        """Marks a question as resolved by ``name``; False where it was so or is not there."""
        return self._resolve(
            "UPDATE unanswered SET resolved_by = :name, resolved_at = :at"
            " WHERE id = :id AND resolved_at IS NULL",
            id,
            name,
        )

    def forget_feedback(self, id: int) -> bool:
        """Deletes a visitor's feedback, words and all."""
        with self._database.write() as session:
            return session.update("DELETE FROM feedback WHERE id = :id", id=id) == 1

    def forget_unanswered(self, id: int) -> bool:
        """Deletes a visitor's question."""
        with self._database.write() as session:
            return session.update("DELETE FROM unanswered WHERE id = :id", id=id) == 1

    def _resolve(self, sql: str, id: int, name: str) -> bool:
        with self._database.write() as session:
            return session.update(sql, id=id, name=name, at=now()) == 1

    def _rows(self, sql: str, **values: Value) -> list[Row]:
        with self._database.read() as session:
            return session.rows(sql, **values) if session else []


_TRIM = {
    "feedback": "DELETE FROM feedback WHERE id <= (SELECT MAX(id) FROM feedback) - :most",
    "unanswered": "DELETE FROM unanswered WHERE id <= (SELECT MAX(id) FROM unanswered) - :most",
}


def _trim(session: Session, table: str) -> None:
    session.update(_TRIM[table], most=MOST)


def _feedback(row: Row) -> Feedback:
    places: list[Any] = json.loads(row["quotes"])
    quotes = tuple((str(article), int(start), int(end)) for article, start, end in places)
    return Feedback(**{**row, "helpful": bool(row["helpful"]), "quotes": quotes})
