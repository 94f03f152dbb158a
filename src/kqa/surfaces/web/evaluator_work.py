"""What the evaluator's page has done: an evaluation, a comparison of two rankings.

Owns how choices made on the page become what ``kqa eval`` and ``kqa compare`` would do.
A choice comes from a browser: it names a file or run of the bench, or is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from kqa.answer.assistant import Assistant
from kqa.errors import InputError
from kqa.evaluate.compare import Comparison, compare_runs
from kqa.evaluate.evaluation import evaluate
from kqa.evaluate.systems import SYSTEMS
from kqa.evaluate.verdicts import verdicts
from kqa.surfaces.asked import Asked, judge_of, prepare, read_ranking
from kqa.surfaces.web.evaluator_bench import Bench, Held, Kind, Run
from kqa.surfaces.web.evaluator_jobs import Job

FIELDS = ("questions", "system", "k")
_UNKNOWN = "Choose one of those on the page."


def job_of(bench: Bench, sent: Mapping[str, str], assistant: Assistant) -> Job:
    """The evaluation that was chosen: ``questions`` are ``key|split``, ``system`` a name or
    ``run:key``, ``k`` the most quotes.

    Raises:
        InputError: if something chosen is not there, or what was chosen does not fit.
    """
    key, _, split = sent.get("questions", "").partition("|")
    held = _held(bench, key, (Kind.TESTSET, Kind.BEIR), "questions")
    if split and split not in dict(held.splits):
        raise InputError(f"part {split!r}", f"{held.name} has none", _UNKNOWN)
    system, k = sent.get("system", ""), sent.get("k", "")
    if not k.isascii() or not k.isdigit() or not 1 <= int(k[:4]) <= 10:
        raise InputError("most quotes", f"{k[:20]!r} is not 1 to 10", "Write a number.")
    ranking = None
    if system.startswith("run:"):
        run = _held(bench, system.removeprefix("run:"), (Kind.RUN,), "system")
        ranking, called = run.path, run.name
    elif system in SYSTEMS:
        called = system
    else:
        raise InputError("system", "there is none of that name", _UNKNOWN)
    asked = Asked(
        testset=held.path if held.kind is Kind.TESTSET else None,
        beir=held.path if held.kind is Kind.BEIR else None,
        system=None if ranking else system,
        k=int(k),
        split=split or None,
        from_run=ranking,
    )
    steps = 2 if system == "full" and held.kind is Kind.TESTSET else 1
    part = f", {split}" if split else ""
    work = partial(_evaluate, bench, asked, key, assistant)
    return Job(f"{called} on {held.name}{part}", work, steps)


def _evaluate(bench: Bench, asked: Asked, key: str, assistant: Assistant, job: Job) -> None:
    """Measures, and puts the run on the bench. What a stopped one has done stays in the
    bench's own folder, so that the same one goes on from there."""
    cache = bench.folder / "cache"
    task, system, _ = prepare(asked, assistant, job.progress, cache=cache, step=job.step)
    id = secrets.token_urlsafe(12)
    ranking = bench.folder / f"{id}.run"
    evaluation = evaluate(task, system, cache, progress=job.progress, run=ranking)
    asked_all = verdicts(evaluation)
    if bench.closed:
        return
    bench.made += 1
    bench.add_run(Run(id, bench.made, evaluation, asked_all, ranking, key, asked.split))
    job.run = id


def rankings(bench: Bench) -> list[tuple[str, str]]:
    """What can be compared, by key, with what it is called; the newest last."""
    files = [(f"file:{h.key}", h.name) for h in bench.files.values() if h.kind is Kind.RUN]
    runs = [
        (f"run:{run.id}", f"run {run.n}: {run.evaluation.system} on {run.evaluation.test_set}")
        for run in bench.runs.values()
    ]
    return files + runs


def judges(bench: Bench) -> list[tuple[str, str]]:
    """What can judge, by key, with what it is called: what judged the newest run first, then
    the evaluator's own files, the newest first, then what ships."""
    found: dict[str, str] = {}
    for run in reversed(bench.runs.values()):
        found.setdefault(f"{run.judged_by}|{run.split or ''}", run.evaluation.test_set)
    newest_first = [*bench.files.values()][::-1]
    for held in sorted(newest_first, key=lambda held: held.shipped):
        if held.kind in (Kind.QRELS, Kind.TESTSET):
            found.setdefault(f"{held.key}|", held.name)
        if held.kind in (Kind.TESTSET, Kind.BEIR):
            for split, _ in held.splits:
                found.setdefault(f"{held.key}|{split}", f"{held.name}, {split}")
    return [(key, label) for key, label in found.items() if key.partition("|")[0] in bench.files]


def compare(
    bench: Bench, sent: Mapping[str, str], assistant: Assistant
) -> tuple[Comparison, str, str]:
    """The comparison that was chosen, and what A and B are called.

    Raises:
        InputError: if something chosen is not there, or the two do not belong together.
    """
    called = dict(rankings(bench))
    keys = sent.get("a", ""), sent.get("b", "")
    if not all(key in called for key in keys):
        raise InputError("A or B", "it is not there any more", _UNKNOWN)
    if keys[0] == keys[1]:
        raise InputError("A and B", "they are the same", "Choose two different ones.")
    key, _, split = sent.get("judge", "").partition("|")
    kinds = (Kind.TESTSET, Kind.BEIR, Kind.QRELS)
    held = _held(bench, key, kinds, "judgements")
    a, b = (read_ranking(_ranking(bench, key)) for key in keys)
    judge = judge_of(_judging(held, split), (a[1], b[1]), assistant, split or None)
    return compare_runs(a, b, judge), called[keys[0]], called[keys[1]]


def _ranking(bench: Bench, key: str) -> Path:
    kind, _, id = key.partition(":")
    return bench.runs[id].ranking if kind == "run" else bench.files[id].path


def _judging(held: Held, split: str) -> Path:
    """The file of judgements: of a BEIR set that of the split."""
    if held.kind is not Kind.BEIR:
        return held.path
    if split not in dict(held.splits):
        raise InputError(f"part {split!r}", f"{held.name} has none", _UNKNOWN)
    return held.path / "qrels" / f"{split}.tsv"


def _held(bench: Bench, key: str, kinds: tuple[Kind, ...], what: str) -> Held:
    held = bench.files.get(key)
    if held is None or held.kind not in kinds:
        raise InputError(what, "the file is not there any more", _UNKNOWN)
    return held
