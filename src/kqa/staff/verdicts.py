"""What staff judged: an answer's quote approved or flagged, by whom and on which index.

Owns the record of a verdict and its way into the database and back. Knows nothing of
pages; who is signed in is told by the caller. A question that brought the crisis card is
never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from kqa.errors import InputError
from kqa.records import Answer
from kqa.staff.database import Database, Row

NOTE_CHARS = 2_000
"""Longest note, in characters."""

LATEST = 200
"""So many rows of a list are shown at most, the latest first."""


class Kind(StrEnum):
    """What a verdict says."""

    APPROVED = "approved"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A text and where it stands: ``text == article_text[start:end]`` when it was judged."""

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement.

    ``quote`` is what was judged, None where the refusal itself was. ``better`` is the
    sentence that should have been quoted instead. ``at`` is ISO 8601 in UTC.
    ``fingerprint`` names the index that answered.
    """

    id: int
    kind: Kind
    question: str
    outcome: str
    quote: Stretch | None
    better: Stretch | None
    note: str
    name: str
    at: str
    fingerprint: str
    resolved_by: str | None = None
    resolved_at: str | None = None


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Verdicts:
    """Verdicts in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        kind: Kind,
        answer: Answer,
        name: str,
        *,
        quote: int | None = None,
        note: str = "",
        better: Stretch | None = None,
    ) -> int:
        """Keeps a verdict on ``answer``; its id.

        Args:
            kind: approved or flagged.
            answer: what was shown.
            name: whoever is signed in.
            quote: the number of the quote that is judged; None judges the answer as a
                whole, which is how a refusal is judged.
            note: in the judge's words; a flag without a better sentence needs one.
            better: the sentence that should have been quoted.

        Raises:
            InputError: if there is no such quote, a flag gives no reason, the note is too
                long, or the answer brought the crisis card.
            Unreachable: if the database cannot be written.
        """
        if answer.crisis_card is not None or answer.index is None:
            reason = "it brought the crisis card"
            raise InputError("verdict", reason, "Such a question is never kept.")
        note = note.strip()
        _check(kind, note, better)
        judged = _judged(answer, quote)
        with self._database.write() as session:
            return session.insert(
                "INSERT INTO verdict (kind, question, outcome, article, quote, quote_start,"
                " quote_end, note, better_article, better_quote, better_start, name, at,"
                " fingerprint) VALUES (:kind, :question, :outcome, :article, :quote, :start,"
                " :end, :note, :better_article, :better_quote, :better_start, :name, :at,"
                " :fingerprint)",
                kind=kind.value,
                question=answer.question,
                outcome=answer.outcome.value,
                article=judged.article if judged else None,
                quote=judged.text if judged else None,
                start=judged.start if judged else None,
                end=judged.end if judged else None,
                note=note,
                better_article=better.article if better else None,
                better_quote=better.text if better else None,
                better_start=better.start if better else None,
                name=name,
                at=now(),
                fingerprint=answer.index,
            )

    def all(self) -> tuple[Verdict, ...]:
        """Every verdict, oldest first."""
        return self._found("SELECT * FROM verdict ORDER BY id")

    def latest(self, limit: int = LATEST) -> tuple[Verdict, ...]:
        """The latest verdicts of either kind, newest first."""
        return self._found("SELECT * FROM verdict ORDER BY id DESC LIMIT :limit", limit=limit)

    def open_flags(self, limit: int = LATEST) -> tuple[Verdict, ...]:
        """Flags that nobody has resolved, newest first."""
        return self._found(
            "SELECT * FROM verdict WHERE kind = :kind AND resolved_at IS NULL"
            " ORDER BY id DESC LIMIT :limit",
            kind=Kind.FLAGGED.value,
            limit=limit,
        )

    def resolve(self, id: int, name: str) -> bool:
        """Marks a flag as resolved by ``name``; False where it was so or is not there."""
        with self._database.write() as session:
            met = session.update(
                "UPDATE verdict SET resolved_by = :name, resolved_at = :at"
                " WHERE id = :id AND kind = 'flagged' AND resolved_at IS NULL",
                id=id,
                name=name,
                at=now(),
            )
        return met == 1

    def _found(self, sql: str, **values: str | int) -> tuple[Verdict, ...]:
        with self._database.read() as session:
            return tuple(map(_verdict, session.rows(sql, **values))) if session else ()


def _check(kind: Kind, note: str, better: Stretch | None) -> None:
    if len(note) > NOTE_CHARS:
        reason = f"it has {len(note):,} characters"
        raise InputError("note", reason, f"Write {NOTE_CHARS:,} at most.")
    if any("\ud800" <= character <= "\udfff" for character in note):
        raise InputError("note", "it holds half a character", "Write it again.")
    if kind is Kind.FLAGGED and not note and better is None:
        remedy = "Write a note, or give a better sentence."
        raise InputError("flag", "it says neither what is wrong nor what is better", remedy)


def _judged(answer: Answer, number: int | None) -> Stretch | None:
    if number is None:
        return None
    for quote in answer.quotes:
        if quote.n == number:
            return Stretch(quote.article.id, quote.start, quote.end, quote.text)
    raise InputError(f"quote {number}", "the answer has none of that number", "Choose another.")


def _verdict(row: Row) -> Verdict:
    return Verdict(
        id=row["id"],
        kind=Kind(row["kind"]),
        question=row["question"],
        outcome=row["outcome"],
        quote=_stretch(row["article"], row["quote"], row["quote_start"]),
        better=_stretch(row["better_article"], row["better_quote"], row["better_start"]),
        note=row["note"],
        name=row["name"],
        at=row["at"],
        fingerprint=row["fingerprint"],
        resolved_by=row["resolved_by"],
        resolved_at=row["resolved_at"],
    )


def _stretch(article: str | None, text: str | None, start: int | None) -> Stretch | None:
    if article is None or text is None or start is None:
        return None
    return Stretch(article, start, start + len(text), text)
