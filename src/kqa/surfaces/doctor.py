"""Is all well? One check after another, each with what was found and what to do.

Owns the checks of ``kqa doctor``; changes nothing.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from kqa.answer import advice, safety
from kqa.errors import KqaError, OwnFault
from kqa.index import store
from kqa.index.encoder import make_encoder
from kqa.index.fingerprint import check_current, corpus_folder
from kqa.search.reader import make_reader
from kqa.search.rerank import sentences_by_passage
from kqa.settings import Settings, sources

_PACKAGES = (
    "kqa",
    "sentence-transformers",
    "torch",
    "faiss-cpu",
    "onnxruntime",
    "gradio",
    "numpy",
    "rank-bm25",
    "nupunkt",
    "symspellpy",
    "py3langid",
)

TRIED = "How long does the effect of an infusion last?"
READ = 32
TIMES = 5
BUDGET_MS = 40
"""What reading may take of the 60 ms in which a question is to be answered."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report; ``remedy`` only where it is not well."""

    name: str
    well: bool
    found: str
    remedy: str | None = None


def examine(settings: Settings) -> tuple[Check, ...]:
    """Every check, in order; a check that fails does not stop the next."""
    return tuple(_examine(settings))


def settings_report(settings: Settings, given: Collection[str]) -> list[tuple[str, str, str]]:
    """Name, value and origin of every setting; ``given`` names those set by an option."""
    origin = sources(settings, given)
    return [(name, str(getattr(settings, name)), where) for name, where in origin.items()]


def _examine(settings: Settings) -> Iterator[Check]:
    yield Check("python", True, f"{platform.python_version()} on {platform.platform()}")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    yield Check("packages", True, versions)
    yield _try("encoder", lambda: make_encoder(settings.encoder).fingerprint)
    yield _try("reader", lambda: _reader(settings))
    yield _try("crisis rules", _crisis_rules)
    yield _try("advice rules", _advice_rules)
    yield _try("corpus", lambda: _corpus(settings))
    yield _try("index", lambda: _index(settings))
    yield _writable(settings.index)
    yield Check("network", True, "not used at run time: models load from disk only")


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except KqaError as error:
        return Check(name, False, f"{error.what}: {error.reason}", error.remedy)
    except Exception as error:  # a doctor reports what broke, whatever it is
        fault = OwnFault(name, repr(error), "Please report this.")
        return Check(name, False, f"{fault.what}: {fault.reason}", fault.remedy)


def _reader(settings: Settings) -> str:
    """What reads, how long it takes for one question here, and how many would be in time.

    The number that is read is never changed by itself: answers are to be the same on
    every machine.
    """
    reader = make_reader(settings.reader)
    if reader is None:
        return "none: answers rest on the search alone"
    try:
        stored = store.open_index(settings.index)
    except KqaError:
        return f"{reader.fingerprint[:17]}: not timed without an index"
    texts = [text for held in sentences_by_passage(stored) for text in held][:READ]
    reader.read(TRIED, texts)
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        reader.read(TRIED, texts)
        times.append(time.perf_counter() - started)
    each = statistics.median(times) * 1000 / len(texts)
    in_time, wanted = int(BUDGET_MS / each), settings.read_sentences
    found = f"{reader.fingerprint[:17]}: {wanted} sentences in {each * wanted:.0f} ms"
    if in_time >= wanted:
        return f"{found}, {in_time} would take {BUDGET_MS} ms"
    return f"{found}; for {BUDGET_MS} ms set read_sentences to {max(1, in_time)}, or reader to none"


def _crisis_rules() -> str:
    safety.check_rules()
    return "read, and each finds its own examples"


def _advice_rules() -> str:
    advice.check_rules()
    return "read, and each finds its own examples"


def _corpus(settings: Settings) -> str:
    from kqa.corpus.read import read_corpus

    corpus = read_corpus(corpus_folder(settings))
    if corpus.left_out:
        raise corpus.left_out[0]
    return f"{len(corpus.articles)} articles in {corpus.folder}"


def _index(settings: Settings) -> str:
    stored = store.open_index(settings.index)
    check_current(stored.manifest, make_encoder(settings.encoder), settings)
    counts = ", ".join(f"{count} {name}" for name, count in stored.manifest.counts.items())
    return f"{stored.manifest.fingerprint[:12]} in {settings.index}: current, {counts}"


def _writable(folder: Path) -> Check:
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if os.access(nearest, os.W_OK | os.X_OK):
        return Check("index folder", True, f"{folder} can be written")
    remedy = "Check the folder's permissions, or set another with index."
    return Check("index folder", False, f"{folder} cannot be written", remedy)
