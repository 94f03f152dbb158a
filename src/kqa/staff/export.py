"""Verdicts as a test set: what staff approved and corrected, in the form that is measured.

Owns which verdict makes which gold. The forms themselves are ``evaluate.testset``'s, which
reads back what is written here.

The last word on a question counts. An approved quote is gold; a flag takes it away again,
and the better sentence that a flag names is gold. An approved refusal makes the question
one that the articles do not answer; gold that is given later makes it answerable again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kqa.errors import InputError
from kqa.evaluate.results import Gold, TestQuestion
from kqa.evaluate.testset import write_csv, write_jsonl
from kqa.records import Article
from kqa.staff.verdicts import Kind, Stretch, Verdict

KIND = "staff"
"""The kind that an exported question bears."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The questions, and how many were left out: ``unsettled`` have no gold and no approved
    refusal, the gold of ``lost`` no longer stands in its article."""

    questions: tuple[TestQuestion, ...]
    unsettled: int
    lost: int


@dataclass(slots=True)
class _Judged:
    """What is known of one question so far. ``refused``: an approved refusal came last."""

    first: int
    gold: dict[tuple[str, str, int], Stretch] = field(default_factory=dict)
    refused: bool = False


def export(verdicts: Sequence[Verdict], articles: Sequence[Article]) -> Exported:
    """The test set that ``verdicts``, oldest first, make over ``articles``."""
    by_question: dict[str, _Judged] = {}
    for verdict in verdicts:
        _judge(by_question.setdefault(verdict.question, _Judged(verdict.id)), verdict)
    texts = {article.id: article.text for article in articles}
    questions: list[TestQuestion] = []
    unsettled = lost = 0
    for question, judged in by_question.items():
        gold = _standing(judged.gold.values(), texts) if not judged.refused else ()
        if judged.refused or gold:
            questions.append(
                TestQuestion(f"staff-{judged.first}", question, bool(gold), gold, KIND)
            )
        elif judged.gold:
            lost += 1
        else:
            unsettled += 1
    return Exported(tuple(questions), unsettled, lost)


def write_export(exported: Exported, path: Path) -> None:
    """Writes the questions: as a table if the name ends in ``.csv``, as JSON lines if in
    ``.jsonl``; whole or not at all.

    Raises:
        InputError: if the name ends otherwise, or there is no question to write.
        Unreachable: if the file cannot be written.
    """
    writers = {".csv": write_csv, ".jsonl": write_jsonl}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise InputError(str(path), "its name ends in neither .jsonl nor .csv", "Rename it.")
    if not exported.questions:
        remedy = "Approve some answers, or flag some with a better sentence, on /staff."
        raise InputError("verdicts", "none of them makes a test question yet", remedy)
    write(exported.questions, path)


def _judge(judged: _Judged, verdict: Verdict) -> None:
    quote, better = verdict.quote, verdict.better
    if verdict.kind is Kind.APPROVED:
        if quote is None and verdict.outcome == "not_in_corpus":
            judged.refused = True
        elif quote is not None:
            judged.gold[_key(quote)] = quote
            judged.refused = False
        return
    if quote is not None:
        judged.gold.pop(_key(quote), None)
    else:
        judged.refused = False
    if better is not None:
        judged.gold[_key(better)] = better
        judged.refused = False


def _key(stretch: Stretch) -> tuple[str, str, int]:
    return stretch.article, stretch.text, stretch.start


def _standing(gold: Iterable[Stretch], texts: Mapping[str, str]) -> tuple[Gold, ...]:
    """The gold that still stands; moved where its article changed and it stands there once."""
    found: dict[Gold, None] = {}
    for stretch in gold:
        text = texts.get(stretch.article, "")
        start = stretch.start
        if not text.startswith(stretch.text, start):
            start = text.find(stretch.text) if text.count(stretch.text) == 1 else -1
        if start >= 0:
            found[Gold(stretch.article, stretch.text, start)] = None
    return tuple(found)
