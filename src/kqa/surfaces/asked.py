"""What ``kqa eval`` was asked to measure: from files and options to a task and a system.

Owns which reader, judge and system belong to which options. Everything heavy is imported
when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kqa.errors import InputError
from kqa.settings import Settings, shipped

if TYPE_CHECKING:
    from kqa.answer.assistant import Assistant
    from kqa.evaluate.systems import System
    from kqa.evaluate.tasks import Task
    from kqa.evaluate.vectors import Progress
    from kqa.records import Passage


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of ``kqa eval`` that choose what is measured; usage is checked."""

    testset: Path | None
    beir: Path | None
    topics: Path | None
    qrels: Path | None
    system: str | None
    k: int
    split: str | None
    from_run: Path | None

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that are read."""
        given = (self.testset, self.topics, self.qrels, self.from_run)
        return tuple(path for path in given if path is not None)


def prepare(
    asked: Asked, settings: Settings, progress: Progress
) -> tuple[Task, System, tuple[str, ...]]:
    """The task, the system, and what is to be said before it begins."""
    if asked.beir is not None:
        return _prepare_beir(asked, asked.beir, settings, progress)
    from kqa.answer.assistant import Assistant

    assistant = Assistant(settings)
    if asked.topics is not None and asked.qrels is not None:
        return _prepare_topics(asked, asked.topics, asked.qrels, assistant)
    from kqa.evaluate.systems import index_system
    from kqa.evaluate.tasks import task_of_testset
    from kqa.evaluate.testset import read_testset

    stored, _ = assistant.opened()
    path = asked.testset or shipped("testsets") / "ketamine.jsonl"
    testset = read_testset(path, stored.articles)
    if asked.from_run is None:
        task = task_of_testset(testset, stored, asked.split)
        return task, index_system(asked.system or "full", assistant, asked.k), ()
    tag, run = _read(asked.from_run)
    task = task_of_testset(testset, stored, asked.split, (run,))
    return task, _run_system(tag, run, task), ()


def _prepare_beir(
    asked: Asked, folder: Path, settings: Settings, progress: Progress
) -> tuple[Task, System, tuple[str, ...]]:
    from kqa.evaluate.beir import read_beir
    from kqa.evaluate.public_sets import beir_sha256, beir_system
    from kqa.evaluate.tasks import task_of_beir
    from kqa.index.encoder import make_encoder

    beir = read_beir(folder, asked.split or "test")
    task = task_of_beir(beir, beir_sha256(beir))
    if asked.from_run is not None:
        return task, _run_system(*_read(asked.from_run), task), beir.warnings
    encoder = make_encoder(settings.encoder)
    system, said = beir_system(asked.system or "hybrid", beir, settings, encoder, progress)
    return task, system, (*beir.warnings, *said)


def _prepare_topics(
    asked: Asked, topics: Path, qrels: Path, assistant: Assistant
) -> tuple[Task, System, tuple[str, ...]]:
    from kqa.evaluate.systems import index_system
    from kqa.evaluate.tasks import task_of_topics
    from kqa.evaluate.trec import read_qrels, read_topics

    questions, judgements = read_topics(topics), tuple(read_qrels(qrels))
    if asked.from_run is not None:
        task, _ = task_of_topics(topics.name, questions, judgements)
        return task, _run_system(*_read(asked.from_run), task), task.warnings
    if asked.system == "full":
        remedy = "Use lexical, dense or hybrid, or a test set with gold quotes."
        raise InputError("system full", "TREC judgements have no gold quotes", remedy)
    stored, _ = assistant.opened()
    task, whole = task_of_topics(topics.name, questions, judgements, stored)
    system = index_system(asked.system or "hybrid", assistant, whole_articles=whole)
    return task, system, task.warnings


def _read(path: Path) -> tuple[str, dict[str, dict[str, float]]]:
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
