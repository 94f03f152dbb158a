"""What was asked to be measured: from files and options to a task, a system and a judge.

Owns which reader, judge and system belong to which options, for the command line and for
the evaluator's page. Everything heavy is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kqa.errors import InputError
from kqa.settings import shipped

if TYPE_CHECKING:
    from kqa.answer.assistant import Assistant
    from kqa.evaluate.measure import DocumentJudge, SpanJudge
    from kqa.evaluate.systems import Step, System
    from kqa.evaluate.tasks import Run, Task
    from kqa.evaluate.vectors import Progress
    from kqa.records import Passage

TESTSETS = frozenset({".jsonl", ".csv"})
"""Endings of a test set's name; judgements have any other."""

SHIPPED = "ketamine.jsonl"
"""The shipped test set that is asked where none is named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The choices of what is measured, as ``kqa eval`` has them; usage is checked."""

    testset: Path | None = None
    beir: Path | None = None
    topics: Path | None = None
    qrels: Path | None = None
    system: str | None = None
    k: int = 3
    split: str | None = None
    from_run: Path | None = None

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that are read."""
        given = (self.testset, self.topics, self.qrels, self.from_run)
        return tuple(path for path in given if path is not None)


def prepare(
    asked: Asked,
    assistant: Assistant,
    progress: Progress,
    *,
    cache: Path | None = None,
    step: Step | None = None,
) -> tuple[Task, System, tuple[str, ...]]:
    """The task, the system, and what is to be said before it begins.

    Args:
        asked: what was chosen.
        assistant: whose index, encoder and reader are measured; opened only where needed.
        progress: called while documents are embedded.
        cache: folder of vectors, instead of the setting's.
        step: called before each piece of work for a question; may break off by raising.

    Raises:
        KqaError: naming file and line, if a file cannot be used; or as the index does.
    """
    from kqa.evaluate.systems import index_system, no_step

    step = step or no_step
    if asked.beir is not None:
        return _prepare_beir(asked, asked.beir, assistant, progress, cache, step)
    if asked.topics is not None and asked.qrels is not None:
        return _prepare_topics(asked, asked.topics, asked.qrels, assistant, step)
    from kqa.evaluate.tasks import task_of_testset
    from kqa.evaluate.testset import read_testset

    stored, _ = assistant.opened()
    path = asked.testset or shipped("testsets") / SHIPPED
    testset = read_testset(path, stored.articles)
    if asked.from_run is None:
        task = task_of_testset(testset, stored, asked.split)
        return task, index_system(asked.system or "full", assistant, asked.k, step=step), ()
    tag, run = read_ranking(asked.from_run)
    task = task_of_testset(testset, stored, asked.split, (run,))
    return task, _run_system(tag, run, task), ()


def judge_of(
    judgements: Path, runs: Sequence[Run], assistant: Assistant, split: str | None = None
) -> DocumentJudge | SpanJudge:
    """The judge of runs: by a test set's gold, or by judgements in TREC's form or BEIR's.

    Args:
        judgements: a test set if its name ends as one, else qrels.
        runs: what will be judged.
        assistant: opened for a test set, whose gold stands in its articles.
        split: only this part of a test set.

    Raises:
        KqaError: naming file and line, if the file cannot be used; or as the index does.
    """
    from kqa.evaluate.measure import DocumentJudge, SpanJudge
    from kqa.evaluate.tasks import gold_of, task_of_testset
    from kqa.evaluate.testset import read_testset
    from kqa.evaluate.trec import read_qrels

    if judgements.suffix.lower() in TESTSETS:
        stored, _ = assistant.opened()
        testset = read_testset(judgements, stored.articles)
        return task_of_testset(testset, stored, split, runs).judge
    judged = tuple(read_qrels(judgements))
    gold = gold_of(judged)
    return DocumentJudge(judged) if gold is None else SpanJudge(gold)


def _prepare_beir(
    asked: Asked,
    folder: Path,
    assistant: Assistant,
    progress: Progress,
    cache: Path | None,
    step: Step,
) -> tuple[Task, System, tuple[str, ...]]:
    from kqa.evaluate.beir import read_beir
    from kqa.evaluate.public_sets import beir_sha256, beir_system
    from kqa.evaluate.tasks import task_of_beir
    from kqa.index.encoder import make_encoder

    beir = read_beir(folder, asked.split or "test")
    task = task_of_beir(beir, beir_sha256(beir))
    if asked.from_run is not None:
        return task, _run_system(*read_ranking(asked.from_run), task), beir.warnings
    settings = assistant.settings
    if cache is not None:
        settings = settings.model_copy(update={"cache": cache})
    encoder = make_encoder(settings.encoder)
    name = asked.system or "hybrid"
    system, said = beir_system(name, beir, settings, encoder, progress, step)
    return task, system, (*beir.warnings, *said)


def _prepare_topics(
    asked: Asked, topics: Path, qrels: Path, assistant: Assistant, step: Step
) -> tuple[Task, System, tuple[str, ...]]:
    from kqa.evaluate.systems import index_system
    from kqa.evaluate.tasks import task_of_topics
    from kqa.evaluate.trec import read_qrels, read_topics

    questions, judgements = read_topics(topics), tuple(read_qrels(qrels))
    if asked.from_run is not None:
        task, _ = task_of_topics(topics.name, questions, judgements)
        return task, _run_system(*read_ranking(asked.from_run), task), task.warnings
    if asked.system == "full":
        remedy = "Use lexical, dense or hybrid, or a test set with gold quotes."
        raise InputError("system full", "TREC judgements have no gold quotes", remedy)
    stored, _ = assistant.opened()
    task, whole = task_of_topics(topics.name, questions, judgements, stored)
    name = asked.system or "hybrid"
    system = index_system(name, assistant, whole_articles=whole, step=step)
    return task, system, task.warnings


def read_ranking(path: Path) -> tuple[str, dict[str, dict[str, float]]]:
    """The tag of a TREC run and its scores by query and document.

    Raises:
        InputError: naming the line, if it is no run.
        Unreachable: if the file cannot be read.
    """
    from kqa.evaluate.runs import read_into
    from kqa.evaluate.trec import read_run

    return read_into(read_run(path))


def _run_system(tag: str, run: Mapping[str, Mapping[str, float]], task: Task) -> System:
    from kqa.evaluate.runs import RunSystem
    from kqa.evaluate.trec import parse_span_document
    from kqa.records import Passage, Span

    def look_up(document: str) -> Passage | None:
        whole = task.texts.get(document)
        place = parse_span_document(document) if whole is None else (document, Span(0, len(whole)))
        if place is None or not (text := place[1].of(task.texts.get(place[0], ""))):
            return None
        return Passage(place[0], place[1].start, place[1].end, text, section=None, heading="")

    return RunSystem(tag, run, look_up)
