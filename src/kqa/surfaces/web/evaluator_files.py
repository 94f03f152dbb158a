"""Files that come to the evaluator's page: what each is, and whether it can be used.

Owns how a file is recognised, read and refused, and under which name it lies. A file is
checked as it comes, so that an error names file and line before anything is run.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from kqa.answer.assistant import Assistant
from kqa.errors import InputError, KqaError
from kqa.evaluate.beir import read_beir, splits_of
from kqa.evaluate.lines import filled_lines
from kqa.evaluate.results import TestQuestion
from kqa.evaluate.testset import read_testset
from kqa.evaluate.testset_check import weaknesses
from kqa.evaluate.trec import read_qrels
from kqa.evaluate.zipped import unpack_beir
from kqa.settings import shipped
from kqa.surfaces.asked import SHIPPED, TESTSETS, read_ranking
from kqa.surfaces.web.evaluator_bench import FILES, Bench, Held, Kind

SHIPPED_SETS = (SHIPPED, "ketamine_blind.jsonl")
"""The shipped files that are test sets of questions."""

NAME_CHARS = 100

DISK_BYTES = 1024 * 1024 * 1024
"""So much may lie on the disk for a page before it takes no more files."""

_FORMS = (
    "Send a test set (.jsonl or .csv), a BEIR set (.zip), a TREC run (six columns) or "
    "judgements (four columns, or BEIR's three)."
)
_KEPT = re.compile(r"[^\w.()+-]+")


def safe_name(name: str) -> str:
    """A name for a file of ours: letters, digits and a few signs, no path, no hidden file."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = Path(_KEPT.sub("_", last).lstrip(".") or "file")
    ending = kept.suffix[:12]
    return f"{kept.stem[: NAME_CHARS - len(ending)]}{ending}"


def take_in(bench: Bench, received: Path, name: str, assistant: Assistant) -> Held:
    """Checks a file that came and puts it on the bench, or leaves nothing of it.

    Args:
        bench: whose file it is.
        received: where it lies; it is moved from there.
        name: what its owner calls it.
        assistant: whose articles a test set's gold stands in.

    Raises:
        InputError: naming file and line, if it is nothing that can be measured with.
        KqaError: as opening the index does.
    """
    if len(bench.files) >= FILES:
        raise InputError(name, f"{FILES} files are here already", "Remove one of them.")
    if sum(file.stat().st_size for file in bench.folder.rglob("*") if file.is_file()) > DISK_BYTES:
        raise InputError(name, "there is no more room on this page", "Remove a file.")
    key = secrets.token_hex(6)
    folder = bench.folder / key
    folder.mkdir()
    path = folder / safe_name(name)
    received.replace(path)
    try:
        held = _read(key, path, assistant)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if bench.closed:
        shutil.rmtree(folder, ignore_errors=True)
    bench.files[key] = held
    return held


def take_out(bench: Bench, key: str) -> None:
    """Removes an uploaded file; one that is not there is gone already."""
    if bench.files.pop(key, None) is not None:
        shutil.rmtree(bench.folder / key, ignore_errors=True)


def shipped_files(assistant: Assistant) -> list[Held]:
    """The shipped test sets whose gold stands in the articles of the index; else none."""
    found = []
    for name in SHIPPED_SETS:
        path = shipped("testsets") / name
        try:
            found.append(_read_testset(name, path, assistant, shipped=True))
        except KqaError:
            continue
    return found


def without_folders(error: KqaError, folder: Path) -> KqaError:
    """The error with files named as their owner does, not where they lie here."""
    parts = (_relative(part, folder) for part in (error.what, error.reason, error.remedy))
    what, reason, remedy = parts
    told = type(error)(what, reason, remedy, code=error.code)
    told.__cause__ = error
    return told


def _relative(text: str, folder: Path) -> str:
    """Without the bench's folder and the folder of the file in it."""
    return re.sub(re.escape(str(folder)) + r"(?:/[0-9a-f]{12}(?=/))?/?", "", text)


def _read(key: str, path: Path, assistant: Assistant) -> Held:
    ending = path.suffix.lower()
    if ending in TESTSETS:
        return _read_testset(key, path, assistant)
    if ending == ".zip":
        return _read_beir(key, path)
    _, first = next(iter(filled_lines(path, _FORMS)))
    if len(first.split()) == 6:
        return _read_run(key, path)
    if len(first.split()) == 4 or len(first.split("\t")) == 3:
        judged = list(read_qrels(path))
        count = len({qrel.query for qrel in judged})
        return Held(key, path.name, Kind.QRELS, path, count, said=(f"{len(judged):,} judgements",))
    raise InputError(path.name, "it is none of the files that can be used here", _FORMS)


def _read_testset(key: str, path: Path, assistant: Assistant, *, shipped: bool = False) -> Held:
    stored, _ = assistant.opened()
    read = read_testset(path, stored.articles)
    answerable = sum(question.answerable for question in read.questions)
    return Held(
        key=key,
        name=path.name,
        kind=Kind.TESTSET,
        path=path,
        count=len(read.questions),
        splits=_splits(read.questions),
        said=(
            f"{answerable:,} that the articles answer, "
            f"{len(read.questions) - answerable:,} that they do not",
        ),
        weak=() if shipped else weaknesses(read, stored.articles),
        shipped=shipped,
    )


def _splits(questions: Iterable[TestQuestion]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for question in questions:
        if question.split is not None:
            counted[question.split] = counted.get(question.split, 0) + 1
    return tuple(sorted(counted.items()))


def _read_beir(key: str, path: Path) -> Held:
    folder = path.parent / path.stem
    unpack_beir(path, folder)
    path.unlink()
    splits = splits_of(folder)
    first = read_beir(folder, splits[0])
    counts = {splits[0]: len(first.queries)}
    for split in splits[1:]:
        counts[split] = len({q.query for q in read_qrels(folder / "qrels" / f"{split}.tsv")})
    said = (f"{len(first.documents):,} documents", *first.warnings)
    return Held(key, folder.name, Kind.BEIR, folder, counts[splits[0]], tuple(counts.items()), said)


def _read_run(key: str, path: Path) -> Held:
    tag, run = read_ranking(path)
    return Held(key, path.name, Kind.RUN, path, len(run), said=(f"tag {tag}",))
