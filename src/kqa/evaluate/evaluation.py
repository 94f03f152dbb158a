"""One evaluation: a set of questions, a system, and everything measured of it.

Owns the order of things: batches of questions to the system, each judged at once, what
is kept of each in the checkpoint; then means, figures of the whole set, and curves. Only
values are held for all questions, never rankings, so that memory stays flat. Batches
begin at fixed places, so that a broken-off evaluation ends with the same figures.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from kqa.evaluate import answers, intervals
from kqa.evaluate.checkpoint import FOLDER, Checkpoint, Done
from kqa.evaluate.measure import MEASURES, measure
from kqa.evaluate.results import (
    Curve,
    Evaluation,
    Measured,
    QuestionResult,
    RunLine,
    Shown,
    TestQuestion,
)
from kqa.evaluate.systems import Found, System
from kqa.evaluate.tasks import Task
from kqa.evaluate.trec import write_run
from kqa.evaluate.vectors import Progress
from kqa.records import Quote

BATCH = 64
"""Questions encoded and judged together."""

FULL_DETAIL = 5_000
"""Up to so many questions, what each expected and was shown is kept; above, values only."""

SHOWN = 3
"""Passages kept of a ranking."""

_LIBRARIES = (
    *("kqa", "numpy", "faiss-cpu", "rank-bm25", "PyStemmer", "nupunkt", "torch", "onnxruntime"),
    *("sentence-transformers", "transformers", "ir-measures", "pytrec-eval-terrier"),
)


def evaluate(
    task: Task,
    system: System,
    cache: Path,
    *,
    progress: Progress | None = None,
    run: Path | None = None,
    fresh: bool = False,
) -> Evaluation:
    """Asks every question of the task and measures what came.

    Args:
        task: the questions and their judge.
        system: what is measured.
        cache: folder that holds what is done until all is.
        progress: called as questions are done.
        run: a file for the TREC run.
        fresh: begin anew where an evaluation before was broken off.

    Raises:
        Unreachable: if the cache or the run cannot be written.
        KqaError: what the system raises.
    """
    described = dict(system.settings) | {"resamples": str(intervals.RESAMPLES)}
    if task.warnings:
        described["warnings"] = "; ".join(task.warnings)
    parts = described | {"set": task.sha256, "system": system.name, "index": system.index}
    parts |= {"asked": _asked(task), "run": str(run is not None)}
    with Checkpoint(cache.expanduser() / FOLDER, parts, fresh=fresh) as checkpoint:
        _ask_all(task, system, checkpoint, run is not None, progress)
        results = tuple(_results(task, checkpoint.read()))
        if run is not None:
            write_run(_run_lines(checkpoint.read(), system.name), run)
        checkpoint.remove()
    return Evaluation(
        system=system.name,
        test_set=task.name,
        test_set_sha256=task.sha256,
        index=system.index,
        settings=described,
        versions=_versions(),
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        measures=summarise(results),
        by_kind=_grouped(results, [result.kind for result in results]),
        by_split=_grouped(results, [result.split for result in results]),
        curves=_curves(results),
        questions=results,
    )


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The JSON form: equal for equal inputs but for ``date``."""
    return {
        "measures": _measured_dict(evaluation.measures),
        "by_kind": {kind: _measured_dict(m) for kind, m in evaluation.by_kind.items()},
        "by_split": {split: _measured_dict(m) for split, m in evaluation.by_split.items()},
        "index": evaluation.index,
        "system": evaluation.system,
        "test_set": {"name": evaluation.test_set, "sha256": evaluation.test_set_sha256},
        "settings": dict(evaluation.settings),
        "versions": dict(evaluation.versions),
        "date": evaluation.date,
        "curves": [asdict(curve) for curve in evaluation.curves],
        "questions": [asdict(result) for result in evaluation.questions],
    }


# --- asking -----------------------------------------------------------------------------


def _ask_all(
    task: Task, system: System, checkpoint: Checkpoint, keep: bool, progress: Progress | None
) -> None:
    """Every batch that is not done yet; of one that is half done, the rest is added."""
    total, detail = len(task.questions), len(task.questions) <= FULL_DETAIL
    if progress:
        progress("questions", checkpoint.count, total)
    if checkpoint.count == total:
        return
    for at in range(checkpoint.count - checkpoint.count % BATCH, total, BATCH):
        batch = task.questions[at : at + BATCH]
        found = system.find(batch)
        values = _ranking_values(task, batch, found)
        rows = list(zip(batch, found, values, strict=True))
        for question, each, (measured, ranks) in rows[checkpoint.count - at :]:
            done = _done(task, system, question, each, detail)
            ranked = each.ranked if keep else ()
            both = measured | done.values
            checkpoint.append(replace(done, values=both, ranks=ranks, ranked=ranked))
        checkpoint.flush()
        if progress:
            progress("questions", min(at + BATCH, total), total)


def _ranking_values(
    task: Task, batch: Sequence[TestQuestion], found: Sequence[Found]
) -> list[tuple[dict[str, float], tuple[int, ...] | None]]:
    """Retrieval measures and ranks of gold; none for a question that nothing answers."""
    ranked = [each.ranked for each in found]
    relevant = [
        task.judge.relevant(question.id, [document for document, _ in documents])
        for question, documents in zip(batch, ranked, strict=True)
    ]
    measured = measure(relevant, ranked, MEASURES)
    return [
        (values, _ranks(judged, documents)) if question.answerable else ({}, None)
        for question, values, judged, documents in zip(
            batch, measured, relevant, ranked, strict=True
        )
    ]


def _ranks(judged: Mapping[str, int], ranked: Sequence[tuple[str, float]]) -> tuple[int, ...]:
    return tuple(n for n, (document, _) in enumerate(ranked, 1) if judged.get(document, 0) > 0)


def _done(task: Task, system: System, question: TestQuestion, found: Found, detail: bool) -> Done:
    answer = found.answer
    if answer is None:
        shown = _shown_passages(task, system, question, found) if detail else ()
        return Done(question.id, shown, None, None, (), {})
    return Done(
        id=question.id,
        shown=tuple(_shown_quote(question, q) for q in answer.quotes) if detail else (),
        outcome=answer.outcome.value,
        confidence=answer.confidence,
        notices=tuple(notice.value for notice in answer.notices),
        values=answers.judge_answer(question, answer, found.best, task.texts, task.items),
    )


def _shown_quote(question: TestQuestion, quote: Quote) -> Shown:
    return Shown(
        article=quote.article.id,
        start=quote.start,
        end=quote.end,
        text=quote.text,
        right=answers.is_right(question.gold, quote),
        context_start=quote.context.start,
        context_text=quote.context.text,
        score=quote.score,
    )


def _shown_passages(
    task: Task, system: System, question: TestQuestion, found: Found
) -> tuple[Shown, ...]:
    judged = task.judge.relevant(question.id, [document for document, _ in found.ranked])
    shown = []
    for document, score in found.ranked[:SHOWN]:
        passage = system.look_up(document)
        if passage is not None:
            right = judged.get(document, 0) > 0
            place = passage.article, passage.start, passage.end, passage.text
            shown.append(Shown(*place, right, passage.start, passage.text, score))
    return tuple(shown)


# --- what was done, question by question ------------------------------------------------


def _results(task: Task, done: Iterable[Done]) -> Iterator[QuestionResult]:
    detail = len(task.questions) <= FULL_DETAIL
    for question, each in zip(task.questions, done, strict=True):
        yield QuestionResult(
            id=question.id,
            question=question.question,
            kind=question.kind,
            split=question.split,
            answerable=question.answerable,
            expected=question.gold if detail else (),
            shown=each.shown,
            outcome=each.outcome,
            confidence=each.confidence,
            notices=each.notices,
            values=each.values,
            ranks=each.ranks,
        )


def _run_lines(done: Iterable[Done], tag: str) -> Iterator[RunLine]:
    for each in done:
        for rank, (document, score) in enumerate(each.ranked, start=1):
            yield RunLine(each.id, document, rank, score, f"kqa-{tag}")


def _asked(task: Task) -> str:
    """A hash of which questions of the set are asked: a split, or all."""
    return hashlib.sha256("\n".join(q.id for q in task.questions).encode()).hexdigest()


# --- figures ------------------------------------------------------------------------------


def summarise(results: Sequence[QuestionResult]) -> dict[str, Measured]:
    """Every measure over the questions that it applies to, in the order of their kinds.

    Figures of the whole set need confidences; AUROC also questions of both sorts.
    """
    found = {}
    for name in (*MEASURES, *answers.QUESTION_MEASURES):
        values = [result.values[name] for result in results if name in result.values]
        if values:
            found[name] = intervals.mean_with_interval(values)
    confident = [result for result in results if result.confidence is not None]
    if not confident:
        return found
    confidence, right, answerable = _arrays(confident)
    n = len(confident)
    if 0 < answerable.sum() < n:
        found["auroc"] = intervals.interval(answers.auroc(confidence, answerable), n)
    found["ece"] = intervals.interval(answers.ece(confidence, right), n)
    found["aurc"] = intervals.interval(answers.aurc(confidence, right), n)
    return found


def _arrays(results: Sequence[QuestionResult]) -> tuple[Any, Any, Any]:
    """Confidence, whether its candidate is right, whether answerable: one of each a question."""
    return (
        np.array([result.confidence for result in results], dtype=np.float64),
        np.array([result.values[answers.CANDIDATE] > 0 for result in results]),
        np.array([result.answerable for result in results]),
    )


def _grouped(
    results: Sequence[QuestionResult], names: Sequence[str | None]
) -> dict[str, dict[str, Measured]]:
    """The measures of each kind or split, in order of its name; nameless ones in none."""
    return {
        name: summarise([r for r, own in zip(results, names, strict=True) if own == name])
        for name in sorted({name for name in names if name is not None})
    }


def _curves(results: Sequence[QuestionResult]) -> tuple[Curve, ...]:
    confident = [result for result in results if result.confidence is not None]
    if not confident:
        return ()
    confidence, right, _ = _arrays(confident)
    return answers.risk_coverage(confidence, right), answers.calibration(confidence, right)


def _measured_dict(measures: Mapping[str, Measured]) -> dict[str, Any]:
    return {name: measured.to_dict() for name, measured in measures.items()}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in _LIBRARIES}
